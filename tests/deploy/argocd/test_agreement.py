"""Argo CD, kstatus and Flux agree on every state; where they cannot, the difference is one of those meant here."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from palette_operator.domain.conditions import false, true, unknown
from palette_operator.domain.errors import Stalled
from palette_operator.domain.resources import KINDS
from support.gitops.argocd import ArgoCD
from support.gitops.flux import EXPRESSIONS, Flux
from support.gitops.kstatus import kstatus
from support.gitops.merge_patches import Body, merged
from support.gitops.states import established, every_state, resource

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "gitops-health.md"
ARGO_CD, FLUX = ArgoCD(), Flux()
READ_BY_FLUX = ("Ready", "Reconciling", "Stalled")

# By Argo CD's word: what kstatus and Flux may say. Neither knows a word for being suspended; and kstatus none for a
# remote side that failed, since only Stalled is Failed to it, and that is kept for what a person must correct.
AGREED = {
    "Healthy": {("Current", "Current")},
    "Progressing": {("InProgress", "InProgress")},
    "Degraded": {("Failed", "Failed"), ("InProgress", "Failed")},
    "Suspended": {("Current", "Current"), ("InProgress", "InProgress"), ("Failed", "Failed")},
}


def seen_by_flux(body: Body) -> tuple[tuple[str, str, str], ...]:
    conditions = body["status"]["conditions"]
    return tuple((c["type"], c["status"], c["reason"]) for c in conditions if c["type"] in READ_BY_FLUX)


def test_the_three_agree_on_every_state() -> None:
    # An expression takes milliseconds: it is evaluated once for all states that look the same to it.
    verdicts: dict[object, str] = {}
    wrong = []
    for name, body in every_state().items():
        seen = seen_by_flux(body)
        if seen not in verdicts:
            verdicts[seen] = FLUX.status(body)
        if (kstatus(body), verdicts[seen]) not in AGREED[ARGO_CD.health(body).status]:
            wrong.append((name, ARGO_CD.health(body).status, kstatus(body), verdicts[seen]))

    assert wrong == []


def test_flux_reads_the_conditions_by_which_states_are_told_apart_here() -> None:
    text = EXPRESSIONS.read_text(encoding="utf-8")

    assert set(re.findall(r"c\.type == '(\w+)'", text)) == set(READ_BY_FLUX)
    assert re.findall(r"  kind: (\w+)", text) == [kind.kind for kind in KINDS]


def deleted(body: Body) -> Body:
    return merged(body, {"metadata": {"deletionTimestamp": "2026-01-31T12:00:00Z"}})


def of_an_older_generation(body: Body) -> Body:
    return merged(body, {"metadata": {"generation": body["metadata"]["generation"] + 1}})


def on_page() -> dict[str, tuple[str, ...]]:
    """Return the page's table: a state, and what Argo CD, kstatus and Flux make of it."""
    rows = re.findall(r"^\| (.+?) \| `(\w+)` \| `(\w+)` \| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    return {row[0]: tuple(row[1:]) for row in rows}


CLUSTER = "PaletteCluster"
SUSPENDED = true("Suspended", "Suspended", "nothing is written")
STATES: dict[str, Callable[[], Body]] = {
    "just applied": lambda: resource(CLUSTER, ()) | {"status": {"observedGeneration": -1}},
    "changed, and not looked at yet": lambda: of_an_older_generation(established(CLUSTER)),
    "on its way": lambda: established(CLUSTER, false("Synced", "Updating", "a change was sent")),
    "ready": lambda: established(CLUSTER),
    "ready, and drift is only reported": lambda: established(CLUSTER, true("Drifted", "Drifted", "tags differ")),
    "a person must act": lambda: established(CLUSTER, error=Stalled("ProfileNotFound", "publish it")),
    "a plan awaits approval": lambda: established(CLUSTER, false("Synced", "PlanAwaitingApproval", "set tags")),
    "suspended, nothing to do": lambda: established(CLUSTER, SUSPENDED),
    "suspended, changes outstanding": lambda: established(CLUSTER, SUSPENDED, false("Synced", "Suspended", "tags")),
    "suspended, and a person must act": lambda: established(CLUSTER, SUSPENDED, error=Stalled("InvalidSpec", "no")),
    "the cluster is unhealthy": lambda: established(CLUSTER, false("Available", "Unhealthy", "down")),
    "the cluster is unhealthy while a change reaches it": lambda: established(
        CLUSTER, false("Available", "Unhealthy", "down"), false("Applied", "ApplyPending", "packs")
    ),
    "the device is silent": lambda: established("EdgeHost", false("Connected", "Disconnected", "no heartbeat")),
    "a pack failed": lambda: established(CLUSTER, false("Applied", "ApplyFailed", "pack cni failed")),
    "Palette cannot be reached for long": lambda: resource(CLUSTER, [unknown("Ready", "PaletteUnreachable", "away")]),
    "being deleted": lambda: deleted(established(CLUSTER, true("Deleting", "Deleting", "in Palette"))),
    "its deletion is held": lambda: deleted(
        established(CLUSTER, true("DeletionHeld", "NotAllowed", "no"), error=Stalled("NotAllowed", "no"))
    ),
}


def test_the_page_shows_these_states() -> None:
    assert list(on_page()) == list(STATES)


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_shown_as_the_page_says(state: str) -> None:
    body = STATES[state]()

    assert (ARGO_CD.health(body).status, kstatus(body), FLUX.status(body)) == on_page()[state]
