"""Suspension, and the modes in which little or nothing is written."""

from __future__ import annotations

from palette_sim.palette import HostOrder
from palette_sim.palette.people import ClusterOrder
from support.scenarios.kubernetes import condition
from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.world import World

_NEW_BASE = [{"name": "edge-base", "version": "1.5.0"}]


async def test_nothing_is_written_while_suspended(world: World) -> None:
    await world.apply(edge_host("edge-a", suspend=True), cluster("store-1", control("edge-a"), suspend=True))
    await world.until("EdgeHost", "edge-a", "Suspended")
    await world.passes(2)
    assert world.writes() == []

    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a")))

    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.writes() == ["POST /v1/edgehosts", "POST /v1/spectroclusters/edge-native"]


async def test_a_change_waits_until_the_suspension_is_lifted(world: World) -> None:
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a")))
    await world.until("PaletteCluster", "store-1", "Ready")
    before = len(world.requests())

    await world.annotate("PaletteCluster", "store-1", suspend="true")
    await world.patch("PaletteCluster", "store-1", {"spec": {"profiles": _NEW_BASE, "tags": {"site": "42"}}})
    found = await world.until("PaletteCluster", "store-1", "Synced=Suspended")
    await world.passes(2)
    assert condition(found, "Suspended")["status"] == "True"
    assert condition(found, "Reconciling") == {}
    assert world.writes(before) == []

    await world.annotate("PaletteCluster", "store-1", suspend="false")

    await world.eventually(lambda: world.cluster("store-1").labels.get("site") == "42", "the tag is set")
    found = await world.until("PaletteCluster", "store-1", "Ready")
    assert condition(found, "Suspended") == {}
    assert world.cluster("store-1").profiles[0].version.version == "1.5.0"


async def test_an_observed_cluster_is_reported_and_never_written(world: World) -> None:
    profile = next(v.uid for v in world.palette.state.profile_versions.values() if v.version == "1.4.0")
    theirs = world.palette.people.add_cluster(
        ClusterOrder("retail-prod", "store-1", labels={"owner": "jo"}, profile_uids=(profile,))
    )

    await world.apply(cluster("store-1", mode="Observe", machinePools=[], tags={"site": "42"}))
    found = await world.until("PaletteCluster", "store-1", "Ready")
    await world.passes(1)

    assert found["status"]["uid"] == theirs.uid
    assert (found["status"]["remoteState"], found["status"]["health"]) == ("Running", "Healthy")
    assert condition(found, "Owned") == {}, "what is only looked at is nobody's"
    assert world.writes() == []
    assert world.cluster("store-1").labels == {"owner": "jo"}

    await world.delete("PaletteCluster", "store-1")
    await world.until_gone("PaletteCluster", "store-1")
    assert world.writes() == []


async def test_an_observed_host_is_reported_and_never_written(world: World) -> None:
    [device] = world.palette.people.add_hosts(HostOrder("retail-prod", prefix="device"))

    await world.apply(edge_host(device.uid, mode="Observe", tags={"site": "42"}), edge_host("absent", mode="Observe"))
    found = await world.until("EdgeHost", device.uid, "Ready")
    absent = await world.until("EdgeHost", "absent", "Registered=NotFound")
    await world.passes(1)

    assert found["status"]["state"] == "ready"
    assert condition(absent, "Registered")["message"] == "Palette does not know the device absent"
    assert world.writes() == []


async def test_a_plan_runs_once_it_is_approved(world: World) -> None:
    await world.apply(edge_host("edge-a"))
    await world.until("EdgeHost", "edge-a", "Ready")
    before = len(world.requests())
    await world.apply(cluster("store-1", control("edge-a"), mode="Plan"))
    planned = await world.until("PaletteCluster", "store-1", "Synced=PlanAwaitingApproval")
    plan = planned["status"]["plan"]
    assert plan["actions"] == ["create cluster store-1 with 1 pools on 1 edge hosts"]

    await world.annotate("PaletteCluster", "store-1", approve="0123456789abcdef")
    await world.passes(1)
    assert world.writes(before) == []

    await world.annotate("PaletteCluster", "store-1", approve=plan["hash"])

    done = await world.until("PaletteCluster", "store-1", "Ready")
    assert world.writes(before) == ["POST /v1/spectroclusters/edge-native"]
    assert "plan" not in done["status"]


async def test_each_change_of_a_planned_cluster_is_approved_anew(world: World) -> None:
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a")))
    await world.until("PaletteCluster", "store-1", "Ready")
    before = len(world.requests())

    await world.patch("PaletteCluster", "store-1", {"spec": {"mode": "Plan", "tags": {"site": "42"}}})
    planned = await world.until("PaletteCluster", "store-1", "Synced=PlanAwaitingApproval")
    assert planned["status"]["plan"]["actions"] == ["set tags site"]
    await world.annotate("PaletteCluster", "store-1", approve=planned["status"]["plan"]["hash"])
    await world.eventually(lambda: world.cluster("store-1").labels.get("site") == "42", "the tag is set")
    await world.until("PaletteCluster", "store-1", "Ready")

    await world.patch("PaletteCluster", "store-1", {"spec": {"tags": {"site": "43"}}})
    await world.until("PaletteCluster", "store-1", "Synced=PlanAwaitingApproval")
    await world.passes(1)

    assert len(world.writes(before)) == 1
    assert world.cluster("store-1").labels["site"] == "42"
