"""Measures operators against the floor that Palette's request limits set: `python -m benchmarks`.

Real processes talk HTTP on loopback: the embedded API server, the simulated Palette, and one operator at a time.
Nothing here is part of the product.
"""
