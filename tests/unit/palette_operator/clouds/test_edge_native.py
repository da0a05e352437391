"""Request bodies of edge-native clusters: exact small examples, and Palette's own schema as the judge of the rest."""

from dataclasses import replace

from palette_operator.clouds.base import cluster_metadata, pool_config, profile_entity, without_unset
from palette_operator.clouds.edge_native import cloud_config, create_body, pool_body
from palette_operator.domain.actions import ProfileChange
from palette_operator.domain.desired import (
    DesiredEdgeNative,
)
from palette_operator.domain.observed import Taint, UpdateStrategy
from support.builders import cluster, host, pool, profile, variables


def test_the_least_cluster_is_written_with_nothing_that_was_not_asked_for() -> None:
    assert create_body(cluster(labels={"site": "42"})) == {
        "metadata": {"name": "store-42", "labels": {"site": "42"}},
        "spec": {
            "cloudConfig": {
                "controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"},
                "staticIp": False,
                "isTwoNodeCluster": False,
            },
            "machinepoolconfig": [
                {
                    "cloudConfig": {"edgeHosts": [{"hostUid": "h1"}]},
                    "poolConfig": {
                        "name": "control",
                        "size": 1,
                        "labels": ["control-plane"],
                        "isControlPlane": True,
                        "useControlPlaneAsWorker": False,
                        "updateStrategy": {"type": "RollingUpdateScaleOut"},
                    },
                }
            ],
            "profiles": [{"uid": "edge-base-1.4.0"}],
        },
    }


def test_the_description_travels_as_an_annotation() -> None:
    assert cluster_metadata(cluster(description="Store 42"))["annotations"] == {"description": "Store 42"}


def test_an_overlay_is_switched_on_by_its_network() -> None:
    wanted = DesiredEdgeNative(endpoint_type="VIP", overlay_cidr="100.64.0.0/18")

    assert cloud_config(wanted)["overlayNetworkConfiguration"] == {"enable": True, "cidr": "100.64.0.0/18"}


def test_a_host_with_a_static_address_names_its_interface() -> None:
    wanted = host(
        "h1",
        name="node-1",
        nic_name="eth0",
        ip="10.0.0.5",
        subnet="255.255.255.0",
        gateway="10.0.0.1",
        dns=("10.0.0.2",),
        mac="52:54:00:12:34:56",
        two_node_priority="primary",
    )

    assert pool_body(pool("control", wanted))["cloudConfig"]["edgeHosts"] == [
        {
            "hostUid": "h1",
            "hostName": "node-1",
            "nic": {
                "nicName": "eth0",
                "ip": "10.0.0.5",
                "subnet": "255.255.255.0",
                "gateway": "10.0.0.1",
                "dns": ["10.0.0.2"],
                "macAddr": "52:54:00:12:34:56",
            },
            "twoNodeCandidatePriority": "primary",
        }
    ]


def test_a_worker_pool_carries_what_is_for_workers() -> None:
    wanted = pool(
        "worker",
        "w1",
        "w2",
        labels={"zone": "a"},
        taints=(Taint("gpu", "yes", "NoSchedule"),),
        arch="arm64",
        update_strategy=UpdateStrategy("OverrideScaling", "1", "25%"),
        node_repave_interval_s=600,
        skip_kubernetes_upgrade=True,
    )

    assert pool_config(wanted) == {
        "name": "worker",
        "size": 2,
        "labels": ["worker"],
        "isControlPlane": False,
        "useControlPlaneAsWorker": False,
        "additionalLabels": {"zone": "a"},
        "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
        "machinePoolProperties": {"archType": "arm64"},
        "nodeRepaveInterval": 600,
        "skipK8sUpgrade": "enabled",
        "updateStrategy": {"type": "OverrideScaling", "maxSurge": "1", "maxUnavailable": "25%"},
    }


def test_a_new_version_is_sent_with_the_one_that_makes_room_for_it() -> None:
    wanted = replace(profile("edge-base", "1.5.0"), variables=variables(site="42", empty=""))

    assert profile_entity(ProfileChange(wanted, profile("edge-base", "1.4.0").uid)) == {
        "uid": "edge-base-1.5.0",
        "replaceWithProfile": "edge-base-1.4.0",
        "variables": [{"name": "site", "value": "42"}, {"name": "empty", "value": ""}],
    }


def test_zero_and_false_are_values_and_empty_is_not() -> None:
    assert without_unset({"zero": 0, "no": False, "none": None, "text": "", "list": [], "map": {}}) == {
        "zero": 0,
        "no": False,
    }
