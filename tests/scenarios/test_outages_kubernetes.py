"""Outages of the API server: what changed while it could not be reached is not missed."""

from __future__ import annotations

from support.create_points import CreatePoint
from support.fault_proxy import Canned, Matcher, Phase, Then
from support.killing_ground import cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane
from support.scenarios.manifests import edge_host

_ANY_SECRET = Matcher("GET", r"/api/v1/namespaces/[^/]+/secrets/[^/]+")


async def test_what_is_applied_changed_and_deleted_while_the_api_server_is_cut_off_is_not_missed(
    control_plane: ControlPlane,
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette()) as ground:
        world = ground.world
        hosts = await ground.add_hosts(3)
        for name, host in zip(("changed", "deleted"), hosts[:2], strict=True):
            await world.apply(cluster_on(name, host, deletion={"policy": "Delete"}))
            await ground.until_created(name)

        ground.kubernetes.cut()
        await world.apply(cluster_on("changed", hosts[0], deletion={"policy": "Delete"}, tags={"site": "42"}))
        await world.delete("PaletteCluster", "deleted")
        await world.apply(cluster_on("applied", hosts[2]), edge_host("device"))
        await world.passes(2)
        ground.kubernetes.mend()

        await ground.until_created("applied")
        await world.until("EdgeHost", "device", "Ready")
        await world.until_gone("PaletteCluster", "deleted")
        await world.until("PaletteCluster", "changed", "Ready")
        assert world.cluster("changed").labels["site"] == "42"
        assert ground.creations() == 3


async def test_a_uid_that_could_not_be_written_is_written_when_the_api_server_is_back(
    control_plane: ControlPlane,
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette(search_lag_s=30)) as ground:
        the_post = CreatePoint("the POST", "palette", Phase.AFTER).of("store")
        ground.palette.stop_at("created", the_post, Phase.AFTER, on_hit=ground.kubernetes.cut, then=Then.GO_ON)
        await ground.apply_clusters(["store"])
        await ground.world.eventually(lambda: ground.creations() == 1, "the cluster is created")
        await ground.world.passes(1)
        ground.kubernetes.mend()

        await ground.until_created("store")
        assert ground.creations() == 1


async def test_a_secret_that_cannot_be_read_for_a_while_is_no_news_of_the_resources(
    control_plane: ControlPlane,
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette()) as ground:
        world = ground.world
        await ground.apply_clusters(["store"])
        before = await ground.until_created("store")

        ground.kubernetes.lies.append((_ANY_SECRET, Canned(403, "{}")))
        await world.until("PaletteConnection", world.name, "Ready=KubernetesForbidden")
        await world.annotate("PaletteCluster", "store", reconcile_requested_at="now")
        asked = await world.until(
            "PaletteCluster", "store", lambda body: body["status"].get("lastHandledReconcileAt") == "now"
        )
        ground.kubernetes.lies.clear()
        await world.until("PaletteConnection", world.name, "Ready")

        assert asked["status"]["conditions"] == before["status"]["conditions"]
