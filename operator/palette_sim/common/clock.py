"""The simulated Palette's own time, which can run faster than the real one and jump.

Request limits are not measured by it: those always run in real time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

# What Palette writes for a time that was never set. Source: Palette docs, Edge Management API sample reply.
UNSET_TIME = "0001-01-01T00:00:00.000Z"

Monotonic = Callable[[], float]


class Clock:
    """Simulated seconds since 1970, starting at the real time and advancing `speed` times as fast."""

    def __init__(
        self, *, speed: float = 1.0, monotonic: Monotonic = time.monotonic, epoch_s: float | None = None
    ) -> None:
        self._speed = speed
        self._monotonic = monotonic
        self._epoch_s = time.time() if epoch_s is None else epoch_s
        self._started = monotonic()

    def now_s(self) -> float:
        """Tell the simulated time, in seconds since 1970."""
        return self._epoch_s + (self._monotonic() - self._started) * self._speed

    def jump(self, seconds: float) -> None:
        """Move the simulated time forward at once; time never runs backwards."""
        if seconds < 0:
            raise ValueError("the simulated time only moves forward")
        self._epoch_s += seconds


def timestamp(at_s: float | None) -> str:
    """Write a simulated time the way Palette does: UTC with milliseconds; None is "unset"."""
    if at_s is None:
        return UNSET_TIME
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
