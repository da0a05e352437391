"""Conditions: what Ready follows from, and when they change."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.conditions import (
    ABNORMAL,
    MAX_MESSAGE_LENGTH,
    PRECEDENCE,
    Condition,
    false,
    ready,
    to_status,
    true,
    unknown,
)
from palette_operator.reconcile.report import CONDITION_TYPES, OBSERVED_TYPES
from support.builders import NOW

EARLIER = "2026-02-28T23:00:00Z"
REQUIRED = ("Synced", "Available", "Owned")
ALL_TRUE = [true(type_, "Fine") for type_ in REQUIRED]


def worse(*bad: Condition) -> list[Condition]:
    return [*(each for each in ALL_TRUE if each.type not in {b.type for b in bad}), *bad]


READY: dict[str, tuple[list[Condition], Condition]] = {
    "all hold": (ALL_TRUE, true("Ready", "Ready", "all is as the spec says")),
    "one does not": (
        worse(false("Available", "Unhealthy", "one node is down")),
        false("Ready", "Unhealthy", "one node is down"),
    ),
    "the first to be settled explains": (
        worse(false("Available", "Unhealthy", "down"), false("Owned", "OwnedByAnother", "theirs")),
        false("Ready", "OwnedByAnother", "theirs"),
    ),
    "what is not known is not False": (
        worse(unknown("Available", "PaletteUnreachable", "away")),
        unknown("Ready", "PaletteUnreachable", "away"),
    ),
    "what is known to be wrong earlier outranks what is not known later": (
        worse(unknown("Available", "PaletteUnreachable", "away"), false("Owned", "OwnedByAnother", "theirs")),
        false("Ready", "OwnedByAnother", "theirs"),
    ),
    "one has not been established": (
        ALL_TRUE[1:],
        unknown("Ready", "Progressing", "Synced has not been established yet"),
    ),
    "what has not been established explains nothing beside what is wrong": (
        [false("Available", "Unhealthy", "down"), ALL_TRUE[2]],
        false("Ready", "Unhealthy", "down"),
    ),
    "what is not required does not count": (
        [*ALL_TRUE, false("Applied", "ApplyPending", "soon")],
        true("Ready", "Ready", "all is as the spec says"),
    ),
}


@pytest.mark.parametrize(("conditions", "want"), READY.values(), ids=READY)
def test_ready_when(conditions: list[Condition], want: Condition) -> None:
    assert ready(conditions, REQUIRED) == want


def test_every_condition_of_every_kind_has_its_rank() -> None:
    for types in (*CONDITION_TYPES.values(), *OBSERVED_TYPES.values()):
        assert set(types) <= set(PRECEDENCE)


def entry(**fields: object) -> dict[str, object]:
    return {
        "type": "Ready",
        "status": "True",
        "reason": "Ready",
        "message": "",
        "observedGeneration": 3,
        "lastTransitionTime": EARLIER,
        **fields,
    }


def written(condition: Condition, before: list[dict[str, object]]) -> dict[str, object]:
    (only,) = to_status([condition], before, generation=4, now=NOW)
    return only


SINCE: dict[str, tuple[list[dict[str, object]], str]] = {
    "stays while the status stays": ([entry()], EARLIER),
    "stays when only reason and message change": ([entry(reason="Other", message="other")], EARLIER),
    "moves when the status changes": ([entry(status="False")], "2026-03-01T02:00:00Z"),
    "moves from Unknown": ([entry(status="Unknown")], "2026-03-01T02:00:00Z"),
    "begins with the condition": ([], "2026-03-01T02:00:00Z"),
    "begins when somebody removed it": ([entry(lastTransitionTime=None)], "2026-03-01T02:00:00Z"),
    "is its own condition's": ([entry(type="Synced", status="True")], "2026-03-01T02:00:00Z"),
}


@pytest.mark.parametrize(("before", "want"), SINCE.values(), ids=SINCE)
def test_the_time_of_the_last_transition(before: list[dict[str, object]], want: str) -> None:
    assert written(true("Ready", "Ready"), before)["lastTransitionTime"] == want


def test_a_condition_speaks_of_the_generation_that_was_looked_at() -> None:
    assert written(true("Ready", "Ready"), [entry()])["observedGeneration"] == 4


def test_a_message_is_cut_to_what_a_status_may_hold() -> None:
    assert len(str(written(false("Ready", "Long", "x" * 5_000), [])["message"])) == MAX_MESSAGE_LENGTH


CONDITIONS = st.lists(
    st.builds(
        Condition,
        type=st.sampled_from([*PRECEDENCE, "Ready", *sorted(ABNORMAL)]),
        status=st.sampled_from(["True", "False", "Unknown"]),
        reason=st.sampled_from(["One", "Other"]),
    ),
    unique_by=lambda condition: condition.type,
)


@given(CONDITIONS)
def test_writing_the_same_again_later_changes_nothing(conditions: list[Condition]) -> None:
    first = to_status(conditions, [], generation=3, now=NOW)

    assert to_status(reversed(conditions), first, generation=3, now=NOW + timedelta(days=1)) == first


@given(CONDITIONS)
def test_alarms_are_listed_only_while_they_ring(conditions: list[Condition]) -> None:
    listed = {(each["type"], each["status"]) for each in to_status(conditions, [], generation=3, now=NOW)}

    assert listed == {(c.type, c.status) for c in conditions if c.type not in ABNORMAL or c.status == "True"}
