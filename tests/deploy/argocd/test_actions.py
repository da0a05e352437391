"""What people may do from Argo CD: each action sets one annotation, and Git stays what it was."""

from datetime import UTC, datetime

import pytest

from palette_operator.domain.conditions import false
from palette_operator.reconcile.intent import is_suspended
from support.gitops.argocd import ArgoCD, difference
from support.gitops.merge_patches import Body, merged
from support.gitops.states import established

ARGO_CD = ArgoCD(now=datetime(2026, 1, 31, 12, 30, 15, tzinfo=UTC))
GROUP = "palette.spectrocloud.com"
KINDS = ("EdgeHost", "PaletteCluster")
HASH = "0123456789abcdef"


def annotated(body: Body, **annotations: str) -> Body:
    return merged(body, {"metadata": {"annotations": {f"{GROUP}/{key}": value for key, value in annotations.items()}}})


def planned(kind: str, reason: str = "PlanAwaitingApproval") -> Body:
    body = established(kind, false("Synced", reason, "waiting for approval: set tags site"))
    body["status"]["plan"] = {"hash": HASH, "actions": ["set tags site"]}
    return body


OFFERS: dict[str, tuple[Body, set[str]]] = {
    "of a connection a look is asked, and nothing else": (established("PaletteConnection"), {"reconcile"}),
    "of what is well a look, or that nothing more is written": (established("EdgeHost"), {"reconcile", "suspend"}),
    "a plan that awaits it is approved": (planned("PaletteCluster"), {"reconcile", "suspend", "approve"}),
    "a plan that was approved is not approved again": (
        annotated(planned("PaletteCluster"), approve=HASH),
        {"reconcile", "suspend"},
    ),
    "a plan takes the place of one that was approved": (
        annotated(planned("PaletteCluster"), approve="f" * 16),
        {"reconcile", "suspend", "approve"},
    ),
    "a plan of an older generation is not approved": (
        merged(planned("PaletteCluster"), {"metadata": {"generation": 8}}),
        {"reconcile", "suspend"},
    ),
    "a plan that waits for something else is not approved": (
        planned("PaletteCluster", "HeldByGuard"),
        {"reconcile", "suspend"},
    ),
    "what was suspended here is resumed here": (
        annotated(established("EdgeHost"), suspend="true"),
        {"reconcile", "resume"},
    ),
    "what was resumed may be suspended again": (
        annotated(established("EdgeHost"), suspend="false"),
        {"reconcile", "suspend"},
    ),
    "what Git suspends is not resumed here": (
        established("EdgeHost") | {"spec": {"suspend": True}},
        {"reconcile"},
    ),
}


@pytest.mark.parametrize(("body", "names"), OFFERS.values(), ids=OFFERS)
def test_offers(body: Body, names: set[str]) -> None:
    assert ARGO_CD.actions(body).keys() == names


def test_the_offer_names_the_plan_so_that_nobody_approves_another_one() -> None:
    assert ARGO_CD.actions(planned("EdgeHost"))["approve"]["displayName"] == f"Approve plan {HASH}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("action", "annotation", "value"),
    [
        ("reconcile", "reconcile-requested-at", "2026-01-31T12:30:15Z"),
        ("approve", "approve", HASH),
        ("suspend", "suspend", "true"),
    ],
)
@pytest.mark.parametrize("present", [{}, {"site": "42"}], ids=["the first annotation", "one among others"])
def test_an_action_writes_its_annotation_and_nothing_else(
    kind: str, action: str, annotation: str, value: str, present: dict[str, str]
) -> None:
    body = annotated(planned(kind), **present)

    assert ARGO_CD.patch_of(action, body) == {"metadata": {"annotations": {f"{GROUP}/{annotation}": value}}}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_suspended_and_resumed_is_suspended_and_not(kind: str) -> None:
    body = established(kind) | {"spec": {}}
    assert not is_suspended(body)

    suspended = merged(body, ARGO_CD.patch_of("suspend", body))
    assert is_suspended(suspended)

    resumed = merged(suspended, ARGO_CD.patch_of("resume", suspended))
    assert not is_suspended(resumed)


@pytest.mark.parametrize("action", ["reconcile", "approve", "suspend"])
def test_an_annotation_of_an_action_is_no_difference_to_git(action: str) -> None:
    desired = {name: value for name, value in planned("PaletteCluster").items() if name != "status"}
    body = planned("PaletteCluster")

    assert difference(desired, merged(body, ARGO_CD.patch_of(action, body))) == {}
