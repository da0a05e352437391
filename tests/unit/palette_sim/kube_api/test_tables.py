from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from palette_sim.kube_api.tables import age, compile_path, human_duration, parse_columns, to_cell

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = 86400
DURATIONS = {
    -5: "<invalid>",
    -1: "0s",
    0: "0s",
    119: "119s",
    120: "2m",
    200: "3m20s",
    600: "10m",
    3 * 3600: "3h",
    3 * 3600 + 60: "3h1m",
    26 * 3600: "26h",
    2 * DAY: "2d",
    2 * DAY + 3 * 3600: "2d3h",
    9 * DAY: "9d",
    2 * 365 * DAY: "2y",
    3 * 365 * DAY + 12 * DAY: "3y12d",
    9 * 365 * DAY: "9y",
}


@pytest.mark.parametrize(("seconds", "want"), DURATIONS.items(), ids=DURATIONS.values())
def test_a_duration_reads_as_kubectl_prints_it(seconds: int, want: str) -> None:
    assert human_duration(seconds) == want


def test_an_age_that_cannot_be_known_says_so() -> None:
    assert [age(None, NOW), age("yesterday", NOW), age("2026-01-01T00:00:00Z", NOW)] == [
        "<unknown>",
        "<invalid>",
        "24h",
    ]


BODY = {
    "metadata": {"annotations": {"example.com/a.b": "yes"}},
    "status": {"conditions": [{"type": "A", "status": "False"}, {"type": "Ready", "status": "True"}]},
}
PATHS: dict[str, Any] = {
    '.status.conditions[?(@.type=="Ready")].status': "True",
    ".status.conditions[0].type": "A",
    ".status.nothing.at.all": None,
    ".status.conditions[5].type": None,
    r".metadata.annotations.example\.com/a\.b": "yes",
}


@pytest.mark.parametrize(("path", "want"), PATHS.items(), ids=PATHS)
def test_a_column_reads_its_path(path: str, want: object) -> None:
    assert compile_path(path)(BODY) == want


CELLS: dict[str, tuple[Any, str, Any]] = {
    "nothing is an empty cell": (None, "string", None),
    "text is text": ("a", "string", "a"),
    "another value as text is JSON": (["a"], "string", '["a"]'),
    "a number for an integer": (3.0, "integer", 3),
    "text for an integer is an empty cell": ("3", "integer", None),
    "a truth value is no integer": (True, "integer", None),
    "a truth value": (True, "boolean", True),
    "a date is an age": ("2026-01-01T00:00:00Z", "date", "24h"),
}


@pytest.mark.parametrize(("value", "kind", "want"), CELLS.values(), ids=CELLS)
def test_a_value_becomes_a_cell_of_the_columns_type(value: object, kind: str, want: object) -> None:
    assert to_cell(value, kind, NOW) == want


def test_without_columns_of_its_own_a_resource_shows_name_and_age() -> None:
    assert [column.name for column in parse_columns([])] == ["Name", "Age"]
