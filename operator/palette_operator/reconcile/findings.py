"""What a look at a resource established, gathered on the way and summarised once, even after an early failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from palette_operator.domain.conditions import AT_REST, Condition, false, ready, true, unknown
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.event_budget import EventNote
from palette_operator.kube.objects import Body, uid_of

# These say how Palette was last seen; when it cannot be reached for long, nothing can be said of them any more.
SEEN_REMOTELY = frozenset({"Available", "Applied", "Registered", "Connected"})


# Nobody answered: that says nothing of the stage, nor of the spec.
UNREACHABLE = frozenset({"PaletteUnreachable", "HostUnreachable"})


class NotSeenYet(Waiting):
    """Nothing could be looked at: that is news of the operator, which may just have started, not of the resource."""


@dataclass(slots=True)
class Findings:
    """Conditions, status fields and events of one look; and when to look again."""

    stage: str = "CredentialsValid"
    """The condition that is being established: what a failure belongs to."""
    conditions: dict[str, Condition] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    """Status fields to set; None removes one. Fields not named stay as they are."""
    events: list[EventNote] = field(default_factory=list)
    uid: str = ""
    """Of the resource that was looked at; "" for the one at hand when it is reported."""
    generation: int | None = None
    """Of the spec that was looked at; None for the one at hand when it is reported."""
    look_again_after_s: float | None = None
    fence: str = ""
    """The resource version that the report must still meet: what it says is true of no other. "" for any."""
    error: ReconcileError | None = None
    unreachable: bool = False
    """Palette, or the host that speaks for it, has not been reached for longer than the grace period."""

    def holds(self, type_: str, reason: str, message: str = "") -> None:
        """Note a condition as True."""
        self.conditions[type_] = true(type_, reason, message)

    def lacks(self, type_: str, reason: str, message: str) -> None:
        """Note a condition as False."""
        self.conditions[type_] = false(type_, reason, message)

    def unsure(self, type_: str, reason: str, message: str) -> None:
        """Note a condition as Unknown."""
        self.conditions[type_] = unknown(type_, reason, message)

    def failed(self, error: ReconcileError) -> None:
        """Note that the current stage failed.

        What nobody answered says nothing of the stage; nor does a deletion that is held, which is told by itself.
        """
        self.error = error
        is_answered = not isinstance(error, Unavailable) or error.reason not in UNREACHABLE
        if is_answered and "DeletionHeld" not in self.conditions:
            self.lacks(self.stage, error.reason, error.message)
        if isinstance(error, Waiting):
            self.look_again(error.retry_after_s)

    def is_about(self, body: Body) -> bool:
        """Whether it was this resource that was looked at, and not one that had its name before."""
        return self.uid in {"", uid_of(body)}

    @property
    def says_nothing(self) -> bool:
        """Whether the look showed nothing of the resource that was not known before."""
        return isinstance(self.error, NotSeenYet) and not self.unreachable

    @property
    def is_failure(self) -> bool:
        """Whether something went wrong, rather than merely takes its time."""
        return self.error is not None and not isinstance(self.error, Waiting)

    def look_again(self, after_s: float) -> None:
        """Ask for another look; the soonest request wins."""
        asked_s = self.look_again_after_s
        self.look_again_after_s = after_s if asked_s is None else min(after_s, asked_s)

    def tell(self, type_: str, reason: str, message: str) -> None:
        """Note an event."""
        self.events.append(EventNote(type_, reason, message))


def summarise(
    findings: Findings,
    before: Sequence[Mapping[str, Any]],
    *,
    known_types: Sequence[str],
    required: Sequence[str],
    generation: int,
) -> list[Condition]:
    """Return all conditions of the resource: those established now, those that still hold from before, and Ready.

    A condition of an older generation about the spec no longer counts; one about the remote side does, until Palette
    has been out of reach for longer than the grace period.
    """
    conditions = dict(findings.conditions)
    for entry in before:
        type_ = str(entry.get("type"))
        if type_ in known_types and type_ not in conditions:
            conditions[type_] = _carried(entry, findings, generation)
    error = findings.error
    if isinstance(error, Unavailable):
        # What was never established cannot be now; what was keeps its value for as long as it may.
        for type_ in {findings.stage, *required} - conditions.keys():
            conditions[type_] = unknown(type_, error.reason, error.message)
    leaving = conditions.get("DeletionHeld") or conditions.get("Deleting")
    if leaving is not None:
        conditions["Ready"] = false("Ready", leaving.reason, leaving.message)
    else:
        conditions["Ready"] = ready(conditions.values(), required)
    conditions |= _progress(findings, conditions, required)
    return list(conditions.values())


def _carried(entry: Mapping[str, Any], findings: Findings, generation: int) -> Condition:
    type_ = str(entry["type"])
    if findings.unreachable and type_ in SEEN_REMOTELY:
        reason = findings.error.reason if findings.error else "PaletteUnreachable"
        who = "Palette" if reason == "PaletteUnreachable" else "the edge host"
        return unknown(type_, reason, f"{who} cannot be reached; nothing is known of the present state")
    if type_ not in SEEN_REMOTELY and entry.get("observedGeneration") != generation:
        return unknown(type_, "Progressing", "not established for the latest change of the spec yet")
    return Condition(type_, entry["status"], str(entry.get("reason", "")), str(entry.get("message", "")))


def _progress(findings: Findings, conditions: Mapping[str, Condition], required: Sequence[str]) -> dict[str, Condition]:
    """Return Stalled when a person must act, Reconciling while something is under way, or neither."""
    if isinstance(findings.error, Stalled):
        return {"Stalled": true("Stalled", findings.error.reason, findings.error.message)}
    if "Stalled" in conditions:
        return {}
    is_ready = conditions["Ready"]
    if is_ready.status == "True" or "Suspended" in conditions or findings.unreachable:
        return {}
    if _is_at_rest([is_ready, *(conditions.get(type_) for type_ in required)]):
        return {}
    return {"Reconciling": true("Reconciling", is_ready.reason, is_ready.message)}


def _is_at_rest(conditions: Sequence[Condition | None]) -> bool:
    """Whether each condition holds, or fails for a reason that nothing on its way would change."""
    return all(each is not None and (each.status == "True" or each.reason in AT_REST) for each in conditions)
