"""The metrics of reconciling.

Metrics of calls to Palette stand with the transport that makes them. Labels are bounded: a kind, never a name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

from palette_operator import __version__
from palette_operator.domain.resources.kinds import EDGE_HOST, PALETTE_CLUSTER, PALETTE_CONNECTION

# When each counter began would be as many series again, and Prometheus finds out by itself.
disable_created_metrics()  # type: ignore[no-untyped-call] # it has no annotations

Outcome: TypeAlias = Literal["done", "unreported", "error"]
RECONCILES = Counter(
    "palette_operator_reconciles_total",
    "Looks at a resource, by what came of them: `done`, Ready or not; `unreported`, the status could not be written; "
    "`error`, a defect of the operator, which the log shows.",
    ("kind", "outcome"),
)
RECONCILE_SECONDS = Histogram(
    "palette_operator_reconcile_seconds",
    "How long a look at a resource took, waiting for permits included.",
    ("kind",),
    buckets=(0.005, 0.02, 0.1, 0.5, 2, 10, 60),
)
QUEUE_DEPTH = Gauge("palette_operator_queue_depth", "Resources that wait for a worker.", ("kind",))
QUEUE_OLDEST = Gauge(
    "palette_operator_queue_oldest_seconds",
    "How long the resource that has waited longest for a worker has done so; 0 when none waits.",
    ("kind",),
)
CHANGE_TO_APPLIED = Histogram(
    "palette_operator_change_to_applied_seconds",
    "Time from when a new generation of a resource was first seen until it was Ready for it.",
    ("kind",),
    buckets=(1, 5, 15, 60, 300, 900, 1_800, 3_600, 7_200, 21_600),
)
BUILD_INFO = Gauge("palette_operator_build_info", "1, with the version of the operator that runs.", ("version",))
BUILD_INFO.labels(__version__).set(1)
STATUS_WRITES = Counter("palette_operator_status_writes_total", "Statuses written to the API server.", ("kind",))
LEADER = Gauge("palette_operator_leader", "1 while this replica leads, 0 while it stands by.")


def _begin_at_zero() -> None:
    """Serve every series from the start: Prometheus sees no increase in a counter that begins with 1."""
    for kind in (PALETTE_CONNECTION, EDGE_HOST, PALETTE_CLUSTER):
        for outcome in get_args(Outcome):
            RECONCILES.labels(kind.kind, outcome)
        CHANGE_TO_APPLIED.labels(kind.kind)
        STATUS_WRITES.labels(kind.kind)


_begin_at_zero()
