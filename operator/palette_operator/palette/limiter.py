"""The gate that every request to Palette passes: one per rate-limit group, for the whole process.

The limits hold per source address, so all connections that leave by the same address share one limiter. What may go
when is decided in `buckets` and `lanes`; here is the waiting.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from palette_operator.domain.errors import Waiting
from palette_operator.palette import metrics
from palette_operator.palette.buckets import LONGEST_PAUSE_S, Bucket
from palette_operator.palette.lanes import Lane, WeightedQueue
from palette_operator.palette.limits import LimitTable, PrefixLimit

DEFAULT_SHARE = 0.9
DEFAULT_CAPACITY = 4.0
"""Just under the documented burst of 5: safe whether that means 5 requests or 5 times the rate."""
NETWORK_JITTER_S = 0.05
"""Requests may come this much closer together at Palette than they left. The one token between the capacity and the
documented burst covers it up to 20 requests a second; faster prefixes get a smaller capacity."""
GLOBAL_PREFIX = "*"

Route = tuple[Bucket, ...]


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


@dataclass(frozen=True, slots=True)
class LimiterOptions:
    """How much of Palette's limits this process may use."""

    share: float = DEFAULT_SHARE
    """Of each documented rate, between 0 and 1. Divided by the number of processes that call from one address."""
    capacity: float = DEFAULT_CAPACITY
    """Requests that may leave at once after a quiet time; fewer for prefixes of more than 20 a second."""
    global_per_second: float = 0.0
    """A further limit over all prefixes together; 0 for none."""
    overrides: Mapping[str, float] = field(default_factory=dict)
    """Rates by prefix (requests per second) that stand in for the documented ones."""


@dataclass(frozen=True, slots=True)
class PrefixBudget:
    """What one prefix allows at the moment."""

    prefix: str
    documented_per_second: float
    effective_per_second: float
    tokens: float
    waiting: int
    paused_s: float
    """Seconds until a pause after a 429 ends; 0 when there is none."""


class Permit:
    """Leave to send one request."""

    def __init__(self, left: Callable[[], None]) -> None:
        self._left: Callable[[], None] | None = left

    def sent(self) -> None:
        """Say that the request has left for the network; safe to repeat."""
        if self._left is not None:
            left, self._left = self._left, None
            left()


@dataclass(slots=True, eq=False)
class _Waiter:
    permitted: asyncio.Future[None]
    expires_at: float = math.inf
    deadline: Handle | None = None


class _Family:
    """The buckets under one first segment, and those who wait for any of them."""

    def __init__(self) -> None:
        self.queue: WeightedQueue[str, _Waiter] = WeightedQueue()
        self.timer: Handle | None = None


class Limiter:
    """Lets requests go when every limit they count against allows it."""

    def __init__(
        self,
        options: LimiterOptions | None = None,
        *,
        group: str = "default",
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`group` names the rate-limit group in metrics; `jitter` (0 to 1) and `clock` are for tests."""
        self._group = group
        self._options = options or LimiterOptions()
        self._table = LimitTable(self._options.overrides)
        self._clock = clock or LoopClock()
        self._jitter = jitter
        self._buckets: dict[str, Bucket] = {}
        self._routes: dict[str, Route] = {}
        self._families: dict[str, _Family] = {}
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def permit(self, path: str, lane: Lane, *, deadline: float | None = None) -> AsyncIterator[Permit]:
        """Wait until one request to `path` may be sent; inside, the caller sends it, and says when it has left.

        A caller that is cancelled while it waits spends nothing. Raises Waiting("Throttled") when `deadline` (of the
        limiter's clock) passes first.
        """
        route = self._route(path)
        await self._wait(route, lane, deadline)
        permit = Permit(lambda: self._left(route))
        try:
            yield permit
        finally:
            permit.sent()

    async def _wait(self, route: Route, lane: Lane, deadline: float | None) -> None:
        prefix, family = route[0].prefix, self._family(route)
        began = self._clock.now()
        waiter = _Waiter(asyncio.get_running_loop().create_future())
        if deadline is not None:
            waiter.expires_at = deadline
            waiter.deadline = self._clock.call_at(deadline, lambda: self._give_up(waiter, route))
        family.queue.push(prefix, lane, waiter)
        self._waiting[prefix] += 1
        self._serve(family)
        try:
            await waiter.permitted
        except asyncio.CancelledError:
            self._withdraw(waiter, route)
            raise
        finally:
            self._waiting[prefix] -= 1
            if waiter.deadline is not None:
                waiter.deadline.cancel()
        metrics.LIMITER_WAIT.labels(prefix).observe(max(0.0, self._clock.now() - began))

    def throttled(self, path: str, retry_after_s: float | None) -> float:
        """Take note of a 429 for `path`: pause and slow down for everyone; return the seconds the pause has left.

        Palette does not say which limit was met. It is taken to be the tightest of the path's, and all that are
        as tight: those fill up first.
        """
        route, now = self._route(path), self._clock.now()
        tightest = min(bucket.documented_per_second for bucket in route)
        jitter = self._jitter()
        metrics.THROTTLED.labels(route[0].prefix).inc()
        return max(
            bucket.refuse(now, retry_after_s, jitter) for bucket in route if bucket.documented_per_second == tightest
        )

    def budget(self) -> list[PrefixBudget]:
        """Show every prefix that was used so far, by name."""
        now = self._clock.now()
        for bucket in self._buckets.values():
            bucket.advance(now)
        return [
            PrefixBudget(
                prefix=prefix,
                documented_per_second=bucket.documented_per_second,
                effective_per_second=bucket.effective_per_second,
                tokens=bucket.tokens,
                waiting=self._waiting[prefix],
                paused_s=max(0.0, bucket.paused_until - now),
            )
            for prefix, bucket in sorted(self._buckets.items())
        ]

    def now(self) -> float:
        """Tell the time of the limiter's clock, in which deadlines are given."""
        return self._clock.now()

    def prefix(self, path: str) -> str:
        """Name the most specific limit that `path` counts against: a label for metrics."""
        return self._table.route(path)[0].prefix

    def _serve(self, family: _Family) -> None:
        """Let go whoever may, and set the one timer for the next."""
        now = self._clock.now()
        while True:
            family.queue.discard(lambda waiter: waiter.permitted.done())
            served = family.queue.pop(lambda prefix: self._may_go(prefix, now))
            if served is None:
                break
            prefix, waiter = served
            if now >= waiter.expires_at:
                # After a standstill of the process its own timer may come only after the bucket's.
                self._give_up(waiter, self._routes[prefix])
                continue
            for bucket in self._routes[prefix]:
                bucket.take()
            waiter.permitted.set_result(None)
        self._wake_again(family, now)

    def _wake_again(self, family: _Family, now: float) -> None:
        if family.timer is not None:
            family.timer.cancel()
            family.timer = None
        if not family.queue:
            return
        soonest = min(self._next_at(self._routes[prefix], now) for prefix in family.queue.routes())
        if soonest < float("inf"):
            family.timer = self._clock.call_at(soonest, lambda: self._woken(family))

    def _next_at(self, route: Route, now: float) -> float:
        return max(bucket.next_token_at(now) for bucket in route)

    def _left(self, route: Route) -> None:
        """Make room for the next: a request has left."""
        now = self._clock.now()
        for bucket in route:
            bucket.let_go(now)
        family = self._family(route)
        if family.queue:
            self._serve(family)

    def _woken(self, family: _Family) -> None:
        family.timer = None
        self._serve(family)

    def _may_go(self, prefix: str, now: float) -> bool:
        route = self._routes[prefix]
        for bucket in route:
            bucket.advance(now)
        return all(bucket.has_token(now) for bucket in route)

    def _withdraw(self, waiter: _Waiter, route: Route) -> None:
        """Undo a wait: a permit that was given but not yet noticed is returned."""
        if waiter.permitted.done() and not waiter.permitted.cancelled() and waiter.permitted.exception() is None:
            now = self._clock.now()
            for bucket in route:
                bucket.give_back(now)
        else:
            waiter.permitted.cancel()
        self._serve(self._family(route))

    def _give_up(self, waiter: _Waiter, route: Route) -> None:
        if waiter.permitted.done():
            return
        now = self._clock.now()
        message = f"requests to {route[0].prefix} are queued for longer than this one may wait; it will be tried again"
        patience_s = min(LONGEST_PAUSE_S, max(1.0, self._next_at(route, now) - now))
        waiter.permitted.set_exception(Waiting("Throttled", message, retry_after_s=patience_s))

    def _route(self, path: str) -> Route:
        limits = self._table.route(path)
        prefix = limits[0].prefix
        if prefix not in self._routes:
            self._routes[prefix] = tuple(self._buckets_for(limits))
        return self._routes[prefix]

    def _buckets_for(self, limits: Iterable[PrefixLimit]) -> Iterable[Bucket]:
        for limit in limits:
            yield self._bucket(limit.prefix, limit.per_second, limit.per_second * self._options.share)
        if self._options.global_per_second > 0:
            rate = self._options.global_per_second
            yield self._bucket(GLOBAL_PREFIX, rate, rate)

    def _bucket(self, prefix: str, documented_per_second: float, per_second: float) -> Bucket:
        if prefix not in self._buckets:
            room = max(0.0, per_second * NETWORK_JITTER_S - 1.0)
            capacity = max(1.0, self._options.capacity - room)
            bucket = Bucket(prefix, documented_per_second, per_second, capacity, self._clock.now())
            metrics.BUCKET_RATE.labels(self._group, prefix).set_function(lambda: bucket.effective_per_second)
            self._buckets[prefix] = bucket
        return self._buckets[prefix]

    def _family(self, route: Route) -> _Family:
        """Find the waiters of all routes that share the widest limit: they compete for it."""
        return self._families.setdefault(route[-1].prefix, _Family())
