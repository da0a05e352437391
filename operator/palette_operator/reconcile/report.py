"""The only writer of status and events: so that what they say cannot disagree."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from palette_operator import logs, telemetry
from palette_operator.domain.conditions import Condition, ConditionStatus, to_status
from palette_operator.domain.errors import ReconcileError, Waiting
from palette_operator.domain.event_budget import EventNote
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.api import KubeApi
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.objects import (
    Body,
    ObjectCache,
    connection_of,
    generation_of,
    is_local_cluster,
    uid_of,
    version_of,
)
from palette_operator.kube.patches import merge_diff
from palette_operator.reconcile.findings import Findings, summarise

logger = logging.getLogger(__name__)

EmitEvent: TypeAlias = Callable[[Body, EventNote], None]
"""Posts a Kubernetes event about a body."""

# The conditions of each kind besides Ready, Reconciling and Stalled.
CONDITION_TYPES: Mapping[str, tuple[str, ...]] = {
    "PaletteConnection": ("CredentialsValid",),
    "EdgeHost": ("CredentialsValid", "Owned", "Synced", "Registered", "Connected"),
    "PaletteCluster": ("CredentialsValid", "Owned", "ReferencesResolved", "Synced", "Available", "Applied"),
}
# What Ready needs where nothing is written to Palette.
OBSERVED_TYPES: Mapping[str, tuple[str, ...]] = {
    "PaletteConnection": ("CredentialsValid",),
    "EdgeHost": ("CredentialsValid", "Registered", "Connected"),
    "PaletteCluster": ("CredentialsValid", "Available"),
}
# What goes through no connection has nothing in Palette; a cluster's hosts say themselves whether they may be used.
_LOCAL_TYPES: Mapping[str, tuple[str, ...]] = {
    "EdgeHost": ("CredentialsValid", "Synced", "Connected"),
    "PaletteCluster": ("Owned", "ReferencesResolved", "Synced", "Available", "Applied"),
}
_OBSERVED_LOCAL_TYPES: Mapping[str, tuple[str, ...]] = {
    "EdgeHost": ("CredentialsValid", "Connected"),
    "PaletteCluster": ("Available",),
}
_LOCAL_REACHABLE = "LocalReachable"


class Reporter:
    """Writes what was found onto the resource, and nothing when it already says so."""

    def __init__(self, api: KubeApi, objects: ObjectCache, emit: EmitEvent, now: Callable[[], datetime]) -> None:
        self._api = api
        self._objects = objects
        self._emit = emit
        self._now = now
        self._told: dict[str, Sequence[Mapping[str, Any]]] = {}
        """The conditions before a write that failed, by uid: it may have happened, and nothing was told of it."""

    async def write(self, key: ObjectKey, findings: Findings, *, observing: bool = False, fence: str = "") -> str:
        """Write conditions, fields and events of a look; return the resource version that says so.

        May be repeated: an unchanged status is not written. Nothing is said of a resource that has gone, nor of another
        that has its name by now.

        With `fence`, a resource version, the write happens only if that is still the latest, and Conflict or Vanished
        is raised if not: what is at hand may be newer than what the caller decided upon. Raises another ReconcileError
        when the API server failed.
        """
        body = self._objects.get(key)
        if body is not None and not findings.is_about(body):
            body = None
        if fence and (body is None or version_of(body) != fence):
            raise Conflict("Conflict", f"{key} was changed meanwhile", retry_after_s=0.2)
        if body is None:
            return ""
        before: dict[str, Any] = body.get("status") or {}
        # Not the latest: a spec that changed meanwhile has not been looked at.
        generation = generation_of(body) if findings.generation is None else findings.generation
        if findings.says_nothing and before.get("observedGeneration") == generation:
            return version_of(body)
        conditions = _conditions(body, findings, generation, observing=observing)
        patch = merge_diff(before, self._status(before, findings, conditions, generation))
        uid = uid_of(body)
        told = self._told.pop(uid, before.get("conditions") or ())
        try:
            written = await self._write(body, key, patch, fence) if patch or fence else body
        except ReconcileError as error:
            if not isinstance(error, Vanished):
                self._told[uid] = told
            self.tell(key, body, findings)
            raise
        if patch or fence:
            _log(key, generation, before.get("conditions") or (), conditions, findings.error)
        findings.events += transitions(told, conditions, failed=findings.is_failure)
        self.tell(key, body, findings)
        return version_of(written)

    def tell(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        """Post the events of a look, once."""
        for note in findings.events:
            self._emit(body, note)
            logger.debug("%s: event %s", key, note.reason, extra={**logs.about(key), "reason": note.reason})
        findings.events.clear()

    async def _write(self, body: Body, key: ObjectKey, patch: Mapping[str, Any], fence: str) -> Body:
        """Send a patch of the status; return the body as it is then."""
        try:
            written = await self._api.patch_status(body, patch, fenced=bool(fence))
        except Vanished:
            self._objects.drop(body)
            if fence:
                raise
            return body
        self._objects.put(written)
        telemetry.STATUS_WRITES.labels(key.kind).inc()
        return written

    def _status(
        self, before: Mapping[str, Any], findings: Findings, conditions: Sequence[Condition], generation: int
    ) -> dict[str, Any]:
        merged = {**before, **findings.fields}
        after = {name: value for name, value in merged.items() if value is not None}
        after["conditions"] = to_status(
            conditions, before.get("conditions") or (), generation=generation, now=self._now()
        )
        after["observedGeneration"] = generation
        return after


def _conditions(body: Body, findings: Findings, generation: int, *, observing: bool) -> list[Condition]:
    before = (body.get("status") or {}).get("conditions") or ()
    required = required_types(body, observing=observing)
    known = (*required, *informative_types(body))
    return summarise(findings, before, known_types=known, required=required, generation=generation)


def required_types(body: Body, *, observing: bool) -> tuple[str, ...]:
    """Return the conditions that a resource needs to be Ready."""
    kind = body["kind"]
    if is_local_cluster(body) or (kind == "EdgeHost" and not connection_of(body)):
        return (_OBSERVED_LOCAL_TYPES if observing else _LOCAL_TYPES)[kind]
    return OBSERVED_TYPES[kind] if observing else CONDITION_TYPES[kind]


def informative_types(body: Body) -> tuple[str, ...]:
    """Return the further conditions that a resource has: they say something, and hold nothing back."""
    spec = body.get("spec") or {}
    if body["kind"] == "PaletteConnection":
        return ("RegistrationToken",) if spec.get("registrationToken") else ()
    has_both = body["kind"] == "EdgeHost" and connection_of(body) and spec.get("local")
    return (_LOCAL_REACHABLE,) if has_both else ()


# Nothing happened: every resource passes through the first three at a start, and each write tells of itself.
_UNEVENTFUL = frozenset({"ConnectionNotReady", "AwaitingFleet", "Progressing", "Updating"})

# With which status each asks somebody to look, though the resource may be Ready.
_ALARMS: Mapping[str, ConditionStatus] = {
    "Drifted": "True",
    "FleetShrank": "True",
    "StaleFleet": "True",
    "ApiDeprecated": "True",
    "LeftBehind": "True",
    "RegistrationToken": "False",
}


def transitions(
    before: Sequence[Mapping[str, Any]], after: Sequence[Condition], *, failed: bool = False
) -> list[EventNote]:
    """Return an event for each change of Ready's reason, for Stalled and for each alarm: what happened, once.

    A Warning when somebody should look: Palette refused or `failed`. What merely takes its time is Normal.
    """
    reasons = {str(entry.get("type")): (entry.get("status"), entry.get("reason")) for entry in before}
    notes = []
    for condition in after:
        is_told = condition.type in {"Ready", "Stalled"} or _ALARMS.get(condition.type) == condition.status
        if not is_told or reasons.get(condition.type) == (condition.status, condition.reason):
            continue
        if condition.type == "Ready" and any(c.type == "Stalled" for c in after):
            continue
        if condition.reason in _UNEVENTFUL:
            continue
        type_ = "Warning" if failed or condition.type != "Ready" else "Normal"
        notes.append(EventNote(type_, condition.reason, condition.message))
    return notes


def _log(
    key: ObjectKey,
    generation: int,
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Condition],
    error: ReconcileError | None,
) -> None:
    """Write a line when Ready changed in more than its message, or when something failed as it has not lately."""
    is_ready = next(condition for condition in after if condition.type == "Ready")
    was_ready = next((entry for entry in before if entry.get("type") == "Ready"), {})
    failed = error is not None and not isinstance(error, Waiting)
    is_true = is_ready.status == "True"
    text = f"{key}: ready" if is_true else f"{key}: not ready, {is_ready.reason}: {is_ready.message}"
    level = logs.level_of(text, logging.WARNING) if failed else logging.DEBUG
    if (was_ready.get("status"), was_ready.get("reason")) != (is_ready.status, is_ready.reason):
        level = logging.WARNING if failed else logging.INFO
    fields = {**logs.about(key), **logs.took(), **(logs.cause(error) if error else {}), "reason": is_ready.reason}
    logger.log(level, "%s", text, extra={**fields, "generation": generation})
