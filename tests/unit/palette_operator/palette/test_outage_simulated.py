"""An outage through the client, by what the simulated Palette sees of it: its access log, in virtual time."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from palette_operator.domain.errors import ReconcileError, Unavailable, Waiting
from palette_operator.domain.identifiers import HostUid, ProjectUid
from palette_operator.palette.client import PaletteClient, ProjectScope
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Caller, Limiter
from palette_operator.palette.outage import SHUT_AFTER
from palette_operator.palette.transport import Endpoint, Transport
from palette_sim.palette import OutageMode, SimulatedPalette
from palette_sim.palette.access_log import Entry
from support.palette_api import ADMIN_KEY, FakeTime, PaletteApi
from support.quiet_network import QuietNetwork
from support.virtual_clock import VirtualClock

CREATE = ("POST", "/v1/spectroclusters/edge-native")
DEADLINE_S = 3.0
REST_S = 1.0
"""Between a failure and the next try, far less than reconcilers rest."""
DOWN_S = 60.0
PAUSES_S = (1, 2, 4, 8, 15, 15)
"""As documented, after each failure to reach Palette."""


@dataclass(frozen=True)
class Arrival:
    """One request that Palette saw."""

    at: float
    entry: Entry


@dataclass(frozen=True)
class Attempt:
    """One call that failed, from its first to its last moment."""

    began: float
    ended: float
    error: ReconcileError


@dataclass
class Bench:
    """Callers of one Palette that do not give up."""

    clock: VirtualClock
    api: PaletteApi
    client: PaletteClient
    moments: list[float]
    failures: list[Attempt] = field(default_factory=list)
    callers: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def palette(self) -> SimulatedPalette:
        return self.api.palette

    @property
    def scope(self) -> ProjectScope:
        return ProjectScope(ProjectUid(self.api.project_uid))

    def arrivals(self, since: float) -> list[Arrival]:
        log = self.palette.requests.entries
        return [Arrival(at, entry) for at, entry in zip(self.moments, log, strict=True) if at >= since]

    def ask(self, callers: int) -> None:
        """Let so many callers read, of three limits."""
        reads: list[Callable[[], Awaitable[object]]] = [
            lambda: self.client.get_host(self.scope, HostUid("edge-1")),
            lambda: self.client.search_hosts(self.scope, ["edge-1"]),
            lambda: self.client.cluster_profiles(self.scope),
        ]
        for _, read in zip(range(callers), itertools.cycle(reads), strict=False):
            self.callers.append(asyncio.create_task(self._insist(read)))

    def create(self, clusters: int) -> None:
        """Let so many clusters be created, by callers that wait for no permit longer than a moment."""
        hosts = self.api.ready_hosts(clusters)
        self.callers += [asyncio.create_task(self._insist(self._creating(uid))) for uid in hosts]

    def _creating(self, host: str) -> Callable[[], Awaitable[object]]:
        body = self.api.cluster(f"on-{host}", control=[host])
        return lambda: self.client.create_edge_native_cluster(self.scope, body, leave_within_s=DEADLINE_S)

    async def _insist(self, call: Callable[[], Awaitable[object]]) -> None:
        while True:
            began = self.clock.now()
            try:
                await call()
            except ReconcileError as error:
                self.failures.append(Attempt(began, self.clock.now(), error))
                await self.clock.sleep(REST_S)
            else:
                return


@asynccontextmanager
async def bench() -> AsyncIterator[Bench]:
    network = QuietNetwork()
    clock = VirtualClock(settled=network.settled)
    moments: list[float] = []

    @web.middleware
    async def note_the_moment(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        moments.append(clock.now())
        return response

    async with SimulatedPalette(monotonic=clock.now, middlewares=[note_the_moment]) as palette:
        transport = Transport(
            Endpoint(palette.endpoint),
            ApiKey(ADMIN_KEY),
            Limiter(clock=clock, jitter=lambda: 0.0),
            caller=Caller("test", palette.endpoint),
            network=network,
            sleep=clock.sleep,
            jitter=lambda: 0.5,
        )
        async with PaletteClient(transport) as client, httpx.AsyncClient(base_url=palette.endpoint) as people:
            tested = Bench(clock, PaletteApi(palette, FakeTime(), people), client, moments)
            yield tested
            for caller in tested.callers:
                caller.cancel()
            await asyncio.gather(*tested.callers, return_exceptions=True)


async def until_shut(tested: Bench, mode: OutageMode) -> float:
    """Take Palette down under its readers; return when enough of them had no answer."""
    tested.palette.injections.outage = mode
    since = tested.clock.now()
    tested.ask(callers=90)
    await tested.clock.advance(0.9)
    return tested.arrivals(since)[SHUT_AFTER - 1].at


@pytest.mark.parametrize("mode", [OutageMode.UNAVAILABLE, OutageMode.DROP])
async def test_while_palette_is_down_it_sees_single_probes_with_growing_pauses_and_no_create(mode: OutageMode) -> None:
    async with bench() as tested:
        shut_at = await until_shut(tested, mode)
        tested.create(clusters=12)
        began = tested.clock.now()
        await tested.clock.advance(DOWN_S)

        probes = [arrival for arrival in tested.arrivals(shut_at) if arrival.at > shut_at]
        pauses = [later - sooner for sooner, later in itertools.pairwise([shut_at, *(probe.at for probe in probes)])]
        assert len(pauses) >= len(PAUSES_S)
        for pause, documented in zip(pauses, PAUSES_S, strict=False):
            assert documented <= round(pause, 6) <= documented + REST_S
        assert CREATE not in {(probe.entry.method, probe.entry.path) for probe in probes}

        turned_away = [each for each in tested.failures if isinstance(each.error, Waiting)]
        assert len(turned_away) >= 12 * DOWN_S / (REST_S + DEADLINE_S)
        assert {each.error.reason for each in tested.failures} == {"PaletteUnreachable"}
        assert all(each.ended == each.began for each in turned_away)
        assert all(each.began >= began for each in turned_away)


@pytest.mark.parametrize("mode", [OutageMode.UNAVAILABLE, OutageMode.DROP])
async def test_when_palette_is_back_it_meets_a_ramp_and_every_create_once(mode: OutageMode) -> None:
    async with bench() as tested:
        await until_shut(tested, mode)
        tested.create(clusters=12)
        await tested.clock.advance(DOWN_S)
        tested.palette.injections.outage = OutageMode.OFF
        since = tested.clock.now()
        await tested.clock.advance(60.0)

        arrivals = tested.arrivals(since)
        back = arrivals[0].at
        for second in range(4):
            seen = sum(back + second < arrival.at <= back + second + 1 for arrival in arrivals)
            assert seen <= 2 * 2 ** (second + 1)
        assert all(caller.done() for caller in tested.callers)
        assert len(tested.palette.clusters) == 12
        assert [(each.entry.method, each.entry.path) for each in arrivals].count(CREATE) == 12
        assert tested.palette.requests.throttled == 0


async def test_on_the_ramp_a_caller_with_a_deadline_is_gone_in_time_with_nothing_sent() -> None:
    async with bench() as tested:
        await until_shut(tested, OutageMode.UNAVAILABLE)
        tested.palette.injections.outage = OutageMode.OFF
        await tested.clock.advance(1.2)
        tested.failures.clear()
        tested.create(clusters=60)
        since = tested.clock.now()
        await tested.clock.advance(DEADLINE_S)

        too_late = [each for each in tested.failures if each.error.reason == "Throttled"]
        sent = [each for each in tested.arrivals(since) if (each.entry.method, each.entry.path) == CREATE]
        assert too_late
        assert len(sent) + len(too_late) == 60
        assert all(each.ended - each.began == pytest.approx(DEADLINE_S) for each in too_late)
        assert not any(isinstance(each.error, Unavailable) for each in tested.failures)
