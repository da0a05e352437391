"""How long to rest a resource after a look that failed: longer each time, until it succeeds or its spec changes."""

from __future__ import annotations

from dataclasses import dataclass

from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.kube.errors import Conflict

_FIRST_S = 2.0
# A person must act; what they change wakes the resource, so this is only the safety net.
_STALLED_FIRST_S = 10.0
_STALLED_MOST_S = 600.0
_MOST_S = 60.0
_CONFLICT_MOST_S = 5.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """Failures in a row of one resource."""

    failures: int
    pause_s: float
    generation: int | None
    """Of the spec that failed."""


def next_backoff(last: Backoff | None, error: ReconcileError | None, generation: int | None) -> Backoff | None:
    """Return the pause after another look; None when it did not fail. Waiting says itself how long it takes."""
    if error is None:
        return None
    repeated = last is not None and last.generation == generation
    failures = last.failures + 1 if last is not None and repeated else 1
    if isinstance(error, Conflict):
        # The watch shows what was changed within moments; when it hangs, that may take a minute.
        return Backoff(failures, min(_CONFLICT_MOST_S, _doubled(error.retry_after_s, failures)), generation)
    if isinstance(error, Waiting):
        return Backoff(failures, error.retry_after_s, generation)
    first_s, most_s = (_STALLED_FIRST_S, _STALLED_MOST_S) if isinstance(error, Stalled) else (_FIRST_S, _MOST_S)
    return Backoff(failures, min(most_s, _doubled(first_s, failures)), generation)


def _doubled(first_s: float, failures: int) -> float:
    return first_s * 2.0 ** min(failures - 1, 16)
