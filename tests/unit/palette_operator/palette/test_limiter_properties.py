"""What holds of the limiter whatever happens: arrivals, lanes, connections, cancellations, deadlines, 429s, changes."""

import asyncio
import math
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from palette_operator.domain.errors import Waiting
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
CHARGED = {
    "/v1/spectroclusters": (50, {CLUSTERS, PROFILES, ASSETS}),
    "/v1/spectroclusters/:uid/profiles": (50, {PROFILES}),
    "/v1/spectroclusters/:uid/assets": (10, {ASSETS}),
    "/v1/cloudconfigs": (10, {CONFIG, POOLS}),
    "/v1/cloudconfigs/{cloudType}/{uid}/machinePools": (10, {POOLS}),
    "/v1/edgehosts": (10, {HOSTS}),
}
OPTIONS = {
    "the usual": LimiterOptions(),
    "no burst": LimiterOptions(capacity=1.0),
    "a small share": LimiterOptions(share=0.3),
    "an override": LimiterOptions(overrides={"/v1/edgehosts": 3.0}),
    "a global limit": LimiterOptions(global_per_second=12.0),
}


@dataclass(frozen=True)
class Event:
    after_s: float
    what: str
    count: int
    path: str
    lane: Lane
    connection: str
    late_s: float
    deadline_s: float | None
    retry_after_s: float | None


events = st.builds(
    Event,
    after_s=st.sampled_from([0.0, 0.0, 0.01, 0.2, 1.5]),
    what=st.sampled_from(["ask"] * 8 + ["cancel", "throttle", "change"]),
    count=st.sampled_from([1, 2, 12]),
    path=st.sampled_from(PATHS),
    lane=st.sampled_from(list(Lane)),
    connection=st.sampled_from("ab"),
    late_s=st.sampled_from([0.0, 0.0, 0.004, 0.3]),
    deadline_s=st.sampled_from([None, None, 0.1, 3.0]),
    retry_after_s=st.sampled_from([None, 0.0, 7.0]),
)


@settings(max_examples=40, deadline=None)
@given(script=st.lists(events, min_size=10, max_size=50), options=st.sampled_from(list(OPTIONS)))
def test_no_window_sees_more_than_rate_times_time_and_capacity_and_everyone_is_told(
    script: list[Event], options: str
) -> None:
    asyncio.run(_run(script, OPTIONS[options]))


async def _run(script: list[Event], options: LimiterOptions) -> None:
    clock = VirtualClock()
    limiter = Limiter(options, clock=clock, jitter=lambda: 0.5)
    left: list[tuple[float, str]] = []
    tasks: list[asyncio.Task[None]] = []

    async def send(event: Event) -> None:
        deadline = None if event.deadline_s is None else clock.now() + event.deadline_s
        async with limiter.permit(event.path, event.lane, caller=Caller(event.connection), deadline=deadline) as permit:
            assert deadline is None or clock.now() <= deadline
            await clock.sleep(event.late_s)
            permit.sent()
            left.append((clock.now(), event.path))

    for number, event in enumerate(script):
        await clock.advance(event.after_s)
        if event.what == "ask":
            tasks += [asyncio.create_task(send(event)) for _ in range(event.count)]
        elif event.what == "throttle":
            limiter.throttled(event.path, event.retry_after_s)
        elif event.what == "change":
            # Forth and back: what was spent must stay spent.
            limiter.change(replace(options, share=options.share / 2))
            limiter.change(options)
        elif tasks:
            tasks[number % len(tasks)].cancel()
    await clock.advance(7_200.0)

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(outcome is None or isinstance(outcome, Waiting | asyncio.CancelledError) for outcome in outcomes)
    assert sum(outcome is None for outcome in outcomes) == len(left)
    assert all(budget.waiting == 0 for budget in limiter.budget())
    for prefix, (documented, paths) in CHARGED.items():
        rate = options.overrides.get(prefix, documented) * options.share
        _within([when for when, path in left if path in paths], rate, options.capacity)
    if options.global_per_second:
        _within([when for when, _ in left], options.global_per_second, options.capacity)


def _within(times: list[float], rate: float, capacity: float) -> None:
    for first in range(len(times)):
        for last in range(first, len(times)):
            allowed = rate * (times[last] - times[first]) + capacity
            assert last - first + 1 <= math.floor(allowed + 1e-6)


@settings(max_examples=25, deadline=None)
@given(
    busy=st.sets(st.sampled_from(list(Lane)), min_size=1),
    connections=st.integers(min_value=1, max_value=4),
    path=st.sampled_from([HOSTS, CLUSTERS, POOLS]),
    warm_s=st.sampled_from([0.0, 3.0, 10.0]),
)
def test_every_lane_that_waits_gets_its_share_within_one_round(
    busy: set[Lane], connections: int, path: str, warm_s: float
) -> None:
    asyncio.run(_share(busy, connections, path, warm_s))


async def _share(busy: set[Lane], connections: int, path: str, warm_s: float) -> None:
    clock = VirtualClock()
    limiter, served = Limiter(clock=clock), []

    async def send(lane: Lane, connection: int) -> None:
        async with limiter.permit(path, lane, caller=Caller(str(connection))):
            served.append(lane)

    tasks = [asyncio.create_task(send(Lane.USER_CHANGE, 0)) for _ in range(700)]
    await clock.advance(warm_s)
    tasks += [
        asyncio.create_task(send(lane, connection))
        for lane in busy
        for connection in range(connections)
        for _ in range(200)
    ]
    await settle()
    served.clear()
    await clock.advance(12.0)
    waiting = busy | {Lane.USER_CHANGE}
    total = sum(lane.value for lane in waiting)
    # All lanes have someone waiting as long as none has had its 200.
    for count in range(len(served)):
        if max(served[:count].count(lane) for lane in waiting) >= 150:
            break
        for lane in waiting:
            assert served[:count].count(lane) >= math.floor(count * lane.value / total) - lane.value - 1
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
