"""The API server is restarted before a compacted etcd, in the middle of work: nothing is missed, nothing done twice."""

from __future__ import annotations

from support.create_points import CreatePoint
from support.fault_proxy import Phase, Then
from support.killing_ground import SETTLE_S, Workload, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubernetes import condition
from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import OpenWorld, World

_DELETED = {"deletion": {"policy": "Delete"}}


def deletions(world: World) -> list[str]:
    return [each for each in world.writes() if each.startswith("DELETE")]


async def test_what_is_applied_changed_and_deleted_around_a_restart_is_done_once(
    control_plane: ControlPlane, open_own_world: OpenWorld
) -> None:
    world = await open_own_world(palette=scaled_palette())
    before, after = [f"before-{number}" for number in range(4)], ["after-0", "after-1"]
    names = ["changed", "deleted", *before, *after]
    await world.apply(*(edge_host(f"edge-{name}") for name in names))
    for name in ("changed", "deleted"):
        await world.apply(cluster(name, control(f"edge-{name}"), **_DELETED))
        await world.until("PaletteCluster", name, "Ready")
    deleted = world.cluster("deleted").uid

    await world.apply(*(cluster(name, control(f"edge-{name}")) for name in before))
    await world.patch("PaletteCluster", "changed", {"spec": {"tags": {"site": "42"}}})
    await world.delete("PaletteCluster", "deleted")
    await control_plane.restart_api_server()
    await world.apply(*(cluster(name, control(f"edge-{name}")) for name in after))
    await world.patch("PaletteCluster", "changed", {"spec": {"tags": {"site": "43"}}})

    await world.until_gone("PaletteCluster", "deleted")
    for name in (*before, *after, "changed"):
        await world.until("PaletteCluster", name, "Ready")
    assert world.tags("changed") == {"site": "43"}
    assert sorted(made.name for made in world.palette.clusters.values()) == sorted(names)
    assert Workload(world).creations() == len(names)
    assert deletions(world) == [f"DELETE /v1/spectroclusters/{deleted}"]
    assert world.operator.exit_code is None
    assert "Traceback" not in world.log


async def test_what_a_watch_that_is_refused_as_too_old_could_not_tell_is_found(control_plane: ControlPlane) -> None:
    options = OperatorOptions(search_lag_s=SETTLE_S)
    async with killing_ground(control_plane, palette=scaled_palette(), options=options) as ground:
        world = ground.world
        hosts = await ground.add_hosts(5)
        for name, host in zip(("changed", "deleted", "vanished"), hosts, strict=False):
            await world.apply(cluster_on(name, host, **_DELETED))
            await ground.until_created(name)
        vanished, deleted = world.cluster("vanished"), world.cluster("deleted")
        await world.apply(cluster_on("successor", hosts[2]))
        await world.until("PaletteCluster", "successor", "ReferencesResolved=HostInUse")
        the_post = CreatePoint("the POST", "palette", Phase.AFTER).of("created")
        stop = ground.palette.stop_at("created", the_post, Phase.AFTER, ground.kubernetes.cut, Then.GO_ON)
        await world.apply(cluster_on("created", hosts[3]))
        await world.eventually(stop.hit.is_set, "the cluster is created, and its uid cannot be written")

        await world.patch("PaletteCluster", "changed", {"spec": {"tags": {"site": "42"}}})
        await world.delete("PaletteCluster", "deleted")
        await world.remove_by_force("PaletteCluster", "vanished")
        await world.apply(cluster_on("applied", hosts[4]))
        await control_plane.restart_api_server()
        ground.kubernetes.mend()

        for name in ("created", "applied"):
            await ground.until_created(name)
        await world.until_gone("PaletteCluster", "deleted")
        await world.until("PaletteCluster", "changed", "Ready")
        assert world.tags("changed") == {"site": "42"}
        assert ground.kubernetes.watches_expired >= len(("paletteclusters", "edgehosts", "paletteconnections"))

        told = await world.until_event("vanished", "LeftBehind")
        assert f"cluster 'vanished' ({vanished.uid}) in Palette stays as it is" in told["message"]
        left = await world.until("PaletteConnection", world.name, "LeftBehind")
        assert vanished.uid in condition(left, "LeftBehind")["message"]
        assert vanished.state == "Running"
        assert deletions(world) == [f"DELETE /v1/spectroclusters/{deleted.uid}"]

        world.palette.people.delete_cluster(vanished.uid)
        await ground.until_created("successor")
        assert ground.creations() == 6
        assert "Traceback" not in world.log
