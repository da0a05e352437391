"""Each alert has a runbook and each runbook an alert; what they name is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from support.prometheus.promql import queries_in, strangers
from support.prometheus.rules import alerts, rules_of
from support.reasons import ROOT, code, words

FOLDER = ROOT / "docs" / "runbooks"
PAGES = sorted(FOLDER.glob("*.md"))
SECTIONS = ["What it means", "What suffers", "Find the cause", "What to do"]
KUBERNETES_OWN = {"CrashLoopBackOff", "ImagePullBackOff"}


@cache
def known_words() -> frozenset[str]:
    """Return what may be named: all that the operator says, the alerts, and Kubernetes' own."""
    return frozenset(word for node in code() for word in words(node)) | set(alerts()) | KUBERNETES_OWN


each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def test_each_alert_has_a_runbook_and_each_runbook_an_alert() -> None:
    assert [page.stem for page in PAGES] == sorted(alerts())
    for name, alert in alerts().items():
        assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"


@each_page
def test_it_says_what_it_means_what_suffers_what_the_cause_is_and_what_to_do(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    # Something to run or to ask, before anything is done.
    assert "```" in text.partition("## Find the cause")[2].partition("## What to do")[0]


@each_page
def test_its_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", page.read_text(encoding="utf-8")):
        linked = page.parent / target
        assert linked.is_file(), target
        headings = re.findall(r"^#+ (.*)$", linked.read_text(encoding="utf-8"), re.MULTILINE)
        assert not anchor or anchor in {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}, anchor


@each_page
def test_it_asks_prometheus_for_nothing_that_the_operator_does_not_serve(page: Path) -> None:
    assert [odd for query in queries_in(page) for odd in strangers(query)] == []


@each_page
def test_it_names_no_condition_or_reason_that_the_operator_does_not_know(page: Path) -> None:
    named = set(re.findall(r"`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`", page.read_text(encoding="utf-8")))

    assert sorted(named - known_words()) == []


def test_every_rule_is_about_an_alert_or_serves_one() -> None:
    asked = " ".join(rule["expr"] for rule in rules_of())

    assert [rule["record"] for rule in rules_of() if "record" in rule and rule["record"] not in asked] == []
