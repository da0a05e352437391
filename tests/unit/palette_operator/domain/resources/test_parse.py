"""Parsing: plain words for what is wrong, tolerance for what is newer, and a status that never stops anything."""

from __future__ import annotations

from typing import Any

import pytest

from palette_operator.domain.resources import InvalidSpec, parse_cluster, parse_connection, parse_edge_host
from support.invalid_specs import BROKEN, LOCAL, Broken, edited, example

PARSE = {"PaletteCluster": parse_cluster, "EdgeHost": parse_edge_host, "PaletteConnection": parse_connection}


def problems(kind: str, edits: dict[str, Any], *, strict: bool = False, variant: str = "") -> list[str]:
    with pytest.raises(InvalidSpec) as caught:
        PARSE[kind](edited(kind, edits, variant), strict=strict)
    return caught.value.problems


@pytest.mark.parametrize(
    ("kind", "variant"), [*((kind, "") for kind in PARSE), *((kind, LOCAL) for kind in ("PaletteCluster", "EdgeHost"))]
)
def test_the_documented_example_is_valid_where_a_person_types(kind: str, variant: str) -> None:
    parsed = PARSE[kind](example(kind, variant), strict=True)

    assert parsed.metadata.name == example(kind, variant)["metadata"]["name"]
    assert parsed.unknown_fields == ()
    assert ("connectionRef" in example(kind, variant)["spec"]) == (not variant and kind != "PaletteConnection")


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_named_with_its_field(case: Broken) -> None:
    assert problems(case.kind, case.edits, variant=case.variant) == [f"{case.field}: {case.message}"]


WORDS: dict[str, tuple[str, dict[str, Any], str]] = {
    "a number where text is due": (
        "PaletteCluster",
        {"spec.tags.site": 42},
        "spec.tags.site: must be text; put quotes around numbers and around true and false",
    ),
    "text where a number is due": (
        "PaletteCluster",
        {"spec.machinePools.1.edgeHostSelector.count": "2"},
        "spec.machinePools[1].edgeHostSelector.count: must be a whole number",
    ),
    "text where a flag is due": ("EdgeHost", {"spec.suspend": "yes"}, "spec.suspend: must be true or false"),
    "text where an object is due": ("EdgeHost", {"spec.network": "dhcp"}, "spec.network: must be an object"),
    "an object where a list is due": ("PaletteCluster", {"spec.profiles": {}}, "spec.profiles: must be a list"),
    "a list where a map is due": ("EdgeHost", {"spec.tags": []}, "spec.tags: must be an object"),
    "a word that is not a choice": (
        "PaletteCluster",
        {"spec.adoption.policy": "Always"},
        "spec.adoption.policy: must be one of IfOwned, IfExists or Required",
    ),
    "a required field left out": (
        "PaletteConnection",
        {"spec.project": None},
        "spec.project: is required",
    ),
    "an empty name": ("EdgeHost", {"spec.connectionRef.name": ""}, "spec.connectionRef.name: must not be empty"),
    "a number too small": (
        "PaletteConnection",
        {"spec.poll.fleetSeconds": 0},
        "spec.poll.fleetSeconds: must be at least 1",
    ),
    "a number too large": (
        "PaletteConnection",
        {"spec.rateLimit.burst": 51},
        "spec.rateLimit.burst: must be at most 50",
    ),
    "a text too long": (
        "PaletteCluster",
        {"spec.description": "x" * 1025},
        "spec.description: must be at most 1024 characters",
    ),
    "a list too long": (
        "EdgeHost",
        {"spec.network.nic.dns": ["10.0.0.1"] * 9},
        "spec.network.nic.dns: must have at most 8 entries",
    ),
    "an empty list of hosts": (
        "PaletteCluster",
        {"spec.machinePools.0.edgeHosts": []},
        "spec.machinePools[0].edgeHosts: must not be empty",
    ),
    "a share above the whole": (
        "PaletteConnection",
        {"spec.rateLimit.share": "1.5"},
        'spec.rateLimit.share: must be a decimal above "0" and at most "1", such as "0.9"',
    ),
    "a share of nothing": (
        "PaletteConnection",
        {"spec.rateLimit.share": "0.00"},
        'spec.rateLimit.share: must be a decimal above "0" and at most "1", such as "0.9"',
    ),
    "an endpoint with a user": (
        "PaletteConnection",
        {"spec.endpoint": "https://user:pass@palette.example.com"},
        "spec.endpoint: must be a URL without path, query or user, such as https://api.spectrocloud.com",
    ),
    "an address that is none": (
        "EdgeHost",
        {"spec.network.nic.ip": "10.4.2"},
        "spec.network.nic.ip: must be an IP address such as 10.4.2.10",
    ),
    "a network that is none": (
        "PaletteCluster",
        {"spec.cloud.edgeNative.overlay": {"cidr": "100.64.0.0/99"}},
        "spec.cloud.edgeNative.overlay.cidr: must be a network such as 100.64.0.0/18",
    ),
    "a pool that is no label": (
        "PaletteCluster",
        {"spec.machinePools.1.name": "Worker_1"},
        "spec.machinePools[1].name: must be lower-case letters, digits and dashes, not starting or ending in a dash",
    ),
}


@pytest.mark.parametrize("case", WORDS.values(), ids=WORDS)
def test_a_wrong_value_is_explained_in_plain_words(case: tuple[str, dict[str, Any], str]) -> None:
    kind, edits, expected = case

    assert problems(kind, edits) == [expected]


def test_all_problems_are_told_at_once() -> None:
    edits = {"spec.suspend": "no", "spec.mode": "Watch", "spec.deletion.forceAfterMinutes": 5}

    assert problems("PaletteCluster", edits) == [
        "spec.mode: must be one of Manage, Observe or Plan",
        "spec.suspend: must be true or false",
        "spec.deletion.forceAfterMinutes: forceAfterMinutes must be 0 (never) or at least 20",
    ]


UNKNOWN = {"spec.colour": 1, "spec.cloud.aws": {}, "spec.machinePools.1.edgeHostSelector.matchlabels": {}}
UNKNOWN_PATHS = ("spec.cloud.aws", "spec.machinePools[1].edgeHostSelector.matchlabels", "spec.colour")


def test_a_field_that_is_not_known_is_refused_where_a_person_types() -> None:
    assert problems("PaletteCluster", UNKNOWN, strict=True) == [f"{path}: unknown field" for path in UNKNOWN_PATHS]


def test_a_field_that_is_not_known_is_ignored_and_named_at_run_time() -> None:
    parsed = parse_cluster(edited("PaletteCluster", UNKNOWN))

    assert parsed.unknown_fields == UNKNOWN_PATHS
    assert parsed.spec == parse_cluster(example("PaletteCluster")).spec


def test_null_means_left_out() -> None:
    body = example("EdgeHost")
    body["spec"] |= {"tags": None, "uid": None, "network": {"nic": None}}
    body["metadata"] |= {"annotations": None}

    parsed = parse_edge_host(body, strict=True)

    assert parsed.spec.tags == {}
    assert parsed.spec.network.nic is None
    assert parsed.device_uid == "edge-0042-a"


def test_an_object_without_spec_names_what_is_required() -> None:
    with pytest.raises(InvalidSpec) as caught:
        parse_cluster({"metadata": {"name": "empty"}})

    assert caught.value.problems == ["spec.cloud: is required"]


def test_a_secret_value_shows_neither_in_an_error_nor_in_a_repr() -> None:
    secret = "correct-horse"
    variable = {"name": "password", "value": secret}
    body = edited("PaletteCluster", {"spec.profiles.0.variables": [variable], "spec.profiles.0.packs.0.values": secret})
    wrong = edited("PaletteCluster", {"spec.profiles.0.variables": [{"name": secret * 99, "value": [secret]}]})

    with pytest.raises(InvalidSpec) as caught:
        parse_cluster(wrong)

    assert secret not in repr(parse_cluster(body))
    assert secret not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


GOOD = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
STATUSES: dict[str, tuple[Any, dict[str, Any]]] = {
    "no status": (None, {"observedGeneration": -1}),
    "a status that is no object": ("broken", {"observedGeneration": -1}),
    "a wrong field beside a good one": (
        {"observedGeneration": "three", "uid": "u1"},
        {"observedGeneration": -1, "uid": "u1"},
    ),
    "one wrong condition among good ones": (
        {"conditions": [{"type": "Synced", "status": "Perhaps"}, GOOD, "odd", {"status": "True"}]},
        {"observedGeneration": -1, "conditions": [GOOD]},
    ),
    "a pending operation without its time": (
        {"pendingOperation": {"verb": "create", "startedAt": "yesterday"}, "uid": "u1"},
        {"observedGeneration": -1, "uid": "u1"},
    ),
    "a wrong value in a map": (
        {"pinned": {"spec.name": "store", "spec.other": 7}},
        {"observedGeneration": -1, "pinned": {"spec.name": "store"}},
    ),
    "a field of a newer version": ({"uid": "u1", "mood": "sunny"}, {"observedGeneration": -1, "uid": "u1"}),
}


@pytest.mark.parametrize("case", STATUSES.values(), ids=STATUSES)
def test_what_does_not_parse_in_a_status_is_absent_and_the_rest_is_kept(case: tuple[Any, dict[str, Any]]) -> None:
    raw, expected = case

    parsed = parse_cluster(example("PaletteCluster") | {"status": raw})

    assert parsed.status.to_kubernetes() == expected
