"""Palette's JSON as it is read and written: pydantic at the edge, the domain's dataclasses inside.

Tolerant of what Palette leaves out, adds or sets to null. What a reply holds that must not be kept (tokens, pairing
keys, private keys) is not declared here, and so never leaves the decoder.
"""
