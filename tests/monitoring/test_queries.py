"""What is not in the rules as they are: the chart's PrometheusRule, and the queries of the pages."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.chart import of_kind, rendered
from support.chart_values import VALUE_SETS
from support.howto import ROOT
from support.prometheus.operator_cases import CASES
from support.prometheus.promql import queries_in
from support.prometheus.provide import Prometheus
from support.prometheus.rules import checks_of, objections

ALERTED = [name for name, values in VALUE_SETS.items() if values.get("prometheusRule", {}).get("enabled")]
PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if queries_in(page))


def check(prometheus: Prometheus, folder: Path, groups: list[dict[str, Any]]) -> str:
    """Return what promtool finds wrong with groups of rules; "" when nothing."""
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": groups}), encoding="utf-8")
    ran = subprocess.run([prometheus.promtool, "check", "rules", file], capture_output=True, text=True, check=False)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


@pytest.mark.parametrize("name", ALERTED)
def test_the_rules_of_the_chart_are_rules(prometheus: Prometheus, tmp_path: Path, name: str) -> None:
    (body,) = of_kind(rendered(VALUE_SETS[name]), "PrometheusRule")

    said = check(prometheus, tmp_path, body["spec"]["groups"])

    assert not said, said


def test_a_release_is_missed_though_others_of_the_same_job_run(prometheus: Prometheus, tmp_path: Path) -> None:
    (body,) = of_kind(rendered(VALUE_SETS["alerted in another namespace"]), "PrometheusRule")
    rules = tmp_path / "chart.yaml"
    rules.write_text(yaml.safe_dump(body["spec"]), encoding="utf-8")
    case = CASES["PaletteOperatorDown"]["both replicas are gone for a while"]
    elsewhere = {name.replace("palette-system", "labs"): [1.0] * 60 for name in case.series if name.startswith("up{")}

    said = objections(
        prometheus.promtool, tmp_path, {**case.series, **elsewhere}, checks_of("PaletteOperatorDown", case), rules
    )

    assert not said, said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_queries_of_a_page_can_be_asked(prometheus: Prometheus, tmp_path: Path, page: Path) -> None:
    queries = [
        {"record": "a:query", "expr": query, "labels": {"n": str(n)}} for n, query in enumerate(queries_in(page))
    ]

    said = check(prometheus, tmp_path, [{"name": page.stem, "rules": queries}])

    assert not said, said
