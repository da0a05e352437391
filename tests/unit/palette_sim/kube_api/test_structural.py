from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import pytest

from palette_sim.kube_api.structural import Structural, duplicates, fill_defaults, prune

SCHEMA = Structural.parse(
    {
        "type": "object",
        "properties": {
            "size": {"type": "integer"},
            "colour": {"type": "string", "default": "red"},
            "label": {"type": "string", "nullable": True, "default": "none"},
            "shell": {"type": "object", "properties": {"thick": {"type": "boolean", "default": False}}},
            "lid": {"type": "object", "default": {}, "properties": {"shut": {"type": "boolean", "default": True}}},
            "pools": {
                "type": "array",
                "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": {"type": "string"}, "n": {"default": 1}}},
            },
            "names": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "tags": {"type": "object", "additionalProperties": {"type": "object", "properties": {"v": {}}}},
            "open": {
                "type": "object",
                "x-kubernetes-preserve-unknown-fields": True,
                "properties": {"known": {"type": "object", "properties": {}}},
            },
        },
    }
)


@dataclass(frozen=True)
class Pruned:
    given: dict[str, Any]
    left: dict[str, Any]
    removed: list[str]


PRUNED = {
    "known fields stay": Pruned({"size": 1}, {"size": 1}, []),
    "an unknown field goes": Pruned({"sise": 1, "size": 1}, {"size": 1}, ["sise"]),
    "an unknown field of a list item goes": Pruned(
        {"pools": [{"name": "a"}, {"name": "b", "z": 1}]}, {"pools": [{"name": "a"}, {"name": "b"}]}, ["pools[1].z"]
    ),
    "any name is known where properties are additional": Pruned(
        {"tags": {"x": {"v": 1, "w": 2}}}, {"tags": {"x": {"v": 1}}}, ["tags.x.w"]
    ),
    "an open object keeps all, but not within its known members": Pruned(
        {"open": {"x": {"y": 1}, "known": {"z": 1}}}, {"open": {"x": {"y": 1}, "known": {}}}, ["open.known.z"]
    ),
    "paths come sorted": Pruned({"z": 1, "a": 1}, {}, ["a", "z"]),
}


@pytest.mark.parametrize("case", PRUNED.values(), ids=PRUNED)
def test_pruning(case: Pruned) -> None:
    value = copy.deepcopy(case.given)
    assert (prune(value, SCHEMA), value) == (case.removed, case.left)


FILLED = {"colour": "red", "label": "none", "lid": {"shut": True}}
DEFAULTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a missing field gets its default, and a default object its own": ({}, FILLED),
    "a given value stays": ({"colour": "green"}, FILLED | {"colour": "green"}),
    "a missing parent without a default stays missing": ({"size": 1}, FILLED | {"size": 1}),
    "a present parent is filled": ({"shell": {}}, FILLED | {"shell": {"thick": False}}),
    "list items are filled": ({"pools": [{"name": "a"}]}, FILLED | {"pools": [{"name": "a", "n": 1}]}),
    "a null that is not allowed becomes the default": ({"colour": None}, FILLED),
    "a null that is not allowed and has no default goes": ({"size": None}, FILLED),
    "a null that is allowed stays": ({"label": None}, FILLED | {"label": None}),
}


@pytest.mark.parametrize(("given", "want"), DEFAULTS.values(), ids=DEFAULTS)
def test_defaulting(given: dict[str, Any], want: dict[str, Any]) -> None:
    value = copy.deepcopy(given)
    fill_defaults(value, SCHEMA)
    assert value == want


def test_a_default_is_not_shared_between_objects() -> None:
    one: dict[str, Any] = {}
    other: dict[str, Any] = {}
    fill_defaults(one, SCHEMA)
    one["lid"]["shut"] = False
    fill_defaults(other, SCHEMA)
    assert other["lid"] == {"shut": True}


REPEATED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "distinct keys are fine": ({"pools": [{"name": "a"}, {"name": "b"}]}, []),
    "a repeated key is reported once": (
        {"pools": [{"name": "a"}, {"name": "a"}, {"name": "a"}]},
        ['pools[1]: Duplicate value: {"name":"a"}'],
    ),
    "a repeated item of a set is reported": ({"names": ["x", "y", "x"]}, ['names[2]: Duplicate value: "x"']),
    "an item of a map must be an object": (
        {"pools": ["a", "b"]},
        ['pools[0]: Invalid value: "a": must be an object for an array of list-type map'],
    ),
}


@pytest.mark.parametrize(("given", "want"), REPEATED.values(), ids=REPEATED)
def test_uniqueness_in_lists(given: dict[str, Any], want: list[str]) -> None:
    assert [str(found) for found in duplicates(given, SCHEMA)] == want
