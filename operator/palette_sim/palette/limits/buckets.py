"""Counting requests against a limit, in each of the three readings of the documentation."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from palette_sim.common.clock import Monotonic
from palette_sim.palette.config import LimitReading
from palette_sim.palette.limits.table import Limit, charges

BURST = 5
WINDOW_S = 1.0


class Bucket(Protocol):
    """Counts the requests of one source address against one limit."""

    def has_room(self, now_s: float) -> bool:
        """Tell whether one more request is within the limit."""
        ...

    def take(self, now_s: float) -> None:
        """Count one request."""
        ...


@dataclass(slots=True)
class TokenBucket:
    """`capacity` requests at once, refilled at `rate` per second."""

    rate: float
    capacity: float
    tokens: float
    filled_at_s: float

    def has_room(self, now_s: float) -> bool:
        """Tell whether a whole token is there."""
        self.tokens = min(self.capacity, self.tokens + (now_s - self.filled_at_s) * self.rate)
        self.filled_at_s = now_s
        return self.tokens >= 1

    def take(self, now_s: float) -> None:  # noqa: ARG002 - part of the protocol
        """Spend one token."""
        self.tokens -= 1


@dataclass(slots=True)
class SlidingWindow:
    """At most `most` requests in any span of one second."""

    most: int
    taken_at_s: deque[float] = field(default_factory=deque)

    def has_room(self, now_s: float) -> bool:
        """Tell whether fewer than `most` were counted within the last second."""
        while self.taken_at_s and self.taken_at_s[0] <= now_s - WINDOW_S:
            self.taken_at_s.popleft()
        return len(self.taken_at_s) < self.most

    def take(self, now_s: float) -> None:
        """Remember when this request came."""
        self.taken_at_s.append(now_s)


class Limiter:
    """Admits or refuses requests, per source address and endpoint prefix. A refused request is not counted."""

    def __init__(self, reading: LimitReading, monotonic: Monotonic) -> None:
        self._reading = reading
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, Limit], Bucket] = {}

    def admits(self, source: str, path: str) -> bool:
        """Charge one request to the path's own limit and its parents', unless one of them is spent."""
        if self._reading is LimitReading.OFF:
            return True
        now_s = self._monotonic()
        buckets = [self._bucket(source, limit, now_s) for limit in charges(path)]
        if not all(bucket.has_room(now_s) for bucket in buckets):
            return False
        for bucket in buckets:
            bucket.take(now_s)
        return True

    def _bucket(self, source: str, limit: Limit, now_s: float) -> Bucket:
        key = (source, limit)
        if key not in self._buckets:
            self._buckets[key] = _new_bucket(self._reading, limit.rate, now_s)
        return self._buckets[key]


def _new_bucket(reading: LimitReading, rate: int, now_s: float) -> Bucket:
    if reading is LimitReading.WINDOW:
        return SlidingWindow(most=rate + BURST)
    capacity = BURST if reading is LimitReading.SMALL_BURST else BURST * rate
    return TokenBucket(rate=rate, capacity=capacity, tokens=capacity, filled_at_s=now_s)
