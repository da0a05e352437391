"""From `kubectl apply` to Ready: hosts, clusters of every shape, and what Palette was asked for."""

from __future__ import annotations

from collections import Counter

import pytest

from palette_sim.palette import HostOrder
from palette_sim.palette.bodies.clusters import EdgeNativeClusterConfig, PoolHost
from palette_sim.palette.world.records import Cluster
from support.scenarios.kubernetes import Body, condition
from support.scenarios.manifests import cluster, control, edge_host, edge_native, pool, secret, store_apps
from support.scenarios.world import World


async def test_a_host_registers_pairs_and_is_ready(world: World) -> None:
    world.palette.config.durations.host_pairing_s = None  # only on command

    await world.apply(edge_host("edge-a", tags={"site": "42", "spare": ""}))
    waiting = await world.until("EdgeHost", "edge-a", "Ready=AwaitingRegistration")
    world.palette.people.pair_hosts(["edge-a"])
    ready = await world.until("EdgeHost", "edge-a", "Ready")

    assert waiting["status"]["state"] == "unpaired"
    assert (ready["status"]["state"], ready["status"]["health"]) == ("ready", "healthy")
    assert ready["status"]["hardware"]["archType"] == "amd64"
    labels = world.host("edge-a").labels
    assert (labels["site"], labels["spare"]) == ("42", "spectro__tag")


async def test_a_device_that_registered_itself_is_taken_over_by_its_uid(world: World) -> None:
    [device] = world.palette.people.add_hosts(_order(labels={"rack": "7"}))

    await world.apply(edge_host("back-room", uid=device.uid, tags={"site": "42"}))
    found = await world.until("EdgeHost", "back-room", "Ready")

    assert found["status"]["uid"] == device.uid
    labels = world.host(device.uid).labels
    assert labels["rack"] == "7", "a tag that somebody else set stays"
    assert labels["site"] == "42"
    assert world.requests_to("POST", "/v1/edgehosts") == 0


async def test_an_ill_host_says_so_and_recovers(world: World) -> None:
    await world.apply(edge_host("edge-a"))
    await world.until("EdgeHost", "edge-a", "Ready")

    world.palette.people.make_host_ill("edge-a", "no heartbeat for ten minutes")
    ill = await world.until("EdgeHost", "edge-a", "Connected=Disconnected")
    world.palette.people.cure_host("edge-a")
    await world.until("EdgeHost", "edge-a", "Ready")

    messages = {c["type"]: c["message"] for c in ill["status"]["conditions"]}
    assert messages["Connected"] == "no heartbeat for ten minutes"


async def test_a_cluster_takes_exactly_the_requests_it_needs(world: World) -> None:
    await world.apply(
        secret("store-vars", password="hunter2hunter2"),
        edge_host("edge-a"),
        cluster("store-1", control("edge-a"), profiles=[_base(), store_apps(password_from="store-vars")]),
    )
    found = await world.until("PaletteCluster", "store-1", "Ready")

    created = world.cluster("store-1")
    assert found["status"]["uid"] == created.uid
    assert found["status"]["kubernetesVersion"] == "1.32.4"
    assert found["status"]["nodesSummary"] == "1/1"
    assert found["status"]["profiles"] == [
        {"name": "edge-base", "desired": "1.4.0", "applied": "1.4.0"},
        {"name": "store-apps", "desired": "2.1.0", "applied": "2.1.0"},
    ]
    assert created.profiles[1].variables == {"storeId": "42", "password": "hunter2hunter2"}
    assert world.writes() == ["POST /v1/edgehosts", "POST /v1/spectroclusters/edge-native"]
    assert world.palette.requests.throttled == 0
    asked = _reads(world)
    assert not [path for path in asked if path.startswith("/v1/edgehosts")], "a listing tells of every host"
    assert asked[f"/v1/cloudconfigs/edge-native/{created.cloud_config_uid}"] <= 1
    assert asked["/v1/users/info"] == asked["/v1/dashboard/projects/metadata"] == 1


async def test_a_cluster_applied_before_its_hosts_waits_for_them(world: World) -> None:
    await world.apply(cluster("store-1", control("edge-a")))
    await world.until("PaletteCluster", "store-1", "ReferencesResolved=HostNotFound")

    await world.apply(edge_host("edge-a"))

    await world.until("PaletteCluster", "store-1", "Ready")


async def test_hosts_may_be_named_by_uid(world: World) -> None:
    devices = [device.uid for device in world.palette.people.add_hosts(_order(count=2))]

    await world.apply(
        cluster(
            "store-1",
            control(edgeHosts=[{"uid": devices[0]}]),
            pool("worker", edgeHosts=[{"uid": devices[1]}], labels={"tier": "apps"}),
        )
    )
    await world.until("PaletteCluster", "store-1", "Ready")

    pools = world.cluster("store-1").pools
    assert {name: pools[name].host_uids() for name in pools} == {"control": {devices[0]}, "worker": {devices[1]}}
    assert pools["worker"].config.additional_labels == {"tier": "apps"}


async def test_a_choice_by_label_is_kept(world: World) -> None:
    await world.apply(*(edge_host(name, labels={"site": "42"}) for name in ("edge-b", "edge-c", "edge-d")))
    for name in ("edge-b", "edge-c", "edge-d"):
        await world.until("EdgeHost", name, "Ready")
    await world.apply(cluster("store-1", control(edgeHostSelector={"matchLabels": {"site": "42"}, "count": 3})))
    await world.until("PaletteCluster", "store-1", "Ready")
    before = len(world.requests())

    await world.apply(edge_host("edge-a", labels={"site": "42"}))
    await world.until("EdgeHost", "edge-a", "Ready")
    await world.passes(2)

    found = await world.until("PaletteCluster", "store-1", "Ready")
    assert found["status"]["machinePools"][0]["hosts"] == ["edge-b", "edge-c", "edge-d"]
    assert world.cluster("store-1").host_uids == {"edge-b", "edge-c", "edge-d"}
    assert world.writes(before) == ["POST /v1/edgehosts"]


async def test_two_clusters_never_take_the_same_host(world: World) -> None:
    chosen = {"edgeHostSelector": {"matchLabels": {"site": "42"}, "count": 1}}
    await world.apply(
        *(edge_host(name, labels={"site": "42"}) for name in ("edge-a", "edge-b")),
        *(cluster(name, control(**chosen)) for name in ("store-1", "store-2", "store-3")),
    )

    def two_are_created() -> bool:
        return sum(len(world.clusters(name)) for name in ("store-1", "store-2", "store-3")) == 2

    await world.eventually(two_are_created, "two clusters are created on two hosts")
    await world.passes(2)

    waiting = [
        name
        for name in ("store-1", "store-2", "store-3")
        if _reason(await world.get("PaletteCluster", name), "ReferencesResolved") == "HostNotReady"
    ]
    assert len(waiting) == 1
    taken = [uid for name in ("store-1", "store-2", "store-3") for c in world.clusters(name) for uid in c.host_uids]
    assert sorted(taken) == ["edge-a", "edge-b"]


def _overlay() -> Body:
    endpoint = {"type": "VIP", "host": "100.64.0.10"}
    return edge_native(controlPlaneEndpoint=endpoint, overlay={"cidr": "100.64.0.0/18"}, ntpServers=["ntp.example.com"])


def _ddns() -> Body:
    endpoint = {"type": "DDNS", "host": "store-1.example.com", "ddnsSearchDomain": "example.com"}
    return edge_native(controlPlaneEndpoint=endpoint)


_NIC = {"name": "eth0", "subnet": "255.255.255.0", "gateway": "10.4.2.1", "dns": ["10.4.2.2"]}

SHAPES = {
    "a control plane of three": (
        cluster("store-1", control("edge-a", "edge-b", "edge-c")),
        {},
        {"controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"}, "staticIp": False, "isTwoNodeCluster": False},
        {"edge-a": {}, "edge-b": {}, "edge-c": {}},
    ),
    "two nodes, one primary and one secondary": (
        cluster("store-1", control("edge-a", "edge-b"), cloud=edge_native(twoNode=True)),
        {"edge-a": {"twoNodePriority": "primary"}, "edge-b": {"twoNodePriority": "secondary"}},
        {"controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"}, "staticIp": False, "isTwoNodeCluster": True},
        {"edge-a": {"twoNodeCandidatePriority": "primary"}, "edge-b": {"twoNodeCandidatePriority": "secondary"}},
    ),
    "static addresses, from the host and from the pool": (
        cluster(
            "store-1",
            control(edgeHosts=[{"name": "edge-a"}]),
            pool("worker", edgeHosts=[{"name": "edge-b", "nic": {**_NIC, "ip": "10.4.2.22"}}]),
            cloud=edge_native(staticIP=True, ntpServers=["ntp.example.com"], sshKeys=["ssh-ed25519 AAAA ops"]),
        ),
        {"edge-a": {"hostName": "counter", "nic": {**_NIC, "ip": "10.4.2.21"}}},
        {
            "controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"},
            "staticIp": True,
            "isTwoNodeCluster": False,
            "ntpServers": ["ntp.example.com"],
            "sshKeys": ["ssh-ed25519 AAAA ops"],
        },
        {
            "edge-a": {"hostName": "counter", "nic": {**_NIC, "nicName": "eth0", "ip": "10.4.2.21"}},
            "edge-b": {"nic": {**_NIC, "nicName": "eth0", "ip": "10.4.2.22"}},
        },
    ),
    "an overlay network": (
        cluster("store-1", control("edge-a"), cloud=_overlay()),
        {},
        {
            "controlPlaneEndpoint": {"type": "VIP", "host": "100.64.0.10"},
            "overlayNetworkConfiguration": {"enable": True, "cidr": "100.64.0.0/18"},
            "ntpServers": ["ntp.example.com"],
            "staticIp": False,
            "isTwoNodeCluster": False,
        },
        {"edge-a": {}},
    ),
    "a name that the hosts register": (
        cluster("store-1", control("edge-a"), cloud=_ddns()),
        {},
        {
            "controlPlaneEndpoint": {"type": "DDNS", "host": "store-1.example.com", "ddnsSearchDomain": "example.com"},
            "staticIp": False,
            "isTwoNodeCluster": False,
        },
        {"edge-a": {}},
    ),
}


@pytest.mark.parametrize(("manifest", "networks", "cloud", "hosts"), SHAPES.values(), ids=SHAPES)
async def test_a_cluster_reaches_palette_as_asked(
    world: World, manifest: Body, networks: dict[str, Body], cloud: Body, hosts: dict[str, Body]
) -> None:
    await world.apply(*(edge_host(name, network=networks.get(name, {})) for name in hosts), manifest)

    found = await world.until("PaletteCluster", "store-1", "Ready")

    created = world.cluster("store-1")
    assert _given(created.cloud) == cloud
    expected = {uid: {"hostUid": uid, **_nic_as_palette_spells_it(given)} for uid, given in hosts.items()}
    assert {host.host_uid: _given(host) for host in _hosts(created)} == expected
    assert found["status"]["nodesSummary"] == f"{len(hosts)}/{len(hosts)}"


def _hosts(created: Cluster) -> list[PoolHost]:
    return [host for each in created.pools.values() for host in each.hosts]


def _given(body: EdgeNativeClusterConfig | PoolHost) -> Body:
    return body.model_dump(by_alias=True, exclude_none=True, exclude_unset=True)


def _nic_as_palette_spells_it(host: Body) -> Body:
    if "nic" not in host:
        return host
    return {**host, "nic": {key: value for key, value in host["nic"].items() if key != "name"}}


def _base() -> Body:
    return {"name": "edge-base", "version": "1.4.0"}


def _order(*, count: int = 1, labels: dict[str, str] | None = None) -> HostOrder:
    return HostOrder("retail-prod", count=count, prefix="device", labels=labels or {})


def _reads(world: World) -> Counter[str]:
    return Counter(entry.path for entry in world.requests() if entry.method == "GET")


def _reason(body: Body | None, type_: str) -> str:
    return str(condition(body, type_).get("reason", ""))
