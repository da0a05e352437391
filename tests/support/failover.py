"""Two replicas of one operator, each with its own way to the API server, and what befalls the one that leads."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from bisect import bisect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

import httpx
from aiohttp import web
from aiohttp.typedefs import Handler

from palette_operator.kube.leases import LEASE_NAME
from palette_operator.settings import Settings
from palette_sim.palette.access_log import Entry
from support.fault_proxy import FaultProxy, api_server_proxy
from support.killing_ground import SETTLE_S, Workload, behind, scaled_palette
from support.scenarios import manifests
from support.scenarios.control_plane import ControlPlane
from support.scenarios.operator_process import OperatorOptions, OperatorProcess
from support.scenarios.waiting import eventually
from support.scenarios.world import open_world, start_operator

POINTS = {"genuine": 6, "embedded": 2}
"""In one world, by the kind of the API server; nine worlds make 54 on the genuine one."""
TAKEOVER_WITHIN_S = 20.0
"""From a mishap until another replica leads: the promise."""
SHORT_LEASE = OperatorOptions(
    search_lag_s=SETTLE_S, unreachable_after_s=1.0, lease_duration_s=3, probes=True, metrics=True
)
USUAL_LEASE = replace(SHORT_LEASE, lease_duration_s=Settings("").lease_duration_s)
_LOOK_AT_LEASE_S = 0.05
_REQUESTS_BEFORE = 10
"""About as many as two new hosts and a cluster begin with: the mishap comes in the middle of that."""


@dataclass(slots=True)
class Replica:
    """One of the two, as a pod is: it keeps its name when its kubelet starts it anew."""

    process: OperatorProcess
    way: FaultProxy
    """To the API server."""
    has_node: asyncio.Event = field(default_factory=asyncio.Event)
    exits: list[int] = field(default_factory=list)
    """The exit codes since the last mishap."""

    @property
    def name(self) -> str:
        """What it calls itself, to the Lease and to Palette."""
        return self.process.pod

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    async def is_ready(self) -> bool:
        """Whether it leads or would take over, as its kubelet knows."""
        try:
            async with httpx.AsyncClient(trust_env=False) as kubelet:
                return (await kubelet.get(f"http://127.0.0.1:{self.process.probe_port}/readyz")).is_success
        except httpx.TransportError:
            return False

    async def run(self) -> None:
        """Start it anew whenever it ends, as a kubelet does, unless its node is lost."""
        while True:
            self.exits.append(await self.process.ends())
            await self.has_node.wait()
            await self.process.start()


Mishap: TypeAlias = Callable[[Replica], None]
Aftermath: TypeAlias = Callable[[Replica], Awaitable[None]]


class Tripwire:
    """Stands before the simulated Palette and acts when the nth request from now on comes, or was answered.

    `act` is told what the client calls itself.
    """

    def __init__(self) -> None:
        self._left = 0
        self._after_answer = False
        self._act: Callable[[str], None] = lambda _: None
        self.tripped = asyncio.Event()

    def set(self, requests: int, act: Callable[[str], None], *, after_answer: bool) -> None:
        """Act once, at that request."""
        self.tripped.clear()
        self._left, self._act, self._after_answer = requests, act, after_answer

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count a request."""
        self._left -= 1
        is_the_one = self._left == 0
        if is_the_one and not self._after_answer:
            self._trip(request)
        response = await handler(request)
        if is_the_one and self._after_answer:
            self._trip(request)
        return response

    def _trip(self, request: web.Request) -> None:
        self._act(request.headers["User-Agent"])
        self.tripped.set()


@dataclass(slots=True)
class Failover(Workload):
    """A world with two replicas; one leads."""

    replicas: list[Replica]
    tripwire: Tripwire
    tenures: list[tuple[float, str]] = field(default_factory=list)
    """Since when which replica led, as the Lease told."""
    took_s: list[float] = field(default_factory=list)
    """From each mishap until the other replica leads, which then asks Palette for something, too."""

    async def watch_lease(self) -> None:
        """Note each change of the leader."""
        namespace = self.replicas[0].process.namespace
        while True:
            lease = await self.world.kubernetes.get("Lease", LEASE_NAME, namespace) or {}
            spec = lease.get("spec") or {}
            if spec.get("holderIdentity"):
                tenure = datetime.fromisoformat(spec["acquireTime"]).timestamp(), str(spec["holderIdentity"])
                if tenure not in self.tenures:
                    self.tenures.append(tenure)
            await asyncio.sleep(_LOOK_AT_LEASE_S)

    async def leader(self, *, other_than: Replica | None = None) -> Replica:
        """Return the one that leads, as soon as it has asked Palette for something in its turn."""

        def works() -> bool:
            if not self.tenures:
                return False
            since, name = self.tenures[-1]
            is_it = other_than is None or name != other_than.name
            return is_it and any(entry.arrived_s >= since for entry in self.requests_of(name))

        await eventually(works, "a replica leads, and asks Palette", explain=self._logs)
        return next(each for each in self.replicas if each.name == self.tenures[-1][1])

    async def _logs(self) -> str:
        return "\n".join(f"--- {each.name} ---\n{each.process.tail()}" for each in self.replicas)

    def requests_of(self, name: str) -> list[Entry]:
        """Return what a replica asked of Palette."""
        return [entry for entry in self.world.requests() if f"({name})" in entry.agent]

    async def befall(self, mishap: Mishap, aftermath: Aftermath, moments: random.Random, name: str) -> None:
        """Let something happen to the leader in the middle of its work, until the other has taken over.

        `aftermath` is awaited then: it brings the first one back.
        """
        for replica in self.replicas:
            await eventually(replica.is_ready, f"{replica.name} is ready", explain=self._logs)
        befallen: list[tuple[Replica, float]] = []

        def happen(agent: str) -> None:
            (leader,) = (each for each in self.replicas if f"({each.name})" in agent)
            leader.exits.clear()
            mishap(leader)
            befallen.append((leader, time.time()))

        self.tripwire.set(moments.randint(1, _REQUESTS_BEFORE), happen, after_answer=moments.random() < 0.5)
        await self.apply_clusters([name])
        await self.world.apply(*(manifests.edge_host(f"{name}-{number}") for number in range(2)))
        await eventually(self.tripwire.tripped.is_set, "the mishap happens", explain=self._logs)
        (leader, at) = befallen[0]
        await self.leader(other_than=leader)
        self.took_s.append(self.tenures[-1][0] - at)
        await aftermath(leader)

    def out_of_turn(self) -> list[str]:
        """Return the requests that came from a replica when, by the Lease, another led, or none yet."""
        since = [moment for moment, _ in self.tenures]
        found = []
        for entry in self.world.requests():
            index = bisect(since, entry.arrived_s) - 1
            if index < 0 or f"({self.tenures[index][1]})" not in entry.agent:
                found.append(f"{entry.arrived_s} {entry.agent} {entry.method} {entry.path}")
        return found


async def steps_down(former: Replica) -> None:
    """Wait until a replica that lost the lead has ended by itself, and said why."""

    async def log() -> str:
        return former.process.tail()

    await eventually(lambda: bool(former.exits), f"{former.name} ends", explain=log)
    assert former.exits[-1] == 1, former.process.tail()
    assert "leads no more" in former.process.tail()


@asynccontextmanager
async def two_replicas(plane: ControlPlane, options: OperatorOptions) -> AsyncIterator[Failover]:
    """Open a world with two replicas, told the same; the first leads."""
    async with AsyncExitStack() as stack:
        ways = [await stack.enter_async_context(api_server_proxy(plane.kubeconfig)) for _ in range(2)]
        first, name = await start_operator(behind(plane, ways[0]), options, watch=True)
        second = replace(first, plane=behind(plane, ways[1]), pod=f"{first.pod}-b", _process=None)
        replicas = [Replica(first, ways[0]), Replica(second, ways[1])]
        for replica in replicas:
            stack.push_async_callback(replica.process.kill)
        tripwire = Tripwire()
        world = await stack.enter_async_context(
            open_world(plane, first, name=name, palette=scaled_palette(), middlewares=[tripwire.middleware])
        )
        failover = Failover(world, replicas, tripwire)
        for replica in replicas:
            # Killed before its world is cleared: it would hold on to what is to go.
            stack.push_async_callback(replica.process.kill)
        await stack.enter_async_context(_meanwhile(failover.watch_lease()))
        await failover.leader()
        await second.start()
        for replica in replicas:
            replica.has_node.set()
            await stack.enter_async_context(_meanwhile(replica.run()))
        yield failover


@asynccontextmanager
async def _meanwhile(work: Awaitable[None]) -> AsyncIterator[None]:
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def takes_over_each_time(
    plane: ControlPlane,
    mishap: Mishap,
    aftermath: Aftermath,
    *,
    seed: int,
    points: int = 0,
    options: OperatorOptions = SHORT_LEASE,
) -> None:
    """Let the leader meet with the mishap at random points of its work, and judge what came of it all.

    As many `points` as are told, or as POINTS says.
    """
    moments = random.Random(seed)
    names = [f"store-{number}" for number in range(points or POINTS[plane.kind])]
    async with two_replicas(plane, options) as failover:
        for name in names:
            await failover.befall(mishap, aftermath, moments, name)
        for name in names:
            await failover.until_created(name)

        assert failover.creations() == len(names)
        assert failover.out_of_turn() == []
        assert max(failover.took_s) < TAKEOVER_WITHIN_S
