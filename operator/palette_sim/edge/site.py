"""A site of simulated edge hosts as servers, for use in a process of its own or inside a test."""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from types import TracebackType
from typing import Self, cast

from aiohttp import web

from palette_sim.common.clock import Clock, Monotonic
from palette_sim.common.injection import Injections
from palette_sim.edge.certificate import SelfSigned, self_signed
from palette_sim.edge.config import SiteConfig
from palette_sim.edge.gate import Gate, Machine
from palette_sim.edge.host import SimulatedHost
from palette_sim.edge.port import Port, local_port
from palette_sim.edge.requests import AccessFile, RequestLog
from palette_sim.edge.seed import Generation, HostSeed, SiteSeed
from palette_sim.edge.sessions import Sessions
from palette_sim.edge.world.links import link_hosts
from palette_sim.edge.world.records import Host
from palette_sim.edge.world.world import World

# A request that is paused or delayed when the server stops is not waited for.
_SHUTDOWN_S = 0.2
# Hosts go down and come up this late at most, in real seconds.
_TICK_S = 0.05


class SimulatedSite:
    """Simulated edge hosts, each on a port of its own: an async context manager that serves while it is open.

    `monotonic` is the real time in seconds; tests inject their own. The simulated clock runs `speed` times as fast.
    """

    def __init__(
        self,
        seed: SiteSeed | Iterable[HostSeed] = (),
        config: SiteConfig | None = None,
        *,
        monotonic: Monotonic = time.monotonic,
    ) -> None:
        self.config = config or SiteConfig()
        self.clock = Clock(speed=self.config.speed, monotonic=monotonic)
        self.world = World(self.config, self.clock, self._power_changed)
        planted = seed if isinstance(seed, SiteSeed) else SiteSeed(hosts=list(seed))
        for host in planted.hosts:
            self.world.add_host(host)
        for uids in planted.links:
            link_hosts(self.world, uids)
        self.hosts: dict[str, SimulatedHost] = {}
        """Those that serve, by uid."""
        self._access = AccessFile(self.config.access_log)
        self._gate = Gate(self.world, self._access)
        self._runners: dict[Generation, web.AppRunner] = {}
        self._shared: SelfSigned | None = None
        self._changed: set[str] = set()
        self._settling = asyncio.Lock()
        self._ticking: asyncio.Task[None] | None = None

    def host(self, uid: str) -> SimulatedHost:
        """Return a host that serves; raises KeyError."""
        return self.hosts[uid]

    async def add_host(self, seed: HostSeed) -> SimulatedHost:
        """Put another host there, and let it serve."""
        return await self._open(self.world.add_host(seed))

    async def advance(self, seconds: float) -> None:
        """Move the simulated time forward, and have hosts go down and come up by it."""
        self.clock.jump(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Have happen all that is due by the clock."""
        async with self._settling:
            self.world.settle()
            while self._changed:
                await self.hosts[self._changed.pop()].apply_power()

    async def open_anew(self, uid: str) -> None:
        """Have a host's port behave as the host is by now, and end the connections that are open to it."""
        self._changed.add(uid)
        await self.settle()

    async def start(self) -> None:
        """Begin to serve; ports are known afterwards."""
        self._access.open()
        for generation in Generation:
            application = self._gate.application(generation)
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S)
            await runner.setup()
            self._runners[generation] = runner
        for record in self.world.hosts.values():
            await self._open(record)
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop serving; requests that are paused are dropped. Safe to repeat."""
        if self._ticking is not None:
            self._ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticking
            self._ticking = None
        for host in self.hosts.values():
            host.close()
        self.hosts.clear()
        for runner in self._runners.values():
            await runner.cleanup()
        self._runners.clear()
        self._access.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def server(self, generation: Generation) -> web.Server:
        """Return what serves the connections to hosts of a generation."""
        return cast("web.Server", self._runners[generation].server)  # it is set up

    def end_connections(self, generation: Generation, port: int) -> None:
        """Reset all connections that are open to a port."""
        for connection in list(self.server(generation).connections):
            transport = connection.transport
            if transport is not None and local_port(transport) == port:
                transport.abort()

    async def _open(self, record: Host) -> SimulatedHost:
        port = Port(self.config.address, record.seed.port)
        sessions, log = Sessions(self.config.durations), RequestLog(self.config.kept_requests)
        machine = Machine(record, sessions, Injections(), log)
        self._gate.machines[port.number] = machine
        host = self.hosts[record.uid] = SimulatedHost(self, machine, port, self._certificate_for(record))
        await host.apply_power()
        return host

    def _certificate_for(self, record: Host) -> SelfSigned:
        if not self.config.shared_certificate:
            return self_signed(record.uid, self.config.address)
        self._shared = self._shared or self_signed("simulated edge hosts", self.config.address)
        return self._shared

    def _power_changed(self, host: Host) -> None:
        if host.uid in self.hosts:
            self._changed.add(host.uid)

    async def _tick(self) -> None:
        """Have hosts go down and come up by the clock, also when nobody asks anything."""
        while True:
            await asyncio.sleep(_TICK_S)
            await self.settle()
