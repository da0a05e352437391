"""What somebody who deletes a resource wants, and whether it may be done now."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.actions import DeleteCluster
from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.identifiers import ClusterUid
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.intent import check_may_delete, deletes, may_write, objection_to_writing
from palette_operator.reconcile.planning import SUSPEND_ANNOTATION
from palette_operator.reconcile.sites import Site

ACTION = DeleteCluster(ClusterUid("c1"))
DELETE = {"deletion": {"policy": "Delete"}}


def body(spec: dict[str, Any], **annotations: str) -> dict[str, Any]:
    return {"metadata": {"name": "store", "annotations": annotations}, "spec": spec}


def site(*, allowed: bool = True, left: int = 1, shrank: str = "") -> Site:
    granted = SimpleNamespace(allow=SimpleNamespace(delete=allowed), guard=SimpleNamespace(max_deletes_per_hour=10))
    guard = SimpleNamespace(left=lambda *_: left)
    return cast("Site", SimpleNamespace(spec=granted, guard=guard, fleet=SimpleNamespace(shrank=shrank)))


INTENTS = {
    "deletion is said in so many words": (body(DELETE), True, True),
    "anything else is orphaning": (body({}), False, True),
    "a word that is not known is orphaning": (body({"deletion": {"policy": "Remove"}}), False, True),
    "who observes deletes nothing and takes no mark off": (body(DELETE | {"mode": "Observe"}), False, False),
    "who is suspended takes no mark off": (body({"suspend": True}), False, False),
    "nor who is suspended by annotation": (body({}, **{SUSPEND_ANNOTATION: "true"}), False, False),
}


@pytest.mark.parametrize(("given", "wants_deletion", "writes"), INTENTS.values(), ids=INTENTS)
def test_intent(given: dict[str, Any], wants_deletion: bool, writes: bool) -> None:
    assert (deletes(given), may_write(given)) == (wants_deletion, writes)


OBJECTIONS = {
    "nothing speaks against it": (body({}), ""),
    "another mode": (body({"mode": "Plan"}), "spec.mode is Plan: nothing is written to the host"),
    "suspended": (body({"suspend": True}), "suspended: nothing is written to the host"),
}


@pytest.mark.parametrize(("given", "said"), OBJECTIONS.values(), ids=OBJECTIONS)
def test_why_nothing_is_written(given: dict[str, Any], said: str) -> None:
    assert objection_to_writing(given, "the host") == said


HELD: dict[str, tuple[Site, dict[str, Any], type[ReconcileError], str]] = {
    "the connection does not allow it": (site(allowed=False), body(DELETE), Stalled, "NotAllowed"),
    "the hour's deletions are used up, which passes": (site(left=0), body(DELETE), Waiting, "HeldByGuard"),
    "the fleet shrank, which passes": (site(shrank="too many vanished"), body(DELETE), Waiting, "HeldByGuard"),
    "it is suspended": (site(), body(DELETE | {"suspend": True}), Stalled, "Suspended"),
    "it is suspended by annotation": (site(), body(DELETE, **{SUSPEND_ANNOTATION: "true"}), Stalled, "Suspended"),
}


@pytest.mark.parametrize(("where", "given", "error", "reason"), HELD.values(), ids=HELD)
def test_a_deletion_is_held_and_says_so_when(
    where: Site, given: dict[str, Any], error: type[ReconcileError], reason: str
) -> None:
    findings = Findings()

    with pytest.raises(error) as caught:
        check_may_delete(ACTION, where, given, findings)

    assert caught.value.reason == reason
    assert findings.conditions["DeletionHeld"].reason == reason


def test_a_deletion_that_is_granted_goes_on_and_one_that_began_was_counted() -> None:
    check_may_delete(ACTION, site(), body(DELETE), Findings())
    check_may_delete(ACTION, site(left=0), body(DELETE), Findings(), begun=True)
