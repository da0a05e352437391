"""Letting go of clusters, hosts and connections: on purpose only."""

from __future__ import annotations

from palette_operator.reconcile.finalizer import FINALIZER
from support.scenarios.kubernetes import condition
from support.scenarios.manifests import cluster, connection, control, edge_host, pool
from support.scenarios.world import World

_DELETE = {"policy": "Delete"}
_A_WHILE_S = 36_000.0
"""Of the simulated Palette: ten minutes, which no state is passed over in."""


async def test_an_orphaned_cluster_stays_and_its_resource_goes_at_once(world: World) -> None:
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a"), tags={"site": "42"}))
    await world.until("PaletteCluster", "store-1", "Ready")
    before = len(world.requests())

    await world.delete("PaletteCluster", "store-1")
    await world.until_gone("PaletteCluster", "store-1")
    await world.passes(1)

    left = world.cluster("store-1")
    assert left.state == "Running"
    assert left.labels == {"site": "42"}, "our mark is gone, the tags stay"
    assert world.writes(before) == [f"PATCH /v1/spectroclusters/{left.uid}/metadata"]


async def test_an_orphaned_host_stays_and_its_resource_goes_at_once(world: World) -> None:
    await world.apply(edge_host("edge-a", tags={"site": "42"}))
    await world.until("EdgeHost", "edge-a", "Ready")

    await world.delete("EdgeHost", "edge-a")
    await world.until_gone("EdgeHost", "edge-a")

    assert world.host("edge-a").labels == {"site": "42"}


async def test_a_deleted_cluster_is_followed_until_it_is_gone(world: World) -> None:
    world.palette.config.durations.deleting_s = _A_WHILE_S
    await world.apply(
        edge_host("edge-a"),
        edge_host("edge-b"),
        cluster("store-1", control("edge-a"), pool("worker", ["edge-b"]), deletion=_DELETE),
    )
    await world.until("PaletteCluster", "store-1", "Ready")
    uid = world.cluster("store-1").uid
    before = len(world.requests())

    await world.delete("PaletteCluster", "store-1")
    going = await world.until("PaletteCluster", "store-1", "Available=Deleting")
    assert condition(going, "Deleting")["status"] == "True"
    assert world.cluster("store-1").state == "Deleting"
    world.palette.advance(_A_WHILE_S)
    await world.until_gone("PaletteCluster", "store-1")

    assert world.clusters("store-1") == []
    assert world.writes(before) == [f"DELETE /v1/spectroclusters/{uid}"]
    assert [world.host(name).state for name in ("edge-a", "edge-b")] == ["ready", "ready"]
    for name in ("edge-a", "edge-b"):
        await world.until("EdgeHost", name, lambda host: "clusterRef" not in host["status"])


async def test_a_deletion_that_hangs_may_be_turned_into_an_orphan(world: World) -> None:
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a"), deletion=_DELETE))
    await world.until("PaletteCluster", "store-1", "Ready")
    world.palette.people.stick_cluster(world.cluster("store-1").uid, stuck=True)
    await world.delete("PaletteCluster", "store-1")
    await world.until("PaletteCluster", "store-1", "Available=Deleting")

    await world.patch("PaletteCluster", "store-1", {"spec": {"deletion": {"policy": "Orphan"}}})

    await world.until_gone("PaletteCluster", "store-1")
    assert world.cluster("store-1").state == "Deleting"


async def test_a_deleted_host_is_deleted_in_palette(world: World) -> None:
    await world.apply(edge_host("edge-a", deletion=_DELETE))
    await world.until("EdgeHost", "edge-a", "Ready")

    await world.delete("EdgeHost", "edge-a")
    await world.until_gone("EdgeHost", "edge-a")

    assert "edge-a" not in world.palette.hosts


async def test_a_host_in_use_is_held_and_the_cluster_named(world: World) -> None:
    await world.apply(edge_host("edge-a", deletion=_DELETE), cluster("store-1", control("edge-a"), deletion=_DELETE))
    await world.until("PaletteCluster", "store-1", "Ready")

    await world.delete("EdgeHost", "edge-a")
    held = await world.until("EdgeHost", "edge-a", "DeletionHeld=HostInUse")
    assert condition(held, "DeletionHeld")["message"] == (
        "edge host edge-a is used by cluster store-1; take it out there"
    )
    assert world.host("edge-a").state == "in-use"

    await world.delete("PaletteCluster", "store-1")
    await world.until_gone("PaletteCluster", "store-1")
    await world.until_gone("EdgeHost", "edge-a")
    assert "edge-a" not in world.palette.hosts


async def test_deletions_beyond_the_guard_wait(world: World) -> None:
    await world.apply(connection(world.name, world.palette.endpoint, [world.name], guard={"maxDeletesPerHour": 1}))
    await world.apply(edge_host("edge-a", deletion=_DELETE), edge_host("edge-b", deletion=_DELETE))
    await world.until("EdgeHost", "edge-a", "Ready")
    await world.until("EdgeHost", "edge-b", "Ready")

    await world.delete("EdgeHost", "edge-a")
    await world.until_gone("EdgeHost", "edge-a")
    await world.delete("EdgeHost", "edge-b")
    held = await world.until("EdgeHost", "edge-b", "DeletionHeld=HeldByGuard")
    assert "spec.guard.maxDeletesPerHour is used up" in condition(held, "DeletionHeld")["message"]
    assert condition(held, "Owned")["reason"] == "Marked"
    assert "edge-b" in world.palette.hosts

    await world.apply(connection(world.name, world.palette.endpoint, [world.name], guard={"maxDeletesPerHour": 2}))
    await world.until_gone("EdgeHost", "edge-b")


async def test_a_suspended_resource_is_not_deleted_in_palette(world: World) -> None:
    await world.apply(edge_host("edge-a", deletion=_DELETE))
    await world.until("EdgeHost", "edge-a", "Ready")
    await world.patch("EdgeHost", "edge-a", {"spec": {"suspend": True}})

    await world.delete("EdgeHost", "edge-a")
    await world.until("EdgeHost", "edge-a", "DeletionHeld=Suspended")
    assert "edge-a" in world.palette.hosts
    await world.patch("EdgeHost", "edge-a", {"spec": {"suspend": False}})

    await world.until_gone("EdgeHost", "edge-a")
    assert "edge-a" not in world.palette.hosts


async def test_a_connection_stays_until_nobody_uses_it(world: World) -> None:
    await world.apply(edge_host("edge-a", deletion=_DELETE))
    await world.until("EdgeHost", "edge-a", "Ready")

    await world.delete("PaletteConnection", world.name)
    held = await world.until("PaletteConnection", world.name, "Deleting=InUse")
    assert condition(held, "Deleting")["message"] == (
        f"1 resources still use the connection, such as EdgeHost {world.name}/edge-a"
    )
    await world.delete("EdgeHost", "edge-a")

    await world.until_gone("EdgeHost", "edge-a")
    await world.until_gone("PaletteConnection", world.name)
    assert "edge-a" not in world.palette.hosts


async def test_a_finalizer_that_somebody_took_off_is_put_back(world: World) -> None:
    await world.bring_up(cluster("store-1", control("edge-a"), deletion=_DELETE))

    for kind, name in (("PaletteConnection", world.name), ("EdgeHost", "edge-a"), ("PaletteCluster", "store-1")):
        await world.patch(kind, name, {"metadata": {"finalizers": None}})
        await world.until(kind, name, lambda body: body["metadata"].get("finalizers") == [FINALIZER])
