"""Closes the connections to a host soon after they were last used.

httpx lets go of idle connections when the next request comes, which for a host that is looked at once a minute is
never soon enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager


class IdleCloser:
    """Calls `close` when nothing was in use for `after_s`."""

    def __init__(self, close: Callable[[], Awaitable[None]], after_s: float) -> None:
        self._close = close
        self._after_s = after_s
        self._in_use = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None

    @contextmanager
    def use(self) -> Iterator[None]:
        """Keep the connections open within."""
        self._in_use += 1
        self.cancel()
        try:
            yield
        finally:
            self._in_use -= 1
            if not self._in_use:
                self._timer = asyncio.get_running_loop().call_later(self._after_s, self._begin)

    def cancel(self) -> None:
        """Close nothing any more, until there is a use again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._close_unused(), name="closing idle connections")

    async def _close_unused(self) -> None:
        if not self._in_use:
            await self._close()
