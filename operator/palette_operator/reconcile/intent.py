"""What somebody who deletes a resource wants for its object in Palette, and whether it may be done.

Read from the plain body, since the spec of what is deleted may not even be valid.
"""

from __future__ import annotations

from typing import Any

from palette_operator.domain.actions import DeleteCluster, DeleteHost
from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.policy import Circumstances, permit
from palette_operator.kube.objects import Body
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.planning import SUSPEND_ANNOTATION
from palette_operator.reconcile.sites import Site

_GUARD_LOOK_AGAIN_S = 60.0


def deletes(body: Body) -> bool:
    """Whether deletion was asked for in so many words, and by one who may write: anything else is Orphan."""
    spec = _spec(body)
    return (spec.get("deletion") or {}).get("policy") == "Delete" and spec.get("mode", "Manage") == "Manage"


def may_write(body: Body) -> bool:
    """Whether even taking our mark off is allowed: not while suspended, observing or waiting for approvals."""
    return _spec(body).get("mode", "Manage") == "Manage" and not is_suspended(body)


def is_suspended(body: Body) -> bool:
    """Whether spec or annotation says that nothing is written."""
    annotations = body["metadata"].get("annotations") or {}
    return bool(_spec(body).get("suspend")) or annotations.get(SUSPEND_ANNOTATION) == "true"


def objection_to_writing(body: Body, where: str) -> str:
    """Say why nothing is written to `where` now, for people; "" when it may be."""
    mode = _spec(body).get("mode", "Manage")
    if mode != "Manage":
        return f"spec.mode is {mode}: nothing is written to {where}"
    return f"suspended: nothing is written to {where}" if is_suspended(body) else ""


def check_may_delete(
    action: DeleteCluster | DeleteHost, site: Site, body: Body, findings: Findings, *, begun: bool = False
) -> None:
    """Raise, and say that the deletion is held, unless the connection and its guard grant it now.

    One that has `begun` was counted by the guard already.
    """
    given = Circumstances(
        suspended=is_suspended(body),
        may_delete=site.spec.allow.delete,
        deletes_left=1 if begun else site.guard.left(site.spec.guard.max_deletes_per_hour, action.uid),
        fleet_shrank=site.fleet.shrank or "",
    )
    for withheld in permit([action], given).withheld:
        findings.holds("DeletionHeld", withheld.reason, withheld.message)
        raise _held(withheld.reason, withheld.message)


def _held(reason: str, message: str) -> ReconcileError:
    if reason == "HeldByGuard":  # it passes by itself
        return Waiting(reason, message, retry_after_s=_GUARD_LOOK_AGAIN_S)
    return Stalled(reason, message)


def _spec(body: Body) -> dict[str, Any]:
    return body.get("spec") or {}
