"""What Argo CD shows of our resources, by the scripts that an administrator gives it."""

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.conditions import Condition, false, true, unknown
from palette_operator.domain.errors import Stalled
from support.gitops.argocd import ArgoCD
from support.gitops.merge_patches import Body
from support.gitops.states import GENERATION, MESSAGE, established, every_state, resource

ARGO_CD = ArgoCD()
KINDS = ("PaletteConnection", "EdgeHost", "PaletteCluster")


def condition(body: Body, type_: str) -> Body:
    return next((each for each in body["status"]["conditions"] if each["type"] == type_), {})


def test_it_is_healthy_exactly_when_all_is_ready_and_nothing_is_held() -> None:
    wrong = []
    for name, body in every_state().items():
        is_ready = condition(body, "Ready")["status"] == "True"
        if (ARGO_CD.health(body).status == "Healthy") != (is_ready and not condition(body, "Suspended")):
            wrong.append(name)

    assert wrong == []
    assert len(every_state()) > 1000


def test_it_is_degraded_exactly_when_a_person_must_act_or_the_remote_side_failed() -> None:
    failed = {"Unhealthy", "ProvisioningFailed", "ApplyFailed", "Disconnected", "Unreachable"}
    wrong = []
    for name, body in every_state().items():
        at_rest = condition(body, "Ready")["status"] == "False" and not condition(body, "Reconciling")
        is_held = condition(body, "Suspended") or condition(body, "Synced").get("reason") == "PlanAwaitingApproval"
        is_failed = at_rest and condition(body, "Ready")["reason"] in failed
        expected = bool((condition(body, "Stalled") or is_failed) and not is_held)
        if (ARGO_CD.health(body).status == "Degraded") != expected:
            wrong.append(name)

    assert wrong == []


def test_the_message_is_that_of_a_condition() -> None:
    silent = [
        name
        for name, body in every_state().items()
        if ARGO_CD.health(body).message.removeprefix("stale: ")
        not in {f"{each['reason']}: {each['message']}" for each in body["status"]["conditions"]}
    ]

    assert silent == []


def say(type_: str, status: str, reason: str) -> Callable[[Body], None]:
    def change(body: Body) -> None:
        conditions = [each for each in body["status"]["conditions"] if each["type"] != type_]
        body["status"]["conditions"] = [
            *conditions,
            {"type": type_, "status": status, "reason": reason, "message": MESSAGE, "observedGeneration": GENERATION},
        ]

    return change


def delete(body: Body) -> None:
    body["metadata"]["deletionTimestamp"] = "2026-01-31T12:00:00Z"


def forget(body: Body) -> None:
    body["status"]["observedGeneration"] = -1


# From the first that decides to the last.
RULES: dict[str, tuple[Callable[[Body], None], str]] = {
    "it is being deleted": (delete, "Progressing"),
    "the generation was not observed": (forget, "Progressing"),
    "it is suspended": (say("Suspended", "True", "Suspended"), "Suspended"),
    "a plan awaits approval": (say("Synced", "False", "PlanAwaitingApproval"), "Suspended"),
    "it is stalled": (say("Stalled", "True", "InvalidSpec"), "Degraded"),
    "it is reconciling": (say("Reconciling", "True", "Updating"), "Progressing"),
    "the cluster is unhealthy": (say("Ready", "False", "Unhealthy"), "Degraded"),
}


@pytest.mark.parametrize("count", range(1, len(RULES) + 1))
def test_of_all_rules_that_apply_the_first_decides(count: int) -> None:
    for names in itertools.combinations(RULES, count):
        body = established("PaletteCluster")
        for name in reversed(names):
            RULES[name][0](body)

        assert ARGO_CD.scripted_health(body).status == RULES[names[0]][1], names


CASES: dict[str, tuple[Body, str, str]] = {
    "what was just applied": (
        resource("EdgeHost", ()) | {"status": {"observedGeneration": -1}},
        "Progressing",
        "the operator has not looked at the latest change yet",
    ),
    "what has no status at all": (
        {"kind": "EdgeHost", "metadata": {"generation": 1}},
        "Progressing",
        "the operator has not looked at the latest change yet",
    ),
    "what is well": (established("EdgeHost"), "Healthy", "Ready: all is as the spec says"),
    "what was well before the latest change": (
        resource("EdgeHost", [true("Ready", "Ready", "all")], generation=6) | {"metadata": {"generation": 7}},
        "Progressing",
        "the operator has not looked at the latest change yet",
    ),
    "a Ready of an older generation": (
        {
            "kind": "EdgeHost",
            "metadata": {"generation": 7},
            "status": {
                "observedGeneration": 7,
                "conditions": [
                    {"type": "Ready", "status": "True", "reason": "Ready", "message": "", "observedGeneration": 6}
                ],
            },
        },
        "Progressing",
        "Ready",
    ),
    "a device that fell silent": (
        established("EdgeHost", false("Connected", "Disconnected", "no heartbeat")),
        "Degraded",
        "Disconnected: no heartbeat",
    ),
    "an unhealthy cluster that a change is still reaching": (
        established(
            "PaletteCluster", false("Available", "Unhealthy", "down"), false("Applied", "ApplyPending", "packs wait")
        ),
        "Progressing",
        "Unhealthy: down",
    ),
    "a cluster of a Palette that is away": (
        resource("PaletteCluster", [unknown("Ready", "PaletteUnreachable", "Palette cannot be reached")]),
        "Progressing",
        "stale: PaletteUnreachable: Palette cannot be reached",
    ),
    "a plan that awaits approval": (
        established("PaletteCluster", false("Synced", "PlanAwaitingApproval", "waiting for approval: set tags site")),
        "Suspended",
        "PlanAwaitingApproval: waiting for approval: set tags site",
    ),
    "a suspended resource that has all it needs": (
        established("PaletteCluster", true("Suspended", "Suspended", "nothing is written")),
        "Suspended",
        "Suspended: nothing is written",
    ),
    "a wrong spec": (
        established("PaletteCluster", error=Stalled("InvalidSpec", "no control plane")),
        "Degraded",
        "InvalidSpec: no control plane",
    ),
    "drift that is only reported": (
        established("PaletteCluster", true("Drifted", "Drifted", "tags differ")),
        "Healthy",
        "Ready: all is as the spec says",
    ),
}


@pytest.mark.parametrize(("body", "status", "message"), CASES.values(), ids=CASES)
def test_health(body: Body, status: str, message: str) -> None:
    assert ARGO_CD.health(body) == (status, message)


def test_what_is_being_deleted_says_what_is_awaited() -> None:
    body = established("PaletteCluster", Condition("Deleting", "True", "Deleting", "waiting for Palette"))
    delete(body)

    assert ARGO_CD.scripted_health(body) == ("Progressing", "being deleted: Deleting: waiting for Palette")


SCALARS = st.sampled_from([None, True, False, -1, 0, 7, "", "True", "Ready"])
ANYTHING = (
    SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["type", "x"]), SCALARS, max_size=2)
)
WORDS = st.sampled_from(["Ready", "Stalled", "Reconciling", "Suspended", "Synced", "Deleting"]) | ANYTHING
CONDITIONS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "type": WORDS,
            "status": st.sampled_from(["True", "False", "Unknown"]) | ANYTHING,
            "reason": st.sampled_from(["Unhealthy", "PlanAwaitingApproval", "Ready"]) | ANYTHING,
            "message": ANYTHING,
            "observedGeneration": st.integers(1, 3) | ANYTHING,
        },
    )
    | ANYTHING,
    max_size=5,
)
STATUSES = (
    st.fixed_dictionaries(
        {},
        optional={
            "observedGeneration": st.integers(1, 3) | ANYTHING,
            "conditions": CONDITIONS | ANYTHING,
            "plan": st.fixed_dictionaries({}, optional={"hash": ANYTHING}) | ANYTHING,
        },
    )
    | ANYTHING
)
BODIES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "metadata": st.fixed_dictionaries(
            {"name": st.just("x")}, optional={"generation": st.integers(1, 3) | ANYTHING, "annotations": ANYTHING}
        ),
    },
    optional={"status": STATUSES, "spec": ANYTHING},
)


@given(BODIES)
def test_whatever_a_status_holds_there_is_an_answer_and_healthy_means_ready_for_this_generation(body: Body) -> None:
    status, message = ARGO_CD.scripted_health(body)

    assert status in {"Healthy", "Progressing", "Degraded", "Suspended"}
    assert isinstance(message, str)
    if status == "Healthy":
        generation = body["metadata"]["generation"]
        ready = [each for each in body["status"]["conditions"] if isinstance(each, dict) and each["type"] == "Ready"]
        assert body["status"]["observedGeneration"] == generation
        assert ("True", generation) in {(each["status"], each["observedGeneration"]) for each in ready}


@given(BODIES)
def test_whatever_a_status_holds_the_actions_can_be_asked_for(body: Body) -> None:
    offered = ARGO_CD.actions(body)

    assert offered.keys() <= {"reconcile", "approve", "suspend", "resume"}
