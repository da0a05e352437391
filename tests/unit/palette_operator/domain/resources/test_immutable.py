"""Immutable fields: the value in effect counts, not whether it was written down."""

from __future__ import annotations

from typing import Any

import pytest

from palette_operator.domain.resources import (
    EdgeHost,
    changed_immutables,
    immutable_values,
    parse_cluster,
    parse_edge_host,
)
from support.invalid_specs import edited, example

EDGE = "spec.cloud.edgeNative"
PINNED = immutable_values(parse_cluster(example("PaletteCluster")))

CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing changed": ({}, []),
    "a mutable field changed": ({"spec.description": "new"}, []),
    "the name left out is metadata.name": ({"spec.name": None}, []),
    "another name": ({"spec.name": "other"}, ["spec.name"]),
    "another connection": ({"spec.connectionRef.name": "other"}, ["spec.connectionRef.name"]),
    "an overlay added": (
        {f"{EDGE}.overlay": {"cidr": "10.4.0.0/16"}},
        [f"{EDGE}.overlay.cidr"],
    ),
    "the endpoint removed": ({f"{EDGE}.controlPlaneEndpoint": None}, [f"{EDGE}.controlPlaneEndpoint.host"]),
    "addresses that were given are no longer": ({f"{EDGE}.staticIP": False}, [f"{EDGE}.staticIP"]),
    "a default left out": ({f"{EDGE}.controlPlaneEndpoint.type": None, f"{EDGE}.twoNode": None}, []),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_changed_immutable_field_is_named(case: tuple[dict[str, Any], list[str]]) -> None:
    edits, paths = case

    changed = changed_immutables(parse_cluster(edited("PaletteCluster", edits)), PINNED)

    assert list(changed) == [
        f"{path} is immutable: create a new PaletteCluster, or put back the old value" for path in paths
    ]


def test_a_field_that_was_not_pinned_at_creation_is_not_judged() -> None:
    assert changed_immutables(parse_cluster(edited("PaletteCluster", {"spec.name": "other"})), {}) == ()


def test_a_host_is_pinned_by_device_and_connection() -> None:
    assert immutable_values(parse_edge_host(edited("EdgeHost", {"spec.uid": None}))) == {
        "spec.connectionRef.name": "default",
        "spec.uid": "edge-0042-a",
        "spec.adoption.match": "false",
    }


def test_how_a_device_is_found_may_change_but_not_whether_it_is_to_be_found() -> None:
    def host(match: dict[str, Any] | None) -> EdgeHost:
        return parse_edge_host(
            edited("EdgeHost", {"spec.uid": None, "spec.adoption.match": match} if match else {"spec.uid": None})
        )

    found = immutable_values(host({"name": "till-1"}))

    assert found["spec.adoption.match"] == "true"
    assert changed_immutables(host({"tags": {"site": "42"}}), found) == ()
    assert changed_immutables(host(None), found) == (
        "spec.adoption.match is immutable: create a new EdgeHost, or put back the old value",
    )
