"""Reads the resources that `status` shows, and says plainly why it cannot."""

from __future__ import annotations

from collections.abc import Sequence

from kubernetes.aio import client, config
from kubernetes.aio.config.config_exception import ConfigException

from palette_operator.cli.kubeconfig import CannotRead, use_kubeconfig
from palette_operator.cli.status.tree import Bodies, Body
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.resources import GROUP
from palette_operator.kube.api import KubeApi
from palette_operator.kube.errors import NotServed


async def read(namespace: str | None) -> Bodies:
    """Return the resources of a namespace, of the kubeconfig's own when it is "", of all when None.

    Raises CannotRead: no kubeconfig, API server out of reach, CRDs not installed, or not allowed.
    """
    await use_kubeconfig()
    namespaces = () if namespace is None else (namespace or own_namespace(),)
    async with client.ApiClient() as api:
        kubernetes = KubeApi(api)
        try:
            connections: Sequence[Body] | None = await kubernetes.list_all("PaletteConnection")
        except Stalled:
            connections = None
        except ReconcileError as error:
            raise explained(error, namespaces) from error
        try:
            clusters = await kubernetes.list_all("PaletteCluster", namespaces)
            hosts = await kubernetes.list_all("EdgeHost", namespaces)
        except ReconcileError as error:
            raise explained(error, namespaces) from error
    return Bodies(connections, clusters, hosts)


def own_namespace() -> str:
    """Return the namespace of the kubeconfig's current context, `default` where it names none."""
    try:
        _, current = config.list_kube_config_contexts()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    except ConfigException:
        return "default"
    return str(current["context"].get("namespace") or "default")


def explained(error: ReconcileError, namespaces: Sequence[str]) -> CannotRead:
    """Return what a person should know and do about a failed listing."""
    if isinstance(error, NotServed):
        return CannotRead(f"the CRDs of {GROUP} are not installed in this cluster: palette-operator crds apply")
    if isinstance(error, Stalled):
        where = f"in namespace {namespaces[0]}" if namespaces else "in all namespaces; choose one with -n"
        return CannotRead(f"you may not list paletteclusters and edgehosts {where}")
    return CannotRead(error.message)
