import json
from collections import Counter
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from benchmarks.phases import HOSTS
from benchmarks.rows import Measured, Waiting, misses, rows, save, table
from rich.console import Console

MEASURED = Measured(
    operator="palette-operator",
    limits="window",
    phase=HOSTS,
    n=1000,
    posts=1000,
    seconds=120.0,
    requests=Counter({("POST", "/v1/edgehosts"): 1000, ("POST", "/v1/dashboard"): 50}),
    throttled=0,
    kube_writes=Counter({"edgehosts/status": 2000, "events": 500}),
    cpu_s=8.0,
    rss_mb=150.0,
    waiting=Waiting(20, early=0, late=0),
)


def test_a_time_stands_beside_its_floor_and_in_terms_of_it() -> None:
    time = rows(MEASURED)[0]

    assert (time.metric, time.value, time.unit) == ("hosts: time to the last POST (window)", 120, "s")
    assert (time.floor, time.ratio) == (111.111, 1.08)


def test_counts_are_told_by_verb_and_prefix_and_writes_by_object() -> None:
    told = {row.metric.removeprefix("hosts: ").removesuffix(" (window)"): row.value for row in rows(MEASURED)}

    assert told == {
        "time to the last POST": 120,
        "POSTs that succeeded": 1000,
        "requests throttled": 0,
        "requests POST /v1/dashboard": 50,
        "requests POST /v1/edgehosts": 1000,
        "Kubernetes writes to edgehosts/status": 2,
        "Kubernetes writes to events": 0.5,
        "Kubernetes writes": 2.5,
        "CPU": 8,
        "RSS, peak": 150,
        "requests per object while waiting 20 s": 0,
        "requests per object while waiting 20 s more": 0,
    }


def test_what_was_not_finished_is_judged_by_the_floor_of_what_was() -> None:
    half = replace(MEASURED, posts=500)

    assert rows(half)[0].floor == pytest.approx(55.556)


MISSES = {
    "all is reached": (MEASURED, []),
    "too slow": (
        replace(MEASURED, seconds=130.0),
        ["hosts (window): 1.170 times the floor, more than 1.15"],
    ),
    "slow, but with few objects": (replace(MEASURED, n=10, posts=10), []),
    "not done": (replace(MEASURED, posts=7), ["hosts (window): 7 of 1000 POSTs were made in time"]),
    "done twice": (
        replace(MEASURED, posts=1001),
        ["hosts (window): 1001 POSTs for 1000 objects"],
    ),
    "throttled": (replace(MEASURED, throttled=2), ["hosts (window): 2 requests were throttled"]),
    "restless": (
        replace(MEASURED, waiting=Waiting(20, early=0, late=3)),
        ["hosts (window): 3 requests about single objects while nothing happened"],
    ),
}


@pytest.mark.parametrize(("measured", "want"), MISSES.values(), ids=MISSES)
def test_misses(measured: Measured, want: list[str]) -> None:
    assert misses(measured) == want


def test_the_file_is_a_list_of_rows_with_exactly_the_agreed_fields(tmp_path: Path) -> None:
    file = tmp_path / "out" / "results.json"

    save(rows(MEASURED), file)

    saved = json.loads(file.read_text())
    assert all(set(row) == {"scenario", "operator", "n", "metric", "value", "unit", "floor", "ratio"} for row in saved)
    assert saved[0]["operator"] == "palette-operator"


def test_the_table_shows_every_figure() -> None:
    console = Console(width=160, record=True, file=StringIO())

    console.print(table(rows(MEASURED), "create"))

    drawn = console.export_text()
    assert all(row.metric in drawn for row in rows(MEASURED))
    assert "111.111" in drawn
