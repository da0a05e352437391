"""Edge-native clusters: on edge hosts that Palette manages.

Source: Palette OpenAPI 4.9, v1SpectroEdgeNativeClusterEntity. Palette spells writing and reading differently: it is
written `machinepoolconfig[].cloudConfig.edgeHosts` with a nested `poolConfig`, and read back as
`machinePoolConfig[].hosts` with the pool's fields beside them.
"""

from __future__ import annotations

from palette_operator.clouds.base import Body, cluster_metadata, pool_config, profile_entity, without_unset
from palette_operator.domain.actions import ProfileChange
from palette_operator.domain.desired import DesiredCluster, DesiredEdgeNative, DesiredHost, DesiredPool


def create_body(cluster: DesiredCluster) -> Body:
    """Return the body of `POST /v1/spectroclusters/edge-native`. Holds variable values: never log it."""
    return {
        "metadata": cluster_metadata(cluster),
        "spec": {
            "cloudConfig": cloud_config(cluster.cloud),
            "machinepoolconfig": [pool_body(pool) for pool in cluster.pools],
            "profiles": [profile_entity(ProfileChange(profile)) for profile in cluster.profiles],
        },
    }


def cloud_config_body(cloud: DesiredEdgeNative) -> Body:
    """Return the body of `PUT /v1/cloudconfigs/edge-native/{uid}/clusterConfig`."""
    return {"clusterConfig": cloud_config(cloud)}


def cloud_config(cloud: DesiredEdgeNative) -> Body:
    """Return a v1EdgeNativeClusterConfig."""
    endpoint = {"type": cloud.endpoint_type, "host": cloud.endpoint_host, "ddnsSearchDomain": cloud.ddns_search_domain}
    overlay = {"enable": True, "cidr": cloud.overlay_cidr} if cloud.overlay_cidr else {}
    return without_unset(
        {
            "controlPlaneEndpoint": without_unset(endpoint),
            "overlayNetworkConfiguration": overlay,
            "ntpServers": list(cloud.ntp_servers),
            "sshKeys": list(cloud.ssh_keys),
            "staticIp": cloud.static_ip,
            "isTwoNodeCluster": cloud.two_node,
        }
    )


def pool_body(pool: DesiredPool) -> Body:
    """Return a v1EdgeNativeMachinePoolConfigEntity, for creating a cluster as for creating or updating a pool."""
    return {
        "cloudConfig": {"edgeHosts": [_edge_host(host) for host in pool.hosts]},
        "poolConfig": pool_config(pool),
    }


def _edge_host(host: DesiredHost) -> Body:
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
            "nic": nic,
            "twoNodeCandidatePriority": host.two_node_priority,
        }
    )
