"""The clock that the limiter goes by: the event loop's, or a test's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol


class Handle(Protocol):
    """A timer that can be called off."""

    def cancel(self) -> None:
        """Call it off."""


class Clock(Protocol):
    """Monotonic seconds, and a way to be woken at a given one."""

    def now(self) -> float:
        """Tell the time."""

    def call_at(self, when: float, callback: Callable[[], None]) -> Handle:
        """Call `callback` once, at `when` or soon after."""


class LoopClock:
    """The clock of the running event loop."""

    def now(self) -> float:
        """Tell the time."""
        return asyncio.get_running_loop().time()

    def call_at(self, when: float, callback: Callable[[], None]) -> Handle:
        """Call `callback` once, at `when` or soon after."""
        return asyncio.get_running_loop().call_at(when, callback)
