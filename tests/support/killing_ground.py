"""A world whose operator reaches Palette and the API server through proxies, and is killed at chosen points."""

from __future__ import annotations

import copy
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from palette_sim.palette import HostOrder, PaletteConfig
from support.create_points import CREATE, CreatePoint
from support.fault_proxy import FaultProxy, Stop, api_server_proxy, write_proxied
from support.scenarios import manifests
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import Body, condition
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import World, fast_palette, open_world, start_operator

SPEED = 20
"""Simulated seconds in a real one."""
LONGEST_LAG_S = 55
"""Just under what the operator is told; in real time longer than its own pauses and restarts, which would hide it."""
SETTLE_S = 60 / SPEED
"""What the operator is told of the lag, in real seconds: what it waits by default, scaled."""


def scaled_palette(*, durations: Mapping[str, float] | None = None, **settings: object) -> PaletteConfig:
    """Return settings of a simulated Palette whose clusters run two seconds after their creation."""
    durations = {"provisioning_s": 20, "becoming_healthy_s": 10, **(durations or {})}
    return fast_palette(speed=SPEED, durations=durations, **settings)


@dataclass(slots=True)
class Workload:
    """A world whose clusters are created, each exactly once, whatever befalls its operators."""

    world: World

    async def add_hosts(self, count: int) -> list[str]:
        """Add devices that registered themselves; return their uids."""
        before = set(self.world.palette.hosts)
        self.world.palette.people.add_hosts(HostOrder(manifests.PROJECT, count=count, first=len(before) + 1))
        return sorted(set(self.world.palette.hosts) - before)

    async def apply_clusters(self, names: Sequence[str]) -> None:
        """Apply clusters of these names, each on a host of its own."""
        hosts = await self.add_hosts(len(names))
        for name, host in zip(names, hosts, strict=True):
            await self.world.apply(cluster_on(name, host))

    async def until_created(self, name: str, resource: str = "", within_s: float = 90.0) -> Body:
        """Wait until a cluster runs, and check that it is the only one of its name that ever was.

        `resource` names the PaletteCluster where that is called otherwise.
        """
        body = await self.world.until("PaletteCluster", resource or name, "Ready", within_s)
        assert body["status"]["uid"] == self.world.cluster(name).uid
        assert condition(body, "Owned")["status"] == "True"
        assert "pendingOperation" not in body["status"]
        assert [cluster.name for cluster in self.world.palette.clusters.values()].count(name) == 1
        return body

    def creations(self) -> int:
        """Return how many POSTs of a cluster Palette judged, those left out that were over the limit.

        One that it refused counts: that the hosts of a cluster are in use is luck, and would hide a second attempt.
        """
        posts = [entry for entry in self.world.requests() if (entry.method, entry.path) == ("POST", CREATE)]
        return len([entry for entry in posts if not entry.throttled])


@dataclass(slots=True)
class KillingGround(Workload):
    """A world and its proxies."""

    kubernetes: FaultProxy
    palette: FaultProxy

    def kill_at(self, point: CreatePoint, cluster: str) -> Stop:
        """Kill the operator when it comes to this point with this cluster, once."""
        proxy = self.kubernetes if point.side == "kubernetes" else self.palette
        return proxy.stop_at(f"{point} of {cluster}", point.of(cluster), point.phase, self._kill)

    def _kill(self) -> None:
        os.kill(self.world.operator.pid, signal.SIGKILL)

    async def dies_at(self, stop: Stop, within_s: float = 60.0) -> None:
        """Wait until the operator was killed there, and start it again."""
        await self.world.eventually(stop.hit.is_set, f"the operator comes to the point {stop.name}", within_s)
        await self.world.kill_operator()
        await self.world.start_operator()


def cluster_on(resource: str, host: str, **spec: object) -> Body:
    """Return a PaletteCluster of a single device, named by its uid."""
    pool = manifests.pool("control", controlPlane=True, useControlPlaneAsWorker=True, edgeHosts=[{"uid": host}])
    manifest = manifests.cluster(resource, pool)
    manifest["spec"] |= spec
    return manifest


@asynccontextmanager
async def killing_ground(
    plane: ControlPlane, *, palette: PaletteConfig, options: OperatorOptions | None = None
) -> AsyncIterator[KillingGround]:
    """Open a world with an operator of its own behind two proxies; the connection is there, resources are not."""
    options = options or OperatorOptions(search_lag_s=SETTLE_S, unreachable_after_s=1.0)
    async with api_server_proxy(plane.kubeconfig) as before_kubernetes:
        proxied = behind(plane, before_kubernetes)
        operator, name = await start_operator(proxied, options, watch=True)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(operator.kill)
            world = await stack.enter_async_context(
                open_world(proxied, operator, name=name, palette=palette, connect=False)
            )
            before_palette = await stack.enter_async_context(FaultProxy(world.palette.endpoint))
            # Killed before its world is cleared: it would hold on to what is to go.
            stack.push_async_callback(operator.kill)
            await world.set_api_key(manifests.API_KEY)
            await world.apply(manifests.connection(world.name, before_palette.url, [world.name]))
            yield KillingGround(world, before_kubernetes, before_palette)


def behind(plane: ControlPlane, proxy: FaultProxy) -> ControlPlane:
    """Return the same control plane for an operator that takes the way through the proxy."""
    written_to = plane.directory / plane.unique("proxied-kubeconfig")
    write_proxied(plane.kubeconfig, proxy, written_to)
    kubernetes = copy.copy(plane.kubernetes)
    kubernetes.kubeconfig = written_to
    return replace(plane, kubernetes=kubernetes)
