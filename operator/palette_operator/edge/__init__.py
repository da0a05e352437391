"""What talks to an edge host's own API, the Edge Management API: one client a host, with its session and its limit.

Where it may connect to is judged here too, at the last moment before it does. This package observes and acts as it is
told; it decides nothing and must not import the reconcilers, palette, kube or kopf.
"""
