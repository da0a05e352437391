"""The one way through the code: desired, observed, plan, permit, apply, report.

Reconcilers read and act; what to do is decided in `domain`. Only `report` writes status and events.
"""
