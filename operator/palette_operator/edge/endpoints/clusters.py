"""The cluster that the host is part of: following it, creating and changing it, its pools and its kubeconfig."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from palette_operator.domain.errors import Unavailable
from palette_operator.domain.identifiers import PoolName
from palette_operator.domain.local import LocalCertificates, LocalCluster, LocalClusterConfig, LocalNode
from palette_operator.domain.observed import ObservedPool
from palette_operator.edge import operations
from palette_operator.edge.endpoints.base import Endpoints
from palette_operator.edge.failures import NotFound, PathMissing
from palette_operator.edge.operations import Operation
from palette_operator.edge.wire.clusters import (
    Certificates,
    Cluster,
    ClusterConfiguration,
    KubeconfigHolder,
    Nodes,
    Pools,
)
from palette_operator.edge.wire.hosts import servers_and_keys
from palette_operator.http.secrets import texts_in, variable_values

Body: TypeAlias = Mapping[str, object]


class ClusterEndpoints(Endpoints):
    """Calls about the cluster. Changes answer before they are done: `cluster` tells how far they have come."""

    async def cluster(self) -> LocalCluster | None:
        """Read the cluster; None only when the host says that it has none."""
        found = await self._read_or_none(self._call("reading the cluster", operations.GET_CLUSTER), Cluster)
        return None if found is None else found.cluster()

    async def cluster_config(self) -> LocalClusterConfig | None:
        """Read what the cluster was asked to be; None only when the host says that it has none."""
        call = self._call("reading the cluster's configuration", operations.GET_CLUSTER_CONFIG)
        found = await self._read_or_none(call, ClusterConfiguration)
        return None if found is None else found.config()

    async def kubeconfig(self) -> str | None:
        """Read the kubeconfig; None while there is none. It is kept nowhere."""
        call = self._call("reading the kubeconfig", operations.GET_CLUSTER)
        found = await self._read_or_none(call, KubeconfigHolder)
        if found is None or not found.status.kubeconfig.strip():
            return None
        return _kubeconfig(call.doing, found.status.kubeconfig)

    async def create_cluster(self, body: Body) -> None:
        """Create a cluster from a v1ClusterConfiguration. Not to be repeated without looking."""
        secrets = variable_values(body)
        await self._send(self._call("creating a cluster", operations.CREATE_CLUSTER, body=body, secrets=secrets))

    async def update_cluster(self, name: str, body: Body) -> None:
        """Make the cluster what a v1ClusterConfiguration says, also on hosts that know the older path alone."""
        secrets = variable_values(body)
        doing = f"updating cluster {name}"
        try:
            call = self._call(doing, operations.UPDATE_CLUSTER, name, body=body, secrets=secrets)
            await self._send(call)
        except (NotFound, PathMissing) as error:
            await self._spelled_otherwise(error, doing, operations.UPDATE_CLUSTER_UNNAMED, body)

    async def patch_cluster(self, name: str, patches: Sequence[Body], *, whole: Body | None = None) -> None:
        """Change parts of the cluster, each `{op, path, value}`. Not to be repeated without looking.

        Hosts that know the older path alone take no parts: to them goes `whole`, a v1ClusterConfiguration, if given.
        """
        doing = f"changing cluster {name}"
        body, secrets = {"clusterConfigPatches": list(patches)}, tuple(texts_in([p.get("value") for p in patches]))
        try:
            await self._send(self._call(doing, operations.PATCH_CLUSTER, name, body=body, secrets=secrets))
        except (NotFound, PathMissing) as error:
            if whole is None:
                raise
            await self._spelled_otherwise(error, doing, operations.PATCH_CLUSTER_UNNAMED, whole)

    async def delete_cluster(self) -> None:
        """Delete the cluster; one that is gone counts as deleted."""
        await self._remove(self._call("deleting the cluster", operations.DELETE_CLUSTER))

    async def update_profiles(self, archive_path: str) -> None:
        """Update the cluster's profiles from an archive on the host."""
        body = {"spec": {"archiveUploadPath": archive_path}}
        await self._send(self._call("updating profiles", operations.UPDATE_PROFILES, body=body))

    async def update_settings(self, ntp_servers: Sequence[str], ssh_keys: Sequence[str]) -> None:
        """Set the cluster's NTP servers and SSH keys, all of them."""
        body = servers_and_keys(ntp_servers, ssh_keys)
        await self._send(self._call("updating settings", operations.UPDATE_SETTINGS, body=body))

    async def certificates(self) -> LocalCertificates | None:
        """Read when the cluster's certificates expire; None when there is no cluster."""
        call = self._call("reading the certificates", operations.GET_CERTIFICATES)
        found = await self._read_or_none(call, Certificates)
        return None if found is None else found.details()

    async def renew_certificates(self) -> None:
        """Renew the cluster's certificates. Not to be repeated: each time the control plane restarts."""
        await self._send(self._call("renewing certificates", operations.RENEW_CERTIFICATES))

    async def pools(self) -> tuple[ObservedPool, ...]:
        """Read the machine pools."""
        return tuple(
            item.pool() for item in (await self._read(self._call("reading pools", operations.LIST_POOLS), Pools)).items
        )

    async def create_pool(self, body: Body) -> None:
        """Add a machine pool, a v1EdgeNativeMachinePoolConfig. Not to be repeated without looking."""
        await self._send(self._call("adding a pool", operations.CREATE_POOL, body=body))

    async def update_pool(self, name: PoolName, body: Body) -> None:
        """Make a machine pool what a v1EdgeNativeMachinePoolConfig says."""
        await self._send(self._call(f"updating pool {name}", operations.UPDATE_POOL, name, body=body))

    async def delete_pool(self, name: PoolName) -> None:
        """Delete a machine pool; one that is gone counts as deleted."""
        await self._remove(self._call(f"deleting pool {name}", operations.DELETE_POOL, name))

    async def delete_node(self, pool: PoolName, node: str) -> None:
        """Take a node out of a pool; one that is gone counts as taken out."""
        call = self._call(f"taking node {node} out of pool {pool}", operations.DELETE_NODE, pool, node)
        await self._remove(call)

    async def nodes(self) -> tuple[LocalNode, ...]:
        """Read the cluster's nodes, each with the host that it runs on."""
        call = self._call("reading nodes", operations.LIST_NODES)
        return tuple(item.node() for item in (await self._read(call, Nodes)).nodes)

    async def _spelled_otherwise(self, error: NotFound | PathMissing, doing: str, older: Operation, body: Body) -> None:
        """Send a change by the path of older hosts, where the newer path is missing; else raise what was said of it."""
        if isinstance(error, NotFound) and not error.is_silent:
            raise error
        try:
            await self._send(self._call(doing, older, body=body, secrets=variable_values(body)))
        except (NotFound, PathMissing):
            raise error from None


def _kubeconfig(doing: str, text: str) -> str:
    """Return a kubeconfig that came as it is, or in base64."""
    if ":" in text:  # no character of base64, and in every YAML and JSON object
        return text
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        pass
    raise Unavailable("Unreachable", f"{doing}: it is neither text nor base64")
