"""What to write so that a cluster becomes as desired: pure rules, each a small generator.

The rules compare; they never ask why they were called. What takes several steps in Palette (a machine leaves before
its pool shrinks, a profile settles before its variables) is planned one step at a time: the next look plans the next.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from palette_operator.domain.actions import (
    ApplyProfiles,
    Await,
    ClusterAction,
    CreateCluster,
    CreatePool,
    DeleteMachine,
    DeletePool,
    Difference,
    ProfileChange,
    RemoveProfiles,
    SetClusterMetadata,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
    differences_of,
    is_ignored,
)
from palette_operator.domain.desired import DesiredCluster, DesiredEdgeNative, DesiredHost, DesiredPool
from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import CloudConfigUid, HostUid, PoolName
from palette_operator.domain.marks import label_differences
from palette_operator.domain.observed import (
    ClusterDetail,
    ClusterRow,
    EdgeNativeConfig,
    Machine,
    ObservedPool,
    PoolHost,
)

# A cluster cannot be updated while it is brought up or taken down. Source: Palette docs, "Cluster Updates".
UPDATABLE_STATES = frozenset({"Running", "Error"})
_JOINING_STATES = frozenset({"Pending", "Provisioning", "Provisioned"})


@dataclass(frozen=True, slots=True)
class ObservedCluster:
    """One cluster as far as it was read: the row always, the rest when it was in question."""

    row: ClusterRow
    detail: ClusterDetail | None = None
    config: EdgeNativeConfig | None = None
    machines: Mapping[PoolName, tuple[Machine, ...]] = field(default_factory=dict)

    @property
    def labels(self) -> Mapping[str, str]:
        """The freshest labels at hand."""
        return self.detail.labels if self.detail else self.row.labels


@dataclass(frozen=True, slots=True)
class Memory:
    """What we remember having put there, from status: only that is ever removed."""

    tags: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    variables_hash: str = ""
    packs_hash: str = ""
    spec_hash: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Keyed hashes of what cannot be read back from Palette to compare: values that may be secret."""

    variables: str = ""
    packs: str = ""
    spec: str = ""
    """Of the whole cluster as desired: tells a changed spec from one that was brought into agreement once."""


def plan_cluster(
    desired: DesiredCluster,
    seen: ObservedCluster | None,
    memory: Memory = Memory(),
    fingerprints: Fingerprints = Fingerprints(),
    *,
    ignore: frozenset[str] = frozenset(),
) -> tuple[ClusterAction, ...]:
    """Return the writes that make Palette match, in order; empty when it does.

    `seen` None means that the cluster is known to be absent (never: that it was not seen). `ignore` are paths of the
    spec that are left alone.
    """
    if seen is None:
        return (CreateCluster(desired),)
    updates = chain(
        pools(desired, seen, memory),
        cloud_config(desired, seen),
        profiles(desired, seen, memory, fingerprints),
        variables(desired, seen, memory, fingerprints),
    )
    wanted = tuple(action for action in updates if not _is_ignored(action, ignore))
    held = _until_updatable(seen, wanted) if wanted else _until_read(seen, memory, fingerprints)
    return (*metadata(desired, seen, memory, ignore), *held)


def _until_updatable(seen: ObservedCluster, updates: tuple[ClusterAction, ...]) -> Iterator[ClusterAction]:
    """Hold updates back while the cluster is in a state that refuses them."""
    if seen.row.state in UPDATABLE_STATES:
        yield from updates
        return
    planned = ", ".join(str(action) for action in updates)
    yield Await("UpdatePending", f"the cluster is {seen.row.state or 'not reported yet'}; then: {planned}")


def _until_read(seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints) -> Iterator[ClusterAction]:
    """Wait with a changed spec until the cluster was read whole: what was not compared is not in agreement."""
    if memory.spec_hash != fingerprints.spec and (seen.detail is None or seen.config is None):
        state = seen.row.state or "not reported yet"
        yield Await("UpdatePending", f"the cluster is {state}; the spec is compared with it once it was read whole")


def _is_ignored(action: ClusterAction, ignore: frozenset[str]) -> bool:
    paths = [difference.path for difference in differences_of(action)]
    return bool(paths) and all(is_ignored(path, ignore) for path in paths)


def metadata(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, ignore: frozenset[str] = frozenset()
) -> Iterator[ClusterAction]:
    """Set tags, mark and description that differ; remove only tags that we once set."""
    wanted, stale, differences = label_differences(desired.labels, seen.labels, memory.tags, ignore)
    description = None
    found = seen.detail.description if seen.detail and "/spec/description" not in ignore else desired.description
    if desired.description and desired.description != found:
        description = desired.description
        differences += (Difference("/spec/description", desired.description, found),)
    if differences:
        yield SetClusterMetadata(seen.row.uid, wanted, stale, description, differences)


def profiles(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints
) -> Iterator[ClusterAction]:
    """Attach what is missing, replace other versions of the same profile, detach what we attached and no longer want.

    A new version is sent as `replaceWithProfile`: deleting and adding would tear the workloads down.
    """
    if seen.detail is None:
        return
    attached_uids = {p.uid for p in seen.detail.profiles}
    by_name = {p.name: p for p in seen.detail.profiles}
    resend = memory.packs_hash != fingerprints.packs
    changes: list[ProfileChange] = []
    differences: list[Difference] = []
    for profile in desired.profiles:
        path = f"/spec/profiles/{profile.name}"
        if profile.uid in attached_uids:
            if resend and profile.packs:
                changes.append(ProfileChange(profile))
                differences.append(Difference(f"{path}/packs", "changed values", "values sent before"))
            continue
        before = by_name.get(profile.name)
        changes.append(ProfileChange(profile, before.uid if before else None))
        differences.append(Difference(f"{path}/version", profile.version, before.version if before else "none"))
    if changes:
        yield ApplyProfiles(seen.row.uid, tuple(changes), tuple(differences))
    wanted = {p.name for p in desired.profiles}
    gone = [p for p in seen.detail.profiles if p.name in memory.profiles and p.name not in wanted]
    if gone:
        removed = tuple(Difference(f"/spec/profiles/{p.name}", "none", f"{p.name} {p.version}") for p in gone)
        yield RemoveProfiles(seen.row.uid, tuple(p.uid for p in gone), removed)


def variables(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints
) -> Iterator[ClusterAction]:
    """Send variables when what we would send differs from what we sent; only once the profiles have settled."""
    if seen.detail is None or memory.variables_hash == fingerprints.variables:
        return
    given = tuple(p for p in desired.profiles if p.variables)
    if not given:
        return
    if any(profiles(desired, seen, memory, fingerprints)) or seen.detail.can_be_applied is False:
        yield Await("Updating", "waiting for the profiles to settle before their variables are set")
        return
    paths = tuple(Difference(f"/spec/profiles/{p.name}/variables", "changed", "values sent before") for p in given)
    yield SetVariables(seen.row.uid, given, paths)


def cloud_config(desired: DesiredCluster, seen: ObservedCluster) -> Iterator[ClusterAction]:
    """Set NTP servers and SSH keys; the rest is sent back as Palette has it, such as an address that it chose."""
    if seen.config is None:
        return
    pairs = (
        ("ntpServers", desired.cloud.ntp_servers, seen.config.ntp_servers),
        ("sshKeys", desired.cloud.ssh_keys, seen.config.ssh_keys),
    )
    differences = tuple(
        Difference(f"/spec/cloud/edgeNative/{name}", ", ".join(wanted), ", ".join(found))
        for name, wanted, found in pairs
        if wanted != found
    )
    if differences:
        cloud = _as_desired_cloud(seen.config, desired.cloud)
        yield UpdateCloudConfig(seen.config.uid, cloud, differences)


def _as_desired_cloud(found: EdgeNativeConfig, wanted: DesiredEdgeNative) -> DesiredEdgeNative:
    return DesiredEdgeNative(
        endpoint_type=found.endpoint_type,
        endpoint_host=found.endpoint_host,
        ddns_search_domain=found.ddns_search_domain,
        overlay_cidr=found.overlay_cidr,
        ntp_servers=wanted.ntp_servers,
        ssh_keys=wanted.ssh_keys,
        static_ip=found.static_ip,
        two_node=found.two_node,
    )


def pools(desired: DesiredCluster, seen: ObservedCluster, memory: Memory) -> Iterator[ClusterAction]:
    """Add, change and remove pools; hosts join before others leave, machines leave before their pool shrinks.

    Raises Stalled rather than remove the control plane with its pool.
    """
    if seen.config is None:
        return
    found = {pool.name: pool for pool in seen.config.pools}
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
        if name in memory.pools and name not in wanted:
            yield from _removed_pool(seen, observed)


def _added_pool(config: CloudConfigUid, pool: DesiredPool, elsewhere: Collection[HostUid]) -> Iterator[ClusterAction]:
    free = tuple(host for host in pool.hosts if host.uid not in elsewhere)
    if free:
        added = Difference(f"/spec/machinePools/{pool.name}", f"{len(free)} hosts", "none")
        yield CreatePool(config, replace(pool, hosts=free), (added,))


def _changed_pool(
    seen: ObservedCluster, pool: DesiredPool, observed: ObservedPool, elsewhere: Collection[HostUid]
) -> Iterator[ClusterAction]:
    assert seen.config is not None  # noqa: S101 - `pools` returned early otherwise
    if pool.control_plane != observed.control_plane:
        raise Stalled(
            "ImmutableFieldChanged",
            f"controlPlane of pool {pool.name!r} is immutable: add a pool of another name, or put back the old value",
        )
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
    joining = sorted(h.uid for h in pool.hosts if h.uid not in machines or machines[h.uid].state in _JOINING_STATES)
    if joining:
        names = ", ".join(joining)
        yield Await("Updating", f"waiting for edge hosts {names} to join pool {pool.name} before others leave it")
        return
    if pool.control_plane:
        leaving = sorted(leaving, key=lambda machine: machine.state != "Deleting")[:1]
    for machine in leaving:
        yield from _leave(seen, pool.name, machine)


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


def pools_losing_hosts(desired: DesiredCluster, config: EdgeNativeConfig, memory: Memory) -> tuple[PoolName, ...]:
    """Return the pools whose machines must be read before planning: hosts are to leave them."""
    wanted = {pool.name: {host.uid for host in pool.hosts} for pool in desired.pools}
    return tuple(
        pool.name
        for pool in config.pools
        if (pool.name in wanted and {host.uid for host in pool.hosts} - wanted[pool.name])
        or (pool.name not in wanted and pool.name in memory.pools)
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
