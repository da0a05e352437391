"""Which of Palette's events are passed on, and in what words."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.remote_event import MOST_AT_ONCE, RemoteEvent, passed_on, reason_in_kubernetes
from support.builders import NOW

MINUTE = timedelta(minutes=1)


def event(
    message: str = "a node does not answer",
    *,
    severity: str = "Warning",
    reason: str = "NodeUnhealthy",
    minutes: float | None = 1,
) -> RemoteEvent:
    return RemoteEvent(severity, reason, message, None if minutes is None else NOW + minutes * MINUTE)


PASSED: dict[str, tuple[list[RemoteEvent], list[str]]] = {
    "a warning is passed on": ([event()], ["Palette: a node does not answer"]),
    "an error too, however it is spelled": ([event(severity="ERROR")], ["Palette: a node does not answer"]),
    "what is normal is not": ([event(severity="Normal")], []),
    "a severity that is not known is not": ([event(severity="Notable")], []),
    "what was told is not": ([event(minutes=0)], []),
    "what has no time is not": ([event(minutes=None)], []),
    "the oldest comes first": (
        [event("second", minutes=2), event("first", minutes=1)],
        ["Palette: first", "Palette: second"],
    ),
    "the same is told once": ([event(minutes=2), event(minutes=1)], ["Palette: a node does not answer"]),
    "of many the latest are": (
        [event(f"number {number}", minutes=number) for number in range(1, 51)],
        [f"Palette: number {number}" for number in range(51 - MOST_AT_ONCE, 51)],
    ),
    "lines and blanks become one blank": ([event("a\n\tb\r\n  c")], ["Palette: a b c"]),
    "what a terminal would obey is left out": ([event("\x1b[31mred\x07\u202e")], ["Palette: [31mred"]),
    "an empty message says so": ([event("")], ["Palette: no message"]),
}


@pytest.mark.parametrize(("events", "want"), PASSED.values(), ids=PASSED)
def test_messages(events: list[RemoteEvent], want: list[str]) -> None:
    assert [note.message for note in passed_on(events, since=NOW).notes] == want


def test_all_that_was_seen_counts_as_told_what_is_normal_too() -> None:
    passed = passed_on([event(minutes=1), event(severity="Normal", minutes=3), event(minutes=None)], since=NOW)

    assert passed.until == NOW + 3 * MINUTE
    assert passed_on([event(minutes=2)], since=passed.until).notes == ()


def test_nothing_new_leaves_the_time_as_it_was() -> None:
    assert passed_on([event(minutes=-5)], since=NOW).until == NOW


def test_a_long_message_is_cut() -> None:
    [note] = passed_on([event("x" * 10_000)], since=NOW).notes

    assert len(note.message) < 1_024
    assert note.message.endswith("...")


REASONS = {
    "NodeUnhealthy": "NodeUnhealthy",
    "node unhealthy": "NodeUnhealthy",
    "node_unhealthy-now": "NodeUnhealthyNow",
    "": "PaletteEvent",
    "***": "PaletteEvent",
    "500 internal": "PaletteEvent500Internal",
    "Überhitzung": "Berhitzung",
}


@pytest.mark.parametrize(("text", "want"), REASONS.items(), ids=map(repr, REASONS))
def test_reasons(text: str, want: str) -> None:
    assert reason_in_kubernetes(text) == want


@given(st.text(max_size=500), st.text(max_size=3_000), st.text(max_size=20))
def test_whatever_palette_says_comes_out_as_kubernetes_takes_it(reason: str, message: str, severity: str) -> None:
    told = passed_on(
        [event(message, reason=reason), event(message, reason=reason, severity=severity, minutes=2)], since=NOW
    )

    for note in told.notes:
        assert re.fullmatch("[A-Za-z][A-Za-z0-9]{0,127}", note.reason)
        assert note.message.isprintable()
        assert len(note.message) <= 1_024
        assert (note.type, note.source) == ("Warning", "Palette")
