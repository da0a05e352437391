"""How many resources are how, as their statuses say."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from palette_operator.kube.objects import Body
from palette_operator.reconcile.resource_metrics import (
    MAX_PROFILE_VERSIONS,
    ResourceMetrics,
    count_conditions,
    count_drifted,
    count_held,
    count_profiles,
    oldest_deletions_s,
)
from support.builders import NOW, key
from support.fake_kube import resource_body


def resource(kind: str, *conditions: tuple[str, str, str], **status: Any) -> Body:  # noqa: ANN401 - any status field
    told = [{"type": type_, "status": value, "reason": reason} for type_, value, reason in conditions]
    return resource_body(key("it", kind), status={"conditions": told, **status})


def cluster(*profiles: dict[str, str]) -> Body:
    return resource("PaletteCluster", profiles=list(profiles))


def deleting(kind: str, seconds: float) -> Body:
    body = resource(kind)
    since = (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**body, "metadata": {**body["metadata"], "deletionTimestamp": since}}


def test_resources_are_counted_by_each_condition() -> None:
    ready = resource("EdgeHost", ("Ready", "True", "Ready"), ("Synced", "True", "Synced"))
    silent = resource("EdgeHost", ("Ready", "False", "Disconnected"))

    assert count_conditions([ready, ready, silent, resource("PaletteCluster")]) == {
        ("EdgeHost", "Ready", "True", "Ready"): 2,
        ("EdgeHost", "Synced", "True", "Synced"): 2,
        ("EdgeHost", "Ready", "False", "Disconnected"): 1,
    }


HELD: dict[str, tuple[tuple[str, str, str], str | None]] = {
    "a plan that waits for approval": (("Synced", "False", "PlanAwaitingApproval"), "PlanAwaitingApproval"),
    "a change that the guard holds": (("Synced", "False", "HeldByGuard"), "HeldByGuard"),
    "a deletion that is not allowed": (("DeletionHeld", "True", "NotAllowed"), "NotAllowed"),
    "not a change that is under way": (("Synced", "False", "Updating"), None),
    "not a change that Palette refused": (("Synced", "False", "RemoteRejected"), None),
    "not what is as it should be": (("Synced", "True", "Synced"), None),
}


@pytest.mark.parametrize(("condition", "reason"), HELD.values(), ids=HELD)
def test_held(condition: tuple[str, str, str], reason: str | None) -> None:
    assert count_held([resource("PaletteCluster", condition)]) == ({("PaletteCluster", reason): 1} if reason else {})


def test_drift_is_counted_by_kind_also_where_there_is_none() -> None:
    drifted = resource("PaletteCluster", ("Drifted", "True", "Drifted"))

    assert count_drifted([drifted, resource("EdgeHost")]) == {("PaletteCluster",): 1, ("EdgeHost",): 0}


def test_clusters_are_counted_by_the_versions_that_they_want_and_that_they_run() -> None:
    behind = cluster({"name": "base", "desired": "2", "applied": "1"}, {"name": "cni", "desired": "1", "applied": "1"})
    new = cluster({"name": "base", "desired": "2"})

    assert count_profiles([behind, new, cluster()]) == {
        ("base", "2", "desired"): 2,
        ("base", "1", "applied"): 1,
        ("cni", "1", "desired"): 1,
        ("cni", "1", "applied"): 1,
    }


def test_versions_beyond_the_most_frequent_are_told_together() -> None:
    common = [cluster({"name": "base", "desired": "1", "applied": "1"})] * 2
    rare = [cluster({"name": "own", "desired": f"{n:04}"}) for n in range(MAX_PROFILE_VERSIONS + 4)]
    counts = count_profiles([*rare, *common])

    assert counts["base", "1", "applied"] == 2
    assert counts["other", "other", "desired"] == 5
    assert len({pair[:2] for pair in counts}) == MAX_PROFILE_VERSIONS + 1
    assert counts.total() == len(rare) + 2 * len(common)


def test_the_oldest_deletion_of_a_kind_counts() -> None:
    bodies = [deleting("EdgeHost", 30), deleting("EdgeHost", 90), resource("PaletteCluster")]

    assert oldest_deletions_s(bodies, NOW) == {("PaletteConnection",): 0, ("EdgeHost",): 90, ("PaletteCluster",): 0}


def test_a_scrape_counts_what_is_there_then_and_a_standby_has_nothing_to_tell() -> None:
    registry, bodies = CollectorRegistry(), [resource("EdgeHost", ("Ready", "True", "Ready"))]
    metrics = ResourceMetrics()
    registry.register(metrics)
    nothing = generate_latest(registry).decode()
    metrics.watch(lambda: bodies, lambda: NOW)
    bodies.append(deleting("PaletteCluster", 60))
    told = generate_latest(registry).decode()

    assert "{" not in nothing
    assert 'palette_operator_objects{condition="Ready",kind="EdgeHost",reason="Ready",status="True"} 1.0' in told
    assert 'palette_operator_deleting_oldest_seconds{kind="PaletteCluster"} 60.0' in told
