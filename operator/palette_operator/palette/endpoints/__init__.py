"""Palette's endpoints by resource: each method is one call, with its path, scope, lane and whether it may be repeated.

Unless a method says otherwise it may be repeated, and raises Waiting, Stalled or Unavailable as `failures` draws them.
"""
