"""PaletteCluster: one look at one cluster, from its spec to its status."""

from palette_operator.reconcile.cluster.reconciler import ClusterReconciler

__all__ = ["ClusterReconciler"]
