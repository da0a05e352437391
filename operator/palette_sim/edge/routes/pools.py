"""`/v1/edge-mgmt/clusters/current`: machine pools and nodes."""

from palette_sim.common.errors import ApiError
from palette_sim.edge.bodies.clusters import Pool, PoolPatches
from palette_sim.edge.call import Call, Endpoint, Reply, accepted, written
from palette_sim.edge.routes.clusters import patched
from palette_sim.edge.views.clusters import nodes
from palette_sim.edge.world import pools
from palette_sim.edge.world.records import Cluster
from palette_sim.edge.world.world import broken

_CURRENT = "/v1/edge-mgmt/clusters/current"
_POOLS = f"{_CURRENT}/machinepools"


def show(call: Call) -> Reply:
    """Show the pools as they were asked for."""
    return Reply(200, {"items": [written(pool) for pool in _existing(call).pools]})


def create(call: Call) -> Reply:
    """Add a pool."""
    wanted = call.body(Pool)
    pools.add_pool(call.world, call.host, _existing(call), wanted)
    return accepted("The machine pool is being created.", 201)


def replace(call: Call) -> Reply:
    """Make a pool what the configuration says."""
    wanted = call.body(Pool)
    cluster, pool = _found(call)
    if wanted.name != pool.name:
        raise ApiError(400, "InvalidMachinePool", "The name in the body is not that of the path.")
    pools.replace_pool(call.world, call.host, cluster, wanted)
    return accepted("The machine pool is being updated.", 200)


def patch(call: Call) -> Reply:
    """Change a pool in places, by JSON pointers."""
    wanted = call.body(PoolPatches)
    cluster, pool = _found(call)
    changed = patched(written(pool), wanted.machine_pool_config_patches or [])
    pools.replace_pool(call.world, call.host, cluster, Pool.model_validate(changed))
    return accepted("The machine pool is being updated.", 200)


def delete(call: Call) -> Reply:
    """Remove a pool; the control plane stays."""
    cluster, pool = _found(call)
    if pool.is_control_plane:
        raise ApiError(403, "OperationForbidden", "The control plane cannot be deleted.")
    pools.remove_pool(call.world, cluster, pool)
    return accepted("The machine pool is being deleted.")


def delete_node(call: Call) -> Reply:
    """Remove a node from a pool; the last one of the control plane stays."""
    cluster, pool = _found(call)
    name = call.params["nodeName"]
    uid = next((uid for uid in pool.host_uids if call.world.hosts[uid].name == name), None)
    if uid is None:
        raise ApiError(400, "NodeNotFound", f"The node '{name}' is not in that machine pool.")
    if pool.is_control_plane and len(pool.hosts) == 1:
        raise ApiError(400, "InvalidMachinePool", "The control plane needs a node.")
    pools.remove_node(call.world, cluster, pool, uid)
    return accepted("The node is being deleted.")


def show_nodes(call: Call) -> Reply:
    """v1ClusterNodes."""
    return Reply(200, nodes(call.world, _existing(call), call.now_s))


def _existing(call: Call) -> Cluster:
    if call.host.cluster is None:
        raise broken("ClusterNotFound", "There is no cluster on this host.")
    return call.host.cluster


def _found(call: Call) -> tuple[Cluster, Pool]:
    cluster = _existing(call)
    pool = cluster.pool(call.params["poolName"])
    if pool is None:
        raise broken("MachinePoolNotFound", f"The machine pool '{call.params['poolName']}' is not found.")
    return cluster, pool


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", _POOLS): show,
    ("POST", _POOLS): create,
    ("PUT", f"{_POOLS}/{{poolName}}"): replace,
    ("PATCH", f"{_POOLS}/{{poolName}}"): patch,
    ("DELETE", f"{_POOLS}/{{poolName}}"): delete,
    ("DELETE", f"{_POOLS}/{{poolName}}/nodes/{{nodeName}}"): delete_node,
    ("GET", f"{_CURRENT}/nodes"): show_nodes,
}
