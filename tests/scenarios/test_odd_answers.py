"""Odd answers: damaged ones lead to no write, and signs of an API's end are told and do no harm."""

from __future__ import annotations

import pytest

from palette_sim.palette import FaultSpec
from support.scenarios.kubernetes import condition
from support.scenarios.manifests import cluster, edge_host, pool
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import OpenWorld, World

QUICK = OperatorOptions(unreachable_after_s=1.0)
READ_CLUSTER = r"/v1/spectroclusters/[0-9a-f]+"


def on(host: str, name: str) -> dict[str, object]:
    manifest = cluster(
        name, pool("control", controlPlane=True, useControlPlaneAsWorker=True, edgeHosts=[{"name": host}])
    )
    manifest["spec"]["deletion"] = {"policy": "Delete"}
    return manifest


def resource_state(world: World, name: str) -> tuple[object, ...]:
    found = world.cluster(name)
    return found.uid, dict(found.labels), sorted(profile.version.uid for profile in found.profiles), found.state


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_written_from_damaged_answers_and_all_heals_when_the_damage_ends(
    open_own_world: OpenWorld, seed: int
) -> None:
    world = await open_own_world(operator=QUICK)
    await world.bring_up(on("edge-a", "settled"))
    await world.passes(1)
    before, since = resource_state(world, "settled"), len(world.requests())

    world.palette.mangle(path="/v1/.*", seed=seed)
    await world.annotate("PaletteCluster", "settled", reconcile_requested_at="2026-01-01T00:00:00Z")
    await world.annotate("EdgeHost", "edge-a", reconcile_requested_at="2026-01-01T00:00:00Z")
    connection = await world.until("PaletteConnection", world.name, "Ready=PaletteUnreachable")
    await world.until("PaletteCluster", "settled", "Ready=PaletteUnreachable")
    await world.passes(2)

    assert world.writes(since) == []
    assert resource_state(world, "settled") == before
    assert condition(connection, "Stalled") == {}
    assert "Palette's answer cannot be read" in condition(connection, "CredentialsValid")["message"]

    await world.apply(edge_host("edge-b"), on("edge-b", "new"))
    await world.until("PaletteCluster", "new", "Ready=PaletteUnreachable")
    world.palette.injections.clear()

    await world.until("PaletteCluster", "new", "Ready", within_s=120)
    await world.until("PaletteCluster", "settled", "Ready")
    await world.until("PaletteConnection", world.name, "Ready")
    assert resource_state(world, "settled")[:3] == before[:3]
    assert len(world.clusters("new")) == 1
    assert world.traces() == []


async def test_the_end_of_an_operation_is_told_and_one_that_is_missing_is_not_taken_for_a_cluster_that_is_gone(
    open_own_world: OpenWorld,
) -> None:
    world = await open_own_world(operator=QUICK)
    world.palette.announce({"Sunset": "Mon, 01 Mar 2027 00:00:00 GMT"}, path="/v1/dashboard/spectroclusters/search")
    await world.bring_up(on("edge-a", "settled"))
    uid, since = world.cluster("settled").uid, len(world.requests())

    told = await world.until("PaletteConnection", world.name, "ApiDeprecated=ApiDeprecated")
    assert "POST /v1/dashboard/spectroclusters/search (on 2027-03-01)" in condition(told, "ApiDeprecated")["message"]
    assert condition(told, "Ready")["status"] == "True"

    missing = FaultSpec(method="GET", path=READ_CLUSTER, status=404, code=404, count=None)
    world.palette.injections.add_fault(missing)
    await world.annotate("PaletteCluster", "settled", reconcile_requested_at="2026-01-01T00:00:00Z")
    told = await world.until("PaletteConnection", world.name, "ApiDeprecated=ApiMissing")
    assert "does not have GET /v1/spectroclusters/{uid}" in condition(told, "ApiDeprecated")["message"]
    assert world.writes(since) == []

    world.palette.injections.faults.clear()
    await world.annotate("PaletteCluster", "settled", reconcile_requested_at="2026-01-02T00:00:00Z")
    await world.until("PaletteConnection", world.name, "ApiDeprecated=ApiDeprecated")
    settled = await world.until("PaletteCluster", "settled", "Ready")
    assert settled["status"]["uid"] == uid
    assert world.writes(since) == []
