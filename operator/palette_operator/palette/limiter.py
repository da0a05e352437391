"""The gate that every request to Palette passes: one per rate-limit group, for the whole process.

The limits hold per source address, so all connections that leave by the same address share one limiter. What may go
when is decided in `buckets`, `lanes` and `outage`; here is the waiting.
"""

from __future__ import annotations

import asyncio
import math
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from palette_operator.domain.errors import ReconcileError, Waiting
from palette_operator.palette import metrics
from palette_operator.palette.buckets import LONGEST_PAUSE_S
from palette_operator.palette.budget import Budget, LimiterOptions, Route
from palette_operator.palette.clock import Clock, Handle, LoopClock
from palette_operator.palette.failures import unanswered
from palette_operator.palette.lanes import Lane, Ticket, WeightedQueue
from palette_operator.palette.outage import Outage
from palette_operator.palette.permit import ANYONE, Caller, Permit

__all__ = ["ANYONE", "Caller", "Limiter", "LimiterOptions", "Permit", "PrefixBudget"]

_SAME_MOMENT_S = 1e-6


@dataclass(frozen=True, slots=True)
class PrefixBudget:
    """What one prefix allows at the moment."""

    prefix: str
    documented_per_second: float
    effective_per_second: float
    steady_per_second: float
    """Without the looks at whether a rival has gone, which move it every half minute."""
    has_rival: bool
    """Whether somebody else was found to draw on the same limit."""
    tokens: float
    waiting: int
    paused_s: float
    """Seconds until a pause after a 429 ends; 0 when there is none."""


@dataclass(frozen=True, slots=True)
class _Way:
    """A route to one endpoint: what those who wait have in common."""

    prefix: str
    endpoint: str


@dataclass(slots=True, eq=False)
class _Waiter:
    path: str
    lane: Lane
    doing: str
    caller: Caller
    may_probe: bool
    began: float
    expires_at: float
    permitted: asyncio.Future[bool]
    """True when it is the probe of an outage."""
    route: Route
    ticket: Ticket[_Way] | None = None
    deadline: Handle | None = None


class _Family:
    """The routes under one widest limit, and those who wait for any of them."""

    def __init__(self) -> None:
        self.queue: WeightedQueue[_Way, _Waiter] = WeightedQueue()
        self.timer: Handle | None = None
        self.due_at = math.inf
        self.routes: dict[str, Route] = {}

    def stop(self) -> None:
        """Call the timer off."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer, self.due_at = None, math.inf


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
        self._budget = Budget(options or LimiterOptions(), group)
        self._clock = clock or LoopClock()
        self._jitter = jitter
        self._families: defaultdict[str, _Family] = defaultdict(_Family)
        self._outages: defaultdict[str, Outage] = defaultdict(Outage)
        self._waiting: Counter[str] = Counter()

    @asynccontextmanager
    async def permit(
        self,
        path: str,
        lane: Lane,
        *,
        doing: str = "a request",
        caller: Caller = ANYONE,
        deadline: float | None = None,
        may_probe: bool = True,
    ) -> AsyncIterator[Permit]:
        """Wait until one request to `path` may be sent; inside, the caller sends it, and says when it has left.

        `doing` names the call in messages.
        A caller that is cancelled while it waits spends nothing. Raises Waiting("Throttled") when `deadline` (of the
        limiter's clock) passes first. While the caller's endpoint does not answer, raises
        Unavailable("PaletteUnreachable"), with nothing sent; for one that may not probe whether it answers again, as a
        create may not, Waiting("PaletteUnreachable").
        """
        waiter = self._waiter(path, lane, doing, caller, deadline, may_probe=may_probe)
        probe = await self._wait(waiter)
        permit = Permit(
            left=lambda: self._left(waiter.route),
            heard=lambda silence: self._heard(caller.endpoint, silence, probe=probe),
        )
        try:
            yield permit
        finally:
            permit.done()

    def throttled(self, path: str, retry_after_s: float | None) -> float:
        """Take note of a 429 for `path`: pause and slow down for everyone; return the seconds the pause has left."""
        now = self._clock.now()
        route = self._budget.route(path, now)
        metrics.THROTTLED.labels(route.prefix).inc()
        return route.refuse(now, retry_after_s, self._jitter())

    def change(self, options: LimiterOptions) -> None:
        """Keep to other options from now on: nothing is spent twice, and those who wait keep their places."""
        now = self._clock.now()
        self._budget.change(options, now)
        waiting = [waiter for family in self._families.values() for waiter in family.queue]
        for family in self._families.values():
            family.stop()
        self._families.clear()
        for waiter in sorted(waiting, key=lambda waiter: waiter.began):
            self._waiting[waiter.route.prefix] -= 1
            waiter.route = self._budget.route(waiter.path, now)
            self._queue(waiter)
        self._serve_all()

    def budget(self) -> list[PrefixBudget]:
        """Show every prefix that was used so far, by name."""
        now = self._clock.now()
        for bucket in self._budget.buckets.values():
            bucket.advance(now)
        return [
            PrefixBudget(
                prefix=prefix,
                documented_per_second=bucket.documented_per_second,
                effective_per_second=bucket.effective_per_second,
                steady_per_second=bucket.rate.steady,
                has_rival=bucket.rate.has_rival,
                tokens=bucket.tokens,
                waiting=self._waiting[prefix],
                paused_s=max(0.0, bucket.paused_until - now),
            )
            for prefix, bucket in sorted(self._budget.buckets.items())
        ]

    def now(self) -> float:
        """Tell the time of the limiter's clock, in which deadlines are given."""
        return self._clock.now()

    def prefix(self, path: str) -> str:
        """Name the most specific limit that `path` counts against: a label for metrics."""
        return self._budget.prefix(path)

    def _waiter(
        self, path: str, lane: Lane, doing: str, caller: Caller, deadline: float | None, *, may_probe: bool
    ) -> _Waiter:
        now = self._clock.now()
        return _Waiter(
            path=path,
            lane=lane,
            doing=doing,
            caller=caller,
            may_probe=may_probe,
            began=now,
            expires_at=math.inf if deadline is None else deadline,
            permitted=asyncio.get_running_loop().create_future(),
            route=self._budget.route(path, now),
        )

    async def _wait(self, waiter: _Waiter) -> bool:
        """Wait for the permit; return whether it is for the probe of an outage."""
        outage = self._outages[waiter.caller.endpoint]
        if outage.turns_away(waiter.began, may_probe=waiter.may_probe):
            raise _unreachable(waiter, outage, waiter.began)
        if waiter.expires_at < math.inf:
            waiter.deadline = self._clock.call_at(waiter.expires_at, lambda: self._give_up(waiter))
        self._queue(waiter)
        self._serve(self._family(waiter))
        try:
            probe = await waiter.permitted
        except asyncio.CancelledError:
            self._withdraw(waiter)
            raise
        finally:
            if waiter.deadline is not None:
                waiter.deadline.cancel()
        metrics.LIMITER_WAIT.labels(waiter.route.prefix).observe(max(0.0, self._clock.now() - waiter.began))
        return probe

    def _family(self, waiter: _Waiter) -> _Family:
        return self._families[waiter.route.widest]

    def _queue(self, waiter: _Waiter) -> None:
        family = self._family(waiter)
        family.routes[waiter.route.prefix] = waiter.route
        way = _Way(waiter.route.prefix, waiter.caller.endpoint)
        waiter.ticket = family.queue.push(way, waiter.lane, waiter, waiter.caller.connection)
        self._waiting[waiter.route.prefix] += 1

    def _leave(self, waiter: _Waiter) -> None:
        """Take a waiter out of its line."""
        if waiter.ticket is not None:
            self._family(waiter).queue.remove(waiter.ticket)
            self._left_line(waiter)

    def _left_line(self, waiter: _Waiter) -> None:
        waiter.ticket = None
        self._waiting[waiter.route.prefix] -= 1

    def _serve(self, family: _Family) -> None:
        """Let go whoever may, and set the one timer for the next."""
        now = self._clock.now()
        while served := family.queue.pop(lambda way: self._may_go(family, way, now)):
            way, waiter = served
            self._left_line(waiter)
            if now >= waiter.expires_at:
                # After a standstill of the process its own timer may come only after the bucket's.
                self._give_up(waiter)
                continue
            waiter.route.take()
            waiter.permitted.set_result(self._outages[way.endpoint].take())
        self._wake_again(family, now)

    def _wake_again(self, family: _Family, now: float) -> None:
        soonest = min((self._next_at(family, way, now) for way in family.queue.routes()), default=math.inf)
        if abs(soonest - family.due_at) < _SAME_MOMENT_S:
            return  # thousands who join a queue do not each wind the timer up again
        family.stop()
        if soonest < math.inf:
            family.timer, family.due_at = self._clock.call_at(soonest, lambda: self._woken(family)), soonest

    def _may_go(self, family: _Family, way: _Way, now: float) -> bool:
        return self._outages[way.endpoint].may_go(now) and family.routes[way.prefix].may_go(now)

    def _next_at(self, family: _Family, way: _Way, now: float) -> float:
        return max(self._outages[way.endpoint].next_at(now), family.routes[way.prefix].next_at(now))

    def _serve_all(self) -> None:
        for family in list(self._families.values()):
            self._serve(family)

    def _woken(self, family: _Family) -> None:
        family.timer, family.due_at = None, math.inf
        self._serve(family)

    def _left(self, route: Route) -> None:
        """Make room for the next: a request has left."""
        route.let_go(self._clock.now())
        self._serve(self._families[route.widest])

    def _heard(self, endpoint: str, silence: str | None, *, probe: bool) -> None:
        """Draw the conclusions for everyone from an answer to one, or from why there was none; None is neither."""
        outage, now = self._outages[endpoint], self._clock.now()
        if silence is None:
            changed = probe
            if probe:
                outage.dropped()
        elif silence:
            changed = outage.failed(silence, now, self._jitter(), probe=probe)
            if changed:
                self._turn_away(endpoint, outage, now)
        else:
            changed = outage.answered(now)
        if changed:
            self._serve_all()

    def _turn_away(self, endpoint: str, outage: Outage, now: float) -> None:
        """Tell all that wait for an endpoint that it does not answer: none of them shall find out by itself."""
        everyone = [waiter for family in self._families.values() for waiter in family.queue]
        for waiter in everyone:
            if waiter.caller.endpoint == endpoint:
                self._leave(waiter)
                waiter.permitted.set_exception(_unreachable(waiter, outage, now))

    def _withdraw(self, waiter: _Waiter) -> None:
        """Undo a wait: a permit that was given but not yet noticed is returned."""
        permitted = waiter.permitted
        if permitted.done() and not permitted.cancelled() and permitted.exception() is None:
            waiter.route.give_back(self._clock.now())
            self._heard(waiter.caller.endpoint, None, probe=permitted.result())
        self._leave(waiter)
        self._serve(self._family(waiter))

    def _give_up(self, waiter: _Waiter) -> None:
        self._leave(waiter)
        if waiter.permitted.done():
            return
        now, prefix = self._clock.now(), waiter.route.prefix
        message = f"{waiter.doing}: requests to {prefix} are queued for longer than it may wait; it is tried again"
        patience_s = min(LONGEST_PAUSE_S, max(1.0, waiter.route.next_at(now) - now))
        waiter.permitted.set_exception(Waiting("Throttled", message, retry_after_s=patience_s))


def _unreachable(waiter: _Waiter, outage: Outage, now: float) -> ReconcileError:
    found = unanswered(waiter.doing, outage.why)
    if waiter.may_probe:
        return found
    return Waiting(found.reason, found.message, retry_after_s=max(1.0, outage.probe_at - now))
