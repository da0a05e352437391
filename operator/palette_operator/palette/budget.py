"""The buckets of one rate-limit group, and which of them a path draws on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from palette_operator.palette import metrics
from palette_operator.palette.buckets import Bucket
from palette_operator.palette.limits import LimitTable, PrefixLimit

DEFAULT_SHARE = 0.9
DEFAULT_CAPACITY = 4.0
"""Just under the documented burst of 5: safe whether that means 5 requests or 5 times the rate."""
NETWORK_JITTER_S = 0.05
"""Requests may come this much closer together at Palette than they left. The one token between the capacity and the
documented burst covers it up to 20 requests a second; faster prefixes get a smaller capacity."""
GLOBAL_PREFIX = "*"


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
class Route:
    """All that a request counts against, the most specific first."""

    buckets: tuple[Bucket, ...]

    @property
    def prefix(self) -> str:
        """The most specific limit: a label for metrics."""
        return self.buckets[0].prefix

    @property
    def widest(self) -> str:
        """The widest limit, for which all routes through it compete."""
        return self.buckets[-1].prefix

    def may_go(self, now: float) -> bool:
        """Tell whether every bucket has a token."""
        for bucket in self.buckets:
            bucket.advance(now)
        return all(bucket.has_token(now) for bucket in self.buckets)

    def next_at(self, now: float) -> float:
        """Tell when every bucket will have one, should nothing else change."""
        return max(bucket.next_token_at(now) for bucket in self.buckets)

    def take(self) -> None:
        """Take a token of each; `let_go` or `give_back` must follow."""
        for bucket in self.buckets:
            bucket.take()

    def let_go(self, now: float) -> None:
        """Spend what was taken: the request has left."""
        for bucket in self.buckets:
            bucket.let_go(now)

    def give_back(self, now: float) -> None:
        """Return what was taken: the request will not be sent."""
        for bucket in self.buckets:
            bucket.give_back(now)

    def refuse(self, now: float, retry_after_s: float | None, jitter: float) -> float:
        """Note a 429; return the seconds that the pause has left.

        Palette does not say which limit was met. It is taken to be the tightest of the path's, and all that are
        as tight: those fill up first.
        """
        tightest = min(bucket.documented_per_second for bucket in self.buckets)
        return max(
            bucket.refuse(now, retry_after_s, jitter)
            for bucket in self.buckets
            if bucket.documented_per_second == tightest
        )


class Budget:
    """Every bucket that was used so far."""

    def __init__(self, options: LimiterOptions, group: str) -> None:
        self.options = options
        self.buckets: dict[str, Bucket] = {}
        self._group = group
        self._table = LimitTable(options.overrides)
        self._routes: dict[str, Route] = {}

    def prefix(self, path: str) -> str:
        """Name the most specific limit that `path` counts against."""
        return self._table.route(path)[0].prefix

    def route(self, path: str, now: float) -> Route:
        """Return what a request to `path` counts against; a bucket that was not used before is empty."""
        limits = self._table.route(path)
        route = self._routes.get(limits[0].prefix)
        if route is None:
            route = self._routes[limits[0].prefix] = Route(tuple(self._buckets_for(limits, now)))
            # From 0 on: Prometheus sees no increase in a counter that begins with 1.
            metrics.THROTTLED.labels(route.prefix)
        return route

    def change(self, options: LimiterOptions, now: float) -> None:
        """Keep to other options from now on: what was spent stays spent, and pauses go on."""
        self.options = options
        self._table = LimitTable(options.overrides)
        self._routes.clear()
        for prefix, bucket in self.buckets.items():
            rates = self._rates(prefix)
            if rates is not None:
                bucket.change(now, *rates, self._capacity(rates[1]))

    def _rates(self, prefix: str) -> tuple[float, float] | None:
        """Return a bucket's documented rate and our part of it; None when no path draws on it any more."""
        if prefix == GLOBAL_PREFIX:
            rate = self.options.global_per_second
            return (rate, rate) if rate > 0 else None
        limit = self._table.route(prefix)[0]
        return (limit.per_second, limit.per_second * self.options.share) if limit.prefix == prefix else None

    def _buckets_for(self, limits: Iterable[PrefixLimit], now: float) -> Iterable[Bucket]:
        for limit in limits:
            yield self._bucket(limit.prefix, limit.per_second, limit.per_second * self.options.share, now)
        if self.options.global_per_second > 0:
            rate = self.options.global_per_second
            yield self._bucket(GLOBAL_PREFIX, rate, rate, now)

    def _bucket(self, prefix: str, documented_per_second: float, per_second: float, now: float) -> Bucket:
        if prefix not in self.buckets:
            bucket = Bucket(prefix, documented_per_second, per_second, self._capacity(per_second), now)
            metrics.BUCKET_RATE.labels(self._group, prefix).set_function(lambda: bucket.effective_per_second)
            self.buckets[prefix] = bucket
        return self.buckets[prefix]

    def _capacity(self, per_second: float) -> float:
        return max(1.0, self.options.capacity - max(0.0, per_second * NETWORK_JITTER_S - 1.0))
