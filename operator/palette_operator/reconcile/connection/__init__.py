"""PaletteConnection: credentials, projects and fleets that all other resources share."""

from palette_operator.reconcile.connection.reconciler import ConnectionReconciler

__all__ = ["ConnectionReconciler"]
