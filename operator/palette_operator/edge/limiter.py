"""How fast one host is asked. No limit is documented, and a host is a small machine with other things to do.

Five requests a second let a look of four requests pass at once and leave room for a few changes; two under way keep a
slow answer, such as a list of contents from a slow disk, from holding up the rest.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from palette_operator.edge.clock import EdgeClock

PER_SECOND = 5.0
BURST = 10
MOST_UNDER_WAY = 2
_ROUNDING_S = 1e-6


class HostLimiter:
    """Lets requests to one host through, in the order in which they come."""

    def __init__(self, clock: EdgeClock) -> None:
        self._clock = clock
        self._under_way = asyncio.Semaphore(MOST_UNDER_WAY)
        self._spent_until = -math.inf
        """When all that was taken is paid back: the theoretical arrival time of a generic cell rate algorithm."""
        self._paused_until = -math.inf

    @asynccontextmanager
    async def permit(self) -> AsyncIterator[None]:
        """Wait until a request may leave, and count it as under way within."""
        async with self._under_way:
            while (wait_s := self._wait_s()) > _ROUNDING_S:
                await self._clock.sleep(wait_s)
            self._spent_until = max(self._spent_until, self._clock.monotonic()) + 1 / PER_SECOND
            yield

    @property
    def paused_s(self) -> float:
        """How long nothing is let through any more; 0 when nothing holds it up."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    def pause(self, for_s: float) -> None:
        """Let nothing through for so long."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + for_s)

    def _wait_s(self) -> float:
        now = self._clock.monotonic()
        allowed_at = self._spent_until - (BURST - 1) / PER_SECOND
        return max(allowed_at, self._paused_until) - now
