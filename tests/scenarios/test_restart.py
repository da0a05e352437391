"""A restart is no event: nothing is written because of it, and nothing that happened meanwhile is missed."""

from __future__ import annotations

from collections import Counter

from support.scenarios.manifests import cluster, control, edge_host, pool, secret, store_apps
from support.scenarios.world import KINDS, OpenWorld, World

_PROFILES = [{"name": "edge-base", "version": "1.4.0"}, store_apps(password_from="store-vars")]
_DELETE = {"policy": "Delete"}


async def _all_ready(world: World, **spec: object) -> None:
    """Bring up a cluster of two pools, with a Secret, and let everything settle."""
    await world.apply(
        secret("store-vars", password="hunter2hunter2"),
        *(edge_host(name, labels={"site": "42"}, tags={"site": "42"}) for name in ("edge-a", "edge-b", "edge-c")),
    )
    for name in ("edge-a", "edge-b", "edge-c"):
        await world.until("EdgeHost", name, "Ready")
    worker = pool("worker", edgeHostSelector={"matchLabels": {"site": "42"}, "count": 1})
    await world.apply(cluster("store-1", control("edge-a"), worker, profiles=_PROFILES, tags={"site": "42"}, **spec))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.passes(3)


async def _versions(world: World) -> dict[str, str]:
    """Return the resource version of every object of this world: equal versions, no writes."""
    objects = [each for kind in KINDS if kind != "PaletteConnection" for each in await _all(world, kind)]
    connection = await world.get("PaletteConnection", world.name)
    assert connection is not None
    named = [*objects, connection]
    return {f"{each['kind']}/{each['metadata']['name']}": each["metadata"]["resourceVersion"] for each in named}


async def _all(world: World, kind: str) -> list[dict[str, object]]:
    return [{"kind": kind, **each} for each in await world.kubernetes.list(kind, world.name)]


async def test_a_restart_while_all_is_ready_writes_nothing(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world)
    await world.stop_operator()
    versions, before = await _versions(world), len(world.requests())
    events = len(await world.events("store-1"))

    await world.start_operator()
    await world.passes(3)

    assert world.writes(before) == []
    assert await _versions(world) == versions
    assert len(await world.events("store-1")) == events


async def test_a_killed_operator_takes_up_where_it_was(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world)
    await world.kill_operator()
    versions, before = await _versions(world), len(world.requests())

    await world.start_operator()
    await world.passes(3)

    assert world.writes(before) == []
    assert await _versions(world) == versions


async def test_a_steady_state_makes_listings_only(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world)
    versions, before = await _versions(world), len(world.requests())

    await world.passes(4)

    asked = Counter(f"{entry.method} {entry.path}" for entry in world.requests(before))
    assert set(asked) == {"POST /v1/dashboard/spectroclusters/search", "POST /v1/dashboard/edgehosts/search"}
    assert await _versions(world) == versions
    assert world.palette.requests.throttled == 0


async def test_what_was_deleted_meanwhile_is_let_go(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world, deletion=_DELETE)
    await world.stop_operator()
    await world.delete("PaletteCluster", "store-1")
    await world.delete("EdgeHost", "edge-c")
    assert await world.get("PaletteCluster", "store-1") is not None, "the finalizer holds it"

    await world.start_operator()

    await world.until_gone("PaletteCluster", "store-1")
    await world.until_gone("EdgeHost", "edge-c")
    assert world.clusters("store-1") == []
    assert "palette-operator-owner" not in world.host("edge-c").labels


async def test_a_cluster_orphaned_meanwhile_loses_its_mark(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world)
    await world.stop_operator()
    await world.delete("PaletteCluster", "store-1")

    await world.start_operator()

    await world.until_gone("PaletteCluster", "store-1")
    assert world.cluster("store-1").labels == {"site": "42"}


async def test_what_was_changed_meanwhile_is_caught_up_with(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world)
    await world.stop_operator()
    await world.patch("PaletteCluster", "store-1", {"spec": {"tags": {"site": "43"}}})
    world.palette.people.edit_host("edge-c", labels={})

    await world.start_operator()

    await world.eventually(lambda: world.cluster("store-1").labels["site"] == "43", "the tag is set")
    await world.eventually(lambda: world.host("edge-c").labels.get("site") == "42", "the host's tag is put back")
    await world.until("PaletteCluster", "store-1", "Ready")


async def test_a_stopped_operator_ends_cleanly(open_own_world: OpenWorld) -> None:
    world = await open_own_world()
    await _all_ready(world)

    await world.stop_operator()

    assert world.operator.exit_code == 0
    assert world.traces() == []
