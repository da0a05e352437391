"""Cloud configs, pools and machines as Palette shows them: hosts instead of edgeHosts, flat instead of poolConfig.

Source: Palette OpenAPI 4.9, v1EdgeNativeCloudConfig, v1EdgeNativeMachinePoolConfig, v1EdgeNativeMachine.
"""

from collections.abc import Mapping

from palette_sim.common.clock import timestamp
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.bodies.clusters import PoolHost
from palette_sim.palette.config import ApiVersion
from palette_sim.palette.views.clusters import condition_view
from palette_sim.palette.views.hosts import host_address
from palette_sim.palette.views.meta import object_meta
from palette_sim.palette.world.records import Cluster, EdgeHost, Machine, Pool

# Earlier versions take `skipK8sUpgrade` and never show it; the other two they do not know at all.
POOL_FIELDS_SINCE_4_9 = frozenset({"overrideClusterAPIConfig", "overrideHealthCheckConfiguration", "skipK8sUpgrade"})


def cloud_config(cluster: Cluster, hosts: Mapping[str, EdgeHost], version: ApiVersion) -> JsonObject:
    """Write v1EdgeNativeCloudConfig as `version` defines it."""
    hidden = POOL_FIELDS_SINCE_4_9 if version is ApiVersion.V4_8 else frozenset()
    return {
        "metadata": object_meta(
            uid=cluster.cloud_config_uid,
            name=cluster.name,
            labels={},
            created_s=cluster.created_s,
            modified_s=cluster.modified_s,
        ),
        "spec": {
            "clusterConfig": cluster.cloud.model_dump(by_alias=True, exclude_none=True),
            "machinePoolConfig": [_pool(pool, hosts, hidden) for pool in cluster.pools.values()],
        },
        "status": {
            "conditions": [condition_view(condition) for condition in cluster.conditions.values()],
            "nodeImage": "",
            "sourceImageId": "",
        },
    }


def machine_view(machine: Machine, host: EdgeHost | None) -> JsonObject:
    """Write v1EdgeNativeMachine."""
    is_well = machine.state == "Running" and host is not None and not host.illness
    return {
        "apiVersion": "cluster.spectrocloud.com/v1alpha1",
        "kind": "EdgeNativeMachine",
        "metadata": object_meta(
            uid=machine.uid,
            name=machine.name,
            labels={},
            created_s=machine.created_s,
            modified_s=machine.state_since_s,
        ),
        "spec": {"edgeHostUid": machine.host_uid, "nics": []},
        "status": {
            "addresses": [{"address": host_address(host), "type": "InternalIP"}] if host else [],
            "health": {"conditions": [], "state": "Healthy" if is_well else "UnHealthy"},
            "instanceState": machine.state,
            "instanceStateLastUpdate": timestamp(machine.state_since_s),
            "ready": machine.state == "Running",
        },
    }


def _pool(pool: Pool, hosts: Mapping[str, EdgeHost], hidden: frozenset[str]) -> JsonObject:
    flat: JsonObject = pool.config.model_dump(by_alias=True, exclude_none=True)
    shown = {name: value for name, value in flat.items() if name not in hidden}
    return {**shown, "hosts": [_pool_host(host, hosts.get(host.host_uid)) for host in pool.hosts]}


def _pool_host(wanted: PoolHost, host: EdgeHost | None) -> JsonObject:
    view: JsonObject = wanted.model_dump(by_alias=True, exclude_none=True)
    return {
        "hostName": host.name if host else "",
        **view,
        "hostAddress": host_address(host) if host else "",
    }
