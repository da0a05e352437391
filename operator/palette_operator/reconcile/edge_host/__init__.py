"""EdgeHost: one look at one device, from its spec to its status."""

from palette_operator.reconcile.edge_host.reconciler import EdgeHostReconciler

__all__ = ["EdgeHostReconciler"]
