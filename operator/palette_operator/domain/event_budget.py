"""Which Kubernetes events are posted: the same one again is counted rather than posted anew, and no resource floods.

As client-go's recorder does for cert-manager and Cluster API: 25 events of a resource at once, then one in 5 minutes.
What is told is decided elsewhere; here is only how often.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

BURST = 25
"""Events, new or repeated, that a resource may have posted at once."""
REFILL = timedelta(minutes=5)
"""After which a resource that has spent them may have one more."""
SAME_WITHIN = timedelta(hours=1)
"""The same event counts as a repetition for so long: then the API server, by its default, has forgotten the first."""
_MOST_RESOURCES = 20_000
_MOST_NAME = 253
"""Characters of an object's name. Source: Kubernetes docs, "Object Names and IDs"."""
_REST = BURST * REFILL
"""After which a resource's allowance is whole again, and nothing need be remembered of it."""


@dataclass(frozen=True, slots=True)
class EventNote:
    """Something that happened to a resource, to be told once."""

    type: str
    """Normal or Warning."""
    reason: str
    message: str
    source: str = ""
    """Who says so, when it is not the operator: each source has an allowance of its own."""


@dataclass(frozen=True, slots=True)
class Posting:
    """An event as it is to be on the API server."""

    name: str
    """Of the event object: the same for each repetition."""
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class _Resource:
    allowance: float
    """Events that may be posted, at `at`."""
    at: datetime
    told: dict[EventNote, Posting] = field(default_factory=dict)

    def spend(self, now: datetime) -> bool:
        """Take one event from the allowance; tell whether there was one."""
        now = max(now, self.at)  # the clock may have been set back
        self.allowance, self.at = min(float(BURST), self.allowance + (now - self.at) / REFILL), now
        if self.allowance < 1.0:
            return False
        self.allowance -= 1.0
        return True


class EventBudget:
    """What was told of each resource lately.

    In memory: after a restart no condition changes, so that nothing is told again.
    """

    def __init__(self) -> None:
        self._resources: OrderedDict[tuple[str, str], _Resource] = OrderedDict()
        """By uid and source; those that were told of last at the end."""

    def judge(self, uid: str, name: str, note: EventNote, now: datetime) -> Posting | None:
        """Return what to post about the resource with this uid and name; None when it has had enough from this source.

        A count of one is a new event, any other replaces what was posted under that name. One that is not posted is
        still counted, and shows in the count of the next one.
        """
        self._forget(now)
        resource = self._resources.setdefault((uid, note.source), _Resource(float(BURST), now))
        self._resources.move_to_end((uid, note.source))
        resource.told = {each: said for each, said in resource.told.items() if now - said.last_at < SAME_WITHIN}
        may_post = resource.spend(now)
        before = resource.told.get(note)
        if before is not None:
            posting = Posting(before.name, before.count + 1, before.first_at, max(now, before.last_at))
        else:
            posting = Posting(_event_name(uid, name, note, now), 1, now, now)
        if before is not None or may_post:
            resource.told[note] = posting
        return posting if may_post else None

    def _forget(self, now: datetime) -> None:
        """Forget who has been silent for so long that nothing counts any more, and who are too many."""
        while self._resources:
            oldest = next(iter(self._resources.values()))
            if now - oldest.at < _REST and len(self._resources) < _MOST_RESOURCES:
                return
            self._resources.popitem(last=False)


def _event_name(uid: str, name: str, note: EventNote, now: datetime) -> str:
    """Return a name that a repeated POST of the same event has too, and no other event."""
    said = f"{uid}\0{note.type}\0{note.reason}\0{note.message}\0{now.isoformat()}"
    suffix = hashlib.sha256(said.encode()).hexdigest()[:16]
    return f"{name[: _MOST_NAME - len(suffix) - 1].rstrip('.-')}.{suffix}"
