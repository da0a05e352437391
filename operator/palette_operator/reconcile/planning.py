"""What a resource's status says of its plan: planned, withheld, drifted, suspended. The same for every kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palette_operator.domain.actions import Action, Await, Difference, differences_of
from palette_operator.domain.policy import Circumstances, Permit, plan_hash
from palette_operator.domain.resources import DriftField, DriftReport, EdgeHost, PaletteCluster, PlanReport
from palette_operator.reconcile.findings import Findings

_FIELDS_SHOWN = 10
SUSPEND_ANNOTATION = "palette.spectrocloud.com/suspend"
_APPROVE_ANNOTATION = "palette.spectrocloud.com/approve"


def circumstances_of(
    resource: PaletteCluster | EdgeHost, spec_hash: str, *, fleet_shrank: str = "", where: str = "Palette"
) -> Circumstances:
    """Return what decides, besides the plan, on the writes of a resource; `spec_hash` is of its spec now."""
    spec, annotations, last = resource.spec, resource.metadata.annotations, resource.status.last_sync
    return Circumstances(
        mode=spec.mode,
        suspended=spec.suspend or annotations.get(SUSPEND_ANNOTATION) == "true",
        fleet_shrank=fleet_shrank,
        spec_changed=last is None or last.spec_hash != spec_hash,
        report_drift_only=spec.drift.policy == "Report",
        approved=annotations.get(_APPROVE_ANNOTATION, ""),
        adoption_required=spec.adoption.policy == "Required",
        where=where,
    )


def tell_plan(findings: Findings, actions: Sequence[Action], permitted: Permit, given: Circumstances) -> None:
    """Note the plan that waits for approval, drift, and suspension; tell of drift before it is corrected."""
    reasons = {withheld.reason for withheld in permitted.withheld}
    if given.suspended:
        findings.holds("Suspended", "Suspended", f"suspended: nothing is written to {given.where} until it is resumed")
    if permitted.drifted:
        findings.holds("Drifted", "Drifted", permitted.withheld[0].message)
    findings.fields["plan"] = _plan(actions) if "PlanAwaitingApproval" in reasons else None
    differences = [] if given.spec_changed else [d for action in actions for d in differences_of(action)]
    findings.fields["drift"] = _drift(differences, actions) if differences else None
    if differences and any(differences_of(each) and not isinstance(each, Await) for each in permitted.allowed):
        paths = ", ".join(sorted(difference.path for difference in differences))
        findings.tell("Warning", "Drifted", f"{given.where} differs from the spec at {paths}; it is put right")


def _plan(actions: Sequence[Action]) -> dict[str, Any]:
    return PlanReport(hash=plan_hash(actions), actions=tuple(str(action) for action in actions)).to_kubernetes()


def _drift(differences: Sequence[Difference], actions: Sequence[Action]) -> dict[str, Any]:
    shown = tuple(
        DriftField(path=difference.path, desired=difference.desired, observed=difference.observed)
        for difference in differences[:_FIELDS_SHOWN]
    )
    return DriftReport(count=len(differences), fields=shown, hash=plan_hash(actions)).to_kubernetes()
