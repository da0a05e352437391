from __future__ import annotations

import pytest

from palette_sim.kube_api.errors import StatusError
from palette_sim.kube_api.selectors import parse_field_selector, parse_label_selector

LABELS = {"site": "42", "tier": "edge", "empty": ""}
MATCHES = {
    "site=42": True,
    "site==42": True,
    "site=41": False,
    "site!=42": False,
    "absent!=42": True,
    "site in (41, 42)": True,
    "site in (41)": False,
    "site notin (41)": True,
    "site notin (42)": False,
    "absent notin (42)": True,
    "site": True,
    "absent": False,
    "!absent": True,
    "!site": False,
    "empty=": True,
    "site=42,tier=edge": True,
    "site in (41,42),tier=core": False,
    "example.com/x notin (a)": True,
}


@pytest.mark.parametrize(("selector", "want"), MATCHES.items(), ids=MATCHES)
def test_a_label_selector_matches(selector: str, want: bool) -> None:
    matches = parse_label_selector(selector)
    assert matches is not None
    assert matches({"metadata": {"labels": LABELS}}) is want


def test_no_selector_selects_all() -> None:
    assert parse_label_selector("") is None
    assert parse_field_selector("", frozenset()) is None


@pytest.mark.parametrize("selector", ["a in (b", "a b", "=x", "a=b c"])
def test_an_unreadable_label_selector_is_a_bad_request(selector: str) -> None:
    with pytest.raises(StatusError) as caught:
        parse_label_selector(selector)
    assert caught.value.code == 400


FIELDS = {
    "metadata.name=a": True,
    "metadata.name==a": True,
    "metadata.name!=a": False,
    "metadata.name=a,involvedObject.name=": True,
    "involvedObject.name=x": False,
}


@pytest.mark.parametrize(("selector", "want"), FIELDS.items(), ids=FIELDS)
def test_a_field_selector_matches(selector: str, want: bool) -> None:
    matches = parse_field_selector(selector, frozenset({"metadata.name", "involvedObject.name"}))
    assert matches is not None
    assert matches({"metadata": {"name": "a"}}) is want


def test_a_field_that_cannot_be_selected_is_a_bad_request() -> None:
    with pytest.raises(StatusError, match=r"field label not supported: spec\.size"):
        parse_field_selector("spec.size=1", frozenset({"metadata.name"}))
