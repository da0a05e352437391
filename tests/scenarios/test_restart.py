"""A restart is no event: nothing is written because of it, and nothing that happened meanwhile is missed."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest_asyncio

from support.scenarios.control_plane import ControlPlane
from support.scenarios.manifests import cluster, control, edge_host, pool, secret, store_apps
from support.scenarios.world import KINDS, World, open_world, start_operator

_PROFILES = [{"name": "edge-base", "version": "1.4.0"}, store_apps(password_from="store-vars")]
_HOSTS = ("edge-a", "edge-b", "edge-c")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(control_plane: ControlPlane) -> AsyncIterator[World]:
    """One world for all scenarios here, with an operator of its own; each leaves it running, and all Ready."""
    operator, name = await start_operator(control_plane, watch=True)
    try:
        async with open_world(control_plane, operator, name=name) as opened:
            await _bring_up(opened)
            yield opened
    finally:
        await operator.stop()


async def _bring_up(world: World) -> None:
    """Bring up a cluster with a pool chosen by label and a variable from a Secret."""
    await world.apply(
        secret("store-vars", password="hunter2hunter2"),
        *(edge_host(name, labels={"site": "42"}, tags={"site": "42"}) for name in _HOSTS),
    )
    for name in _HOSTS:
        await world.until("EdgeHost", name, "Ready")
    worker = pool("worker", edgeHostSelector={"matchLabels": {"site": "42"}, "count": 1})
    await world.apply(cluster("store-1", control("edge-a"), worker, profiles=_PROFILES, tags={"site": "42"}))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.passes(3)


async def _versions(world: World) -> dict[str, str]:
    """Return the resource version of every object of this world, events too: equal versions, no writes."""
    found = {f"PaletteConnection {world.name}": await world.get("PaletteConnection", world.name) or {}}
    for kind in (*KINDS[:2], "Event"):
        found |= {f"{kind} {each['metadata']['name']}": each for each in await world.kubernetes.list(kind, world.name)}
    return {name: each["metadata"]["resourceVersion"] for name, each in found.items()}


async def test_a_steady_state_makes_listings_only(world: World) -> None:
    versions, before = await _versions(world), len(world.requests())

    await world.passes(4)

    asked = Counter(f"{entry.method} {entry.path}" for entry in world.requests(before))
    assert set(asked) == {"POST /v1/dashboard/spectroclusters/search", "POST /v1/dashboard/edgehosts/search"}
    assert await _versions(world) == versions
    assert world.palette.requests.throttled == 0


async def test_a_restart_while_all_is_ready_writes_nothing(world: World) -> None:
    await world.stop_operator()
    assert world.operator.exit_code == 0
    versions, before = await _versions(world), len(world.requests())

    await world.start_operator()
    await world.passes(3)

    assert world.writes(before) == []
    assert await _versions(world) == versions
    assert world.traces() == []


async def test_a_killed_operator_takes_up_where_it_was(world: World) -> None:
    await world.kill_operator()
    versions, before = await _versions(world), len(world.requests())

    await world.start_operator()
    await world.passes(3)

    assert world.writes(before) == []
    assert await _versions(world) == versions


async def test_what_was_deleted_meanwhile_is_let_go(world: World) -> None:
    await world.apply(
        *(edge_host(name) for name in ("gone-a", "gone-b", "gone-c")),
        cluster("deleted", control("gone-a"), deletion={"policy": "Delete"}),
        cluster("orphaned", control("gone-b"), tags={"site": "42"}),
    )
    await world.until("EdgeHost", "gone-c", "Ready")
    for name in ("deleted", "orphaned"):
        await world.until("PaletteCluster", name, "Ready")
    gone = (("PaletteCluster", "deleted"), ("PaletteCluster", "orphaned"), ("EdgeHost", "gone-c"))
    await world.stop_operator()
    for kind, name in gone:
        await world.delete(kind, name)
        assert await world.get(kind, name) is not None, "the finalizer holds it"

    await world.start_operator()

    for kind, name in gone:
        await world.until_gone(kind, name)
    assert world.clusters("deleted") == []
    assert world.cluster("orphaned").labels == {"site": "42"}, "our mark is gone"
    assert world.host("gone-c").labels == {}


async def test_what_was_changed_meanwhile_is_caught_up_with(world: World) -> None:
    await world.stop_operator()
    await world.patch("PaletteCluster", "store-1", {"spec": {"tags": {"site": "43"}}})
    world.palette.people.edit_host("edge-c", labels={})

    await world.start_operator()

    await world.eventually(lambda: world.cluster("store-1").labels["site"] == "43", "the tag is set")
    await world.eventually(lambda: world.host("edge-c").labels.get("site") == "42", "the host's tag is put back")
    await world.until("PaletteCluster", "store-1", "Ready")
