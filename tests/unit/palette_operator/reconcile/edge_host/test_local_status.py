"""What the status says of a host that is reached through its own API: each fact of the documented sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from palette_operator.domain.identifiers import ClusterUid, HostUid
from palette_operator.domain.local import Content, HostConfiguration, LinkPeer, LinkStatus, LocalCluster
from palette_operator.domain.local_host import HostContent, LocalHostSeen
from palette_operator.domain.observed import Unknown
from palette_operator.domain.resources import EdgeHostStatus, parse_status
from palette_operator.edge.wire.hosts import Host
from palette_operator.reconcile.edge_host.local_status import LOCAL_FIELDS, further_fields, local_fields
from support.edge_sample import SAMPLE as DOCUMENTED

# In the documentation device, host, metadata and servers have one name: here they differ, so that none is taken for
# another.
SAMPLE: dict[str, Any] = {
    **DOCUMENTED,
    "metadata": DOCUMENTED["metadata"] | {"name": "edge-bc4a-name"},
    "status": DOCUMENTED["status"]
    | {"hostName": "edge-bc4a-host", "dns": DOCUMENTED["status"]["dns"] | {"nameservers": ["10.10.128.9"]}},
}
_NIC, _DISK, _PARTITION = "spec.networkInfo.0", "spec.hardwareSpec.disks", "spec.hardwareSpec.disks.0.partitions.0"
# Where each fact of the sample is found again.
FOUND = {
    "metadata.creationTimestamp": "createdAt",
    "metadata.id": "uid",
    "metadata.name": "deviceName",
    "spec.connectionMode": "connectionMode",
    "spec.hardwareSpec.archType": "hardware.archType",
    "spec.hardwareSpec.cpu.cores": "hardware.cpuCores",
    "spec.hardwareSpec.memory.sizeInMB": "hardware.memoryMiB",
    "spec.hardwareSpec.os.family": "os.family",
    "spec.hardwareSpec.os.version": "os.version",
    **{f"{_DISK}.{n}.controller": f"hardware.disks.{n}.controller" for n in range(3)},
    **{f"{_DISK}.{n}.vendor": f"hardware.disks.{n}.vendor" for n in range(3)},
    **{f"{_DISK}.{n}.size": f"hardware.disks.{n}.sizeGB" for n in range(2)},
    f"{_PARTITION}.fileSystemType": "hardware.disks.0.partitions.0.fileSystemType",
    f"{_PARTITION}.freeSpace": "hardware.disks.0.partitions.0.freeGB",
    f"{_PARTITION}.mountPoint": "hardware.disks.0.partitions.0.mountPoint",
    f"{_PARTITION}.totalSpace": "hardware.disks.0.partitions.0.totalGB",
    f"{_PARTITION}.usedSpace": "hardware.disks.0.partitions.0.usedGB",
    f"{_NIC}.dns.0": "hardware.nics.0.dns.0",
    f"{_NIC}.gateway": "network.gateway",
    f"{_NIC}.ip": "network.ip",
    f"{_NIC}.isDefault": "hardware.nics.0.isDefault",
    f"{_NIC}.macAddr": "hardware.nics.0.macAddr",
    f"{_NIC}.nicName": "network.nic",
    f"{_NIC}.subnet": "network.subnet",
    "status.agentVersion": "agentVersion",
    "status.configurationStatus": "configurationStatus",
    "status.dns.nameservers.0": "dns.nameservers.0",
    "status.dns.searchDomains.0": "dns.searchDomains.0",
    "status.hostName": "hostName",
    "status.registrationStatus": "registrationStatus",
}
# Year 1 stands for "never".
UNSET = {"metadata.lastModifiedTimestamp"}
SPELLED_OTHERWISE = {"metadata.creationTimestamp": "2024-02-29T20:31:42Z"}


def seen(**parts: Any) -> LocalHostSeen:  # noqa: ANN401 - any part of it
    info = Host.model_validate(SAMPLE).info()
    content = Unknown("not asked for")
    return replace(LocalHostSeen(info, None, LinkStatus(), HostConfiguration(), content), **parts)


def fields(look: LocalHostSeen, user: tuple[str, str] | None = None, **before: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the status after a look, and fail if it is not one that a person could read back."""
    merged = {**before, **local_fields(look, user, parse_status(EdgeHostStatus, before))}
    status = {name: value for name, value in merged.items() if value is not None}
    assert parse_status(EdgeHostStatus, status).to_kubernetes() == {"observedGeneration": -1, **status}
    return status


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path, value
    for key, child in children:
        yield from leaves(child, f"{path}.{key}".lstrip("."))


def test_each_fact_of_the_documented_sample_is_found_again() -> None:
    told, status = dict(leaves(SAMPLE)), dict(leaves(fields(seen())))

    assert told.keys() == FOUND.keys() | UNSET
    assert {path: status.get(FOUND[path]) for path in FOUND} == {
        path: SPELLED_OTHERWISE.get(path, told[path]) for path in FOUND
    }


def test_a_host_without_cluster_is_free_and_one_with_a_cluster_is_in_use() -> None:
    cluster = LocalCluster("shop", ClusterUid("c1"), state="Running", health="Healthy", kubernetes_version="1.30.4")

    free, used = fields(seen()), fields(seen(cluster=cluster), ("retail", "control"))

    assert free["state"] == "ready"
    assert used["state"] == "in-use"
    assert used["clusterRef"] == {"name": "shop", "uid": "c1", "namespace": "retail", "pool": "control"}
    assert used["localCluster"] == {
        "name": "shop",
        "state": "Running",
        "health": "Healthy",
        "kubernetesVersion": "1.30.4",
    }


def test_what_could_not_be_read_is_left_as_it_is() -> None:
    before = {
        "state": "in-use",
        "localCluster": {"name": "shop"},
        "peers": [{"uid": "edge-2"}],
        "content": {"counts": [{"type": "pack", "count": 3}]},
    }
    unread = seen(cluster=Unknown("500"), links=Unknown("500"), content=Unknown("404"))

    after = fields(unread, **before)

    assert {name: after[name] for name in before} == before


def test_what_is_gone_is_taken_out_of_the_status() -> None:
    before = {"localCluster": {"name": "shop"}, "peers": [{"uid": "edge-2"}], "clusterRef": {"name": "shop"}}

    assert before.keys() & fields(seen(), **before).keys() == set()


def test_peers_are_told_in_one_order() -> None:
    peers = (LinkPeer(HostUid("edge-3"), ip="10.0.0.3"), LinkPeer(HostUid("edge-2"), status="Completed"))

    told = fields(seen(links=LinkStatus(peers=peers)))["peers"]

    assert told == [{"uid": "edge-2", "status": "Completed"}, {"uid": "edge-3", "ip": "10.0.0.3"}]


def test_of_much_content_the_first_of_each_type_are_told_and_all_are_counted() -> None:
    images = [Content("image", f"image-{n:03}", "1.0", "12MB") for n in reversed(range(200))]
    content = HostContent.of([*images, Content("pack", "edge-k3s", "1.30.4")])

    told = fields(seen(content=content))["content"]

    assert told["counts"] == [{"type": "image", "count": 200}, {"type": "pack", "count": 1}]
    assert [item["name"] for item in told["items"]] == [*(f"image-{n:03}" for n in range(20)), "edge-k3s"]


def test_the_order_in_which_content_is_listed_means_nothing() -> None:
    contents = [Content("image", name) for name in "cab"]

    assert HostContent.of(contents) == HostContent.of(reversed(contents))


def test_fields_of_the_own_api_are_those_that_are_taken_away_with_it() -> None:
    assert set(LOCAL_FIELDS) == further_fields(seen(content=HostContent())).keys()
