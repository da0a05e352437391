"""A clock for asyncio code that waits on timers: time passes only when a test says so, and nothing sleeps."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(slots=True)
class VirtualTimer:
    """A timer of a virtual clock."""

    callback: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class VirtualClock:
    """Monotonic seconds with timers, and `sleep` for code that only waits."""

    def __init__(self, now: float = 1_000.0, *, settled: Callable[[], Awaitable[None]] | None = None) -> None:
        """`settled` waits until nothing more happens at this moment; by default, until the tasks have run."""
        self._now = now
        self._settled = settled or settle
        self._order = itertools.count()
        self._timers: list[tuple[float, int, VirtualTimer]] = []

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], None]) -> VirtualTimer:
        timer = VirtualTimer(callback)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    async def sleep(self, seconds: float) -> None:
        passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not passed.done():
                passed.set_result(None)

        timer = self.call_at(self._now + seconds, wake)
        try:
            await passed
        finally:
            timer.cancel()

    @property
    def pending(self) -> int:
        """How many timers are set."""
        return sum(not timer.cancelled for _, _, timer in self._timers)

    def stand_still(self, seconds: float) -> None:
        """Let time pass without firing any timer, as for a process that was stopped."""
        self._now += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass, firing each timer at its time and letting the tasks it wakes run."""
        end = self._now + seconds
        await self._settled()
        while self._fire_next(end):
            await self._settled()
        self._now = end
        await self._settled()

    def jump(self, seconds: float) -> None:
        """Let time pass and fire the timers, but let no task run."""
        end = self._now + seconds
        while self._fire_next(end):
            pass
        self._now = end

    def _fire_next(self, end: float) -> bool:
        while self._timers and self._timers[0][0] <= end:
            when, _, timer = heapq.heappop(self._timers)
            if not timer.cancelled:
                self._now = max(self._now, when)
                timer.callback()
                return True
        return False


class EagerClock:
    """Jumps to each timer at once: waiting takes no time in the test, but is counted."""

    def __init__(self) -> None:
        self._now = 1_000.0

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.Handle:
        def fire() -> None:
            self._now = max(self._now, when)
            callback()

        return asyncio.get_running_loop().call_soon(fire)


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(8):
        await asyncio.sleep(0)
