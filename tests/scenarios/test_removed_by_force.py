"""Resources that somebody removed by force: what stays in Palette is left as it is, told of, and taken up again."""

from __future__ import annotations

from support.scenarios.kubernetes import condition
from support.scenarios.manifests import cluster, control
from support.scenarios.world import OpenWorld, World

_CREATE = ("POST", "/v1/spectroclusters/edge-native")
_STORE = cluster("store", control("edge-a"), deletion={"policy": "Delete"})
_PROTECT = "palette.spectrocloud.com/protect"


async def finalizers(world: World, kind: str, name: str) -> list[str]:
    return ((await world.get(kind, name)) or {})["metadata"].get("finalizers", [])


async def test_what_was_removed_while_the_operator_was_down_is_told_of_and_taken_up_again(
    open_own_world: OpenWorld,
) -> None:
    world = await open_own_world()
    begun = await world.bring_up(_STORE)
    uid = world.cluster("store").uid
    await world.stop_operator()
    await world.remove_by_force("PaletteCluster", "store")

    await world.start_operator()
    told = await world.until("PaletteConnection", world.name, "LeftBehind")
    assert f"without a resource: cluster 'store' ({uid});" in condition(told, "LeftBehind")["message"]
    assert condition(told, "Ready")["status"] == "True"
    assert (world.cluster("store").state.value, world.writes(begun)) == ("Running", [])

    await world.apply(_STORE)
    taken_up = await world.until("PaletteCluster", "store", "Ready")
    assert taken_up["status"]["uid"] == uid
    assert await finalizers(world, "PaletteCluster", "store") == [_PROTECT]
    await world.until("PaletteConnection", world.name, lambda body: not condition(body, "LeftBehind"))
    await world.delete("PaletteCluster", "store")
    await world.until_gone("PaletteCluster", "store")
    assert world.clusters("store") == []
    assert world.requests_to(*_CREATE) == 1
