"""What a connection grants of deletions within an hour: not more for being edited, nor for a restart."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

from palette_operator.kube.objects import ObjectCache
from palette_operator.reconcile.connection.guards import Guards
from palette_operator.reconcile.context import Context
from support.builders import NOW, key
from support.fake_kube import resource_body

PALETTE = "https://palette.test"
PER_HOUR = 10


def guards(*bodies: dict[str, Any]) -> Guards:
    objects = ObjectCache()
    for body in bodies:
        objects.put(body)
    return Guards(cast(Context, SimpleNamespace(objects=objects, now=lambda: NOW, monotonic=lambda: 500.0)))


def cluster_being_deleted(name: str, *, minutes_ago: float = 1, connection: str = "default") -> dict[str, Any]:
    started_at = (NOW - timedelta(minutes=minutes_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")
    status = {"uid": f"c-{name}", "pendingOperation": {"verb": "delete", "startedAt": started_at}}
    return resource_body(key(name), status=status) | {"spec": {"connectionRef": {"name": connection}}}


def test_a_connection_keeps_its_guard_while_it_leads_to_the_same_palette() -> None:
    kept = guards()
    kept.guard("default", PALETTE).spend("c1")

    assert kept.guard("default", PALETTE).left(PER_HOUR, "c2") == PER_HOUR - 1
    assert kept.guard("other", PALETTE).left(PER_HOUR, "c2") == PER_HOUR
    assert kept.guard("default", "https://elsewhere.test").left(PER_HOUR, "c2") == PER_HOUR


def test_after_a_restart_deletions_that_were_begun_through_the_connection_within_the_hour_count() -> None:
    creating = cluster_being_deleted("d")
    creating["status"]["pendingOperation"]["verb"] = "create"
    unborn = cluster_being_deleted("e")
    del unborn["status"]["uid"]
    restarted = guards(
        cluster_being_deleted("a", minutes_ago=59),
        cluster_being_deleted("b", minutes_ago=61),
        cluster_being_deleted("c", connection="other"),
        creating,
        unborn,
        resource_body(key("f")) | {"spec": {"connectionRef": {"name": "default"}}},
    )

    assert restarted.guard("default", PALETTE).left(PER_HOUR, "c-new") == PER_HOUR - 1
    assert restarted.guard("default", PALETTE).left(PER_HOUR, "c-a") == PER_HOUR


def test_a_clock_that_runs_behind_the_one_before_makes_no_deletion_count_for_longer() -> None:
    guard = guards(cluster_being_deleted("a", minutes_ago=-30)).guard("default", PALETTE)

    assert guard.left(PER_HOUR, "c-new") == PER_HOUR - 1
