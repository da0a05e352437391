"""What the models decide by themselves: selectors, permission by namespace, and the way back to a plain object."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from palette_operator.domain.resources import (
    AllowedNamespaces,
    ClusterStatus,
    DriftField,
    DriftReport,
    LabelSelector,
    PendingOperation,
    PoolStatus,
    StatusCondition,
)

LABELS = {"site": "42", "role": "worker"}

SELECTORS: dict[str, tuple[dict[str, Any], bool]] = {
    "an empty selector matches everything": ({}, True),
    "all labels match": ({"matchLabels": {"site": "42", "role": "worker"}}, True),
    "one label differs": ({"matchLabels": {"site": "42", "role": "control"}}, False),
    "one label is missing": ({"matchLabels": {"zone": "a"}}, False),
    "a value is among those wanted": (
        {"matchExpressions": [{"key": "site", "operator": "In", "values": ["41", "42"]}]},
        True,
    ),
    "a missing label is In nothing": (
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]},
        False,
    ),
    "a missing label is NotIn anything": (
        {"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]},
        True,
    ),
    "a value is among those refused": (
        {"matchExpressions": [{"key": "site", "operator": "NotIn", "values": ["42"]}]},
        False,
    ),
    "a label exists": ({"matchExpressions": [{"key": "site", "operator": "Exists"}]}, True),
    "a label that must not exist does": ({"matchExpressions": [{"key": "site", "operator": "DoesNotExist"}]}, False),
    "labels match and expressions do not": (
        {"matchLabels": {"site": "42"}, "matchExpressions": [{"key": "zone", "operator": "Exists"}]},
        False,
    ),
}


@pytest.mark.parametrize("case", SELECTORS.values(), ids=SELECTORS)
def test_a_selector_matches_as_in_kubernetes(case: tuple[dict[str, Any], bool]) -> None:
    selector, expected = case

    assert LabelSelector.model_validate(selector).matches(LABELS) is expected


NAMESPACES: dict[str, tuple[dict[str, Any], bool]] = {
    "a namespace by name": ({"names": ["retail"]}, True),
    "another name": ({"names": ["lab"]}, False),
    "an empty list allows none": ({"names": []}, False),
    "a namespace by label": ({"selector": {"matchLabels": {"site": "42"}}}, True),
    "another label": ({"selector": {"matchLabels": {"site": "7"}}}, False),
    "every namespace": ({"all": True}, True),
}


@pytest.mark.parametrize("case", NAMESPACES.values(), ids=NAMESPACES)
def test_a_connection_says_which_namespaces_may_use_it(case: tuple[dict[str, Any], bool]) -> None:
    allowed, expected = case

    assert AllowedNamespaces.model_validate(allowed).permit("retail", LABELS) is expected


def test_a_status_is_written_without_what_is_empty_but_with_zeros() -> None:
    berlin = dt.timezone(dt.timedelta(hours=1))
    status = ClusterStatus(
        observed_generation=3,
        machine_pools=(PoolStatus(name="control", desired=1),),
        pending_operation=PendingOperation(verb="create", started_at=dt.datetime(2026, 1, 1, 1, 0, 0, 999, berlin)),
        pinned={"spec.cloud.edgeNative.overlay.cidr": ""},
    )

    assert status.to_kubernetes() == {
        "observedGeneration": 3,
        "machinePools": [{"name": "control", "desired": 1, "ready": 0}],
        "pendingOperation": {"verb": "create", "startedAt": "2026-01-01T00:00:00Z"},
        "pinned": {"spec.cloud.edgeNative.overlay.cidr": ""},
    }


def test_a_status_survives_being_written_and_read() -> None:
    status = ClusterStatus(
        conditions=(StatusCondition(type="Ready", status="False", reason="ProfileNotFound", observed_generation=2),),
        console_url="https://console.spectrocloud.com/x",
        drift=DriftReport(count=1, fields=(DriftField(path="/spec/tags/a"),), hash="h"),
    )

    assert ClusterStatus.model_validate(status.to_kubernetes()) == status


def test_what_is_too_long_for_a_status_is_shortened_rather_than_refused() -> None:
    condition = StatusCondition(type="Ready", status="False", message="x" * 5000)
    drift = DriftReport(fields=tuple(DriftField(path=f"/spec/tags/{n}") for n in range(12)))

    assert len(condition.message) == 4096
    assert condition.message.endswith("x\N{HORIZONTAL ELLIPSIS}")
    assert [field.path for field in drift.fields] == [f"/spec/tags/{n}" for n in range(10)]
