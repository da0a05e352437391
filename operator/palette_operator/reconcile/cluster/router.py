"""Which reconciler looks at a cluster: that of Palette's clusters, or that of clusters on air-gapped hosts."""

from __future__ import annotations

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.objects import is_local_cluster
from palette_operator.reconcile.cluster.local import LocalClusterReconciler
from palette_operator.reconcile.cluster.reconciler import ClusterReconciler
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings


class ClusterRouter:
    """Looks at PaletteClusters of every cloud."""

    def __init__(self, context: Context) -> None:
        self._objects = context.objects
        self._local = LocalClusterReconciler(context)
        self._palette = ClusterReconciler(context)

    async def reconcile(self, key: ObjectKey) -> Findings:
        """Look once, as the cluster's cloud wants it; raises as that does."""
        body = self._objects.get(key)
        reconciler = self._local if body is not None and is_local_cluster(body) else self._palette
        return await reconciler.reconcile(key)
