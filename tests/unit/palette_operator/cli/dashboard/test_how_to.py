"""The how-to on monitoring speaks of what there is."""

from __future__ import annotations

import re

import yaml

from support.howto import ROOT
from support.prometheus.dashboard import load
from support.prometheus.promql import queries_in, selectors

PATH = ROOT / "docs" / "how-to" / "monitoring.md"
PAGE = PATH.read_text(encoding="utf-8")
CONFIG = yaml.safe_load((ROOT / "deploy" / "kube-state-metrics" / "custom-resource-state.yaml").read_text("utf-8"))
BY_NAME = {
    f"{resource['metricNamePrefix']}_{metric['name']}"
    for resource in CONFIG["spec"]["resources"]
    for metric in resource["metrics"]
}


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_panels_that_it_sends_its_reader_to_are_on_the_dashboard() -> None:
    named = set(re.findall(r"(?<![*\w])\*([^*]+)\*(?![*\w])", section("What to look at first")))

    assert len(named) > 10
    assert named - {panel["title"] for panel in load()["panels"]} == set()


def test_the_metrics_of_kube_state_metrics_that_it_names_are_made() -> None:
    text = section("Each resource by its name")
    endings = set(re.findall(r"`\.\.\.(_\w+)`", text))

    assert len(endings) > 5
    assert set(re.findall(r"kube_(?:palettecluster|edgehost|paletteconnection)_\w+", text)) - BY_NAME == set()
    assert {ending for ending in endings if not any(metric.endswith(ending) for metric in BY_NAME)} == set()


def test_what_it_asks_of_kube_state_metrics_is_made() -> None:
    queries = queries_in(PATH)

    assert len(queries) == 2
    assert {selector.metric for query in queries for selector in selectors(query)} <= BY_NAME
