"""When a cluster deserves a request of its own: on change, in transition, else rarely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from palette_operator.domain.observed import ClusterRow

# Until they change, nothing that a detail would show is waited for.
_QUIET_STATES = frozenset({"Pending", "Provisioning", "Importing", "Deleting", "Deleted", ""})


@dataclass(frozen=True, slots=True)
class LastDetail:
    """When and for what the detail at hand was read."""

    read_at: datetime
    projection: tuple[object, ...]
    """The row's projection then."""
    modified_at: datetime | None
    generation: int
    settled: bool
    """Nothing was in transition then."""
    fruitless_reads: int = 0
    """How many reads in a row a bumped timestamp caused that showed nothing new: heartbeats bump it on some servers."""


def is_quiet(row: ClusterRow) -> bool:
    """Whether a detail would show nothing that is waited for: the row tells when that changes."""
    return row.state in _QUIET_STATES


def detail_is_due(
    row: ClusterRow, last: LastDetail | None, *, generation: int, now: datetime, pass_began_at: datetime, deep_s: float
) -> bool:
    """Whether the cluster is to be read whole now; the listing answers everything else."""
    if last is None or last.generation != generation:
        return not is_quiet(row) or (last is not None and row.state != "Deleted")
    if row.projection != last.projection:
        return not is_quiet(row)
    if not last.settled:
        return pass_began_at > last.read_at
    if _was_touched(row, last) and now - last.read_at >= _patience(last, deep_s):
        return True
    return now - last.read_at >= timedelta(seconds=deep_s)


def _was_touched(row: ClusterRow, last: LastDetail) -> bool:
    return row.modified_at is not None and row.modified_at != last.modified_at


def _patience(last: LastDetail, deep_s: float) -> timedelta:
    if not last.fruitless_reads:
        return timedelta()
    return timedelta(seconds=min(deep_s, 30.0 * 2.0 ** min(last.fruitless_reads, 16)))
