"""Cases of alerts, and promtool as their judge: which alerts fire, and what they say, minute by minute."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import yaml

RULES = Path(__file__).resolve().parents[3] / "deploy" / "prometheus" / "rules.yaml"

Values: TypeAlias = list[float | None]
"""What is scraped, a value a minute; None when the series is gone."""

OPERATOR = {"job": "palette-operator-metrics", "namespace": "palette-system"}
LEADING, STANDBY = "palette-operator-a", "palette-operator-b"


def steady(*stretches: tuple[float | None, int]) -> Values:
    """Return each value for so many minutes."""
    return [value for value, minutes in stretches for _ in range(minutes)]


def rising(*stretches: tuple[float, int]) -> Values:
    """Return a counter that rises by so much a minute, for so many minutes."""
    total, values = 0.0, []
    for step, minutes in stretches:
        for _ in range(minutes):
            total += step
            values.append(total)
    return values


def series(metric: str, *, pod: str = LEADING, **labels: str) -> str:
    """Name a series as a replica of the operator serves it; `for_` stands for the label `for`."""
    given = OPERATOR | {"pod": pod} | {name.rstrip("_"): value for name, value in labels.items()}
    return metric + "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(given.items())) + "}"


def condition(kind: str, type_: str, status: str, reason: str) -> str:
    """Name the series that counts the resources of a kind with this condition."""
    return series("palette_operator_objects", kind=kind, condition=type_, status=status, reason=reason)


@dataclass(frozen=True)
class Case:
    """What is scraped, and what an alert makes of it."""

    series: Mapping[str, Values]
    """Besides two healthy replicas, of which the first leads."""
    quiet: Sequence[int] = ()
    """Minutes at which the alert does not fire."""
    firing: Mapping[int, str] = field(default_factory=dict)
    """Minutes at which it does, with its summary."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """Of the alert, besides its severity and the operator's; "" takes one of these away."""
    beside: tuple[str, ...] = ()
    """Other alerts that may fire meanwhile."""

    @property
    def resolves(self) -> bool:
        """Whether it fires, and later does not."""
        return bool(self.firing) and max(self.quiet, default=0) > max(self.firing)


def rules_of(path: Path = RULES) -> list[dict[str, Any]]:
    """Return every rule of a file."""
    return [rule for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]]


def alerts() -> dict[str, dict[str, Any]]:
    """Return the alerts by name."""
    return {rule["alert"]: rule for rule in rules_of() if "alert" in rule}


def healthy(minutes: int) -> dict[str, Values]:
    """Return what two replicas serve while all is well."""
    return {
        series("up", pod=LEADING): steady((1, minutes)),
        series("up", pod=STANDBY): steady((1, minutes)),
        series("up", pod="another", job="another"): steady((1, minutes)),
        series("palette_operator_leader", pod=LEADING): steady((1, minutes)),
        series("palette_operator_leader", pod=STANDBY): steady((0, minutes)),
    }


def after_failover(case: Case, at: int, *, silent_for: int) -> Case:
    """Return the case with another leader from minute `at` on, which says the same after `silent_for` minutes.

    Counters begin anew with it.
    """
    told: dict[str, Values] = {}
    for name, values in case.series.items():
        told[name] = [*values[:at], None]
        base = (values[at] or 0.0) if "_total{" in name else 0.0
        later = [None if value is None else value - base for value in values[at + silent_for :]]
        told[name.replace(LEADING, STANDBY)] = [*steady((None, at + silent_for)), *later]
    minutes = max(map(len, case.series.values()))
    told[series("up", pod=LEADING)] = steady((1, at), (0, minutes - at))
    told[series("palette_operator_leader", pod=LEADING)] = steady((1, at), (None, 1))
    told[series("palette_operator_leader", pod=STANDBY)] = steady((0, at + 1), (1, minutes - at))
    return replace(case, series=told)


def checks_of(alert: str, case: Case) -> dict[str, Any]:
    """Return what promtool is to check for a case."""
    rule = alerts()[alert]
    labels = {name: value for name, value in (rule["labels"] | OPERATOR | dict(case.labels)).items() if value}
    by_name = [
        {
            "alertname": alert,
            "eval_time": f"{minute}m",
            "exp_alerts": [
                {
                    "exp_labels": labels,
                    "exp_annotations": {**rule["annotations"], "summary": summary},
                }
            ]
            if summary
            else [],
        }
        for minute, summary in sorted({**dict.fromkeys(case.quiet, ""), **case.firing}.items())
    ]
    others = "|".join((alert, *case.beside))
    alone = [
        {"expr": f'ALERTS{{alertstate="firing", alertname!~"{others}"}}', "eval_time": check["eval_time"]}
        for check in by_name
    ]
    return {"alert_rule_test": by_name, "promql_expr_test": alone}


def firing_throughout(alert: str, minutes: Iterable[int]) -> dict[str, Any]:
    """Return checks that one alert of this name fires at each of these minutes, and no more."""
    expr = f'count(ALERTS{{alertstate="firing", alertname="{alert}"}})'
    once = [{"labels": "{}", "value": 1}]
    return {"promql_expr_test": [{"expr": expr, "eval_time": f"{m}m", "exp_samples": once} for m in minutes]}


def nothing_fires(minutes: Iterable[int]) -> dict[str, Any]:
    """Return checks that no alert fires at any of these minutes."""
    return {"promql_expr_test": [{"expr": 'ALERTS{alertstate="firing"}', "eval_time": f"{m}m"} for m in minutes]}


def objections(
    promtool: Path,
    folder: Path,
    told: Mapping[str, Values],
    checks: Mapping[str, Any],
    rules: Path = RULES,
) -> str:
    """Return what promtool objects to; "" when all is as the checks say. What is not told is healthy."""
    minutes = max(map(len, told.values()), default=0)
    inputs = [
        {"series": name, "values": " ".join(map(_notation, values))}
        for name, values in (healthy(minutes) | dict(told)).items()
    ]
    test = {
        "rule_files": [str(rules)],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": inputs, **checks}],
    }
    file = folder / "test.yaml"
    file.write_text(yaml.safe_dump(test, sort_keys=False), encoding="utf-8")
    ran = subprocess.run([promtool, "test", "rules", file], capture_output=True, text=True, timeout=60, check=False)
    return "" if ran.returncode == 0 else ran.stdout + ran.stderr


def _notation(value: float | None) -> str:
    return "stale" if value is None else f"{value:.10g}"
