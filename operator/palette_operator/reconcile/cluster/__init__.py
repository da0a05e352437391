"""PaletteCluster: one look at one cluster, from its spec to its status."""

from palette_operator.reconcile.cluster.router import ClusterRouter

__all__ = ["ClusterRouter"]
