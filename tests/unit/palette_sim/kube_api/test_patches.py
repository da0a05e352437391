from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import pytest

from palette_sim.kube_api import patches
from palette_sim.kube_api.errors import StatusError
from palette_sim.kube_api.structural import Structural

POOLS = {
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    "items": {"type": "object", "properties": {"name": {}, "n": {}, "tags": {}}},
}
SCHEMA = Structural.parse(
    {
        "type": "object",
        "properties": {
            "pools": POOLS,
            "names": {"x-kubernetes-list-type": "set", "items": {}},
            "steps": {"items": {}},
            "spec": {"properties": {"a": {}, "b": {}}},
        },
    }
)
BEFORE: dict[str, Any] = {
    "spec": {"a": 1, "b": 2},
    "pools": [{"name": "x", "n": 1}, {"name": "y", "n": 2}],
    "names": ["p"],
    "steps": [1, 2],
}


@dataclass(frozen=True)
class Case:
    type: str
    change: Any
    want: dict[str, Any]


CASES = {
    "a merge patch merges objects and removes by null": Case(
        patches.MERGE_PATCH, {"spec": {"a": None, "b": 3}}, {"spec": {"b": 3}}
    ),
    "a merge patch replaces lists": Case(patches.MERGE_PATCH, {"pools": []}, {"pools": []}),
    "a JSON patch replaces what it points to": Case(
        patches.JSON_PATCH, [{"op": "replace", "path": "/spec/a", "value": 7}], {"spec": {"a": 7, "b": 2}}
    ),
    "an apply merges a list by its keys": Case(
        patches.APPLY_PATCH,
        {"pools": [{"name": "y", "n": 9}, {"name": "z"}]},
        {"pools": [{"name": "x", "n": 1}, {"name": "y", "n": 9}, {"name": "z"}]},
    ),
    "an apply adds to a set": Case(patches.APPLY_PATCH, {"names": ["q", "p"]}, {"names": ["p", "q"]}),
    "an apply replaces an atomic list": Case(patches.APPLY_PATCH, {"steps": [3]}, {"steps": [3]}),
    "an apply leaves what it does not name": Case(patches.APPLY_PATCH, {"spec": {"a": 5}}, {"spec": {"a": 5, "b": 2}}),
    "a strategic merge patch adds finalizers": Case(
        patches.STRATEGIC_PATCH, {"metadata": {"finalizers": ["f"]}}, {"metadata": {"finalizers": ["f"]}}
    ),
    "a strategic merge patch replaces other lists": Case(patches.STRATEGIC_PATCH, {"steps": [9]}, {"steps": [9]}),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_patching(case: Case) -> None:
    assert patches.patch(case.type, copy.deepcopy(BEFORE), case.change, SCHEMA) == BEFORE | case.want


REFUSED: dict[str, tuple[str, Any, int]] = {
    "a JSON patch whose test fails": (patches.JSON_PATCH, [{"op": "test", "path": "/spec/a", "value": 9}], 422),
    "a JSON patch to nowhere": (patches.JSON_PATCH, [{"op": "replace", "path": "/spec/z/y", "value": 9}], 422),
    "a JSON patch that is no list": (patches.JSON_PATCH, {"spec": {}}, 400),
    "a JSON patch with an unknown operation": (patches.JSON_PATCH, [{"op": "no", "path": "/spec"}], 400),
    "a merge patch that is no object": (patches.MERGE_PATCH, [1], 400),
}


@pytest.mark.parametrize(("kind", "change", "code"), REFUSED.values(), ids=REFUSED)
def test_a_patch_that_does_not_fit_is_refused(kind: str, change: object, code: int) -> None:
    with pytest.raises(StatusError) as caught:
        patches.patch(kind, copy.deepcopy(BEFORE), change, SCHEMA)
    assert caught.value.code == code


def test_an_apply_may_be_yaml() -> None:
    assert patches.parse(patches.APPLY_PATCH, b"spec:\n  a: 1\n") == {"spec": {"a": 1}}


def test_an_unknown_kind_of_patch_is_unsupported() -> None:
    with pytest.raises(StatusError) as caught:
        patches.parse("text/plain", b"{}")
    assert caught.value.code == 415
