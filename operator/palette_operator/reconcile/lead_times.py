"""How long changes take: from when a new generation of a resource is first seen until it is Ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.objects import Body, generation_of


@dataclass(frozen=True, slots=True)
class _Change:
    generation: int
    seen_at: float | None
    """On the monotonic clock; None once the resource was Ready for it, or when it was not seen to come."""


class LeadTimes:
    """Measures each change of a spec once.

    One that had been looked at before this operator saw it is not measured: nobody knows when it began.
    """

    def __init__(self, now: Callable[[], float], observe: Callable[[str, float], None]) -> None:
        """`now` gives seconds; `observe` takes a kind and how many seconds a change of it took."""
        self._now = now
        self._observe = observe
        self._changes: dict[ObjectKey, _Change] = {}

    def see(self, key: ObjectKey, body: Body | None) -> None:
        """Take the latest version of a resource; None when it is gone. Repeatable."""
        if body is None or body["metadata"].get("deletionTimestamp"):
            self._changes.pop(key, None)
            return
        change = self._change(key, body)
        if change.seen_at is not None and _is_ready(body, change.generation):
            self._observe(key.kind, self._now() - change.seen_at)
            change = _Change(change.generation, None)
        self._changes[key] = change

    def _change(self, key: ObjectKey, body: Body) -> _Change:
        generation, known = generation_of(body), self._changes.get(key)
        if known is not None and known.generation == generation:
            return known
        observed = (body.get("status") or {}).get("observedGeneration")
        return _Change(generation, None if known is None and observed == generation else self._now())


def _is_ready(body: Body, generation: int) -> bool:
    conditions = (body.get("status") or {}).get("conditions") or ()
    return any(
        c.get("type") == "Ready" and c.get("status") == "True" and c.get("observedGeneration") == generation
        for c in conditions
    )
