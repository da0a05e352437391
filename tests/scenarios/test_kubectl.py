"""A genuine kubectl drives everything."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from support.scenarios.kubectl import Kubectl, lines_until
from support.scenarios.kubernetes import Body
from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.world import World


@pytest.fixture
def kubectl(world: World, tmp_path: Path) -> Kubectl:
    return Kubectl(world.plane.kubeconfig, world.name, tmp_path)


async def _ready(world: World, *, deletes: bool = False) -> None:
    policy = {"deletion": {"policy": "Delete"}} if deletes else {}
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a"), **policy))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.until("EdgeHost", "edge-a", lambda host: "clusterRef" in host["status"])


async def _patch(world: World, kubectl: Kubectl, patch: Body) -> str:
    printed = await kubectl("patch", "pcl", "store-1", "--type=merge", "-p", json.dumps(patch))
    await world.take_note("PaletteCluster", "store-1", patch)
    return printed


@pytest.mark.parametrize("how", [(), ("--server-side",)], ids=["client-side", "server-side"])
async def test_apply_creates_and_a_second_time_changes_nothing(
    world: World, kubectl: Kubectl, how: tuple[str, ...]
) -> None:
    path = kubectl.file(*(world.placed(each) for each in (edge_host("edge-a"), cluster("store-1", control("edge-a")))))
    applied = "serverside-applied" if how else "created"
    unchanged = "serverside-applied" if how else "unchanged"

    first = await kubectl("apply", *how, "-f", path)
    assert first.splitlines() == [
        f"edgehost.palette.spectrocloud.com/edge-a {applied}",
        f"palettecluster.palette.spectrocloud.com/store-1 {applied}",
    ]
    await kubectl("wait", "--for=condition=Ready", "palettecluster/store-1", "--timeout=90s")
    before = await world.get("PaletteCluster", "store-1")
    second = await kubectl("apply", *how, "-f", path)
    after = await world.get("PaletteCluster", "store-1")

    assert [line.split()[-1] for line in second.splitlines()] == [unchanged] * 2
    assert before is not None
    assert after is not None
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["spec"] == before["spec"]


async def test_a_typo_is_refused_where_it_was_made(world: World, kubectl: Kubectl) -> None:
    path = kubectl.file(world.placed(cluster("store-1", control("edge-a"), machinePool=[])))

    printed = await kubectl("apply", "-f", path, code=1)

    assert 'strict decoding error: unknown field "spec.machinePool"' in printed
    assert await world.get("PaletteCluster", "store-1") is None


async def test_get_shows_the_columns(world: World, kubectl: Kubectl) -> None:
    await _ready(world)
    uid = world.cluster("store-1").uid

    clusters = (await kubectl("get", "pcl", "-o", "wide")).splitlines()
    hosts = (await kubectl("get", "edgehosts")).splitlines()
    connections = (await kubectl("get", "pcon", world.name)).splitlines()
    everything = await kubectl("get", "palette")

    assert clusters[0].split() == [
        *("NAME", "READY", "STATE", "HEALTH", "K8S", "PROFILE", "NODES", "REASON", "AGE", "UID", "DRIFT")
    ]
    assert clusters[1].split()[:8] == ["store-1", "True", "Running", "Healthy", "1.32.4", "1.4.0", "1/1", "Ready"]
    assert uid in clusters[1]
    assert hosts[0].split() == ["NAME", "READY", "STATE", "HEALTH", "CLUSTER", "IP", "AGENT", "AGE"]
    assert hosts[1].split()[:5] == ["edge-a", "True", "in-use", "healthy", "store-1"]
    assert connections[0].split() == ["NAME", "READY", "CLUSTERS", "HOSTS", "OFFLINE", "HELD", "SWEEP", "AGE"]
    assert connections[1].split()[:7] == [world.name, "True", "1", "1", "0", "0", "1"]
    assert "palettecluster.palette.spectrocloud.com/store-1" in everything
    assert "edgehost.palette.spectrocloud.com/edge-a" in everything


async def test_get_shows_yaml(world: World, kubectl: Kubectl) -> None:
    await _ready(world)

    shown = yaml.safe_load(await kubectl("get", "palettecluster", "store-1", "-o", "yaml"))

    assert shown["kind"] == "PaletteCluster"
    assert shown["spec"]["machinePools"] == [control("edge-a")]
    assert shown["status"]["uid"] == world.cluster("store-1").uid


async def test_get_w_starts_sees_a_change_and_stops(world: World, kubectl: Kubectl) -> None:
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a"), suspend=True))
    await world.until("EdgeHost", "edge-a", "Ready")

    async with kubectl.running("get", "palettecluster", "store-1", "-w") as watching:
        begun = await lines_until(watching, "store-1")
        await _patch(world, kubectl, {"spec": {"suspend": False}})
        seen = await lines_until(watching, "Healthy")

    assert begun.startswith("NAME")
    assert "True" in seen.splitlines()[-1]


async def test_describe_shows_conditions_and_events(world: World, kubectl: Kubectl) -> None:
    await _ready(world)
    await world.until_event("store-1", "Created")

    described = await kubectl("describe", "palettecluster", "store-1")

    assert "created cluster store-1 in project retail-prod" in described
    assert "Cloud Type:" in described
    assert "Every profile runs in the wanted version".lower() in described.lower()


async def test_explain_tells_of_every_field(kubectl: Kubectl) -> None:
    explained = await kubectl("explain", "palettecluster.spec.cloud.edgeNative")
    recursive = await kubectl("explain", "palettecluster.spec.cloud.edgeNative", "--recursive")

    for field in ("controlPlaneEndpoint", "ntpServers", "overlay", "sshKeys", "staticIP", "twoNode"):
        assert field in explained
    assert "Edge hosts that Palette manages." in explained
    assert "ddnsSearchDomain" in recursive


async def test_patch_changes_palette(world: World, kubectl: Kubectl) -> None:
    await _ready(world)

    printed = await _patch(world, kubectl, {"spec": {"tags": {"site": "42"}}})

    assert printed == "palettecluster.palette.spectrocloud.com/store-1 patched\n"
    await world.eventually(lambda: world.cluster("store-1").labels.get("site") == "42", "the tag is set")


async def test_delete_waits_until_all_is_gone(world: World, kubectl: Kubectl) -> None:
    await _ready(world, deletes=True)

    printed = await kubectl("delete", "palettecluster", "store-1", "--timeout=90s")

    assert printed.startswith('palettecluster.palette.spectrocloud.com "store-1" deleted')
    assert world.clusters("store-1") == []
    assert world.host("edge-a").state == "ready"
