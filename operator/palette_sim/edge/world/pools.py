"""The machine pools of a local cluster, and hosts that join and leave them."""

from collections.abc import Sequence
from functools import partial

from palette_sim.edge.bodies.clusters import Pool
from palette_sim.edge.world.records import Cluster, Host, Node
from palette_sim.edge.world.world import World, broken


def check_pools(world: World, host: Host, pools: Sequence[Pool], cluster: Cluster | None = None) -> None:
    """Raise ApiError 500 unless the pools can be those of a cluster: of free hosts or its own, one control plane."""
    names = [pool.name for pool in pools]
    if not all(names) or len(set(names)) < len(names):
        raise broken("InvalidMachinePool", "Every machine pool needs a name of its own.")
    if sum(bool(pool.is_control_plane) for pool in pools) != 1:
        raise broken("InvalidMachinePool", "Exactly one machine pool must be the control plane.")
    uids = [uid for pool in pools for uid in pool.host_uids]
    if len(set(uids)) < len(uids):
        raise broken("InvalidMachinePool", "A host is in two machine pools.")
    if not all(pool.hosts for pool in pools if pool.is_control_plane):
        raise broken("InvalidMachinePool", "The control plane has no hosts.")
    usable = world.free_hosts_of(host).keys() | (cluster.nodes.keys() if cluster else set())
    if strangers := sorted(set(uids) - usable):
        raise broken("EdgeHostNotLinked", f"The edge host '{strangers[0]}' is not linked with this one, or not free.")


def add_pool(world: World, host: Host, cluster: Cluster, pool: Pool) -> None:
    """Add a pool to a cluster; raises ApiError 500 when that cannot be."""
    check_pools(world, host, [*cluster.pools, pool], cluster)
    _require_free(cluster, pool, ())
    cluster.pools.append(pool)
    _join_all(world, cluster, pool)


def replace_pool(world: World, host: Host, cluster: Cluster, pool: Pool) -> None:
    """Make a pool what the configuration says; raises ApiError 500 when that cannot be."""
    others = [each for each in cluster.pools if each.name != pool.name]
    check_pools(world, host, [*others, pool], cluster)
    before = next(each.host_uids for each in cluster.pools if each.name == pool.name)
    _require_free(cluster, pool, before)
    cluster.pools = [pool if each.name == pool.name else each for each in cluster.pools]
    for uid in set(before) - set(pool.host_uids):
        leave(world, cluster, world.hosts[uid])
    _join_all(world, cluster, pool)


def remove_pool(world: World, cluster: Cluster, pool: Pool) -> None:
    """Remove a pool, and its hosts from the cluster."""
    for uid in pool.host_uids:
        leave(world, cluster, world.hosts[uid])
    cluster.pools = [each for each in cluster.pools if each is not pool]
    cluster.modified_s = world.clock.now_s()


def remove_node(world: World, cluster: Cluster, pool: Pool, uid: str) -> None:
    """Remove a host from its pool, and from the cluster."""
    pool.hosts = [host for host in pool.hosts if host.host_uid != uid]
    leave(world, cluster, world.hosts[uid])
    cluster.modified_s = world.clock.now_s()


def join(world: World, cluster: Cluster, host: Host, pool: str) -> None:
    """Have a host become a node; one that is a node already changes its pool at most. Safe to repeat."""
    node = cluster.nodes.get(host.uid)
    if node is not None and node.state != "Deleting":
        node.pool = pool
        return
    node = cluster.nodes[host.uid] = Node(pool, world.clock.now_s())
    host.cluster = cluster
    if cluster.state == "Running":
        world.later(world.config.durations.joining_s, partial(_joined, node))


def leave(world: World, cluster: Cluster, host: Host) -> None:
    """Have a host stop being a node; it is free after a while."""
    node = cluster.nodes.get(host.uid)
    if node is not None and node.state != "Deleting":
        node.state = "Deleting"
        world.later(world.config.durations.leaving_s, partial(_left, cluster, host, node))


def _require_free(cluster: Cluster, pool: Pool, own: Sequence[str]) -> None:
    taken = [uid for uid in pool.host_uids if uid in cluster.nodes and uid not in own]
    if taken:
        raise broken("EdgeHostInUse", f"The edge host '{taken[0]}' is in another machine pool, or about to leave one.")


def _join_all(world: World, cluster: Cluster, pool: Pool) -> None:
    for uid in pool.host_uids:
        join(world, cluster, world.hosts[uid], pool.name or "")
    cluster.modified_s = world.clock.now_s()


def _joined(node: Node, _: float) -> None:
    if node.state == "Provisioning":
        node.state = "Running"


def _left(cluster: Cluster, host: Host, node: Node, _: float) -> None:
    if cluster.nodes.get(host.uid) is node:
        del cluster.nodes[host.uid]
        if host.cluster is cluster:
            host.cluster = None
