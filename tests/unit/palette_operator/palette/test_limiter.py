import asyncio
from dataclasses import dataclass, field
from functools import partial

import pytest
from prometheus_client import REGISTRY, Gauge

from palette_operator.domain.errors import Waiting
from palette_operator.palette import metrics
from palette_operator.palette.lanes import Lane
from palette_operator.palette.limiter import Caller, Limiter, LimiterOptions
from support.virtual_clock import VirtualClock, settle

CLUSTERS = "/v1/spectroclusters/edge-native"
PROFILES = "/v1/spectroclusters/u/profiles"
ASSETS = "/v1/spectroclusters/u/assets/kubeconfig"
POOLS = "/v1/cloudconfigs/edge-native/u/machinePools"
CONFIG = "/v1/cloudconfigs/edge-native/u"
HOSTS = "/v1/edgehosts"
PATHS = [CLUSTERS, PROFILES, ASSETS, POOLS, CONFIG, HOSTS]


@dataclass
class Bench:
    """A limiter on a virtual clock, and a record of when requests left."""

    options: LimiterOptions = field(default_factory=LimiterOptions)
    clock: VirtualClock = field(default_factory=VirtualClock)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    left: list[tuple[float, str, Lane]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limiter = Limiter(self.options, clock=self.clock, jitter=lambda: 0.0)

    def ask(
        self,
        path: str,
        lane: Lane = Lane.USER_CHANGE,
        *,
        deadline: float | None = None,
        delay_s: float = 0.0,
        answer_s: float = 0.0,
        connection: str = "",
    ) -> asyncio.Task[None]:
        """Send a request `delay_s` after its permit, which is answered `answer_s` later."""

        async def send() -> None:
            async with self.limiter.permit(path, lane, caller=Caller(connection), deadline=deadline) as permit:
                if delay_s:
                    await self.clock.sleep(delay_s)
                permit.sent()
                self.left.append((self.clock.now(), path, lane))
                if answer_s:
                    await self.clock.sleep(answer_s)

        task = asyncio.create_task(send())
        self.tasks.append(task)
        return task

    async def end(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def times(self, *paths: str) -> list[float]:
        return [when for when, path, _ in self.left if path in paths]


async def test_nothing_leaves_at_once_after_a_start() -> None:
    bench = Bench()
    bench.ask(HOSTS)
    await settle()
    assert bench.left == []

    await bench.clock.advance(1 / 9 + 1e-6)
    assert len(bench.left) == 1


async def test_after_a_quiet_time_no_more_than_the_capacity_leave_at_once() -> None:
    bench = Bench()
    bench.limiter.budget()
    bench.ask(HOSTS)
    await bench.clock.advance(10.0)
    for _ in range(10):
        bench.ask(HOSTS)
    await settle()

    assert len(bench.left) == 1 + 4
    await bench.end()


@pytest.mark.parametrize(("path", "documented"), [(CLUSTERS, 50), (HOSTS, 10), (ASSETS, 10), (POOLS, 10)])
async def test_at_saturation_98_percent_of_the_share_of_the_documented_rate_leave(path: str, documented: float) -> None:
    bench, seconds = Bench(), 60
    for _ in range(documented * seconds):
        bench.ask(path)
    await bench.clock.advance(seconds)

    assert len(bench.left) >= 0.98 * 0.9 * documented * seconds
    assert len(bench.left) <= 0.9 * documented * seconds + 4
    await bench.end()


async def test_one_timer_serves_thousands_of_waiters() -> None:
    bench = Bench()
    for _ in range(3_000):
        bench.ask(CLUSTERS)
    await settle()

    assert bench.clock.pending == 1
    await bench.end()


async def test_a_listed_child_also_spends_what_its_parent_has() -> None:
    bench = Bench()
    for _ in range(300):
        bench.ask(PROFILES)
        bench.ask(CLUSTERS)
    await bench.clock.advance(4.0)

    assert 170 <= len(bench.left) <= 45 * 4 + 4
    await bench.end()


async def test_a_scarce_child_leaves_the_rest_of_its_parent_to_others() -> None:
    bench = Bench()
    for _ in range(300):
        bench.ask(ASSETS)
        bench.ask(CLUSTERS)
    await bench.clock.advance(4.0)

    assert 35 <= len(bench.times(ASSETS)) <= 9 * 4 + 4
    assert len(bench.left) >= 0.98 * 45 * 4
    await bench.end()


async def test_prefixes_do_not_wait_for_each_other() -> None:
    bench = Bench()
    for _ in range(100):
        bench.ask(HOSTS)
        bench.ask(CLUSTERS)
    await bench.clock.advance(2.0)

    assert len(bench.times(CLUSTERS)) >= 88
    assert 17 <= len(bench.times(HOSTS)) <= 22
    await bench.end()


async def test_a_users_change_overtakes_a_long_queue_of_routine_and_routine_still_moves() -> None:
    bench = Bench()
    for _ in range(500):
        bench.ask(HOSTS, Lane.ROUTINE)
    await bench.clock.advance(2.0)
    bench.left.clear()
    for _ in range(100):
        bench.ask(HOSTS, Lane.USER_CHANGE)
    await bench.clock.advance(5.0)

    lanes = [lane for _, _, lane in bench.left]
    assert lanes.count(Lane.USER_CHANGE) >= 8 * lanes.count(Lane.ROUTINE) - 8
    assert lanes.count(Lane.ROUTINE) >= 4
    await bench.end()


async def test_one_who_is_cancelled_while_waiting_spends_nothing() -> None:
    bench = Bench()
    leaving = [bench.ask(HOSTS) for _ in range(50)]
    staying = bench.ask(HOSTS)
    await settle()
    for task in leaving:
        task.cancel()
    await bench.clock.advance(1 / 9 + 1e-6)

    assert staying.done()
    assert bench.clock.pending == 0


async def test_a_permit_that_was_given_but_not_noticed_before_a_cancellation_is_returned() -> None:
    bench = Bench()
    permit = bench.ask(HOSTS)
    await settle()
    bench.clock.jump(1 / 9 + 1e-6)  # the permit is there; the task has not run again yet
    assert bench.limiter.budget()[0].tokens < 0.1
    permit.cancel()
    await settle()

    assert bench.left == []
    assert bench.limiter.budget()[0].tokens == pytest.approx(1.0, abs=1e-3)
    assert bench.limiter.budget()[0].waiting == 0


async def test_who_cannot_wait_that_long_is_told_so_and_spends_nothing() -> None:
    bench = Bench()
    bench.limiter.throttled(HOSTS, 30.0)
    hasty = bench.ask(HOSTS, deadline=bench.clock.now() + 5.0)
    await bench.clock.advance(6.0)

    with pytest.raises(Waiting) as caught:
        await hasty
    assert caught.value.reason == "Throttled"
    assert caught.value.retry_after_s == pytest.approx(25.0 + 1 / 4.5)
    assert bench.limiter.budget()[0].waiting == 0


async def test_who_stood_still_beyond_the_deadline_does_not_go_any_more() -> None:
    bench = Bench()
    bench.limiter.throttled(HOSTS, 30.0)
    late = bench.ask(HOSTS, deadline=bench.clock.now() + 60.0)
    await settle()
    bench.clock.stand_still(90.0)
    bench.ask(HOSTS)
    await settle()

    with pytest.raises(Waiting):
        await late
    assert len(bench.left) == 1, "the one that came later goes"
    await bench.end()


async def test_a_429_pauses_the_prefix_for_everyone_and_halves_its_rate() -> None:
    bench = Bench()
    for _ in range(100):
        bench.ask(HOSTS)
        bench.ask(CLUSTERS)
    await bench.clock.advance(1.0)
    before = len(bench.times(HOSTS))

    assert bench.limiter.throttled(HOSTS, 7.0) == 7.0
    await bench.clock.advance(6.9)
    assert len(bench.times(HOSTS)) == before
    assert len(bench.times(CLUSTERS)) == 100

    await bench.clock.advance(2.1)
    assert 8 <= len(bench.times(HOSTS)) - before <= 10
    await bench.end()


async def test_the_rate_metric_follows_a_cut_and_a_rival_is_forgotten_in_time() -> None:
    bench = Bench()
    gauge = metrics.BUCKET_RATE.labels("default", "/v1/edgehosts")
    bench.limiter.throttled(HOSTS, 1.0)
    assert rate_of(gauge) == 4.5

    await bench.clock.advance(601.0)
    bench.limiter.budget()
    assert rate_of(gauge) == 9.0


async def test_the_count_of_429_begins_at_zero_with_the_first_request_to_a_prefix() -> None:
    bench = Bench()
    counted = partial(REGISTRY.get_sample_value, "palette_api_throttled_total", {"prefix": "/v1/audits"})
    assert counted() is None

    bench.ask("/v1/audits")
    await bench.clock.advance(1.0)

    assert counted() == 0


def rate_of(gauge: Gauge) -> float:
    (sample,) = next(iter(gauge.collect())).samples
    return sample.value


async def test_a_429_is_laid_to_the_tightest_limits_of_its_path() -> None:
    bench = Bench()
    bench.limiter.throttled(ASSETS, 10.0)
    bench.limiter.throttled(POOLS, 10.0)

    paused = {budget.prefix for budget in bench.limiter.budget() if budget.paused_s > 0}
    assert paused == {
        "/v1/spectroclusters/:uid/assets",
        "/v1/cloudconfigs",
        "/v1/cloudconfigs/{cloudType}/{uid}/machinePools",
    }


async def test_a_global_limit_holds_over_all_prefixes_together() -> None:
    bench = Bench(LimiterOptions(global_per_second=5))
    for _ in range(50):
        for path in PATHS:
            bench.ask(path)
    await bench.clock.advance(10.0)

    assert 49 <= len(bench.left) <= 54
    await bench.end()


async def test_the_budget_tells_what_is_documented_what_holds_and_who_waits() -> None:
    bench = Bench(LimiterOptions(share=0.5, overrides={"/v1/edgehosts": 20}))
    for _ in range(3):
        bench.ask(HOSTS)
    await settle()

    (budget,) = bench.limiter.budget()
    assert (budget.prefix, budget.documented_per_second, budget.effective_per_second) == ("/v1/edgehosts", 20, 10)
    assert (budget.waiting, budget.paused_s) == (3, 0)
    await bench.end()


async def test_requests_that_leave_late_do_not_leave_together_with_those_due_after_them() -> None:
    bench = Bench()
    for number in range(200):
        bench.ask(CLUSTERS, delay_s=0.5 if number < 10 else 0.0)
    await bench.clock.advance(3.0)

    busiest = max(sum(when <= other < when + 0.1 for other in bench.times(CLUSTERS)) for when in bench.times(CLUSTERS))
    assert busiest <= 45 * 0.1 + 4
    await bench.end()


async def test_the_time_until_the_answer_holds_nobody_up() -> None:
    bench = Bench()
    for _ in range(500):
        bench.ask(CLUSTERS, answer_s=2.0)
    await bench.clock.advance(10.0)

    assert len(bench.left) >= 0.98 * 450
    await bench.end()


@pytest.mark.parametrize(("path", "at_once"), [(HOSTS, 4), (CLUSTERS, 2)])
async def test_the_faster_a_prefix_the_fewer_leave_at_once(path: str, at_once: int) -> None:
    bench = Bench()
    bench.ask(path)
    await bench.clock.advance(10.0)
    for _ in range(10):
        bench.ask(path)
    await settle()

    assert len(bench.left) == 1 + at_once
    await bench.end()


async def test_ten_thousand_requests_of_one_connection_do_not_keep_another_ones_single_request_waiting() -> None:
    bench = Bench()
    for _ in range(10_000):
        bench.ask(HOSTS, connection="busy")
    await bench.clock.advance(2.0)
    lone = bench.ask(HOSTS, connection="lone")
    await bench.clock.advance(2 / 9 + 1e-6)

    assert lone.done()
    await bench.end()


async def test_other_options_hold_at_once_and_those_who_wait_keep_their_places() -> None:
    bench = Bench()
    first = [bench.ask(HOSTS, delay_s=5.0) for _ in range(3)]
    tasks = [bench.ask(HOSTS) for _ in range(40)]
    await bench.clock.advance(2.0)
    bench.limiter.change(LimiterOptions(share=0.2, overrides={"/v1/edgehosts/:uid": 1.0}, global_per_second=30.0))
    bench.left.clear()
    await bench.clock.advance(10.0)

    assert 17 <= len(bench.times(HOSTS)) <= 10 * 2 + 4
    assert all(task.done() for task in first)
    done = [task.done() for task in tasks]
    assert done == sorted(done, reverse=True), "first come, first served"
    await bench.clock.advance(60.0)
    assert all(task.done() for task in tasks)
    assert all(budget.waiting == 0 for budget in bench.limiter.budget())


async def test_a_request_that_has_not_left_takes_up_room_after_a_change_of_options_too() -> None:
    bench = Bench(LimiterOptions(capacity=1.0))
    bench.ask(HOSTS, delay_s=30.0)
    await bench.clock.advance(1.0)
    bench.limiter.change(LimiterOptions(share=0.5, capacity=1.0))
    waiting = bench.ask(HOSTS)
    await bench.clock.advance(5.0)
    assert not waiting.done()

    await bench.clock.advance(30.0)
    assert waiting.done()
