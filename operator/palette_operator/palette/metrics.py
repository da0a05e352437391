"""What is measured of the traffic with Palette. Labels are bounded: prefixes, methods, codes and kinds, never names."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "palette_api_requests_total",
    "Requests sent to Palette, retries included. `code` is the HTTP status, or `none` when no answer came.",
    ["prefix", "method", "code"],
)
LIMITER_WAIT = Histogram(
    "palette_limiter_wait_seconds",
    "Time from asking for a permit to getting it.",
    ["prefix"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
BUCKET_RATE = Gauge(
    "palette_limiter_rate_per_second",
    "Rate at which requests to this prefix may leave; it falls after a 429 and grows back.",
    ["group", "prefix"],
)
THROTTLED = Counter("palette_api_throttled_total", "Answers 429 from Palette.", ["prefix"])
FLEET_PASS = Histogram(
    "palette_fleet_pass_seconds",
    "Duration of a full pass over what one connection sees of one scope.",
    ["fleet", "outcome"],
    buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 120, 300),
)
FLEET_AGE = Gauge("palette_fleet_age_seconds", "Time since the last complete pass began.", ["fleet"])
DEPRECATED = Gauge(
    "palette_api_deprecated",
    "Connections whose Palette announced the end of an operation (`sign` is `announced`), or lacks it (`missing`).",
    ["method", "path", "sign"],
)
