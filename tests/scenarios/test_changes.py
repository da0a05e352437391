"""What is changed in Git while a cluster runs."""

from __future__ import annotations

from collections.abc import Callable

from palette_sim.palette.seed import ProfileSeed, VersionSeed
from support.scenarios.kubernetes import Body, condition
from support.scenarios.manifests import cluster, control, edge_host, edge_native, pool, secret, store_apps
from support.scenarios.world import World

_A_WHILE_S = 36_000.0
"""Of the simulated Palette: ten minutes, which no state is passed over in."""
_BASE = {"name": "edge-base", "version": "1.4.0"}
_NEW_BASE = {"name": "edge-base", "version": "1.5.0"}


async def test_a_pool_grows_by_a_host(world: World) -> None:
    before = await world.bring_up(
        cluster("store-1", control("edge-a"), pool("worker", ["edge-b"])), ["edge-a", "edge-b"]
    )

    await world.apply(edge_host("edge-c"), cluster("store-1", control("edge-a"), pool("worker", ["edge-b", "edge-c"])))
    found = await world.until("PaletteCluster", "store-1", _nodes("3/3"))

    config = world.cluster("store-1").cloud_config_uid
    assert world.cluster("store-1").pools["worker"].host_uids() == {"edge-b", "edge-c"}
    assert _without_hosts(world.writes(before)) == [f"PUT /v1/cloudconfigs/edge-native/{config}/machinePools/worker"]
    assert found["status"]["machinePools"][1]["ready"] == 2


async def test_a_pool_is_added(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a")))

    await world.apply(edge_host("edge-b"), cluster("store-1", control("edge-a"), pool("worker", ["edge-b"])))
    await world.until("PaletteCluster", "store-1", _nodes("2/2"))

    config = world.cluster("store-1").cloud_config_uid
    assert _without_hosts(world.writes(before)) == [f"POST /v1/cloudconfigs/edge-native/{config}/machinePools"]


async def test_a_machine_leaves_before_its_pool_shrinks(world: World) -> None:
    hosts = ["edge-a", "edge-b", "edge-c"]
    before = await world.bring_up(cluster("store-1", control("edge-a"), pool("worker", ["edge-b", "edge-c"])), hosts)
    [machine] = _machines(world, "worker", "edge-c")

    await world.apply(cluster("store-1", control("edge-a"), pool("worker", ["edge-b"])))
    await world.eventually(lambda: world.host("edge-c").state == "ready", "the host is free again")
    await world.until("PaletteCluster", "store-1", _nodes("2/2"))

    worker = f"/v1/cloudconfigs/edge-native/{world.cluster('store-1').cloud_config_uid}/machinePools/worker"
    assert world.writes(before) == [f"DELETE {worker}/machines/{machine}", f"PUT {worker}"]
    assert world.cluster("store-1").pools["worker"].host_uids() == {"edge-b"}


async def test_a_pool_is_removed_after_its_machines(world: World) -> None:
    before = await world.bring_up(
        cluster("store-1", control("edge-a"), pool("worker", ["edge-b"])), ["edge-a", "edge-b"]
    )
    [machine] = _machines(world, "worker", "edge-b")

    await world.apply(cluster("store-1", control("edge-a")))
    await world.until("PaletteCluster", "store-1", "Ready")

    worker = f"/v1/cloudconfigs/edge-native/{world.cluster('store-1').cloud_config_uid}/machinePools/worker"
    assert world.writes(before) == [f"DELETE {worker}/machines/{machine}", f"DELETE {worker}"]
    assert list(world.cluster("store-1").pools) == ["control"]


async def test_a_new_profile_version_replaces_the_old_one_and_then_reaches_the_cluster(world: World) -> None:
    world.palette.config.durations.applying_s = 120
    before = await world.bring_up(cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps()]))
    uid = world.cluster("store-1").uid

    await world.apply(cluster("store-1", control("edge-a"), profiles=[_NEW_BASE, store_apps()]))
    on_its_way = await world.until("PaletteCluster", "store-1", "Applied=ApplyPending")
    there = await world.until("PaletteCluster", "store-1", "Ready")

    assert on_its_way["status"]["profileSummary"] == "1.4.0->1.5.0"
    assert on_its_way["status"]["profiles"][0] == {"name": "edge-base", "desired": "1.5.0", "applied": "1.4.0"}
    assert condition(there, "Applied")["status"] == "True"
    assert there["status"]["profileSummary"] == "1.5.0"
    assert there["status"]["profiles"][0] == {"name": "edge-base", "desired": "1.5.0", "applied": "1.5.0"}
    assert there["status"]["kubernetesVersion"] == "1.33.1"
    assert world.writes(before) == [f"PATCH /v1/spectroclusters/{uid}/profiles"]
    attached = [(p.version.name, p.version.version) for p in world.cluster("store-1").profiles]
    assert attached == [("edge-base", "1.5.0"), ("store-apps", "2.1.0")]


async def test_variables_follow_a_profile_once_it_has_settled(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps(storeId="42")]))
    uid = world.cluster("store-1").uid

    await world.apply(cluster("store-1", control("edge-a"), profiles=[_NEW_BASE, store_apps(storeId="43")]))
    await world.until("PaletteCluster", "store-1", "Synced")
    await world.until("PaletteCluster", "store-1", "Ready")

    # The simulated Palette refuses variables while spcApply.canBeApplied is false.
    assert world.writes(before) == [
        f"PATCH /v1/spectroclusters/{uid}/profiles",
        f"PATCH /v1/spectroclusters/{uid}/variables",
    ]
    assert not [entry for entry in world.requests(before) if entry.status >= 400]
    assert world.cluster("store-1").profiles[1].variables["storeId"] == "43"


async def test_a_profile_is_added_and_removed_while_anothers_stays(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a")))
    uid = world.cluster("store-1").uid
    theirs = world.palette.people.add_profile(
        ProfileSeed(name="their-agent", project="retail-prod", versions=[VersionSeed(version="1.0.0")])
    )
    world.edit_profiles("store-1", {"uid": theirs.versions[0].uid})

    await world.apply(cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps()]))
    await world.until("PaletteCluster", "store-1", "Ready")
    with_apps = {p.version.name for p in world.cluster("store-1").profiles}
    await world.apply(cluster("store-1", control("edge-a")))
    await world.until("PaletteCluster", "store-1", "Ready")

    assert with_apps == {"edge-base", "their-agent", "store-apps"}
    assert {p.version.name for p in world.cluster("store-1").profiles} == {"edge-base", "their-agent"}
    assert [write for write in world.writes(before) if write.endswith("/profiles")] == [
        f"PATCH /v1/spectroclusters/{uid}/profiles",
        f"DELETE /v1/spectroclusters/{uid}/profiles",
    ]


async def test_a_changed_secret_reaches_the_cluster(world: World) -> None:
    await world.apply(secret("store-vars", password="first-secret"))
    manifest = cluster("store-1", control("edge-a"), profiles=[_BASE, store_apps(password_from="store-vars")])
    before = await world.bring_up(manifest)
    uid = world.cluster("store-1").uid

    await world.apply(secret("store-vars", password="second-secret"))
    await world.annotate("PaletteCluster", "store-1", reconcile_requested_at="2026-01-01T00:00:00Z")

    def has_arrived() -> bool:
        return world.cluster("store-1").profiles[1].variables["password"] == "second-secret"

    await world.eventually(has_arrived, "the new value is in Palette")
    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.writes(before) == [f"PATCH /v1/spectroclusters/{uid}/variables"]


async def test_tags_are_added_changed_and_removed_and_anothers_stay(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a"), tags={"site": "42", "region": "emea"}))
    uid = world.cluster("store-1").uid
    world.palette.people.edit_cluster(uid, labels={**world.cluster("store-1").labels, "finance": "cc-7"})

    await world.apply(cluster("store-1", control("edge-a"), tags={"site": "43", "tier": "gold:plus"}))
    await world.eventually(lambda: "tier" in world.cluster("store-1").labels, "the tags are changed")
    found = await world.until("PaletteCluster", "store-1", "Ready")

    assert world.tags("store-1") == {"site": "43", "tier": "gold:plus", "finance": "cc-7"}
    assert world.writes(before) == [f"PATCH /v1/spectroclusters/{uid}/metadata"]
    assert found["status"]["managed"]["tags"] == ["site", "tier"]


async def test_the_tags_of_a_host_are_changed_and_anothers_stay(world: World) -> None:
    await world.apply(edge_host("edge-a", tags={"site": "42", "region": "emea"}))
    await world.until("EdgeHost", "edge-a", "Ready")
    world.palette.people.edit_host("edge-a", labels={**world.host("edge-a").labels, "rack": "7"})

    await world.apply(edge_host("edge-a", tags={"site": "43"}))
    await world.eventually(lambda: world.host("edge-a").labels.get("site") == "43", "the tags are changed")

    ours = {key: value for key, value in world.host("edge-a").labels.items() if not key.startswith("palette-operator")}
    assert ours == {"site": "43", "rack": "7"}


async def test_a_description_is_set(world: World) -> None:
    before = await world.bring_up(cluster("store-1", control("edge-a"), description="Store 42"))
    uid = world.cluster("store-1").uid
    first = world.cluster("store-1").annotations["description"]

    await world.apply(cluster("store-1", control("edge-a"), description="Store 42, after the move"))
    await world.eventually(
        lambda: world.cluster("store-1").annotations["description"] == "Store 42, after the move", "it is changed"
    )

    assert first == "Store 42"
    await world.until("PaletteCluster", "store-1", "Ready")
    assert world.writes(before) == [f"PATCH /v1/spectroclusters/{uid}/metadata"]


async def test_ntp_servers_are_set(world: World) -> None:
    before = await world.bring_up(
        cluster("store-1", control("edge-a"), cloud=edge_native(ntpServers=["a.example.com"]))
    )

    await world.apply(cluster("store-1", control("edge-a"), cloud=edge_native(ntpServers=["b.example.com"])))
    await world.eventually(lambda: world.cluster("store-1").cloud.ntp_servers == ["b.example.com"], "they are changed")

    await world.until("PaletteCluster", "store-1", "Ready")
    config = world.cluster("store-1").cloud_config_uid
    assert world.writes(before) == [f"PUT /v1/cloudconfigs/edge-native/{config}/clusterConfig"]


async def test_a_spec_that_changes_while_the_cluster_comes_up_waits_until_it_runs(world: World) -> None:
    world.palette.config.durations.provisioning_s = _A_WHILE_S
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a")))
    await world.until("PaletteCluster", "store-1", _is_provisioning)

    await world.apply(cluster("store-1", control("edge-a"), profiles=[_NEW_BASE]))
    waiting = await world.until("PaletteCluster", "store-1", "Synced=UpdatePending")
    world.palette.advance(_A_WHILE_S)
    await world.until("PaletteCluster", "store-1", "Ready")

    assert "apply profiles edge-base 1.5.0" in condition(waiting, "Synced")["message"]
    assert [p.version.version for p in world.cluster("store-1").profiles] == ["1.5.0"]


def _nodes(wanted: str) -> Callable[[Body], bool]:
    def shows_nodes(body: Body) -> bool:
        status = body.get("status") or {}
        return condition(body, "Ready").get("status") == "True" and status.get("nodesSummary") == wanted

    return shows_nodes


def _is_provisioning(body: Body) -> bool:
    return bool((body.get("status") or {}).get("remoteState") == "Provisioning")


def _machines(world: World, pool_name: str, host: str) -> list[str]:
    machines = world.cluster("store-1").pools[pool_name].machines.values()
    return [machine.uid for machine in machines if machine.host_uid == host]


def _without_hosts(writes: list[str]) -> list[str]:
    return [write for write in writes if "/v1/edgehosts" not in write]
