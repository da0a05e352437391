"""Clusters on air-gapped hosts: everything goes through the API of their leader, and nothing through Palette."""

from palette_operator.reconcile.cluster.local.reconciler import LocalClusterReconciler

__all__ = ["LocalClusterReconciler"]
