"""From names to uids: profiles, edge hosts and secrets that a cluster refers to. Pure: what was found comes in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from palette_operator.domain.desired import (
    DesiredHost,
    DesiredManifest,
    DesiredPack,
    DesiredPool,
    DesiredProfile,
    DesiredVariable,
)
from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey, PoolName
from palette_operator.domain.observed import HostRow, ProfileVersion, Taint, UpdateStrategy
from palette_operator.domain.resources import (
    ClusterProfile,
    MachinePool,
    Nic,
    PackOverride,
    PoolEdgeHost,
    ProfileVariable,
)
from palette_operator.domain.selection import Candidate, choose_hosts

# What is not there yet may come at any time and wakes the waiter; this is only the safety net.
LOOK_AGAIN_S = 60.0
# Nothing tells of a profile that was published; one listing serves all who wait.
_PROFILE_LOOK_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class KnownHost:
    """An EdgeHost object of the cluster's namespace, and what Palette lists of its device."""

    name: str
    uid: HostUid
    labels: Mapping[str, str]
    host_name: str = ""
    nic: Nic | None = None
    two_node_priority: str = ""
    row: HostRow | None = None


@dataclass(frozen=True, slots=True)
class HostDirectory:
    """Everything that pools can choose from, and who has already chosen what."""

    by_name: Mapping[str, KnownHost]
    rows: Mapping[HostUid, HostRow]
    """Rows of hosts that pools name by uid."""
    taken: Mapping[HostUid, ObjectKey]
    """Hosts that other PaletteClusters use or have reserved."""
    cluster_uid: ClusterUid | None
    """This cluster, if it exists: hosts that it already has are fine whatever their state."""
    before: Mapping[PoolName, Sequence[HostUid]]
    """What each pool chose before."""


def check_distinct(profiles: Iterable[DesiredProfile]) -> None:
    """Raise Stalled when two entries mean the same profile: they would replace each other for ever."""
    seen: set[str] = set()
    for profile in profiles:
        if profile.name in seen:
            message = f"two entries of spec.profiles mean the cluster profile {profile.name!r}; keep one"
            raise Stalled("InvalidSpec", message)
        seen.add(profile.name)


def resolve_profile(
    reference: ClusterProfile,
    catalog: Iterable[ProfileVersion],
    secrets: Mapping[tuple[str, str], str],
    *,
    project: str,
) -> DesiredProfile:
    """Return the profile version that a reference means; raises Stalled when none or several fit.

    `secrets` holds the values of all secretKeyRefs of the resource.
    """
    if reference.uid:
        fitting = [p for p in catalog if p.uid == reference.uid]
        wanted = f"cluster profile with uid {reference.uid}"
    else:
        fitting = [p for p in catalog if p.name == reference.name and p.version == reference.version]
        wanted = f"cluster profile {reference.name!r} {reference.version}"
    if not fitting:
        raise Waiting(
            "ProfileNotFound",
            f"{wanted} is not in project {project!r}; publish it there or correct spec.profiles",
            retry_after_s=_PROFILE_LOOK_AGAIN_S,
        )
    if len(fitting) > 1:
        raise Stalled(
            "ProfileAmbiguous",
            f"{len(fitting)} cluster profiles are {wanted.removeprefix('cluster profile ')}; set uid in spec.profiles",
        )
    found = fitting[0]
    return DesiredProfile(
        uid=found.uid,
        name=found.name,
        version=found.version,
        variables=tuple(DesiredVariable(v.name, variable_value(v, secrets)) for v in reference.variables),
        packs=tuple(_pack(pack) for pack in reference.packs),
        cloud_type=found.cloud_type,
    )


def variable_value(variable: ProfileVariable, secrets: Mapping[tuple[str, str], str]) -> str:
    """Return the value of a variable, from the spec or from the Secret that it names."""
    if variable.value_from is None:
        return variable.value or ""
    reference = variable.value_from.secret_key_ref
    return secrets[reference.name, reference.key]


def _pack(pack: PackOverride) -> DesiredPack:
    manifests = tuple(DesiredManifest(m.name, m.content) for m in pack.manifests)
    return DesiredPack(pack.name, pack.type, pack.tag, pack.values, manifests)


def resolve_pools(pools: Sequence[MachinePool], directory: HostDirectory) -> tuple[DesiredPool, ...]:
    """Return the pools of a cluster with the hosts chosen for them; raises as `resolve_pool` does.

    Hosts that a pool names are taken first: a selector never chooses what another pool of the cluster names.
    """
    resolved: dict[str, DesiredPool] = {}
    for pool in sorted(pools, key=lambda pool: pool.edge_host_selector is not None):
        claimed = frozenset(host.uid for earlier in resolved.values() for host in earlier.hosts)
        resolved[pool.name] = resolve_pool(pool, directory, claimed)
    return tuple(resolved[pool.name] for pool in pools)


def resolve_pool(pool: MachinePool, directory: HostDirectory, claimed: frozenset[HostUid]) -> DesiredPool:
    """Return a pool with the hosts chosen for it.

    `claimed` are hosts that other pools of the same cluster have. Raises Waiting while a host is missing, not ready,
    or in use elsewhere: its arrival wakes the cluster; Stalled when it would be in the cluster twice.
    """
    hosts = _selected(pool, directory, claimed) if pool.edge_host_selector else _named(pool, directory)
    seen = set(claimed)
    for host in hosts:
        if host.uid in seen:
            raise Stalled("HostInUse", f"edge host {host.uid} of pool {pool.name!r} is in this cluster twice")
        seen.add(host.uid)
        _check(host, pool, directory)
    strategy = pool.update_strategy
    return DesiredPool(
        name=PoolName(pool.name),
        control_plane=pool.control_plane,
        control_plane_as_worker=pool.use_control_plane_as_worker,
        hosts=tuple(hosts),
        labels=dict(pool.labels),
        taints=tuple(Taint(t.key, t.value, t.effect) for t in pool.taints),
        arch=pool.arch_type,
        update_strategy=UpdateStrategy(strategy.type, strategy.max_surge, strategy.max_unavailable)
        if strategy
        else UpdateStrategy(),
        node_repave_interval_s=pool.node_repave_interval_seconds,
        skip_kubernetes_upgrade=pool.skip_kubernetes_upgrade,
    )


def _named(pool: MachinePool, directory: HostDirectory) -> list[DesiredHost]:
    return [_entry(entry, pool, directory) for entry in pool.edge_hosts]


def _entry(entry: PoolEdgeHost, pool: MachinePool, directory: HostDirectory) -> DesiredHost:
    if not entry.name:
        return _desired_host(HostUid(entry.uid), entry, None)
    known = directory.by_name.get(entry.name)
    if known is None:
        raise Waiting(
            "HostNotFound",
            f"pool {pool.name!r} names EdgeHost {entry.name!r}, which is not in this namespace; create it or correct "
            "spec.machinePools",
            retry_after_s=LOOK_AGAIN_S,
        )
    return _desired_host(known.uid, entry, known)


def _desired_host(uid: HostUid, entry: PoolEdgeHost | None, known: KnownHost | None) -> DesiredHost:
    """Return the host with its network: what the pool's entry says, else what the EdgeHost says."""
    nic = (entry.nic if entry else None) or (known.nic if known else None)
    return DesiredHost(
        uid=uid,
        name=(entry.host_name if entry else "") or (known.host_name if known else ""),
        nic_name=nic.name if nic else "",
        ip=nic.ip if nic else "",
        subnet=nic.subnet if nic else "",
        gateway=nic.gateway if nic else "",
        dns=tuple(nic.dns) if nic else (),
        mac=nic.mac_addr if nic else "",
        two_node_priority=(entry.two_node_priority if entry else "")
        or (known.two_node_priority if known else "")
        or "",
    )


def _selected(pool: MachinePool, directory: HostDirectory, claimed: frozenset[HostUid]) -> list[DesiredHost]:
    assert pool.edge_host_selector is not None  # noqa: S101 - the caller looked
    wanted = pool.edge_host_selector.count
    by_uid = {known.uid: known for known in directory.by_name.values()}
    chosen = choose_hosts(
        pool.edge_host_selector,
        wanted,
        (Candidate(k.uid, k.name, k.labels, usable=bool(k.row and k.row.is_usable)) for k in by_uid.values()),
        chosen_before=directory.before.get(PoolName(pool.name), ()),
        taken={*directory.taken, *claimed},
    )
    if len(chosen) < wanted:
        raise Waiting(
            "HostNotReady",
            f"pool {pool.name!r} needs {wanted} edge hosts that match its selector and are ready; {len(chosen)} found",
            retry_after_s=LOOK_AGAIN_S,
        )
    return [_desired_host(uid, None, by_uid[uid]) for uid in chosen]


def _check(host: DesiredHost, pool: MachinePool, directory: HostDirectory) -> None:
    """Raise Waiting unless the host may be in this pool."""
    row = directory.rows.get(host.uid) or next((k.row for k in directory.by_name.values() if k.uid == host.uid), None)
    what = f"edge host {host.uid} of pool {pool.name!r}"
    holder = directory.taken.get(host.uid)
    if holder is not None:
        raise _wait("HostInUse", f"{what} is used by {holder}; choose another, or take it out there")
    if row is None and directory.cluster_uid and host.uid in directory.before.get(PoolName(pool.name), ()):
        return  # the cluster has it already: that a listing does not show it is no proof that it is gone
    if row is None:
        raise _wait("HostNotFound", f"{what} is not registered in Palette yet")
    if row.cluster_uid and row.cluster_uid == directory.cluster_uid:
        return
    if row.cluster_uid:
        named = row.cluster_name or row.cluster_uid
        raise _wait("HostInUse", f"{what} is used by cluster {named} in Palette; choose another, or take it out there")
    if not row.is_usable:
        state = row.state if row.state != "ready" else row.health or "not heard of yet"
        raise _wait("HostNotReady", f"{what} is {state}; it is taken once it is paired and healthy")


def _wait(reason: str, message: str) -> ReconcileError:
    return Waiting(reason, message, retry_after_s=LOOK_AGAIN_S)


def with_two_node_priorities(pool: DesiredPool) -> DesiredPool:
    """Return a two-node control plane with one primary and one secondary; what the spec leaves open is filled in.

    The order of the hosts decides, which is sticky. Other pools come back as they are. Raises Stalled when both hosts
    claim the same priority.
    """
    if not pool.control_plane:
        return pool
    given = [host.two_node_priority for host in pool.hosts if host.two_node_priority]
    if len(given) != len(set(given)):
        raise Stalled(
            "InvalidSpec",
            f"pool {pool.name!r} has two {given[0]} hosts: make one primary and one secondary, in the pool or on the "
            "EdgeHosts, or leave both out",
        )
    left = [priority for priority in ("primary", "secondary") if priority not in given]
    hosts = [
        host if host.two_node_priority or not left else replace(host, two_node_priority=left.pop(0))
        for host in pool.hosts
    ]
    return replace(pool, hosts=tuple(hosts))


def check_static_addresses(pools: Iterable[DesiredPool], *, member: str = "edgeNative") -> None:
    """Raise Stalled when a host has no static address, for clusters that need one on every host.

    `member` names the cloud within spec.cloud.
    """
    for pool in pools:
        for host in pool.hosts:
            if not host.ip:
                raise Stalled(
                    "InvalidSpec",
                    f"cloud.{member}.staticIP needs an address for edge host {host.uid} of pool {pool.name!r}: set "
                    "spec.network.nic.ip on its EdgeHost, or nic.ip in the pool",
                )
