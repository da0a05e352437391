"""Machine pools in time: machines join, leave slowly, and come back when only they were deleted.

Assumed where nothing is documented: a host that leaves a pool takes its machine along; a machine that is deleted while
its host stays in the pool is replaced later; a pool stays visible until its last machine is gone.
"""

from functools import partial

from palette_sim.palette.bodies.clusters import PoolConfig, PoolHost
from palette_sim.palette.world.cluster_health import assess_health
from palette_sim.palette.world.records import Cluster, Machine, Pool
from palette_sim.palette.world.world import World


def add_pool(world: World, cluster: Cluster, config: PoolConfig, hosts: list[PoolHost], at_s: float) -> None:
    """Add a pool to a running cluster; its machines come up in their time."""
    pool = Pool(config, hosts)
    cluster.pools[pool.name] = pool
    for host in hosts:
        _join(world, cluster, pool, host, at_s)
    world.touch_cluster(cluster, at_s)


def update_pool(
    world: World, cluster: Cluster, pool: Pool, *, config: PoolConfig, hosts: list[PoolHost], at_s: float
) -> None:
    """Replace a pool's settings and hosts: new hosts join, those no longer named leave."""
    before = pool.host_uids()
    pool.config, pool.hosts = config, hosts
    for host in hosts:
        if host.host_uid not in before:
            _join(world, cluster, pool, host, at_s)
    for uid in sorted(before - pool.host_uids()):
        _leave(world, cluster, pool, uid, at_s)
    world.touch_cluster(cluster, at_s)


def remove_pool(world: World, cluster: Cluster, pool: Pool, at_s: float) -> None:
    """Remove a pool: its machines go first. Safe to repeat."""
    pool.leaving = True
    for machine in list(pool.machines.values()):
        remove_machine(world, cluster, pool, machine, at_s)
    _drop_when_empty(world, cluster, pool, at_s)
    world.touch_cluster(cluster, at_s)


def remove_machine(world: World, cluster: Cluster, pool: Pool, machine: Machine, at_s: float) -> None:
    """Begin to remove a machine; it is Deleting for a while and then gone. Safe to repeat."""
    if machine.state == "Deleting":
        return
    _set_state(machine, "Deleting", at_s)
    world.touch_cluster(cluster, at_s)
    gone_s = at_s + world.config.durations.machine_leaving_s
    world.agenda.plan(gone_s, partial(_vanish, world, cluster, pool, machine))


def set_machine_states(pool: Pool, state: str, at_s: float) -> None:
    """Move all machines of a pool on to `state`."""
    for machine in pool.machines.values():
        _set_state(machine, state, at_s)


def create_machines(world: World, pool: Pool, at_s: float) -> None:
    """Give each host of a pool its machine, in state Pending; hosts that have one keep it."""
    taken = {machine.host_uid for machine in pool.machines.values()}
    for host in pool.hosts:
        if host.host_uid not in taken:
            _create_machine(world, pool, host, "Pending", at_s)


def seize_host(world: World, cluster: Cluster, host_uid: str, at_s: float) -> None:
    """Mark a host as in use by the cluster."""
    host = world.hosts[host_uid]
    host.cluster_uid = cluster.uid
    world.touch_host(host, at_s)


def release_host(world: World, cluster: Cluster, host_uid: str, at_s: float) -> None:
    """Make a host free again, if it still belongs to the cluster."""
    host = world.hosts.get(host_uid)
    if host is not None and host.cluster_uid == cluster.uid:
        host.cluster_uid = ""
        world.touch_host(host, at_s)


def _join(world: World, cluster: Cluster, pool: Pool, host: PoolHost, at_s: float) -> None:
    seize_host(world, cluster, host.host_uid, at_s)
    if any(machine.host_uid == host.host_uid for machine in pool.machines.values()):
        return
    machine = _create_machine(world, pool, host, "Provisioning", at_s)

    def come_up(due_s: float) -> None:
        if machine.state == "Provisioning" and not cluster.is_going:
            _set_state(machine, "Running", due_s)
            world.touch_cluster(cluster, due_s)

    world.agenda.plan(at_s + world.config.durations.machine_joining_s, come_up)


def _create_machine(world: World, pool: Pool, host: PoolHost, state: str, at_s: float) -> Machine:
    name = host.host_name or world.hosts[host.host_uid].name
    machine = Machine(world.mint_uid(), name, host.host_uid, at_s, state, at_s)
    pool.machines[machine.uid] = machine
    return machine


def _leave(world: World, cluster: Cluster, pool: Pool, host_uid: str, at_s: float) -> None:
    machines = [machine for machine in pool.machines.values() if machine.host_uid == host_uid]
    for machine in machines:
        remove_machine(world, cluster, pool, machine, at_s)
    if not machines:
        release_host(world, cluster, host_uid, at_s)


def _vanish(world: World, cluster: Cluster, pool: Pool, machine: Machine, at_s: float) -> None:
    if pool.machines.pop(machine.uid, None) is None:
        return
    stays = not pool.leaving and machine.host_uid in pool.host_uids()
    if stays:
        replaced_s = at_s + world.config.durations.machine_replacing_s
        world.agenda.plan(replaced_s, partial(_replace, world, cluster, pool, machine.host_uid))
    else:
        release_host(world, cluster, machine.host_uid, at_s)
    _drop_when_empty(world, cluster, pool, at_s)
    world.touch_cluster(cluster, at_s)
    assess_health(world, cluster, at_s)


def _replace(world: World, cluster: Cluster, pool: Pool, host_uid: str, at_s: float) -> None:
    host = next((host for host in pool.hosts if host.host_uid == host_uid), None)
    if host is not None and host_uid in world.hosts and not pool.leaving and not cluster.is_going:
        _join(world, cluster, pool, host, at_s)
        world.touch_cluster(cluster, at_s)


def _drop_when_empty(world: World, cluster: Cluster, pool: Pool, at_s: float) -> None:
    if pool.leaving and not pool.machines and cluster.pools.get(pool.name) is pool:
        del cluster.pools[pool.name]
        for uid in sorted(pool.host_uids()):
            release_host(world, cluster, uid, at_s)


def _set_state(machine: Machine, state: str, at_s: float) -> None:
    if machine.state != state:
        machine.state, machine.state_since_s = state, at_s
