import json
from datetime import UTC, datetime
from typing import Any

import pytest

from palette_operator.domain.errors import Unavailable
from palette_operator.domain.identifiers import CloudConfigUid
from palette_operator.domain.observed import (
    AttachedProfile,
    DiskFacts,
    GpuFacts,
    HostNic,
    PackStatus,
    PartitionFacts,
    PoolHost,
    RemoteShellSeen,
    Taint,
    UpdateStrategy,
)
from palette_operator.http.replies import Reply
from palette_operator.palette.wire.base import decode
from palette_operator.palette.wire.clusters import Cluster, ClusterSummary, ProfileVariables
from palette_operator.palette.wire.edge_native import CloudConfig, MachineItem
from palette_operator.palette.wire.hosts import Host
from palette_operator.palette.wire.search import ItemPage


def reply(body: object) -> Reply:
    return Reply(200, {}, json.dumps(body).encode())


def test_a_row_of_the_cluster_search() -> None:
    row = decode(
        "d",
        reply(
            {
                "metadata": {
                    "uid": "c1",
                    "name": "store-1",
                    "labels": {"site": "42", "odd": None},
                    "creationTimestamp": "2026-01-02T03:04:05.678Z",
                    "lastModifiedTimestamp": "0001-01-01T00:00:00.000Z",
                },
                "specSummary": {
                    "cloudConfig": {"uid": "cc1", "cloudType": "edge-native", "machinePools": [{"size": 1}]},
                    "clusterProfileTemplates": [{"uid": "p1", "version": 3}, {"uid": "p2"}],
                    "projectMeta": {"uid": "pr", "name": "prod"},
                },
                "status": {
                    "state": "Running",
                    "health": {"state": "Healthy"},
                    "repave": {"state": "Pending"},
                    "cost": {},
                },
            }
        ),
        ClusterSummary,
    ).row()

    assert (row.uid, row.name, row.project, row.state, row.health) == ("c1", "store-1", "pr", "Running", "Healthy")
    assert row.labels == {"site": "42"}
    assert row.profile_uids == ("p1", "p2")
    assert (row.cloud_type, row.cloud_config_uid, row.repave_state) == ("edge-native", "cc1", "Pending")
    assert row.created_at == datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
    assert row.modified_at is None


SPARSE: list[dict[str, Any]] = [
    {"metadata": {"uid": "c1", "name": "n"}},
    {
        "metadata": {"uid": "c1", "name": "n", "labels": None, "creationTimestamp": None},
        "specSummary": None,
        "status": None,
    },
    {
        "metadata": {"uid": "c1", "name": "n"},
        "specSummary": {"cloudConfig": None, "clusterProfileTemplates": None},
        "status": {},
    },
    {
        "metadata": {"uid": "c1", "name": "n"},
        "status": {"state": "Hibernating", "health": {"state": "Peculiar"}},
        "new": [1],
    },
]


@pytest.mark.parametrize("body", SPARSE)
def test_what_palette_leaves_out_sets_to_null_or_adds_is_borne(body: dict[str, Any]) -> None:
    row = decode("d", reply(body), ClusterSummary).row()

    assert row.uid == "c1"
    assert (row.project, row.cloud_config_uid, row.labels, row.created_at) == (None, None, {}, None)


def test_a_cluster_read_whole() -> None:
    detail = decode(
        "d",
        reply(
            {
                "metadata": {
                    "uid": "c1",
                    "name": "n",
                    "labels": {"a": "b"},
                    "annotations": {"description": "Store", "x": "y"},
                },
                "spec": {
                    "cloudType": "edge-native",
                    "cloudConfigRef": {"kind": "edge-native", "uid": "cc1"},
                    "clusterProfileTemplates": [
                        {
                            "uid": "p1",
                            "name": "base",
                            "type": "cluster",
                            "profileVersion": "1.4.0",
                            "version": 7,
                            "packs": [
                                {"name": "os", "layer": "os", "tag": "1"},
                                {"name": "k3s", "layer": "k8s", "tag": "1.30.4"},
                            ],
                        },
                        {"uid": "p2", "name": "apps", "type": "add-on", "profileVersion": "2.0"},
                    ],
                },
                "status": {
                    "state": "Running",
                    "apiEndpoints": [{"host": "", "port": 1}, {"host": "10.4.2.10", "port": 6443}],
                    "spcApply": {"canBeApplied": False},
                    "packs": [
                        {
                            "name": "k3s",
                            "profileUid": "p1",
                            "version": "1.30.4",
                            "condition": {"type": "Error", "status": "False", "message": "boom"},
                        },
                        {"name": "os"},
                    ],
                    "conditions": [
                        {"type": "BootstrappingDone", "status": "True", "message": "done"},
                        {"type": "KubeConfigReady", "status": "False", "message": "no endpoint"},
                    ],
                },
            }
        ),
        Cluster,
    ).detail()

    assert (detail.state, detail.description, detail.cloud_config_uid) == ("Running", "Store", "cc1")
    assert detail.profiles == (
        AttachedProfile("p1", "base", "1.4.0", "cluster"),  # type: ignore[arg-type]
        AttachedProfile("p2", "apps", "2.0", "add-on"),  # type: ignore[arg-type]
    )
    assert detail.packs == (
        PackStatus("k3s", "p1", "1.30.4", "Error", "boom"),  # type: ignore[arg-type]
        PackStatus("os", "", "", "", ""),  # type: ignore[arg-type]
    )
    assert (detail.kubernetes_version, detail.api_endpoint) == ("1.30.4", "10.4.2.10:6443")
    assert detail.can_be_applied is False
    assert detail.failures == ("KubeConfigReady: no endpoint",)


def test_an_edge_native_cloud_config() -> None:
    config = decode(
        "d",
        reply(
            {
                "metadata": {"uid": "cc1"},
                "spec": {
                    "clusterConfig": {
                        "controlPlaneEndpoint": {"host": "10.4.2.10", "type": "VIP", "ddnsSearchDomain": "lan"},
                        "overlayNetworkConfiguration": {"enable": True, "cidr": "100.64.0.0/18"},
                        "ntpServers": ["ntp"],
                        "sshKeys": None,
                        "staticIp": True,
                        "isTwoNodeCluster": True,
                    },
                    "machinePoolConfig": [
                        {
                            "name": "control",
                            "size": 2,
                            "isControlPlane": True,
                            "useControlPlaneAsWorker": True,
                            "additionalLabels": {"a": "b"},
                            "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}],
                            "machinePoolProperties": {"archType": "amd64"},
                            "nodeRepaveInterval": 60,
                            "skipK8sUpgrade": "enabled",
                            "updateStrategy": {"type": "OverrideScaling", "maxSurge": "1", "maxUnavailable": "0"},
                            "hosts": [
                                {
                                    "hostUid": "h1",
                                    "hostName": "edge-1",
                                    "hostAddress": "10.4.2.11",
                                    "caCert": "PEM",
                                    "twoNodeCandidatePriority": "primary",
                                    "nic": {
                                        "nicName": "eth0",
                                        "ip": "10.4.2.11",
                                        "subnet": "24",
                                        "gateway": "10.4.2.1",
                                        "dns": ["d"],
                                    },
                                },
                                {"hostUid": "h2", "nic": None},
                            ],
                        }
                    ],
                },
            }
        ),
        CloudConfig,
    ).config(CloudConfigUid("cc1"))

    assert (config.uid, config.endpoint_type, config.endpoint_host) == ("cc1", "VIP", "10.4.2.10")
    assert (config.ddns_search_domain, config.overlay_cidr) == ("lan", "100.64.0.0/18")
    assert (config.ntp_servers, config.ssh_keys, config.static_ip, config.two_node) == (("ntp",), (), True, True)
    (pool,) = config.pools
    assert (pool.name, pool.size, pool.control_plane, pool.control_plane_as_worker) == ("control", 2, True, True)
    assert pool.hosts == (
        PoolHost("h1", "edge-1", "eth0", "10.4.2.11", "24", "10.4.2.1", ("d",), "primary"),  # type: ignore[arg-type]
        PoolHost("h2", ""),  # type: ignore[arg-type]
    )
    assert pool.taints == (Taint("k", "v", "NoSchedule"),)
    assert pool.update_strategy == UpdateStrategy("OverrideScaling", "1", "0")
    assert (pool.arch, pool.node_repave_interval_s, pool.skip_kubernetes_upgrade) == ("amd64", 60, True)


def test_an_overlay_that_is_off_has_no_cidr() -> None:
    body = {"spec": {"clusterConfig": {"overlayNetworkConfiguration": {"cidr": "10.0.0.0/8"}}, "machinePoolConfig": []}}

    assert decode("d", reply(body), CloudConfig).config(CloudConfigUid("x")).overlay_cidr == ""


@pytest.mark.parametrize("body", [{}, {"spec": {}}, {"spec": {"clusterConfig": {}}}])
def test_a_cloud_config_without_pools_in_it_is_odd_and_never_reads_as_having_none(body: dict[str, Any]) -> None:
    with pytest.raises(Unavailable):
        decode("d", reply(body), CloudConfig)


def test_a_page_without_items_is_odd_and_never_reads_as_an_empty_one() -> None:
    with pytest.raises(Unavailable, match="items: missing"):
        decode("d", reply({"listmeta": {}}), ItemPage[Host])


def test_a_machine() -> None:
    machine = decode(
        "d",
        reply(
            {
                "metadata": {"uid": "m1", "name": "edge-1"},
                "spec": {"edgeHostUid": "h1"},
                "status": {"instanceState": "Running", "ready": True},
            }
        ),
        MachineItem,
    ).machine()

    assert (machine.uid, machine.name, machine.host_uid, machine.state, machine.ready) == (
        "m1",
        "edge-1",
        "h1",
        "Running",
        True,
    )


DEVICE: dict[str, Any] = {
    "aclmeta": {"projectUid": "pr"},
    "metadata": {"uid": "h1", "name": "edge-1", "labels": {"site": "42"}},
    "spec": {
        "device": {
            "archType": "amd64",
            "cpu": {"cores": 4},
            "memory": {"sizeInMB": 8192},
            "disks": [
                {
                    "controller": "SCSI",
                    "vendor": "ATA",
                    "size": 300,
                    "partitions": [
                        {
                            "fileSystemType": "ext4",
                            "mountPoint": "/",
                            "totalSpace": 24,
                            "usedSpace": 9,
                            "freeSpace": 13,
                        }
                    ],
                },
                {"controller": "SCSI"},
            ],
            "gpus": [
                {
                    "vendor": "NVIDIA",
                    "model": "T4",
                    "gpuCount": 1,
                    "memory": "16 GB",
                    "migCapable": False,
                    "migStrategy": "none",
                }
            ],
            "secureBoot": True,
            "hostState": "cluster",
            "hostType": "appliance",
            "nics": [
                {
                    "nicName": "eth0",
                    "ip": "10.0.0.5",
                    "subnet": "s",
                    "gateway": "g",
                    "dns": ["d"],
                    "macAddr": "m",
                    "isDefault": True,
                }
            ],
            "os": {"family": "kairos", "version": "v3", "kernel": "Linux", "kernelVersion": "6.8"},
        },
        "host": {
            "hostUid": "h1",
            "hostAddress": "10.0.0.5",
            "hostAuthToken": "SECRET-1",
            "hostPairingKey": "SECRET-2",
            "hostIdentity": {"caCert": "x", "sshSecret": {"name": "s", "privateKey": "SECRET-3"}},
        },
    },
    "status": {
        "state": "in-use",
        "health": {"state": "healthy", "message": "ok", "agentVersion": "4.9"},
        "serviceAuthToken": "SECRET-4",
        "inUseClustersRef": [{"uid": "c1", "name": "store"}],
        "tunnelStatus": {
            "ssh": {
                "state": "Created",
                "message": "up",
                "user": {"state": "Failed", "message": "no", "credentials": {"password": "SECRET-5"}},
            }
        },
    },
}


def test_an_edge_host() -> None:
    row = decode("d", reply(DEVICE), Host).row()

    assert (row.uid, row.name, row.project, row.labels) == ("h1", "edge-1", "pr", {"site": "42"})
    assert (row.state, row.health, row.health_message, row.agent_version) == ("in-use", "healthy", "ok", "4.9")
    assert (row.cluster_uid, row.cluster_name, row.address) == ("c1", "store", "10.0.0.5")
    hardware = row.hardware
    assert (hardware.arch, hardware.cpu_cores, hardware.memory_mib) == ("amd64", 4, 8192)
    root = PartitionFacts("ext4", "/", total_gb=24, used_gb=9, free_gb=13)
    assert hardware.disks == (DiskFacts("SCSI", "ATA", 300, (root,)), DiskFacts("SCSI"))
    assert (hardware.disks[0].partitions[0].used_gb, hardware.disks[0].partitions[0].free_gb) == (9, 13)
    assert hardware.gpus == (GpuFacts("NVIDIA", "T4", 1, "16 GB", mig_capable=False, mig_strategy="none"),)
    assert hardware.nics == (HostNic("eth0", "10.0.0.5", "s", "g", ("d",), "m", is_default=True),)
    assert (hardware.os_family, hardware.os_version) == ("kairos", "v3")
    assert (hardware.kernel, hardware.kernel_version, hardware.secure_boot) == ("Linux", "6.8", True)
    assert (row.host_state, row.host_type) == ("cluster", "appliance")
    assert row.remote_shell == RemoteShellSeen("Created", "up", "Failed", "no")


ODD_FACTS: dict[str, dict[str, object]] = {
    "cores in words": {"cpu": {"cores": "four"}},
    "a disk with a unit": {"disks": [{"size": "300GB"}]},
    "a half gigabyte": {"disks": [{"partitions": [{"totalSpace": 0.5}]}]},
    "secure boot in words": {"secureBoot": "maybe"},
}


@pytest.mark.parametrize("device", ODD_FACTS.values(), ids=ODD_FACTS)
def test_a_fact_that_cannot_be_read_is_unset_and_the_host_is_still_seen(device: dict[str, object]) -> None:
    row = decode("d", reply({"metadata": {"uid": "h"}, "spec": {"device": device}}), Host).row()

    assert row.uid == "h"
    assert not {row.hardware.cpu_cores, row.hardware.secure_boot} - {None}
    assert {disk.size_gb for disk in row.hardware.disks} <= {None}
    assert {part.total_gb for disk in row.hardware.disks for part in disk.partitions} <= {None}


def test_the_secrets_in_a_hosts_answer_end_at_the_decoder() -> None:
    host = decode("d", reply(DEVICE), Host)

    assert "SECRET" in json.dumps(DEVICE)
    assert "SECRET" not in f"{host!r} {host.model_dump()} {host.row()!r}"


def test_the_deprecated_way_of_naming_a_hosts_cluster_is_understood() -> None:
    row = decode("d", reply({"metadata": {"uid": "h"}, "status": {"inUseClusters": [{"uid": "c1"}]}}), Host).row()

    assert row.cluster_uid == "c1"


def test_a_host_that_never_made_contact_has_neither_health_nor_hardware() -> None:
    row = decode(
        "d", reply({"metadata": {"uid": "h"}, "spec": {"device": None}, "status": {"state": "unpaired"}}), Host
    )

    assert (row.row().state, row.row().health, row.row().hardware.cpu_cores) == ("unpaired", "", None)


def test_a_reply_does_not_show_its_content() -> None:
    assert "SECRET" not in repr(reply(DEVICE))


def test_a_variables_value_is_not_shown() -> None:
    body = {"profileUid": "p", "variables": [{"name": "a", "value": "SECRET"}, {"name": "b", "value": None}]}

    assert "SECRET" not in repr(decode("d", reply(body), ProfileVariables))


ODD_TIMES = ["0001-01-01T00:00:00.000Z", "", "yesterday", "2026-13-45T00:00:00Z", 1e300, [], {}, True, "9" * 400]


@pytest.mark.parametrize("time", ODD_TIMES, ids=repr)
def test_a_time_that_is_unset_or_cannot_be_read_is_none(time: object) -> None:
    body = {"metadata": {"uid": "c1", "name": "n", "creationTimestamp": time, "lastModifiedTimestamp": time}}

    row = decode("d", reply(body), ClusterSummary).row()

    assert row.uid == "c1"
    assert row.created_at is None
    assert row.modified_at is None


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("place", ['{"metadata": {"uid": %s}}', '{"metadata": {"uid": "a", "labels": {"b": %s}}}'])
def test_what_is_no_number_is_no_text_either(place: str, number: str) -> None:
    with pytest.raises(Unavailable, match="cannot be read"):
        decode("d", Reply(200, {}, (place % number).encode()), ClusterSummary)
