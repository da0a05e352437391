"""What hosts of any version tell is read with tolerance, and all of the documented sample is found again."""

import json

import pytest

from palette_operator.domain.errors import Unavailable
from palette_operator.domain.local import HostDns, HostNtp
from palette_operator.domain.observed import DiskFacts, HostNic, PartitionFacts
from palette_operator.edge.wire.base import decode
from palette_operator.edge.wire.clusters import Cluster, ClusterConfiguration, KubeconfigHolder
from palette_operator.edge.wire.content import ArchiveDetails, Sync
from palette_operator.edge.wire.hosts import Host, Link, Settings
from palette_operator.http.replies import LONGEST_MESSAGE, Reply
from support.edge_sample import SAMPLE, UID


def reply(body: object) -> Reply:
    return Reply(200, {}, json.dumps(body).encode())


def test_each_field_of_the_documented_sample_is_found_again() -> None:
    host = decode("reading the host", reply(SAMPLE), Host).info()

    assert (host.uid, host.name) == (UID, UID)
    assert host.created_at is not None
    assert host.created_at.isoformat() == "2024-02-29T20:31:42.204000+00:00"
    assert host.modified_at is None
    assert host.connection_mode == "airgap"
    hardware = host.hardware
    assert (hardware.arch, hardware.cpu_cores, hardware.memory_mib) == ("amd64", 4, 7930)
    assert (hardware.os_family, hardware.os_version, hardware.gpus) == ("kairos-core-sles", "v2.4.3", ())
    partition = hardware.disks[0].partitions[0]
    assert partition == PartitionFacts("ext4", "/run/initramfs/cos-state", 24, 9, 13)
    assert (partition.used_gb, partition.free_gb) == (9, 13)
    assert hardware.disks == (
        DiskFacts("SCSI", "VMware", 300, (partition,)),
        DiskFacts("SCSI", "NECVMWar", 4),
        DiskFacts("SCSI", "NECVMWar", None),
    )
    assert hardware.nics == (
        HostNic(
            "ens160",
            "10.10.135.182",
            "255.255.192.0",
            "10.10.128.1",
            ("10.10.128.8",),
            "00:50:56:b8:9e:98",
            is_default=True,
        ),
    )
    assert (host.agent_version, host.configuration_status) == ("4.3.0-rc4", "pending")
    assert host.dns == HostDns(("10.10.128.8",), (".",), ())
    assert host.ntp == HostNtp()
    assert (host.host_name, host.registration_status) == (UID, "not applicable")


def test_what_newer_hosts_add_is_found_too() -> None:
    body = {
        **SAMPLE,
        "spec": {
            "managementMode": "local",
            "nodeRole": "controlplane",
            "hostInfo": {"hostState": "cluster", "hostType": "appliance", "secureBoot": True},
            "paletteEndpointURL": "api.example.com",
        },
        "status": {"isClusterPhase": True},
        "whatever": {"comes": "next"},
    }

    host = decode("reading the host", reply(body), Host).info()

    assert (host.management_mode, host.node_role) == ("local", "controlplane")
    assert (host.host_state, host.host_type, host.secure_boot) == ("cluster", "appliance", True)
    assert (host.palette_endpoint, host.is_cluster_phase) == ("api.example.com", True)


@pytest.mark.parametrize("body", [{"metadata": {"id": "e"}}, {"metadata": {"id": "e"}, "spec": None, "status": None}])
def test_a_host_that_tells_next_to_nothing_is_read(body: object) -> None:
    assert decode("reading the host", reply(body), Host).info().uid == "e"


@pytest.mark.parametrize("body", [{}, [], "x", None, {"metadata": []}, {"metadata": {"id": {}}}])
def test_what_is_no_host_is_refused_by_name_and_place_alone(body: object) -> None:
    with pytest.raises(Unavailable, match="reading the host: the host's answer cannot be read"):
        decode("reading the host", reply(body), Host)


def test_feature_flags_are_read_as_words() -> None:
    flags = {"twoNode": True, "other": None, "level": 3}

    settings = decode("x", reply({"installationMode": "airgap", "featureFlags": flags}), Settings).settings()

    assert settings.feature_flags == {"twoNode": "true", "level": "3"}


CLUSTER = {
    "metadata": {"id": "c-1", "name": "shop", "labels": {"site": "42"}},
    "spec": {
        "hostIDs": ["e1", "e2"],
        "vip": "10.0.0.9",
        "overlayCIDR": "100.64.0.0/24",
        "nodePools": [
            {"pool": {"name": "control-plane", "isControlPlane": True}, "hosts": [{"hostID": "e1", "hostName": "a"}]},
            {"pool": {"name": "new"}, "hosts": [{"hostID": "e2"}]},
        ],
    },
    "status": {
        "clusterState": "Running",
        "clusterStateReason": "",
        "health": {"status": "Healthy", "reason": ""},
        "k8sVersion": "1.30.4",
        "kubeconfig": "apiVersion: v1 # secret",
        "isRebootPending": True,
        "clusterConditions": [{"type": "Ready", "status": "True", "lastProbeTime": "2026-01-01T00:00:00Z"}],
        "nodePools": [
            {
                "pool": {"name": "control-plane", "isControlPlane": True},
                "nodes": [{"nodeName": "a", "ipv4": "10.0.0.1", "nodeState": "Running"}],
            },
            {"pool": {"name": "leaving"}, "nodes": [{"nodeName": "z", "nodeState": "Deleting"}]},
        ],
    },
}


def test_a_cluster_brings_together_what_was_asked_for_and_what_there_is() -> None:
    cluster = decode("x", reply(CLUSTER), Cluster).cluster()

    assert (cluster.uid, cluster.name, cluster.state, cluster.health) == ("c-1", "shop", "Running", "Healthy")
    assert (cluster.kubernetes_version, cluster.vip, cluster.is_reboot_pending) == ("1.30.4", "10.0.0.9", True)
    assert [(pool.name, len(pool.hosts), len(pool.nodes)) for pool in cluster.pools] == [
        ("control-plane", 1, 1),
        ("new", 1, 0),
        ("leaving", 0, 1),
    ]
    assert cluster.pools[0].control_plane
    assert cluster.node_count == 2
    assert [condition.type for condition in cluster.conditions] == ["Ready"]


def test_a_cluster_never_carries_its_kubeconfig() -> None:
    assert "secret" not in repr(decode("x", reply(CLUSTER), Cluster))
    assert "secret" not in repr(decode("x", reply(CLUSTER), Cluster).cluster())
    holder = decode("x", reply(CLUSTER), KubeconfigHolder)
    assert "secret" in holder.status.kubeconfig
    assert "secret" not in repr(holder)


def test_a_configuration_is_read_with_pools_and_values_that_it_does_not_show() -> None:
    host = {"hostUid": "e1", "networkInfo": [{"nicName": "eth0", "ip": "10.0.0.1"}]}
    cloud = {"clusterConfig": {}, "machinePoolConfig": [{"name": "control-plane", "hosts": [host]}]}
    body = {
        "metadata": {"name": "shop"},
        "spec": {
            "archiveUploadPath": "/a",
            "cloudConfig": {"spec": cloud},
            "profileVariables": [{"name": "license", "profileUid": "p", "value": "hunter22"}],
        },
    }

    config = decode("x", reply(body), ClusterConfiguration).config()

    assert config.cloud is not None
    assert [(host.uid, host.ip) for pool in config.cloud.pools for host in pool.hosts] == [("e1", "10.0.0.1")]
    assert [variable.value for variable in config.variables] == ["hunter22"]
    assert "hunter22" not in repr(config)


def test_values_in_an_archive_are_not_shown() -> None:
    variable = {"name": "license", "value": "hunter22", "defaultValue": "hunter33", "isSensitive": True}
    body = {"archiveUploadPath": "/a", "clusterProfileDetails": [{"profileName": "p", "variables": [variable]}]}

    archive = decode("x", reply(body), ArchiveDetails).archive()

    assert archive.profiles[0].variables[0].value == "hunter22"
    assert "hunter" not in repr(archive)


def test_a_link_names_its_peers() -> None:
    peer = {"id": "e2", "ip": "10.0.0.2", "health": {"status": "Healthy"}, "config": {"metadata": {"name": "b"}}}

    link = decode("x", reply({"status": "Completed", "peers": [peer]}), Link).link()

    assert [(each.uid, each.name, each.health) for each in link.peers] == [("e2", "b", "Healthy")]


def test_content_on_its_way_tells_what_failed() -> None:
    sync = decode("x", reply({"errors": {"nginx": "no space"}, "pendingItems": [{"name": "nginx"}]}), Sync).sync()

    assert sync.errors == {"nginx": "no space"}
    assert [item.name for item in sync.pending] == ["nginx"]


def test_what_is_said_to_people_is_fit_for_a_status() -> None:
    reason = "no\x1b[31m space\non " + "disk " * 200
    body = {"metadata": {"name": "shop"}, "status": {"clusterStateReason": reason, "health": {"reason": reason}}}

    cluster = decode("x", reply(body), Cluster).cluster()

    for told in (cluster.state_reason, cluster.health_reason):
        assert told.startswith("no [31m space on disk")
        assert told.isprintable()
        assert len(told) == LONGEST_MESSAGE
