"""The cloud config of edge-native clusters: settings, pools and machines."""

from __future__ import annotations

from collections.abc import Mapping

from palette_operator.domain.identifiers import CloudConfigUid, MachineUid, PoolName
from palette_operator.domain.observed import EdgeNativeConfig, Machine
from palette_operator.palette import operations
from palette_operator.palette.endpoints.base import Endpoints
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.edge_native import CloudConfig, Machines


class EdgeNativeEndpoints(Endpoints):
    """`/v1/cloudconfigs/edge-native`: scarce (10 a second), so asked only when pools are in question."""

    async def get_edge_native_config(
        self, scope: ProjectScope, config: CloudConfigUid, *, lane: Lane = Lane.TRANSITION
    ) -> EdgeNativeConfig:
        """Read the cloud config of one cluster, its pools and their hosts."""
        call = Call(
            f"reading cloud config {config}",
            operations.GET_EDGE_NATIVE_CONFIG,
            (config,),
            project=scope.project,
            lane=lane,
        )
        return (await self._read(call, CloudConfig)).config(config)

    async def update_edge_native_config(
        self,
        scope: ProjectScope,
        config: CloudConfigUid,
        body: Mapping[str, object],
        *,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Set the cluster-wide settings. `body` is a v1EdgeNativeCloudClusterConfigEntity."""
        doing = f"updating cloud config {config}"
        await self._send(
            Call(doing, operations.UPDATE_EDGE_NATIVE_CONFIG, (config,), project=scope.project, body=body, lane=lane)
        )

    async def create_pool(
        self,
        scope: ProjectScope,
        config: CloudConfigUid,
        body: Mapping[str, object],
        *,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Add a pool; never repeated by itself. `body` is a v1EdgeNativeMachinePoolConfigEntity."""
        call = Call(
            f"adding a pool to cloud config {config}",
            operations.CREATE_EDGE_NATIVE_POOL,
            (config,),
            project=scope.project,
            body=body,
            lane=lane,
        )
        await self._send(call)

    async def update_pool(
        self,
        scope: ProjectScope,
        config: CloudConfigUid,
        pool: PoolName,
        body: Mapping[str, object],
        *,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Set a pool's hosts and settings. `body` is a v1EdgeNativeMachinePoolConfigEntity."""
        doing = f"updating pool {pool} of cloud config {config}"
        await self._send(
            Call(doing, operations.UPDATE_EDGE_NATIVE_POOL, (config, pool), project=scope.project, body=body, lane=lane)
        )

    async def delete_pool(
        self, scope: ProjectScope, config: CloudConfigUid, pool: PoolName, *, lane: Lane = Lane.USER_CHANGE
    ) -> None:
        """Delete a pool; one that is gone counts as deleted."""
        doing = f"deleting pool {pool} of cloud config {config}"
        await self._remove(
            Call(doing, operations.DELETE_EDGE_NATIVE_POOL, (config, pool), project=scope.project, lane=lane)
        )

    async def get_machines(
        self, scope: ProjectScope, config: CloudConfigUid, pool: PoolName, *, lane: Lane = Lane.TRANSITION
    ) -> list[Machine]:
        """List the machines of one pool; this list is not paged for edge-native."""
        doing = f"listing the machines of pool {pool} of cloud config {config}"
        call = Call(doing, operations.LIST_EDGE_NATIVE_MACHINES, (config, pool), project=scope.project, lane=lane)
        return [item.machine() for item in (await self._read(call, Machines)).items]

    async def delete_machine(
        self,
        scope: ProjectScope,
        config: CloudConfigUid,
        pool: PoolName,
        machine: MachineUid,
        *,
        lane: Lane = Lane.USER_CHANGE,
    ) -> None:
        """Ask for one machine's removal, which then takes its time; one that is gone counts as deleted."""
        names = (config, pool, machine)
        doing = f"deleting machine {machine} of pool {pool}"
        await self._remove(Call(doing, operations.DELETE_EDGE_NATIVE_MACHINE, names, project=scope.project, lane=lane))
