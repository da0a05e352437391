"""What to write so that a cluster's pools hold the hosts and have the settings that are desired. Pure rules.

Hosts join before others leave, and a machine leaves before its pool shrinks: one step is planned at a time, and the
next look plans the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from palette_operator.domain.actions import (
    Await,
    ClusterAction,
    CreatePool,
    DeleteMachine,
    DeletePool,
    Difference,
    UpdatePool,
)
from palette_operator.domain.desired import DesiredCluster, DesiredHost, DesiredPool
from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import CloudConfigUid, HostUid, PoolName
from palette_operator.domain.observed import EdgeNativeConfig, Machine, ObservedCluster, ObservedPool, PoolHost

# A machine in any other state, one not known here among them, is taken to be still on its way.
_JOINED_STATES = frozenset({"Running", "Deleting", "Deleted", "Failed", "Unknown"})


def pools(
    desired: DesiredCluster, seen: ObservedCluster, managed: Collection[str], skipping_upgrades: Collection[str]
) -> Iterator[ClusterAction]:
    """Add, change and remove pools; hosts join before others leave, machines leave before their pool shrinks.

    `managed` are the pools that we put there: no other is removed. `skipping_upgrades` are those that we told to skip
    upgrades of Kubernetes, where Palette does not show it. Raises Stalled rather than remove the control plane with its
    pool.
    """
    if seen.config is None:
        return
    found = {pool.name: _completed(pool, skipping_upgrades) for pool in seen.config.pools}
    homes = {host.uid: pool.name for pool in seen.config.pools for host in pool.hosts}
    for pool in desired.pools:
        elsewhere = frozenset(host.uid for host in pool.hosts if homes.get(host.uid, pool.name) != pool.name)
        if pool.name in found:
            yield from _changed_pool(seen, pool, found[pool.name], elsewhere)
        else:
            yield from _added_pool(seen.config.uid, pool, elsewhere)
        if elsewhere:
            names = ", ".join(sorted(elsewhere))
            yield Await("Updating", f"waiting for edge hosts {names} to leave their pools before they join {pool.name}")
    wanted = {pool.name for pool in desired.pools}
    for name, observed in found.items():
        if name in managed and name not in wanted:
            yield from _removed_pool(seen, observed)


def _completed(observed: ObservedPool, skipping_upgrades: Collection[str]) -> ObservedPool:
    """Fill in what Palette does not show: it holds what we last sent."""
    if observed.skip_kubernetes_upgrade is not None:
        return observed
    return replace(observed, skip_kubernetes_upgrade=observed.name in skipping_upgrades)


def _added_pool(config: CloudConfigUid, pool: DesiredPool, elsewhere: Collection[HostUid]) -> Iterator[ClusterAction]:
    free = tuple(host for host in pool.hosts if host.uid not in elsewhere)
    if free:
        added = Difference(f"/spec/machinePools/{pool.name}", f"{len(free)} hosts", "none")
        yield CreatePool(config, replace(pool, hosts=free), (added,))


def _changed_pool(
    seen: ObservedCluster, pool: DesiredPool, observed: ObservedPool, elsewhere: Collection[HostUid]
) -> Iterator[ClusterAction]:
    assert seen.config is not None  # noqa: S101 - `pools` returned early otherwise
    _check_immutable(pool, observed)
    wanted = {host.uid for host in pool.hosts}
    leaving = [host for host in observed.hosts if host.uid not in wanted]
    if leaving and observed.name not in seen.machines:
        yield Await("Updating", f"reading the machines of pool {pool.name} before edge hosts leave it")
        return
    machines = _machines_by_host(seen, observed.name)
    staying_on = [host for host in leaving if host.uid in machines]
    free = [host for host in pool.hosts if host.uid not in elsewhere]
    target = replace(pool, hosts=(*free, *(_as_desired(host) for host in staying_on)))
    differences = tuple(pool_differences(target, observed))
    if differences:
        yield UpdatePool(seen.config.uid, target, differences)
    if staying_on:
        yield from _leave_in_turn(seen, pool, [machines[host.uid] for host in staying_on], machines)


def _leave_in_turn(
    seen: ObservedCluster, pool: DesiredPool, leaving: Sequence[Machine], machines: Mapping[HostUid, Machine]
) -> Iterator[ClusterAction]:
    """Let machines go once those of joining hosts run; from a control plane one by one, so that it keeps its quorum."""
    joined = {uid for uid, machine in machines.items() if machine.state in _JOINED_STATES}
    joining = sorted(host.uid for host in pool.hosts if host.uid not in joined)
    if joining:
        names = ", ".join(joining)
        yield Await("Updating", f"waiting for edge hosts {names} to join pool {pool.name} before others leave it")
        return
    if pool.control_plane:
        leaving = sorted(leaving, key=lambda machine: machine.state != "Deleting")[:1]
    for machine in leaving:
        yield from _leave(seen, pool.name, machine)


def _check_immutable(pool: DesiredPool, observed: ObservedPool) -> None:
    """Raise for what a pool keeps for life; an architecture that Palette does not tell is not judged."""
    arch_changed = bool(observed.arch and pool.arch) and pool.arch != observed.arch
    for name, changed in (("controlPlane", pool.control_plane != observed.control_plane), ("archType", arch_changed)):
        if changed:
            raise Stalled(
                "ImmutableFieldChanged",
                f"{name} of pool {pool.name!r} is immutable: add a pool of another name, or put back the old value",
            )


def _removed_pool(seen: ObservedCluster, observed: ObservedPool) -> Iterator[ClusterAction]:
    assert seen.config is not None  # noqa: S101 - `pools` returned early otherwise
    if observed.control_plane:
        raise Stalled(
            "ImmutableFieldChanged",
            f"pool {observed.name!r} is the cluster's control plane and cannot be removed or renamed; name it in "
            "spec.machinePools again",
        )
    if observed.name not in seen.machines:
        yield Await("Updating", f"reading the machines of pool {observed.name} before it is deleted")
        return
    machines = [machine for machine in seen.machines[observed.name] if machine.state != "Deleted"]
    for machine in machines:
        yield from _leave(seen, observed.name, machine)
    if not machines:
        removed = Difference(f"/spec/machinePools/{observed.name}", "none", f"{len(observed.hosts)} hosts")
        yield DeletePool(seen.config.uid, observed.name, (removed,))


def _leave(seen: ObservedCluster, pool: PoolName, machine: Machine) -> Iterator[ClusterAction]:
    assert seen.config is not None  # noqa: S101 - `pools` returned early otherwise
    if machine.host_uid is None:
        yield Await("Updating", f"waiting to learn which edge host machine {machine.name} of pool {pool} is on")
    elif machine.state == "Deleting":
        yield Await("Updating", f"waiting for the machine of edge host {machine.host_uid} to leave pool {pool}")
    else:
        left = Difference(f"/spec/machinePools/{pool}/edgeHosts/{machine.host_uid}", "none", machine.state)
        yield DeleteMachine(seen.config.uid, pool, machine.uid, machine.host_uid, (left,))


def _machines_by_host(seen: ObservedCluster, pool: PoolName) -> dict[HostUid, Machine]:
    return {m.host_uid: m for m in seen.machines.get(pool, ()) if m.host_uid and m.state != "Deleted"}


def _as_desired(host: PoolHost) -> DesiredHost:
    return DesiredHost(
        uid=host.uid,
        name=host.name,
        nic_name=host.nic_name,
        ip=host.ip,
        subnet=host.subnet,
        gateway=host.gateway,
        dns=host.dns,
        two_node_priority=host.two_node_priority,
    )


def pools_losing_hosts(
    desired: DesiredCluster, config: EdgeNativeConfig, managed: Collection[str]
) -> tuple[PoolName, ...]:
    """Return the pools whose machines must be read before planning: hosts are to leave them."""
    wanted = {pool.name: {host.uid for host in pool.hosts} for pool in desired.pools}
    return tuple(
        pool.name
        for pool in config.pools
        if (pool.name in wanted and {host.uid for host in pool.hosts} - wanted[pool.name])
        or (pool.name not in wanted and pool.name in managed)
    )


def pool_differences(pool: DesiredPool, observed: ObservedPool) -> Iterator[Difference]:
    """Yield the fields on which a pool differs; a host's network only where the spec sets it."""
    path = f"/spec/machinePools/{pool.name}"
    wanted_hosts = sorted(host.uid for host in pool.hosts)
    found_hosts = sorted(host.uid for host in observed.hosts)
    if wanted_hosts != found_hosts:
        yield Difference(f"{path}/edgeHosts", ", ".join(wanted_hosts), ", ".join(found_hosts))
    compared = (
        ("useControlPlaneAsWorker", pool.control_plane_as_worker, observed.control_plane_as_worker),
        ("labels", dict(sorted(pool.labels.items())), dict(sorted(observed.labels.items()))),
        ("taints", sorted(map(str, pool.taints)), sorted(map(str, observed.taints))),
        ("updateStrategy", pool.update_strategy, observed.update_strategy),
        ("nodeRepaveIntervalSeconds", pool.node_repave_interval_s, observed.node_repave_interval_s),
        ("skipKubernetesUpgrade", pool.skip_kubernetes_upgrade, observed.skip_kubernetes_upgrade),
    )
    for name, wanted, found in compared:
        if wanted != found:
            yield Difference(f"{path}/{name}", str(wanted), str(found))
    by_uid = {host.uid: host for host in observed.hosts}
    for host in pool.hosts:
        if host.uid in by_uid and not _same_network(host, by_uid[host.uid]):
            yield Difference(f"{path}/edgeHosts/{host.uid}/nic", host.ip or host.nic_name, by_uid[host.uid].ip)


def _same_network(wanted: DesiredHost, found: PoolHost) -> bool:
    pairs = (
        (wanted.nic_name, found.nic_name),
        (wanted.ip, found.ip),
        (wanted.subnet, found.subnet),
        (wanted.gateway, found.gateway),
        (wanted.dns, found.dns),
        (wanted.two_node_priority, found.two_node_priority),
    )
    return all(not w or w == f for w, f in pairs)
