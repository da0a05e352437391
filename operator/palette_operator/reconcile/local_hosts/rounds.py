"""How long a round over the local fleet takes, and how long a host rests that did not answer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ObjectKey

# A host that is being started answers again within minutes; more often than this nothing is gained.
_LONGEST_REST = 4.0
# What a host refuses it refuses again: a password tried too often locks the account.
_REFUSED_REST_S = 60.0


def after_failure_s(poll_s: float, failures: int, failure: ReconcileError) -> float:
    """Return how long a host rests after so many failed looks in a row, the last of which ended with `failure`."""
    rest_s = poll_s * min(_LONGEST_REST, 2.0 ** min(failures - 1, 16))
    return max(rest_s, _REFUSED_REST_S) if isinstance(failure, Stalled) else rest_s


class Rounds:
    """Takes the time of rounds: one ends when every host that answers was looked at since it began."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.took_s = 0.0
        """How long the last complete round took; 0 before there was one."""
        self._now = now
        self._began: float | None = None
        self._awaited: set[ObjectKey] = set()

    def seen(self, key: ObjectKey, answering: Callable[[], Iterable[ObjectKey]]) -> None:
        """Note that a host was looked at; `answering` tells whom the next round is about when this one ends."""
        self._awaited.discard(key)
        if self._awaited:
            return
        now = self._now()
        if self._began is not None:
            self.took_s = now - self._began
        self._began = now
        self._awaited = set(answering())

    def leave(self, key: ObjectKey) -> None:
        """Wait for a host no longer: it was withdrawn, or does not answer."""
        self._awaited.discard(key)
