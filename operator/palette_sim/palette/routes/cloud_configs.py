"""The cloud config of an edge-native cluster: settings, machine pools, machines."""

from palette_sim.common.errors import invalid
from palette_sim.palette.bodies.clusters import (
    CloudClusterConfigUpdate,
    EdgeNativeClusterConfig,
    MachinePoolBody,
    PoolConfig,
)
from palette_sim.palette.call import NO_CONTENT, Call, Endpoint, Reply, created, ok
from palette_sim.palette.errors import Refused, not_found
from palette_sim.palette.views.cloud_configs import cloud_config, machine_view
from palette_sim.palette.world import pools, rules
from palette_sim.palette.world.records import Cluster, Machine, Pool

PREFIX = "/v1/cloudconfigs/edge-native/{configUid}"
POOL = PREFIX + "/machinePools/{machinePoolName}"
MACHINE = POOL + "/machines/{machineUid}"


def show(call: Call) -> Reply:
    """Show the cloud config, in the read shape: `machinePoolConfig[].hosts[]` and flat pool fields."""
    return ok(cloud_config(call.cluster_of_config("cluster.get"), call.world.hosts, call.world.config.version))


def set_cluster_config(call: Call) -> Reply:
    """Replace the cluster's settings; endpoint, overlay and two-node cannot change."""
    cluster = _settled(call)
    wanted = call.body(CloudClusterConfigUpdate).cluster_config
    if wanted is None:
        raise invalid("clusterConfig in body is required")
    if _fixed_part(wanted) != _fixed_part(cluster.cloud):
        raise Refused("ClusterConfigImmutable", "Endpoint, overlay and two-node mode cannot be changed.")
    cluster.cloud = wanted
    call.world.touch_cluster(cluster, call.now_s)
    return NO_CONTENT


def add_pool(call: Call) -> Reply:
    """Add a machine pool."""
    cluster = _settled(call)
    body, config = _pool_body(call)
    if config.name in cluster.pools:
        raise Refused("MachinePoolDuplicate", f"The cluster has a machine pool '{config.name}' already.")
    rules.require_pool_change(call.world, cluster, body, None)
    pools.add_pool(call.world, cluster, config, rules.hosts_of(body), call.now_s)
    return created(config.name)


def set_pool(call: Call) -> Reply:
    """Replace a machine pool's settings and hosts."""
    cluster = _settled(call)
    pool = _pool(call, cluster)
    body, config = _pool_body(call)
    if pool.leaving:
        raise Refused("MachinePoolDeleting", f"The machine pool '{pool.name}' is being deleted.")
    rules.require_pool_change(call.world, cluster, body, pool)
    pools.update_pool(call.world, cluster, pool, config=config, hosts=rules.hosts_of(body), at_s=call.now_s)
    return NO_CONTENT


def remove_pool(call: Call) -> Reply:
    """Remove a machine pool; the control plane cannot be."""
    cluster = _settled(call)
    pool = _pool(call, cluster)
    if pool.is_control_plane:
        raise Refused("ControlPlanePoolInvalid", "The control plane pool cannot be removed.")
    pools.remove_pool(call.world, cluster, pool, call.now_s)
    return NO_CONTENT


def list_machines(call: Call) -> Reply:
    """List the machines of a pool, also those that are leaving; not paged."""
    pool = _pool(call, call.cluster_of_config("cluster.get"))
    hosts = call.world.hosts
    return ok({"items": [machine_view(machine, hosts.get(machine.host_uid)) for machine in pool.machines.values()]})


def show_machine(call: Call) -> Reply:
    """Show one machine."""
    machine = _machine(call, _pool(call, call.cluster_of_config("cluster.get")))
    return ok(machine_view(machine, call.world.hosts.get(machine.host_uid)))


def remove_machine(call: Call) -> Reply:
    """Begin to remove one machine."""
    cluster = _settled(call)
    pool = _pool(call, cluster)
    pools.remove_machine(call.world, cluster, pool, _machine(call, pool), call.now_s)
    return NO_CONTENT


def _settled(call: Call) -> Cluster:
    cluster = call.cluster_of_config("cluster.update")
    rules.require_settled(cluster)
    return cluster


def _pool(call: Call, cluster: Cluster) -> Pool:
    name = call.params["machinePoolName"]
    if name not in cluster.pools:
        raise not_found("machine pool", name)
    return cluster.pools[name]


def _machine(call: Call, pool: Pool) -> Machine:
    uid = call.params["machineUid"]
    if uid not in pool.machines:
        raise not_found("machine", uid)
    return pool.machines[uid]


def _pool_body(call: Call) -> tuple[MachinePoolBody, PoolConfig]:
    body = call.body(MachinePoolBody)
    rules.require_pools_complete([body], "")
    if body.pool_config is None:
        raise invalid("poolConfig in body is required")
    return body, body.pool_config


def _fixed_part(config: EdgeNativeClusterConfig) -> tuple[object, ...]:
    endpoint, overlay = config.control_plane_endpoint, config.overlay_network_configuration
    return (
        (endpoint.host or "", endpoint.type or "VIP") if endpoint else ("", "VIP"),
        (bool(overlay.enable), overlay.cidr or "") if overlay else (False, ""),
        bool(config.is_two_node_cluster),
    )


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", PREFIX): show,
    ("PUT", PREFIX + "/clusterConfig"): set_cluster_config,
    ("POST", PREFIX + "/machinePools"): add_pool,
    ("PUT", POOL): set_pool,
    ("DELETE", POOL): remove_pool,
    ("GET", POOL + "/machines"): list_machines,
    ("GET", MACHINE): show_machine,
    ("DELETE", MACHINE): remove_machine,
}
