"""What the simulated APIs share: their time, their bodies, and what goes wrong in them on purpose.

It knows none of them.
"""
