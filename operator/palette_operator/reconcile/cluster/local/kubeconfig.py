"""The cluster's kubeconfig, handed out into a Secret where the spec asks for it, and taken back where it does not."""

from __future__ import annotations

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources import PaletteCluster
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings

_KEY = "value"


class Kubeconfigs:
    """Writes and removes the Secrets of clusters. Values are kept nowhere else."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def agree(
        self, key: ObjectKey, resource: PaletteCluster, client: EdgeClient, findings: Findings, *, is_due: bool
    ) -> None:
        """Bring the Secret into agreement with the spec; raises Stalled when it is somebody else's.

        `is_due`: the cluster may have another kubeconfig than was written last.
        """
        name = f"{key.name}-kubeconfig"
        written = resource.status.kubeconfig_secret
        if resource.spec.kubeconfig.kind == "None":
            if written:
                await self._context.api.delete_owned_secret(self._body(key), name)
                findings.fields["kubeconfigSecret"] = None
            return
        if not is_due and written == name:
            return
        kubeconfig = await client.kubeconfig()
        if kubeconfig:
            await self._context.api.write_owned_secret(self._body(key), name, {_KEY: kubeconfig})
            findings.fields["kubeconfigSecret"] = name

    def _body(self, key: ObjectKey) -> dict[str, object]:
        return self._context.objects.get(key) or {}
