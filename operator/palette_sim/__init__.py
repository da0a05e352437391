"""A simulated Palette and an embedded Kubernetes API server, for the demo and the tests.

Written from what Palette documents of its API; imports nothing of `palette_operator`, so that a wrong
assumption of the client meets an independent witness.
"""
