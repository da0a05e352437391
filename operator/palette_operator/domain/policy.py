"""Whether a planned write may be done now: mode, suspension, ownership, guards and the connection's permissions."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from palette_operator.domain.actions import (
    Action,
    Await,
    CreateCluster,
    DeleteCluster,
    DeleteHost,
    RegisterHost,
    differences_of,
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that decides on a write besides the plan itself."""

    mode: str = "Manage"
    suspended: bool = False
    may_delete: bool = False
    """The connection grants deletion."""
    deletes_left: int = 0
    """What the connection's guard still grants within the hour."""
    fleet_shrank: str = ""
    """Why the fleet cannot be trusted: many known objects vanished in one pass. "" when it can."""
    spec_changed: bool = True
    """The spec differs from the one last synced; else a difference is drift."""
    report_drift_only: bool = False
    approved: str = ""
    """The plan hash that a person approved by annotation."""
    adoption_required: bool = False
    """The adoption policy says never to create."""
    where: str = "Palette"
    """Whose API is written to, for people."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """A write that was planned and not done, and why."""

    action: Action
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Permit:
    """A plan split into what may run and what may not."""

    allowed: tuple[Action, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    drifted: bool = field(default=False)
    """Differences are drift that policy says only to report."""


Objection: TypeAlias = tuple[str, str]
"""A condition reason and a message."""


def permit(actions: Iterable[Action], given: Circumstances) -> Permit:
    """Split the plan by the first objection that each action meets. Await is never withheld: it writes nothing."""
    planned = tuple(actions)
    approved = plan_hash(planned) == given.approved
    allowed: list[Action] = []
    withheld: list[Withheld] = []
    for action in planned:
        objection = None if isinstance(action, Await) else next(_objections(action, given, approved), None)
        if objection is None:
            allowed.append(action)
        else:
            withheld.append(Withheld(action, *objection))
    drifted = any(w.reason == "Drifted" for w in withheld)
    return Permit(tuple(allowed), tuple(withheld), drifted)


def _objections(action: Action, given: Circumstances, approved: bool) -> Iterator[Objection]:
    for rule in _RULES:
        yield from rule(action, given)
    if given.mode == "Plan" and not approved:
        yield "PlanAwaitingApproval", f"waiting for approval: {action}"


def _observing(_: Action, given: Circumstances) -> Iterator[Objection]:
    if given.mode == "Observe":
        yield "Observing", f"spec.mode is Observe: nothing is written to {given.where}"


def _suspension(_: Action, given: Circumstances) -> Iterator[Objection]:
    if given.suspended:
        yield "Suspended", f"suspended: nothing is written to {given.where} until spec.suspend is false"


def _creation(action: Action, given: Circumstances) -> Iterator[Objection]:
    if isinstance(action, CreateCluster | RegisterHost):
        if given.adoption_required:
            yield "NotFound", f"not found in {given.where}, and spec.adoption.policy is Required: it is never created"
        if given.fleet_shrank:
            yield "HeldByGuard", given.fleet_shrank


def _deletion(action: Action, given: Circumstances) -> Iterator[Objection]:
    if isinstance(action, DeleteCluster | DeleteHost):
        if not given.may_delete:
            yield "NotAllowed", "the connection does not allow deletion: set spec.allow.delete on it, or orphan"
        if given.fleet_shrank:
            yield "HeldByGuard", given.fleet_shrank
        if given.deletes_left <= 0:
            yield "HeldByGuard", "the connection's spec.guard.maxDeletesPerHour is used up; it goes on within the hour"


def _drift(action: Action, given: Circumstances) -> Iterator[Objection]:
    if given.report_drift_only and not given.spec_changed and differences_of(action):
        paths = ", ".join(d.path for d in differences_of(action))
        yield "Drifted", f"{given.where} differs from the spec at {paths}; spec.drift.policy is Report"


_RULES: tuple[Callable[[Action, Circumstances], Iterator[Objection]], ...] = (
    _observing,
    _suspension,
    _creation,
    _deletion,
    _drift,
)


def plan_hash(actions: Iterable[Action]) -> str:
    """Return 16 hex digits that name this plan: what a person approves is exactly what runs.

    Values that may be secret are left out, as from every repr: the hash stands in the status, where a short password
    could be guessed from it.
    """
    described = "\n".join(repr(action) for action in actions)
    return hashlib.sha256(described.encode()).hexdigest()[:16]
