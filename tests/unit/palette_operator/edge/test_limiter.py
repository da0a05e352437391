"""A host is asked modestly: a burst, then a steady rate, and never more than two requests at once."""

import asyncio

import pytest

from palette_operator.edge.limiter import BURST, MOST_UNDER_WAY, PER_SECOND, HostLimiter
from support.edge_host import FakeTime
from support.virtual_clock import settle


async def take(limiter: HostLimiter, times: int) -> None:
    for _ in range(times):
        async with limiter.permit():
            pass


async def test_a_burst_passes_at_once_and_the_rest_at_the_rate() -> None:
    time = FakeTime()
    limiter = HostLimiter(time.clock())

    await take(limiter, BURST)
    assert time.now == pytest.approx(1_000.0)

    await take(limiter, 5)
    assert time.now == pytest.approx(1_000.0 + 5 / PER_SECOND)


async def test_a_burst_comes_back_with_time() -> None:
    time = FakeTime()
    limiter = HostLimiter(time.clock())
    await take(limiter, BURST)

    time.now += BURST / PER_SECOND
    before = time.now
    await take(limiter, BURST)

    assert time.now == pytest.approx(before)


async def test_a_pause_holds_everyone_up() -> None:
    time = FakeTime()
    limiter = HostLimiter(time.clock())
    limiter.pause(7.0)
    limiter.pause(3.0)
    assert limiter.paused_s == 7.0

    await take(limiter, 1)

    assert time.now == 1_007.0
    assert limiter.paused_s == 0.0


async def test_no_more_than_two_are_under_way() -> None:
    limiter = HostLimiter(FakeTime().clock())
    inside, done = 0, asyncio.Event()

    async def one() -> None:
        nonlocal inside
        async with limiter.permit():
            inside += 1
            await done.wait()

    tasks = [asyncio.create_task(one()) for _ in range(5)]
    await settle()
    assert inside == MOST_UNDER_WAY

    done.set()
    await asyncio.gather(*tasks)
    assert inside == 5
