"""The state of the simulated Palette and how it changes by itself in time.

Nothing here knows of HTTP. Changes in time are due steps on one agenda, run when somebody looks; there are no timers.
"""
