"""The rules against the code: what they ask for is served, and says what they wait for."""

from __future__ import annotations

import re
from typing import Any

import pytest

from palette_operator.domain.conditions import ABNORMAL, PRECEDENCE
from palette_operator.domain.resources import KINDS
from palette_operator.reconcile.connection.registration import CONDITION as REGISTRATION
from palette_operator.reconcile.host_metrics import OFFLINE_FOR
from support.prometheus.promql import selectors, strangers
from support.prometheus.rules import alerts, rules_of
from support.reasons import ROOT, given_reasons

RULES = rules_of()
NAMES = [rule.get("alert") or rule["record"] for rule in RULES]
KNOWN = {
    "condition": {"Ready", *PRECEDENCE, *ABNORMAL, REGISTRATION},
    "kind": {kind.kind for kind in KINDS},
    "reason": given_reasons(),
    "for": set(OFFLINE_FOR),
}


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_asks_for_nothing_that_the_operator_does_not_serve(rule: dict[str, Any]) -> None:
    assert strangers(rule["expr"]) == []


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_waits_for_words_that_the_operator_says(rule: dict[str, Any]) -> None:
    unheard = [
        f'{label}="{word}"'
        for selector in selectors(rule["expr"])
        for label, value in selector.matchers
        for word in value.split("|")
        if label in KNOWN and word not in KNOWN[label]
    ]

    assert unheard == []


def test_the_page_has_every_alert_and_each_leads_to_its_runbook() -> None:
    page = (ROOT / "docs" / "reference" / "alerts.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| \[(\w+)\]\(\.\./runbooks/(\w+)\.md\)", page, re.MULTILINE) == [(n, n) for n in alerts()]


def test_what_rules_record_is_recorded_before_it_is_asked_for() -> None:
    recorded: set[str] = set()
    for rule in RULES:
        assert set(re.findall(r"\w+(?::\w+){2}", rule["expr"])) <= recorded
        recorded.add(rule.get("record", ""))


def test_whoever_is_called_reads_what_it_means_and_where_to_go_on() -> None:
    for name, alert in alerts().items():
        assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}, name
        assert alert["annotations"]["summary"].endswith("."), name
        # Tests compare it as it is; and a page tells it without an alert.
        assert "{{" not in alert["annotations"]["description"], name
        assert alert["labels"]["severity"] in {"critical", "warning", "info"}, name


def test_operators_are_kept_apart_and_replicas_are_not() -> None:
    for rule in RULES:
        for grouping in re.findall(r"\bby \(([^)]*)\)", rule["expr"]):
            labels = [label.strip() for label in grouping.split(",")]
            assert labels[:3] == ["cluster", "namespace", "job"]
            assert not {"pod", "instance"} & set(labels)
