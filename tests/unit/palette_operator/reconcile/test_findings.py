"""Summing up a look, even one that failed early: what is carried, what is not, and what a person is asked to do."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.conditions import Condition, false, true, unknown
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.reconcile.findings import Findings, summarise
from palette_operator.reconcile.report import CONDITION_TYPES

TYPES = CONDITION_TYPES["PaletteCluster"]
GENERATION = 4

AWAY = Unavailable("PaletteUnreachable", "reading the cluster: no answer from Palette (timed out)")
REJECTED = Unavailable("RemoteRejected", "updating the pool: Palette answered 500")
INVALID = Stalled("InvalidSpec", "spec.machinePools: one pool must be the control plane")
LATER = Waiting("HostNotReady", "edge host h1 is unpaired", retry_after_s=60)


def entry(type_: str, status: str = "True", generation: int = GENERATION, reason: str = "Before") -> dict[str, object]:
    return {"type": type_, "status": status, "reason": reason, "message": "", "observedGeneration": generation}


ALL_WELL = [entry(type_) for type_ in (*TYPES, "Ready")]
ALL_WELL_ONCE = [entry(type_, generation=GENERATION - 1) for type_ in (*TYPES, "Ready")]


@dataclass(frozen=True)
class Look:
    """What one look established, and what the status said before it."""

    stage: str = "Synced"
    error: ReconcileError | None = None
    established: tuple[Condition, ...] = ()
    before: list[dict[str, object]] = field(default_factory=lambda: ALL_WELL)
    unreachable: bool = False


def summary(look: Look) -> dict[str, tuple[str, str]]:
    findings = Findings(stage=look.stage, conditions={c.type: c for c in look.established})
    findings.unreachable = look.unreachable
    if look.error is not None:
        findings.failed(look.error)
    found = summarise(findings, look.before, known_types=TYPES, required=TYPES, generation=GENERATION)
    assert len({condition.type for condition in found}) == len(found)
    return {condition.type: (condition.status, condition.reason) for condition in found}


CASES: dict[str, tuple[Look, dict[str, tuple[str, str] | None]]] = {
    "a failure is the condition that was being established": (
        Look(error=INVALID),
        {"Synced": ("False", "InvalidSpec"), "Ready": ("False", "InvalidSpec"), "Available": ("True", "Before")},
    ),
    "a person is asked to act when only a person can": (
        Look(error=INVALID),
        {"Stalled": ("True", "InvalidSpec"), "Reconciling": None},
    ),
    "what passes by itself is under way": (
        Look("ReferencesResolved", LATER),
        {
            "ReferencesResolved": ("False", "HostNotReady"),
            "Reconciling": ("True", "HostNotReady"),
            "Stalled": None,
        },
    ),
    "a request that got no answer says nothing of what was known": (
        Look(error=AWAY),
        {"Synced": ("True", "Before"), "Ready": ("True", "Ready"), "Stalled": None, "Reconciling": None},
    ),
    "a request that got no answer leaves open what was not known": (
        Look(error=AWAY, before=[]),
        {"Synced": ("Unknown", "PaletteUnreachable"), "Stalled": None},
    ),
    "what Palette refuses again and again is no reason to call a person": (
        Look(error=REJECTED),
        {"Synced": ("False", "RemoteRejected"), "Stalled": None, "Reconciling": ("True", "RemoteRejected")},
    ),
    "after the grace period nothing is known of the remote side": (
        Look("Owned", AWAY, unreachable=True),
        {
            "Available": ("Unknown", "PaletteUnreachable"),
            "Applied": ("Unknown", "PaletteUnreachable"),
            "Synced": ("True", "Before"),
            "Ready": ("Unknown", "PaletteUnreachable"),
            "Reconciling": None,
            "Stalled": None,
        },
    ),
    "what was found of an older spec does not count for this one": (
        Look("CredentialsValid", LATER, before=ALL_WELL_ONCE),
        {
            "Synced": ("Unknown", "Progressing"),
            "ReferencesResolved": ("Unknown", "Progressing"),
            "Ready": ("False", "HostNotReady"),
        },
    ),
    "how the cluster does has nothing to do with the spec's generation": (
        Look("CredentialsValid", LATER, before=ALL_WELL_ONCE),
        {"Available": ("True", "Before"), "Applied": ("True", "Before")},
    ),
    "what is found now replaces what was": (
        Look(established=(false("Available", "Unhealthy", "down"),)),
        {"Available": ("False", "Unhealthy"), "Ready": ("False", "Unhealthy")},
    ),
    "a cluster that is unhealthy, and has all that was asked for, is not on the way": (
        Look(established=(false("Available", "Unhealthy", "down"),)),
        {"Ready": ("False", "Unhealthy"), "Reconciling": None, "Stalled": None},
    ),
    "a cluster that is unhealthy while a change reaches it is on the way": (
        Look(established=(false("Available", "Unhealthy", "down"), false("Applied", "ApplyPending", "packs"))),
        {"Ready": ("False", "Unhealthy"), "Reconciling": ("True", "Unhealthy"), "Stalled": None},
    ),
    "a plan that waits for approval is not on the way": (
        Look(established=(false("Synced", "PlanAwaitingApproval", "waiting for approval: set tags site"),)),
        {"Ready": ("False", "PlanAwaitingApproval"), "Reconciling": None, "Stalled": None},
    ),
    "a plan that nobody can write yet is on the way for another reason": (
        Look(
            established=(
                false("ReferencesResolved", "HostNotReady", "not yet"),
                false("Synced", "PlanAwaitingApproval", "waiting for approval: set tags site"),
            )
        ),
        {"Ready": ("False", "HostNotReady"), "Reconciling": ("True", "HostNotReady")},
    ),
    "an alarm that does not ring any more is gone": (
        Look(before=[*ALL_WELL, entry("Drifted"), entry("Stalled"), entry("Reconciling")]),
        {"Drifted": None, "Stalled": None, "Reconciling": None},
    ),
    "a routine look at what is well sets nothing in motion": (
        Look(established=tuple(true(type_, "Fine") for type_ in TYPES)),
        {"Ready": ("True", "Ready"), "Reconciling": None, "Stalled": None},
    ),
    "who is suspended is not on the way": (
        Look(established=(true("Suspended", "Suspended"), false("Synced", "Suspended", "nothing is written"))),
        {"Ready": ("False", "Suspended"), "Reconciling": None, "Stalled": None},
    ),
    "who is being deleted is not ready": (
        Look(established=(true("Deleting", "Deleting"),)),
        {"Ready": ("False", "Deleting"), "Reconciling": ("True", "Deleting")},
    ),
    "a deletion that is held says by what": (
        Look(established=(true("Deleting", "Deleting"), true("DeletionHeld", "NotAllowed"))),
        {"Ready": ("False", "NotAllowed")},
    ),
    "a deletion that is held says nothing of what was being established": (
        Look("Owned", Stalled("NotAllowed", "no"), established=(true("DeletionHeld", "NotAllowed"),)),
        {"Owned": ("True", "Before"), "DeletionHeld": ("True", "NotAllowed"), "Stalled": ("True", "NotAllowed")},
    ),
    "a condition that this version does not know is dropped": (
        Look(before=[*ALL_WELL, entry("Polled")]),
        {"Polled": None},
    ),
}


@pytest.mark.parametrize(("look", "want"), CASES.values(), ids=CASES)
def test_summary(look: Look, want: dict[str, tuple[str, str] | None]) -> None:
    found = summary(look)

    assert {type_: found.get(type_) for type_ in want} == want


ERRORS = st.sampled_from([None, AWAY, REJECTED, INVALID, LATER])
ESTABLISHED = st.lists(
    st.builds(
        Condition,
        type=st.sampled_from([*TYPES, "Drifted", "Suspended", "Deleting", "DeletionHeld"]),
        status=st.sampled_from(["True", "False", "Unknown"]),
        reason=st.just("Now"),
    ),
    unique_by=lambda condition: condition.type,
).map(tuple)
BEFORE = st.lists(
    st.builds(
        entry,
        st.sampled_from([*TYPES, "Ready", "Stalled", "Reconciling"]),
        st.sampled_from(["True", "False", "Unknown"]),
        st.sampled_from([GENERATION - 1, GENERATION]),
    ),
    unique_by=lambda found: str(found["type"]),
)
LOOKS = st.builds(Look, st.sampled_from(TYPES), ERRORS, ESTABLISHED, BEFORE, st.booleans())


@given(LOOKS)
def test_it_is_never_stalled_and_reconciling_at_once_and_ready_is_always_said(look: Look) -> None:
    found = summary(look)

    assert not {"Stalled", "Reconciling"} <= found.keys()
    assert "Ready" in found
    assert ("Stalled" in found) == isinstance(look.error, Stalled)


@given(LOOKS)
def test_ready_never_hides_a_condition_that_does_not_hold(look: Look) -> None:
    found = summary(look)

    if found["Ready"][0] == "True":
        assert all(found[type_][0] == "True" for type_ in TYPES)
        assert "Deleting" not in found
        assert "Reconciling" not in found


@given(st.lists(st.floats(0, 600), min_size=1, max_size=5))
def test_the_soonest_request_for_another_look_wins(asked: list[float]) -> None:
    findings = Findings()
    for after_s in asked:
        findings.look_again(after_s)

    assert findings.look_again_after_s == min(asked)


FAILURES = {
    "a refusal is a failure": (INVALID, True),
    "no answer is a failure": (AWAY, True),
    "waiting is none": (LATER, False),
    "success is none": (None, False),
}


@pytest.mark.parametrize(("error", "is_failure"), FAILURES.values(), ids=FAILURES)
def test_failure(error: ReconcileError | None, is_failure: bool) -> None:
    findings = Findings()
    if error is not None:
        findings.failed(error)

    assert findings.is_failure is is_failure


def test_waiting_says_itself_when_to_look_again() -> None:
    findings = Findings()
    findings.failed(LATER)

    assert findings.look_again_after_s == 60


def test_what_is_not_known_is_not_false() -> None:
    findings = Findings()
    findings.unsure("Available", "SiteOffline", "the site is offline")

    assert findings.conditions["Available"] == unknown("Available", "SiteOffline", "the site is offline")
