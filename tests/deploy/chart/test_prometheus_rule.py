"""The PrometheusRule: the rules of deploy/prometheus/rules.yaml, for this release, without those that nobody wants."""

from __future__ import annotations

from typing import Any

from support.chart import Body, of_kind, rendered, the
from support.chart_values import VALUE_SETS
from support.prometheus.rules import rules_of

_JOB = 'job="palette-operator-metrics"'


def rule_object(values: dict[str, Any], **release: Any) -> Body:  # noqa: ANN401 - as `rendered` has them
    (found,) = of_kind(rendered(values, **release), "PrometheusRule")
    return found


def rules_in(body: Body) -> list[Body]:
    return [rule for group in body["spec"]["groups"] for rule in group["rules"]]


def test_it_holds_every_rule_as_it_is_but_for_the_name_of_the_job() -> None:
    got = rules_in(rule_object(VALUE_SETS["alerted in another namespace"]))

    want = [{**rule, "expr": rule["expr"].replace(_JOB, f'{_JOB}, namespace="palette-system"')} for rule in rules_of()]
    assert got == want


def test_the_job_is_the_service_of_the_release() -> None:
    objects = rendered(VALUE_SETS["alerted"], release="emea", namespace="palette-emea")
    service = the(objects, "Service", "emea-palette-operator-metrics")["metadata"]
    (down,) = [
        rule for rule in rules_in(of_kind(objects, "PrometheusRule")[0]) if rule.get("alert") == "PaletteOperatorDown"
    ]

    target = f'up{{job="{service["name"]}", namespace="{service["namespace"]}"}}'
    assert down["expr"].count(target) == down["expr"].count("up{") == 2


def test_what_the_values_say_is_on_every_alert() -> None:
    values = VALUE_SETS["alerted"]["prometheusRule"]
    body = rule_object(VALUE_SETS["alerted"])
    alerts = [rule for rule in rules_in(body) if "alert" in rule]

    assert body["metadata"]["labels"]["release"] == "prometheus"
    assert {rule["alert"] for rule in alerts} == {r["alert"] for r in rules_of() if "alert" in r} - set(
        values["disabled"]
    )
    for rule in alerts:
        assert rule["labels"]["team"] == "edge"
        assert rule["annotations"]["runbook_url"] == f"{values['runbookUrl']}/{rule['alert']}.md"


def test_a_label_of_ones_own_leaves_the_severity_alone() -> None:
    body = rule_object({"prometheusRule": {"enabled": True, "alertLabels": {"severity": "page"}}})

    assert {rule["labels"]["severity"] for rule in rules_in(body) if "alert" in rule} == {"critical", "warning", "info"}


def test_its_namespace_is_that_of_the_release_or_the_one_that_is_said() -> None:
    assert rule_object(VALUE_SETS["alerted"])["metadata"]["namespace"] == "palette-system"
    assert rule_object(VALUE_SETS["alerted in another namespace"])["metadata"]["namespace"] == "monitoring"


def test_nobody_gets_alerts_who_did_not_ask() -> None:
    assert of_kind(rendered(), "PrometheusRule") == []
