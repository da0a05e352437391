"""The alerts of deploy/prometheus/rules.yaml, as promtool judges them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.prometheus import fleet_cases, operator_cases, palette_cases, resource_cases
from support.prometheus.provide import Prometheus
from support.prometheus.rules import (
    RULES,
    Case,
    after_failover,
    alerts,
    checks_of,
    condition,
    firing_throughout,
    nothing_fires,
    objections,
    rising,
    series,
    steady,
)

CASES = operator_cases.CASES | palette_cases.CASES | fleet_cases.CASES | resource_cases.CASES
EACH = [(alert, case) for alert, cases in CASES.items() for case in cases.values()]
IDS = [f"{alert}: {sentence}" for alert, cases in CASES.items() for sentence in cases]
# These are about the replicas themselves: each is told by both.
OF_REPLICAS = {"PaletteOperatorDown", "PaletteOperatorNoLeader"}


def test_promtool_finds_nothing_to_say_against_the_rules(prometheus: Prometheus) -> None:
    ran = subprocess.run([prometheus.promtool, "check", "rules", RULES], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert "SUCCESS" in ran.stdout


def test_every_alert_fires_and_resolves_in_one_case_and_stays_quiet_in_another() -> None:
    assert set(CASES) == set(alerts())
    for alert, cases in CASES.items():
        assert any(case.resolves for case in cases.values()), f"no case of {alert} fires and resolves"
        assert any(case.quiet and not case.firing for case in cases.values()), f"no case of {alert} is a near miss"


@pytest.mark.parametrize(("alert", "case"), EACH, ids=IDS)
def test_alert(prometheus: Prometheus, tmp_path: Path, alert: str, case: Case) -> None:
    said = objections(prometheus.promtool, tmp_path, case.series, checks_of(alert, case))

    assert not said, said


@pytest.mark.parametrize("alert", sorted(set(CASES) - OF_REPLICAS))
def test_a_failover_neither_ends_nor_doubles_an_alert(prometheus: Prometheus, tmp_path: Path, alert: str) -> None:
    case = next(case for case in CASES[alert].values() if case.resolves)
    first = min(case.firing)
    moved = after_failover(case, first + 1, silent_for=3)
    last = min(minute for minute in case.quiet if minute > first)
    while_it_lasts = range(first, min(first + 10, last))

    said = objections(prometheus.promtool, tmp_path, moved.series, firing_throughout(alert, while_it_lasts))

    assert not said, said


def test_a_failover_of_a_healthy_operator_alerts_nobody(prometheus: Prometheus, tmp_path: Path) -> None:
    minutes = 300
    well = Case(
        {
            condition("PaletteConnection", "Ready", "True", "Ready"): steady((2, minutes)),
            condition("PaletteCluster", "Ready", "True", "Ready"): steady((500, minutes)),
            condition("PaletteCluster", "Ready", "False", "Provisioning"): steady((5, minutes)),
            series("palette_edge_hosts", state="in-use", health="healthy"): steady((990, minutes)),
            series("palette_edge_hosts", state="in-use", health="unhealthy"): steady((10, minutes)),
            series("palette_edge_hosts_offline", for_="over_7d"): steady((10, minutes)),
            series("palette_operator_queue_oldest_seconds", kind="EdgeHost"): steady((2, minutes)),
            series("palette_operator_deleting_oldest_seconds", kind="EdgeHost"): steady((0, minutes)),
            series("palette_operator_reconciles_total", kind="EdgeHost", outcome="done"): rising((100, minutes)),
            series("palette_operator_reconciles_total", kind="EdgeHost", outcome="error"): rising((0, minutes)),
            series("palette_operator_reconciles_total", kind="EdgeHost", outcome="unreported"): rising((1, minutes)),
            series("palette_api_requests_total", prefix="/v1/edgehosts", method="GET", code="200"): rising(
                (60, minutes)
            ),
            series("palette_api_throttled_total", prefix="/v1/edgehosts"): rising((0, minutes)),
            series("palette_operator_clusters_by_profile", profile="a", version="1", state="desired"): steady(
                (500, minutes)
            ),
            series("palette_operator_clusters_by_profile", profile="a", version="1", state="applied"): steady(
                (495, minutes)
            ),
            series("palette_credential_expiry_timestamp_seconds", connection="default"): steady((3e6, minutes)),
        }
    )
    moved = after_failover(well, 150, silent_for=2)

    said = objections(prometheus.promtool, tmp_path, moved.series, nothing_fires(range(1, minutes)))

    assert not said, said


def test_operators_in_one_prometheus_neither_dilute_nor_excuse_each_other(
    prometheus: Prometheus, tmp_path: Path
) -> None:
    """A small fleet goes dark beside one of 10,000, and its operator has no leader while the other has one."""
    dark = CASES["PaletteEdgeHostsFellSilent"]["a small fleet goes dark at once"]
    leaderless = CASES["PaletteOperatorNoLeader"]["the leader dies, and the other never takes over"]
    minutes = max(map(len, dark.series.values()))
    other = {"namespace": "labs", "pod": "other-0"}
    beside = {
        series("palette_operator_leader", **other): steady((1, minutes)),
        series("palette_edge_hosts", state="in-use", health="healthy", **other): steady((10_000, minutes)),
        series("palette_edge_hosts_offline", for_="under_5m", **other): steady((0, minutes)),
    }

    for alert, case in {"PaletteEdgeHostsFellSilent": dark, "PaletteOperatorNoLeader": leaderless}.items():
        said = objections(prometheus.promtool, tmp_path, {**case.series, **beside}, checks_of(alert, case))
        assert not said, said
