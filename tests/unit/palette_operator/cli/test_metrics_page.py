"""The page of metrics against what /metrics serves."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from palette_operator.cli import metrics_page
from palette_operator.cli.metrics_page import LABELS, PROCESS, Unplaced, group_of, own_metrics

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "metrics.md"


def served() -> dict[str, str]:
    """Return the type of each metric, by the name that /metrics serves it under."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", generate_latest().decode(), re.MULTILINE))


def documented() -> dict[str, str]:
    return dict(
        re.findall(r"^\| `(\w+)` \| (counter|gauge|histogram) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    )


def test_the_page_has_every_metric_that_is_served_and_no_other() -> None:
    own = {name: type_ for name, type_ in served().items() if name.startswith("palette_")}

    assert {name: type_ for name, type_ in documented().items() if name.startswith("palette_")} == own
    assert len(own) > 20


@pytest.mark.skipif(sys.platform != "linux", reason="the client library tells less of the process elsewhere")
def test_the_page_has_every_metric_of_the_process_and_no_other() -> None:
    assert {name: type_ for name, type_, *_ in PROCESS} == {
        name: type_ for name, type_ in served().items() if not name.startswith("palette_")
    }


def test_nothing_is_served_twice_for_the_time_at_which_a_counter_began() -> None:
    assert [name for name in served() if name.endswith("_created")] == []


def test_no_label_is_described_that_no_metric_has() -> None:
    metrics = own_metrics()

    assert [
        label for label in LABELS if not any(label.name in m.labels and m.name.startswith(label.on) for m in metrics)
    ] == []


def test_no_label_of_a_metric_is_described_twice() -> None:
    for metric in own_metrics():
        fitting = [label.name for label in LABELS if label.name in metric.labels and metric.name.startswith(label.on)]
        assert sorted(fitting) == sorted(metric.labels), metric.name


def test_a_metric_of_no_group_is_refused() -> None:
    registry = CollectorRegistry()
    Gauge("pallet_hosts", "A slip of the pen.", registry=registry)

    (metric,) = own_metrics(registry)
    with pytest.raises(Unplaced, match="metric pallet_hosts begins like none"):
        group_of(metric)


def test_a_label_that_nobody_described_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    Counter("palette_api_surprises", "Something new.", ("mood",), registry=registry)
    monkeypatch.setattr(metrics_page, "own_metrics", lambda: own_metrics(registry))

    with pytest.raises(Unplaced, match="label mood of metric palette_api_surprises_total is not described"):
        metrics_page.metrics_page()


def test_a_metric_belongs_to_the_group_with_the_longest_beginning_of_its_name() -> None:
    titles = {metric.name: group_of(metric).title for metric in own_metrics()}

    assert titles["palette_operator_objects"] == "Resources"
    assert titles["palette_operator_queue_depth"] == "The operator"
