"""What a panel is: a title, what it tells and what to do about it, a unit, and queries."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Look(Enum):
    """How numbers are shown."""

    NUMBER = "number"
    LINES = "lines"
    AREAS = "areas"
    """Lines on top of each other: their sum means something."""
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Query:
    """One query; in its legend, `{{kind}}` stands for the value of a label. A table has it over a column."""

    expression: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """From this value on, upwards, a number has this colour."""

    value: float
    colour: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel."""

    title: str
    tells: str
    """What it shows, and what to do when it is not as it should be."""
    queries: tuple[Query, ...]
    look: Look
    unit: str = "short"
    """One of Grafana's units: `short` is a plain number."""
    when_empty: str = ""
    """What stands there where a duration, or a date, has nothing to be of. Counts show 0 and need no such words."""
    bounds: tuple[Bound, ...] = ()
    shows_legend: bool = False
    """Whether a number's place is taken by its legend, such as a version."""


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below a title, so many beside each other."""

    title: str
    panels: tuple[Panel, ...]
    columns: int = 3


GREEN, ORANGE, RED = "green", "orange", "red"


def warned(*, orange: float | None = None, red: float | None = None) -> tuple[Bound, ...]:
    """Return the bounds of a number that is well while it is small."""
    given = ((orange, ORANGE), (red, RED))
    return tuple(Bound(value, colour) for value, colour in given if value is not None)
