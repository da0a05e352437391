"""How often a project's fleet is seen, against how often people want it seen. Pure."""

from __future__ import annotations

import math

# Passes are jittered, and take a little time themselves.
_TOLERANCE_S = 5.0
_SLOW = 1.5
_FAST_ENOUGH = 1.25
_ROUNDED_TO_S = 10


class Sweeps:
    """Takes note of complete passes."""

    def __init__(self, asked_s: float) -> None:
        """`asked_s` is what `spec.poll.fleetSeconds` says."""
        self._asked_s = asked_s
        self._last: float | None = None
        self._took_s = 0.0
        self._slow = False

    def done(self, now: float) -> None:
        """Take note of a look at the fleet that has ended; `now` in monotonic seconds."""
        if self._last is not None:
            self._took_s = now - self._last
            factor = _FAST_ENOUGH if self._slow else _SLOW
            self._slow = self._took_s > self._limit_s(factor)
        self._last = now

    def reported_s(self) -> int:
        """Return how often the fleet is seen: as asked, or in tens of seconds when that is not reached.

        Rounded, since a status that moved with each pass would be written with each pass.
        """
        if self._took_s <= self._limit_s(_SLOW):
            return math.ceil(self._asked_s)
        return math.ceil(self._took_s / _ROUNDED_TO_S) * _ROUNDED_TO_S

    def complaint(self, now: float) -> str:
        """Say that the fleet is seen less often than asked, in words that stay the same; "" when it is not."""
        overdue = self._last is not None and now - self._last > self._limit_s(_SLOW)
        if not (self._slow or overdue):
            return ""
        return (
            f"the fleet is looked at less often than every {self._asked_s:g} seconds, as spec.poll.fleetSeconds asks: "
            "Palette's request limits or its answers allow no more; raise fleetSeconds, or spec.rateLimit.share"
        )

    def _limit_s(self, factor: float) -> float:
        return factor * self._asked_s + _TOLERANCE_S
