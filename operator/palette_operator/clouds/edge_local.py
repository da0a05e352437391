"""Local clusters: on air-gapped hosts that are managed through the API of one of them.

Source: Edge Management OpenAPI, v1ClusterConfiguration. It is written as it is read: a pool's fields stand flat beside
its hosts, where Palette nests them.
"""

from __future__ import annotations

from collections.abc import Mapping

from palette_operator.clouds.base import Body, pool_config, without_unset
from palette_operator.clouds.edge_native import cloud_config
from palette_operator.domain.desired import DesiredCluster, DesiredHost, DesiredPool


def configuration(cluster: DesiredCluster) -> Body:
    """Return a v1ClusterConfiguration, to create a cluster or to update it whole.

    It holds variable values: never log it.
    """
    return {
        "metadata": without_unset({"name": cluster.name, "labels": dict(cluster.labels)}),
        "spec": without_unset(
            {
                "archiveUploadPath": cluster.definition,
                "cloudConfig": {
                    "spec": {
                        "clusterConfig": cloud_config(cluster.cloud),
                        "machinePoolConfig": [pool_body(pool) for pool in cluster.pools],
                    }
                },
                "profileVariables": variables(cluster),
            }
        ),
    }


def variables(cluster: DesiredCluster) -> list[Body]:
    """Return the variables of all profiles, each with its profile; values always travel as text."""
    return [
        {"name": variable.name, "profileUid": profile.uid, "value": variable.value}
        for profile in cluster.profiles
        for variable in profile.variables
    ]


def pool_body(pool: DesiredPool) -> Body:
    """Return a v1EdgeNativeMachinePoolConfig, for a new cluster as for a pool of its own."""
    return {**pool_config(pool), "hosts": [_host(host) for host in pool.hosts]}


def labels_patch(labels: Mapping[str, str]) -> list[Body]:
    """Return the v1HttpPatch list that sets a cluster's labels, all of them; `add` also replaces what is there."""
    return [{"op": "add", "path": "/metadata/labels", "value": dict(labels)}]


def _host(host: DesiredHost) -> Body:
    nic = without_unset(
        {
            "nicName": host.nic_name,
            "ip": host.ip,
            "subnet": host.subnet,
            "gateway": host.gateway,
            "dns": list(host.dns),
            "macAddr": host.mac,
        }
    )
    return without_unset(
        {
            "hostUid": host.uid,
            "hostName": host.name,
            "hostAddress": host.ip or host.address,
            "networkInfo": [nic] if nic else [],
            "twoNodeCandidatePriority": host.two_node_priority,
        }
    )
