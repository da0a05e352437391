"""Every state that the operator's own code can give a resource: each condition, with each status and each reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache

from palette_operator.domain.conditions import ABNORMAL, Condition, to_status, true
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.resources import KINDS
from palette_operator.domain.resources.kinds import API_VERSION
from palette_operator.reconcile.findings import Findings, summarise
from palette_operator.reconcile.report import CONDITION_TYPES
from support.gitops.merge_patches import Body
from support.reasons import given_reasons

GENERATION = 7
MESSAGE = "what is the case"
_NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
# They follow from the rest; and a kind's further conditions, which hold nothing back.
_DERIVED = frozenset({"Reconciling", "Stalled"})
_INFORMATIVE = {"EdgeHost": ("LocalReachable",), "PaletteConnection": ("RegistrationToken",), "PaletteCluster": ()}


def resource(kind: str, conditions: Sequence[Condition], *, generation: int = GENERATION) -> Body:
    """Return a resource whose status says these conditions of its latest generation."""
    return {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": {"name": "store-1", "generation": generation},
        "spec": {},
        "status": {
            "observedGeneration": generation,
            "conditions": to_status(conditions, (), generation=generation, now=_NOW),
        },
    }


def established(
    kind: str, *given: Condition, error: ReconcileError | None = None, stage: str = "", unreachable: bool = False
) -> Body:
    """Return a resource of which a look established `given`, all else that it needs being well; an `error` met it."""
    required = CONDITION_TYPES[kind]
    conditions = {type_: true(type_, "Before", "as it was") for type_ in required}
    findings = Findings(unreachable=unreachable)
    findings.conditions = conditions | {condition.type: condition for condition in given}
    if error is not None:
        findings.stage = stage or required[-1]
        findings.failed(error)
    found = summarise(findings, (), known_types=required, required=required, generation=GENERATION)
    return resource(kind, found)


@cache
def every_state() -> Mapping[str, Body]:
    """Return the states by a name that says how each came about."""
    return dict(_states())


def _states() -> Iterator[tuple[str, Body]]:
    for kind in KINDS:
        required = CONDITION_TYPES[kind.kind]
        yield f"{kind.kind}: all is well", established(kind.kind)
        for type_ in (*required, *_INFORMATIVE[kind.kind], *sorted(ABNORMAL - _DERIVED)):
            for reason in sorted(given_reasons()):
                name = f"{kind.kind}: {type_} for {reason}"
                for status in ("True", "False", "Unknown"):
                    condition = Condition(type_, status, reason, MESSAGE)
                    yield f"{name} is {status}", established(kind.kind, condition)
                if type_ in required:
                    yield from _failures(kind.kind, type_, reason, name)


def _failures(kind: str, type_: str, reason: str, name: str) -> Iterator[tuple[str, Body]]:
    errors = (Stalled(reason, MESSAGE), Unavailable(reason, MESSAGE), Waiting(reason, MESSAGE, retry_after_s=1))
    for error in errors:
        yield f"{name} was met by {type(error).__name__}", established(kind, error=error, stage=type_)
    away = Unavailable(reason, MESSAGE)
    yield f"{name} has lasted for long", established(kind, error=away, stage=type_, unreachable=True)
