"""What is measured of the traffic with hosts. Labels are bounded: operations and codes, never a host."""

from __future__ import annotations

from prometheus_client import Counter

REQUESTS = Counter(
    "palette_edge_requests_total",
    "Requests sent to hosts' own APIs, retries included. `code` is the HTTP status, or `none` when no answer came.",
    ["method", "path", "code"],
)
