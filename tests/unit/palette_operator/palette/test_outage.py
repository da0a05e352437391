"""A Palette that does not answer is probed, and met with a ramp when it does again."""

import asyncio
import itertools

import pytest

from palette_operator.domain.errors import Unavailable, Waiting
from palette_operator.palette.lanes import Lane
from palette_operator.palette.limiter import Caller, Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.outage import LONGEST_PAUSE_S, RAMP_S, SHUT_AFTER, Outage, Passage
from support.virtual_clock import VirtualClock, settle

HERE, ELSEWHERE = Caller("a", "https://palette.test"), Caller("b", "https://other.test")
SILENCE = "the connection broke"
PATHS = ("/v1/spectroclusters", "/v1/edgehosts", "/v1/dashboard", "/v1/cloudconfigs", "/v1/clusterprofiles")


def shut(now: float = 0.0) -> Outage:
    outage = Outage()
    for _ in range(SHUT_AFTER):
        outage.failed(SILENCE, now, 0.0, probe=False)
    return outage


def test_few_failures_in_a_row_hold_nobody_back() -> None:
    outage = Outage()
    for _ in range(SHUT_AFTER - 1):
        assert not outage.failed(SILENCE, 0.0, 0.0, probe=False)
    outage.answered(0.0)
    for _ in range(SHUT_AFTER - 1):
        assert not outage.failed(SILENCE, 0.0, 0.0, probe=False)

    assert outage.may_go(0.0)


def test_pauses_between_probes_double_and_stay_bounded() -> None:
    outage, now, pauses = shut(), 0.0, []
    for _ in range(7):
        pauses.append(outage.probe_at - now)
        now = outage.probe_at
        assert outage.may_go(now)
        assert outage.take()
        outage.failed(SILENCE, now, 0.0, probe=True)

    assert pauses == [1, 2, 4, 8, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_jitter_lengthens_a_pause_by_up_to_a_half() -> None:
    outage = Outage()
    for _ in range(SHUT_AFTER):
        outage.failed(SILENCE, 0.0, 1.0, probe=False)

    assert outage.probe_at == 1.5


def test_only_one_probe_is_under_way_at_a_time() -> None:
    outage = shut()
    assert not outage.may_go(0.9)
    assert outage.may_go(1.0)
    outage.take()

    assert not outage.may_go(50.0)
    assert outage.turns_away(50.0, may_probe=True)
    outage.dropped()
    assert outage.may_go(50.0)


def test_late_failures_of_what_was_under_way_lengthen_no_pause() -> None:
    outage = shut()
    for _ in range(100):
        assert not outage.failed(SILENCE, 0.5, 0.0, probe=False)

    assert outage.probe_at == 1.0


def test_who_may_not_probe_is_turned_away_until_somebody_was_answered() -> None:
    outage = shut()
    assert outage.turns_away(1.0, may_probe=False)
    assert not outage.turns_away(1.0, may_probe=True)

    outage.answered(1.0)
    assert not outage.turns_away(1.0, may_probe=False)


def test_a_failure_on_the_ramp_ends_it_and_the_next_pause_is_longer() -> None:
    outage = shut()
    outage.take()
    outage.answered(1.0)
    assert outage.failed(SILENCE, 2.0, 0.0, probe=False)

    assert (outage.passage, outage.probe_at) == (Passage.SHUT, 4.0)


def test_the_ramp_ends_and_pauses_begin_anew() -> None:
    outage = shut()
    outage.answered(1.0)
    assert outage.may_go(1.0 + RAMP_S)

    assert (outage.passage, outage.pauses) == (Passage.OPEN, 0)


class Bench:
    """Callers of a Palette that can be switched off, on a virtual clock."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.limiter = Limiter(LimiterOptions(), clock=self.clock, jitter=lambda: 0.0)
        self.up = True
        self.arrived: list[float] = []
        self.errors: list[Exception] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def call(
        self, path: str, caller: Caller = HERE, *, may_probe: bool = True, deadline: float | None = None
    ) -> None:
        async with self.limiter.permit(
            path, Lane.TRANSITION, caller=caller, may_probe=may_probe, deadline=deadline
        ) as permit:
            permit.sent()
            self.arrived.append(self.clock.now())
            await self.clock.sleep(0.05)
            permit.heard(silence="" if self.up or caller is not HERE else SILENCE)

    async def insist(self, path: str) -> None:
        """Try again a second after each failure, as a reconciler would, but sooner."""
        while True:
            try:
                await self.call(path)
            except Unavailable as error:
                self.errors.append(error)
                await self.clock.sleep(1.0)

    def start(self, *paths: str) -> None:
        self.tasks += [asyncio.create_task(self.insist(path)) for path in paths]

    async def go_down(self, *, seconds: float = 1.0) -> None:
        self.up = False
        for _ in range(SHUT_AFTER):
            self.tasks.append(asyncio.create_task(self.call(PATHS[0])))
        await self.clock.advance(seconds)

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_while_palette_is_down_single_probes_are_all_that_it_sees() -> None:
    bench = Bench()
    bench.start(*(path for path in PATHS for _ in range(40)))
    await bench.clock.advance(10.0)
    bench.up = False
    await bench.clock.advance(1.0)
    bench.arrived.clear()
    await bench.clock.advance(60.0)

    pauses = [later - sooner for sooner, later in zip(bench.arrived, bench.arrived[1:], strict=False)]
    assert 5 <= len(bench.arrived) <= 8
    assert all(longer >= shorter - 1.1 for shorter, longer in itertools.pairwise(pauses))
    await bench.end()


async def test_when_palette_is_back_its_callers_come_on_a_ramp() -> None:
    bench = Bench()
    bench.start(*(path for path in PATHS for _ in range(100)))
    await bench.clock.advance(10.0)
    bench.up = False
    await bench.clock.advance(40.0)
    bench.up = True
    bench.arrived.clear()
    await bench.clock.advance(40.0)

    back = bench.arrived[0] + 0.05
    in_second = [sum(back + n <= when < back + n + 1 for when in bench.arrived) for n in range(30)]
    assert in_second[0] <= 4
    assert in_second[1] <= 8
    assert in_second[2] <= 15
    full = 0.9 * sum(row.per_second for row in DOCUMENTED if row.prefix in PATHS)
    assert sum(in_second[10:20]) >= 0.98 * 10 * full
    await bench.end()


async def test_all_that_wait_when_palette_falls_silent_are_told_at_once_and_spend_nothing() -> None:
    bench = Bench()
    waiting = [asyncio.create_task(bench.call("/v1/projects")) for _ in range(50)]
    await bench.clock.advance(0.01)
    await bench.go_down()
    told = await asyncio.gather(*waiting, return_exceptions=True)

    assert {type(each) for each in told} >= {Unavailable}
    assert str(told[-1]) == f"a request: no answer from Palette ({SILENCE})"
    assert sum(budget.waiting for budget in bench.limiter.budget()) == 0
    await bench.end()


async def test_a_create_is_not_sent_to_find_out_whether_palette_is_back() -> None:
    bench = Bench()
    await bench.go_down()
    before = len(bench.arrived)
    await bench.clock.advance(30.0)

    with pytest.raises(Waiting) as caught:
        await bench.call(PATHS[0], may_probe=False)
    assert caught.value.reason == "PaletteUnreachable"
    assert caught.value.retry_after_s >= 1
    assert len(bench.arrived) == before
    await bench.end()


async def test_a_create_that_waits_while_palette_falls_silent_is_told_that_nothing_was_sent() -> None:
    bench = Bench()
    bench.limiter.throttled("/v1/projects", 60.0)
    create = asyncio.create_task(bench.call("/v1/projects", may_probe=False))
    await settle()
    await bench.go_down()

    with pytest.raises(Waiting):
        await create
    await bench.end()


async def test_on_the_ramp_a_deadline_holds_too_and_spends_nothing() -> None:
    bench = Bench()
    await bench.go_down()
    bench.up = True
    await bench.clock.advance(1.0)
    bench.tasks.append(asyncio.create_task(bench.call(PATHS[0])))
    await bench.clock.advance(0.1)
    hasty = [asyncio.create_task(bench.call("/v1/edgehosts", deadline=bench.clock.now() + 0.2)) for _ in range(3)]
    await bench.clock.advance(0.3)
    outcomes = await asyncio.gather(*hasty, return_exceptions=True)

    assert any(isinstance(outcome, Waiting) and outcome.reason == "Throttled" for outcome in outcomes)
    await bench.end()


async def test_a_probe_that_is_called_off_lets_the_next_one_go() -> None:
    bench = Bench()
    await bench.go_down()
    await bench.clock.advance(5.0)
    probe = asyncio.create_task(bench.call(PATHS[0]))
    await settle()
    probe.cancel()
    await settle()
    before = len(bench.arrived)
    bench.up = True
    next_probe = asyncio.create_task(bench.call(PATHS[0]))
    await bench.clock.advance(0.1)

    assert next_probe.done()
    assert len(bench.arrived) == before + 1
    await bench.end()


async def test_one_palette_that_is_down_holds_nobody_back_from_another_of_the_same_group() -> None:
    bench = Bench()
    await bench.go_down(seconds=0.5)
    elsewhere = asyncio.create_task(bench.call("/v1/edgehosts", ELSEWHERE))
    await bench.clock.advance(0.2)

    assert elsewhere.done()
    with pytest.raises(Unavailable):
        await bench.call("/v1/edgehosts", HERE)
    await bench.end()
