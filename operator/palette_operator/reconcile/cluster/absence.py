"""When it is certain that a create whose result is not known made no cluster, or that one which was not found is gone.

A resource with `pendingOperation` and no uid may have a cluster that nothing shows yet. The POST behind that fence has
left after half of the search's lag or never does, is taken on or given up within another half, and what it made is
shown after the lag: twice the lag after the fence, then, nothing can turn up any more. This counts from the moment at
which this process first saw the fence. That was written before, so no clock but its own matters: neither what
`startedAt` says, which may come from a node whose clock is wrong, nor how long the leader before lived on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from palette_operator.domain.errors import Waiting
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources.status import PendingOperation
from palette_operator.palette.fleet import Fleet

SENT_WITHIN = 0.5
"""A POST that has not left within this part of the search's lag after its fence is not sent at all."""
_TAKEN_ON_WITHIN = 0.5
"""What has left is taken on by Palette within this part of the lag, by default the client's patience for an answer."""
_PASSES_TO_PROVE_ABSENCE = 2
_NEXT_PASS_S = 5.0


class Absence:
    """Proves that there is no cluster, or says how long that takes yet."""

    def __init__(self, lag_s: float, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._settles_s = (SENT_WITHIN + _TAKEN_ON_WITHIN + 1.0) * lag_s
        self._now = now
        self._monotonic = monotonic
        self._first_seen: dict[ObjectKey, tuple[PendingOperation, float]] = {}

    def note(self, key: ObjectKey, pending: PendingOperation | None) -> None:
        """Take down what the status says is pending, at every look: the time counts from the first that saw it."""
        if pending is None or pending.verb != "create":
            self._first_seen.pop(key, None)
        elif key not in self._first_seen or self._first_seen[key][0] != pending:
            self._first_seen[key] = pending, self._monotonic()

    def check_settled(self, key: ObjectKey, pending: PendingOperation | None) -> float:
        """Raise while what is pending may still come to show; return for how many seconds it no longer can have."""
        self.note(key, pending)
        if key not in self._first_seen:
            return 0.0
        settled_for_s = self._monotonic() - self._first_seen[key][1] - self._settles_s
        if settled_for_s < 0:
            raise _uncertain(-settled_for_s)
        return settled_for_s

    def check_proven(self, key: ObjectKey, pending: PendingOperation | None, fleet: Fleet) -> None:
        """Raise until complete passes that began after it was settled have not shown the cluster either.

        With no create pending there is nothing to prove.
        """
        settled_at = self._now() - timedelta(seconds=self.check_settled(key, pending))
        if key in self._first_seen and fleet.complete_passes_since(settled_at) < _PASSES_TO_PROVE_ABSENCE:
            fleet.request_pass()
            raise _uncertain(_NEXT_PASS_S)


def _uncertain(retry_after_s: float) -> Waiting:
    message = "whether the cluster exists is not certain yet; looking for it before it is created (again)"
    return Waiting("CreateResultUnknown", message, retry_after_s=retry_after_s)
