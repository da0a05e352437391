"""Request bodies of local clusters: exact small examples."""

from palette_operator.clouds.edge_local import configuration, labels_patch, pool_body
from support.builders import cluster, host, pool, profile, variables


def test_the_least_cluster_is_written_with_nothing_that_was_not_asked_for() -> None:
    assert configuration(cluster(labels={"site": "42"}, definition="/opt/store.tgz", profiles=())) == {
        "metadata": {"name": "store-42", "labels": {"site": "42"}},
        "spec": {
            "archiveUploadPath": "/opt/store.tgz",
            "cloudConfig": {
                "spec": {
                    "clusterConfig": {
                        "controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"},
                        "staticIp": False,
                        "isTwoNodeCluster": False,
                    },
                    "machinePoolConfig": [
                        {
                            "name": "control",
                            "size": 1,
                            "labels": ["control-plane"],
                            "isControlPlane": True,
                            "useControlPlaneAsWorker": False,
                            "updateStrategy": {"type": "RollingUpdateScaleOut"},
                            "hosts": [{"hostUid": "h1"}],
                        }
                    ],
                }
            },
        },
    }


def test_every_variable_names_its_profile() -> None:
    profiles = (
        profile("edge-base", variables=variables(site="42")),
        profile("apps", "2.0.0", variables=variables(x="")),
    )

    assert configuration(cluster(profiles=profiles))["spec"]["profileVariables"] == [
        {"name": "site", "profileUid": "edge-base-1.4.0", "value": "42"},
        {"name": "x", "profileUid": "apps-2.0.0", "value": ""},
    ]


def test_a_host_is_named_with_where_it_is() -> None:
    assert pool_body(pool("worker", host("w1", address="10.0.0.7")))["hosts"] == [
        {"hostUid": "w1", "hostAddress": "10.0.0.7"}
    ]


def test_a_static_address_is_where_the_host_will_be() -> None:
    wanted = host("w1", name="node-1", address="10.0.0.7", nic_name="eth0", ip="10.0.0.9", subnet="255.255.255.0")

    assert pool_body(pool("worker", wanted))["hosts"] == [
        {
            "hostUid": "w1",
            "hostName": "node-1",
            "hostAddress": "10.0.0.9",
            "networkInfo": [{"nicName": "eth0", "ip": "10.0.0.9", "subnet": "255.255.255.0"}],
        }
    ]


def test_labels_are_replaced_as_a_whole() -> None:
    assert labels_patch({"site": "42"}) == [{"op": "add", "path": "/metadata/labels", "value": {"site": "42"}}]
