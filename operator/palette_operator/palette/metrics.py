"""What is measured of the traffic with Palette. Labels are bounded: prefixes, methods, codes and kinds, never names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from prometheus_client import Counter, Gauge, Histogram


class WatchedGauge:
    """A gauge whose values are read when it is scraped; a label goes with the last who watched it.

    A connection that is opened anew has its successor's label before its own is given up.
    """

    def __init__(self, name: str, documentation: str, label: str) -> None:
        self._gauge = Gauge(name, documentation, [label])
        self._readers: dict[str, Callable[[], float]] = {}

    def watch(self, label: str, read: Callable[[], float]) -> None:
        """Let `read` tell the value of a label from now on."""
        self._readers[label] = read
        self._gauge.labels(label).set_function(read)

    def unwatch(self, label: str, read: Callable[[], float]) -> None:
        """Remove the label, unless somebody else tells its value by now."""
        if self._readers.get(label) == read:
            del self._readers[label]
            self._gauge.remove(label)


REQUESTS = Counter(
    "palette_api_requests_total",
    "Requests sent to Palette, retries included. `code` is the HTTP status, or `none` when no answer came.",
    ["prefix", "method", "code"],
)
LIMITER_WAIT = Histogram(
    "palette_limiter_wait_seconds",
    "How long requests to this prefix waited for the limiter before they were sent.",
    ["prefix"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
BUCKET_RATE = Gauge(
    "palette_limiter_rate_per_second",
    "Rate at which requests to this prefix may leave; it falls after a 429 and grows back.",
    ["group", "prefix"],
)
THROTTLED = Counter(
    "palette_api_throttled_total", "Answers 429 from Palette, by the limit they are laid to.", ["prefix"]
)
PassOutcome: TypeAlias = Literal["complete", "short", "incomplete"]
FLEET_PASS = Histogram(
    "palette_fleet_pass_seconds",
    "How long a look at the fleet took, by how it ended: all of it was seen, what changed lately was, or it failed.",
    ["fleet", "outcome"],
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
FLEET_AGE = WatchedGauge(
    "palette_fleet_age_seconds", "Time since the last complete look began; NaN before the first.", "fleet"
)
FLEET_TENANT_WIDE = WatchedGauge(
    "palette_fleet_tenant_wide",
    "1 while one listing of the tenant serves all projects of the connection, 0 while each is listed by itself.",
    "connection",
)
WhyNotTenantWide: TypeAlias = Literal["refused", "partial", "moving", "dearer"]
FLEET_FALLBACKS = Counter(
    "palette_fleet_fallbacks_total",
    "How often one listing for all projects was given up: it was refused, showed only a part, moved while it was read, "
    "or took more requests than one for each project.",
    ["connection", "why"],
)
CREDENTIAL_EXPIRY = WatchedGauge(
    "palette_credential_expiry_timestamp_seconds",
    "When the connection's credential expires, in seconds since 1970; absent when never, or not known.",
    "connection",
)
WhyNotShort: TypeAlias = Literal["missed", "no-gain", "unordered", "undated"]
FLEET_SHORT_LOOKS_ENDED = Counter(
    "palette_fleet_short_looks_ended_total",
    "How often short looks were given up: they missed a change, brought no gain, or rows came unordered or undated.",
    ["fleet", "why"],
)
DEPRECATED = Gauge(
    "palette_api_deprecated",
    "Connections whose Palette announced the end of an operation (`sign` is `announced`), or lacks it (`missing`).",
    ["method", "path", "sign"],
)
