"""Conditions: what is true of a resource, in Kubernetes' terms, and how Ready follows from the rest.

A condition reads the same until the facts change: messages hold no clocks, counters or request ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

ConditionStatus: TypeAlias = Literal["True", "False", "Unknown"]

# From the first that must be settled to the last: the first one that is not True explains why Ready is not.
PRECEDENCE = (
    "CredentialsValid",
    "Owned",
    "ReferencesResolved",
    "Synced",
    "Registered",
    "Connected",
    "Available",
    "Applied",
)

# Present only while True. kstatus, Argo CD and `kubectl wait` read Reconciling and Stalled.
ABNORMAL = frozenset(
    {
        "Reconciling",
        "Stalled",
        "Drifted",
        "Suspended",
        "Deleting",
        "DeletionHeld",
        "FleetShrank",
        "StaleFleet",
        "ApiDeprecated",
        "LeftBehind",
    }
)

# The next move is a person's, who reads the plan.
AWAITING_APPROVAL = frozenset({"PlanAwaitingApproval"})
# The remote side is not as it should be.
FAILED_REMOTELY = frozenset({"Unhealthy", "ProvisioningFailed", "ApplyFailed", "Disconnected", "Unreachable"})
# What has one of these reasons is not on its way: nothing of ours would change it.
AT_REST = AWAITING_APPROVAL | FAILED_REMOTELY

MAX_MESSAGE_LENGTH = 1024


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as the facts have it now; when it became so is worked out on writing."""

    type: str
    status: ConditionStatus
    reason: str
    message: str = ""


def true(type_: str, reason: str, message: str = "") -> Condition:
    """Return a condition that holds."""
    return Condition(type_, "True", reason, message)


def false(type_: str, reason: str, message: str) -> Condition:
    """Return a condition that does not hold, and why."""
    return Condition(type_, "False", reason, message)


def unknown(type_: str, reason: str, message: str) -> Condition:
    """Return a condition of which nothing can be said now, and why."""
    return Condition(type_, "Unknown", reason, message)


def ready(conditions: Iterable[Condition], required: Sequence[str]) -> Condition:
    """Return Ready: True when all of `required` are, else the reason of the first that is not, by precedence.

    What has not been established yet explains nothing where another one is known not to hold.
    """
    by_type = {condition.type: condition for condition in conditions}
    ordered = sorted(required, key=PRECEDENCE.index)
    known = [by_type[type_] for type_ in ordered if type_ in by_type]
    failing = next((child for child in known if child.status != "True"), None)
    if failing is not None:
        return Condition("Ready", failing.status, failing.reason, failing.message)
    missing = next((type_ for type_ in ordered if type_ not in by_type), None)
    if missing is not None:
        return unknown("Ready", "Progressing", f"{missing} has not been established yet")
    return true("Ready", "Ready", "all is as the spec says")


def to_status(
    conditions: Iterable[Condition], before: Sequence[Mapping[str, Any]], *, generation: int, now: datetime
) -> list[dict[str, Any]]:
    """Return the conditions as a status holds them, sorted by type.

    `lastTransitionTime` (UTC, seconds) moves only when the status value changes, as the Kubernetes API conventions say.
    """
    known = {str(entry.get("type")): entry for entry in before}
    return [
        {
            "type": condition.type,
            "status": condition.status,
            "reason": condition.reason,
            "message": condition.message[:MAX_MESSAGE_LENGTH],
            "observedGeneration": generation,
            "lastTransitionTime": _since(condition, known.get(condition.type), now),
        }
        for condition in sorted(conditions, key=lambda c: c.type)
        if condition.type not in ABNORMAL or condition.status == "True"
    ]


def _since(condition: Condition, before: Mapping[str, Any] | None, now: datetime) -> str:
    if before and before.get("status") == condition.status and before.get("lastTransitionTime"):
        return str(before["lastTransitionTime"])
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")
