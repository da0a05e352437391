"""Merge patches, judged by an independent implementation of RFC 7386."""

from copy import deepcopy
from typing import Any

import json_merge_patch
import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.kube.patches import merge_diff

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "nothing changed, nothing to write": ({"a": 1, "b": {"c": []}}, {"a": 1, "b": {"c": []}}, {}),
    "a field is added": ({}, {"a": 1}, {"a": 1}),
    "a field is removed": ({"a": 1, "b": 2}, {"b": 2}, {"a": None}),
    "only what changed inside a map is written": ({"m": {"a": 1, "b": 2}}, {"m": {"a": 1, "b": 3}}, {"m": {"b": 3}}),
    "what left a map is removed": ({"m": {"a": 1, "b": 2}}, {"m": {"a": 1}}, {"m": {"b": None}}),
    "a list is replaced whole": ({"l": [1, 2]}, {"l": [1, 3]}, {"l": [1, 3]}),
    "a map takes the place of a text": ({"a": "x"}, {"a": {"b": 1}}, {"a": {"b": 1}}),
    "a text takes the place of a map": ({"a": {"b": 1}}, {"a": "x"}, {"a": "x"}),
}


@pytest.mark.parametrize(("before", "after", "patch"), CASES.values(), ids=CASES)
def test_the_least_that_turns_one_into_the_other(
    before: dict[str, Any], after: dict[str, Any], patch: dict[str, Any]
) -> None:
    assert merge_diff(before, after) == patch


NAMES = st.sampled_from("abc")
SCALARS = st.booleans() | st.integers(0, 2) | st.text("xy", max_size=1)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(NAMES, JSON, max_size=3)


@given(OBJECTS, OBJECTS)
def test_applying_the_patch_gives_what_was_wanted(before: dict[str, Any], after: dict[str, Any]) -> None:
    patch = merge_diff(before, after)

    assert json_merge_patch.merge(deepcopy(before), patch) == after
    assert (patch == {}) == (before == after)
