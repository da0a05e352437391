"""The hosts of a local cluster: EdgeHost objects of its namespace, and what their own API shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from palette_operator.domain.desired import DesiredPool
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import HostUid, ObjectKey, PoolName
from palette_operator.domain.local import LocalCluster, LocalHostInfo
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.observed import HostNic, HostRow, Unknown
from palette_operator.domain.references import (
    LOOK_AGAIN_S,
    HostDirectory,
    KnownHost,
    check_static_addresses,
    resolve_pools,
    with_two_node_priorities,
)
from palette_operator.domain.resources import EdgeHost, InvalidSpec, PaletteCluster, parse_edge_host
from palette_operator.edge.client import EdgeClient
from palette_operator.kube.objects import Body
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.local_hosts.hosts import HostSighting

_FIRST_LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class Member:
    """An EdgeHost with `spec.local`."""

    key: ObjectKey
    host: EdgeHost
    sighting: HostSighting

    @property
    def uid(self) -> HostUid:
        """The device's uid, as it reported it where it has."""
        return self.sighting.seen.info.uid if self.sighting.seen else self.host.device_uid

    @property
    def answers(self) -> bool:
        """Whether it was seen, and still answers."""
        return self.sighting.seen is not None and self.sighting.failure is None

    @property
    def cluster(self) -> LocalCluster | None:
        """The cluster that it was last seen in; None when in none, or when it did not say."""
        cluster = self.sighting.seen.cluster if self.sighting.seen else None
        return None if isinstance(cluster, Unknown) else cluster

    @property
    def address(self) -> str:
        """Where it was last seen."""
        nics = self.sighting.seen.info.hardware.nics if self.sighting.seen else ()
        return _default(nics).ip if nics else ""


class Members:
    """Finds the hosts of clusters; raises a ReconcileError for the first that cannot be used, whose change wakes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def leader(self, key: ObjectKey, resource: PaletteCluster) -> Member:
        """Return the host that leads the cluster, or is to; raises Waiting or Stalled when it cannot be found."""
        name = leader_name(resource)
        if not name:
            pools, members = self.pools(key, resource)
            return members[next(pool.hosts[0].uid for pool in pools if pool.control_plane)]
        member = self.named(key, name)
        if member is not None:
            return member
        if self._context.objects.get(ObjectKey("EdgeHost", key.namespace, name)):
            raise _not_local(name)
        message = f"EdgeHost {name!r}, the leader, is not in this namespace; create it, or correct spec.machinePools"
        raise _waiting("HostNotFound", message)

    def named(self, key: ObjectKey, name: str) -> Member | None:
        """Return the EdgeHost of this name in the cluster's namespace; None when it is not there or is no local one."""
        body = self._context.objects.get(ObjectKey("EdgeHost", key.namespace, name))
        return self._member(body) if body else None

    def client(self, member: Member) -> EdgeClient:
        """Return the client of a host; raises Waiting while the EdgeHost itself has not been looked at."""
        client = self._context.local_hosts.client(member.key)
        if client is None:
            raise _not_looked_at(member)
        return client

    def pools(
        self, key: ObjectKey, resource: PaletteCluster
    ) -> tuple[tuple[DesiredPool, ...], Mapping[HostUid, Member]]:
        """Return the pools with their hosts, and these hosts; claims them, so that no other cluster chooses them."""
        members = self._members(key, resource)
        named = list(self._named_members(resource, members))
        for member in named:
            self._check(member, key, resource, leads=member.key.name == leader_name(resource))
        pools = resolve_pools(resource.spec.machine_pools, self._directory(key, resource, members))
        by_uid = {member.uid: member for member in members}
        self._check_known(pools, by_uid)
        cloud = resource.spec.cloud.edge_local
        assert cloud is not None  # noqa: S101 - the router looked
        if cloud.two_node:
            pools = tuple(with_two_node_priorities(pool) for pool in pools)
        if cloud.static_ip:
            check_static_addresses(pools, member="edgeLocal")
        self._context.reservations.claim_hosts(key, (host.uid for pool in pools for host in pool.hosts))
        return pools, by_uid

    @staticmethod
    def located(pools: Iterable[DesiredPool], members: Mapping[HostUid, Member]) -> tuple[DesiredPool, ...]:
        """Return the pools with the addresses where their hosts were last seen."""
        return tuple(_with_addresses(pool, members) for pool in pools)

    def _members(self, key: ObjectKey, resource: PaletteCluster) -> list[Member]:
        """Return the local hosts that pools can mean: all of the namespace where a selector or a uid asks for it."""
        pools = resource.spec.machine_pools
        if all(host.name for pool in pools for host in pool.edge_hosts) and not any(
            p.edge_host_selector for p in pools
        ):
            names = [host.name for pool in pools for host in pool.edge_hosts]
            found = [self._context.objects.get(ObjectKey("EdgeHost", key.namespace, name)) for name in names]
        else:
            found = list(self._context.objects.of_kind("EdgeHost", key.namespace))
        return [member for body in found if body is not None and (member := self._member(body)) is not None]

    def _member(self, body: Body) -> Member | None:
        try:
            host = parse_edge_host(body)
        except InvalidSpec:
            return None  # its own status says so; for the cluster it is not there
        if host.spec.local is None:
            return None
        key = ObjectKey("EdgeHost", host.metadata.namespace, host.metadata.name)
        return Member(key, host, self._context.local_hosts.sighting(key))

    def _named_members(self, resource: PaletteCluster, members: Iterable[Member]) -> Iterator[Member]:
        """Yield the hosts that pools name; raises Stalled for one that is not reached through its own API."""
        by_name = {member.key.name: member for member in members}
        pools = sorted(resource.spec.machine_pools, key=lambda pool: not pool.control_plane)
        for entry in (host for pool in pools for host in pool.edge_hosts if host.name):
            known = by_name.get(entry.name)
            if known is not None:
                yield known
            elif self._context.objects.get(ObjectKey("EdgeHost", resource.metadata.namespace, entry.name)):
                raise _not_local(entry.name)

    def _check(self, member: Member, key: ObjectKey, resource: PaletteCluster, *, leads: bool) -> None:
        """Raise unless the host can be in the cluster, or is in it already: then it may be restarting.

        Whose cluster the leader has is judged elsewhere: it may be taken over.
        """
        if member.uid in _chosen(resource):
            return
        if member.sighting.is_new:
            raise _not_looked_at(member)
        if member.sighting.failure is not None:
            raise _waiting("HostNotReady", f"{_named(member)} cannot be used: {member.sighting.failure.message}")
        if not leads and not self._is_free(member, key, resource):
            name = member.cluster.name if member.cluster else ""
            raise _waiting("HostInUse", f"{_named(member)} is in the cluster {name!r}; choose another, or delete that")

    def _is_free(self, member: Member, key: ObjectKey, resource: PaletteCluster) -> bool:
        """Whether a host is in no cluster, or in this one."""
        cluster = member.cluster
        if cluster is None:
            return True
        return cluster.uid == resource.status.uid or self._context.identity.owns(cluster.labels, key)

    def _directory(self, key: ObjectKey, resource: PaletteCluster, members: Iterable[Member]) -> HostDirectory:
        kept = {*_chosen(resource), *_names(resource)}
        by_name = {
            member.key.name: _known(
                member,
                is_usable=bool({member.uid, member.key.name} & kept)
                or (member.answers and self._is_free(member, key, resource)),
            )
            for member in members
        }
        holders = {
            known.uid: self._context.reservations.holder(known.uid, other_than=key) for known in by_name.values()
        }
        return HostDirectory(
            by_name=by_name,
            rows={known.uid: known.row for known in by_name.values() if known.row is not None},
            taken={uid: holder for uid, holder in holders.items() if holder is not None},
            cluster_uid=None,
            before={
                PoolName(pool.name): [HostUid(uid) for uid in pool.hosts] for pool in resource.status.machine_pools
            },
        )

    @staticmethod
    def _check_known(pools: Iterable[DesiredPool], members: Mapping[HostUid, Member]) -> None:
        unknown = [host.uid for pool in pools for host in pool.hosts if host.uid not in members]
        if unknown:
            message = f"no EdgeHost of this namespace with spec.local stands for device {unknown[0]}; create one"
            raise _waiting("HostNotFound", message)


def check_answers(
    leader: Member, findings: Findings, *, monotonic_s: float, unreachable_after_s: float
) -> LocalHostSeen:
    """Return what the leader shows; raises, and says for how long it may be believed, while it does not answer.

    A leader that does not say whether it has a cluster counts as one that does not answer.
    """
    sighting = leader.sighting
    if sighting.is_new:
        raise _not_looked_at(leader)
    if isinstance(sighting.failure, Unavailable):
        findings.unreachable = monotonic_s - sighting.failing_since >= unreachable_after_s
        message = f"{_named(leader)}, the leader, cannot be reached; it may be restarting. Nothing is sent meanwhile"
        raise Unavailable("HostUnreachable", message)
    if sighting.failure is not None:
        raise _waiting("HostNotReady", f"{_named(leader)} cannot be used: {sighting.failure.message}")
    assert sighting.seen is not None  # noqa: S101 - it has answered
    if isinstance(sighting.seen.cluster, Unknown):
        raise Unavailable(
            "HostUnreachable", f"{_named(leader)} does not say which cluster it has: {sighting.seen.cluster.why}"
        )
    if sighting.seen.cluster is None:
        check_absence(sighting.seen.info, _named(leader))
    return sighting.seen


def check_absence(info: LocalHostInfo, who: str) -> None:
    """Raise when a host that shows no cluster says all the same that it runs one: it may have just started.

    Source: Edge Management OpenAPI, v1EdgeHostStatus, isClusterPhase; older hosts do not tell.
    """
    if info.is_cluster_phase:
        message = f"{who} shows no cluster, and says that it runs one: it may be restarting. Nothing is sent meanwhile"
        raise Unavailable("HostUnreachable", message)


def _chosen(resource: PaletteCluster) -> frozenset[str]:
    """Return the uids of the hosts that the cluster has."""
    return frozenset(uid for pool in resource.status.machine_pools for uid in pool.hosts)


def _names(resource: PaletteCluster) -> frozenset[str]:
    return frozenset(host.name for pool in resource.spec.machine_pools for host in pool.edge_hosts if host.name)


def leader_name(resource: PaletteCluster) -> str:
    """Return the EdgeHost that leads, as remembered, or as the spec names it; "" while none was chosen."""
    control = next(pool for pool in resource.spec.machine_pools if pool.control_plane)
    return resource.status.leader or (control.edge_hosts[0].name if control.edge_hosts else "")


def _known(member: Member, *, is_usable: bool) -> KnownHost:
    network = member.host.spec.network
    row = HostRow.unpaired(member.uid, member.key.name, None, {})
    return KnownHost(
        name=member.key.name,
        uid=member.uid,
        labels=member.host.metadata.labels,
        host_name=network.host_name,
        nic=network.nic,
        two_node_priority=network.two_node_priority or "",
        row=replace(row, state="ready", health="healthy" if is_usable else "not to be used", address=member.address),
    )


def _with_addresses(pool: DesiredPool, members: Mapping[HostUid, Member]) -> DesiredPool:
    return replace(pool, hosts=tuple(replace(host, address=members[host.uid].address) for host in pool.hosts))


def _default(nics: tuple[HostNic, ...]) -> HostNic:
    return next((nic for nic in nics if nic.is_default), nics[0])


def _named(member: Member) -> str:
    return f"edge host {member.key.name}"


def _not_local(name: str) -> Stalled:
    message = (
        f"EdgeHost {name!r} has no valid spec.local: a cluster with cloud.edgeLocal is managed through its hosts' own "
        "API; add it, or name another host"
    )
    return Stalled("HostNotLocal", message)


def _not_looked_at(member: Member) -> ReconcileError:
    return NotSeenYet("AwaitingHost", f"{_named(member)} has not been looked at yet", retry_after_s=_FIRST_LOOK_S)


def _waiting(reason: str, message: str) -> ReconcileError:
    return Waiting(reason, message, retry_after_s=LOOK_AGAIN_S)
