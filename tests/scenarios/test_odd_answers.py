"""Odd answers: damaged ones lead to no write, and signs of an API's end are told and do no harm."""

from __future__ import annotations

import pytest

from palette_sim.palette import FaultSpec
from support.scenarios.kubernetes import Body, condition
from support.scenarios.manifests import cluster, control, edge_host, edge_native, pool
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


def two_pools(name: str) -> Body:
    """Return a cluster of two pools, with everything that its cloud config may hold."""
    worker = pool("worker", ["edge-b"], labels={"role": "till"}, nodeRepaveIntervalSeconds=900)
    worker["taints"] = [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}]
    return cluster(
        name,
        control("edge-a", labels={"role": "store"}),
        worker,
        tags={"site": "42"},
        description="Store 42",
        cloud=edge_native(ntpServers=["10.0.0.1"], sshKeys=["ssh-ed25519 AAAA"]),
    )


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


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_written_from_answers_that_lack_a_field_and_all_heals_when_they_are_whole(
    open_own_world: OpenWorld, seed: int
) -> None:
    world = await open_own_world(operator=QUICK)
    settled = two_pools("settled")
    await world.bring_up(settled, hosts=("edge-a", "edge-b"))
    uid = world.cluster("settled").uid
    world.palette.people.edit_cluster(uid, labels={**world.cluster("settled").labels, "owner": "jo"})
    await world.passes(1)
    before, since = resource_state(world, "settled"), len(world.requests())
    config = f"/v1/cloudconfigs/edge-native/{world.cluster('settled').cloud_config_uid}"

    world.palette.omit(path="/v1/(dashboard|spectroclusters|cloudconfigs|edgehosts)/.*", seed=seed)
    for _ in range(3):
        # Nothing that Palette would be told, but the whole of the cluster is compared anew.
        settled["spec"]["machinePools"].reverse()
        asked = world.requests_to("GET", config)
        await world.apply(settled)
        await world.eventually(lambda seen=asked: world.requests_to("GET", config) > seen, "the pools are read", 120)
        await world.passes(1)

    assert world.writes(since) == []
    assert resource_state(world, "settled") == before

    settled["spec"]["tags"] = {"site": "43"}
    await world.apply(settled, edge_host("edge-c"), on("edge-c", "new"))
    await world.passes(3)
    world.palette.injections.clear()

    await world.until("PaletteCluster", "new", "Ready", within_s=120)
    await world.until("PaletteCluster", "settled", "Ready", within_s=120)
    await world.until("PaletteConnection", world.name, "Ready")
    of_settled = {write for write in world.writes(since) if uid in write or config in write}
    assert of_settled == {f"PATCH /v1/spectroclusters/{uid}/metadata"}
    assert world.tags("settled") == {"site": "43", "owner": "jo"}
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
