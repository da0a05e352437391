"""What Palette tells of a cluster in its own events, and which of it is passed on as Kubernetes events. Pure.

The words are Palette's and whatever reached it from a cluster: of any length, with any character, and not for us alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from palette_operator.domain.event_budget import EventNote

SOURCE = "Palette"
MOST_AT_ONCE = 5
"""Events that one answer may lead to: the latest, and those before them are only in Palette."""
_ALARMING = frozenset({"warning", "error", "critical"})
_MOST_REASON = 128
"""Source: Kubernetes, validation of Event."""
_MOST_MESSAGE = 800


@dataclass(frozen=True, slots=True)
class RemoteEvent:
    """An event as Palette tells it; without a time when it bears none that can be read."""

    severity: str
    reason: str
    message: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Passed:
    """What to tell, the oldest first, and up to when all has been told now."""

    notes: tuple[EventNote, ...]
    until: datetime


def passed_on(events: Iterable[RemoteEvent], *, since: datetime) -> Passed:
    """Choose the alarming events that are newer than `since`, and put them into Kubernetes' terms.

    The same reason and message is told once. An event without a time may be old, and is not told.
    """
    dated = sorted(
        ((event.at, event) for event in events if event.at is not None and event.at > since), key=lambda pair: pair[0]
    )
    alarming = [event for _, event in dated if event.severity.lower() in _ALARMING]
    latest_first = dict.fromkeys(_note(event) for event in reversed(alarming))
    notes = tuple(reversed(list(latest_first)[:MOST_AT_ONCE]))
    return Passed(notes, dated[-1][0] if dated else since)


def _note(event: RemoteEvent) -> EventNote:
    message = " ".join(_printable(event.message).split()) or "no message"
    if len(message) > _MOST_MESSAGE:
        message = f"{message[: _MOST_MESSAGE - 3]}..."
    return EventNote("Warning", reason_in_kubernetes(event.reason), f"{SOURCE}: {message}", SOURCE)


def reason_in_kubernetes(text: str) -> str:
    """Write a reason in CamelCase of ASCII letters and digits, at most 128 of them; never empty."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    reason = "".join(word[0].upper() + word[1:] for word in words)[:_MOST_REASON]
    return reason if reason[:1].isalpha() else f"PaletteEvent{reason}"[:_MOST_REASON]


def _printable(text: str) -> str:
    """Leave out what a terminal, or a reader of the right-to-left kind, would take for a command."""
    return "".join(each if each.isprintable() else " " for each in text)
