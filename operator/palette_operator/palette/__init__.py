"""What talks to Palette: its rate limits, the client and the picture of the fleet that it feeds.

Everything that leaves for Palette passes one limiter, so that the documented limits hold for the process as a whole.
This package observes and acts as it is told; it decides nothing and must not import the reconcilers, kube or kopf.
"""
