"""Finding what a cluster refers to: profiles, edge hosts, Secrets. The choice itself is pure and stands in `domain`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from palette_operator.domain.desired import DesiredCluster, DesiredEdgeNative, DesiredPool, DesiredProfile
from palette_operator.domain.errors import Waiting
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import HostUid, ObjectKey, PoolName
from palette_operator.domain.marks import labels_from_tags
from palette_operator.domain.observed import HostRow, Known, ObservedCluster
from palette_operator.domain.plan import Fingerprints
from palette_operator.domain.references import (
    HostDirectory,
    KnownHost,
    check_distinct,
    check_static_addresses,
    resolve_pools,
    resolve_profile,
    with_two_node_priorities,
)
from palette_operator.domain.resources import EdgeCloud, PaletteCluster, parse_edge_host
from palette_operator.domain.resources.parse import InvalidSpec
from palette_operator.reconcile import waking
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.sites import Site
from palette_operator.reconcile.variables import variable_secrets


@dataclass(frozen=True, slots=True)
class Resolved:
    """A cluster with every reference resolved, and hashes of it."""

    cluster: DesiredCluster
    fingerprints: Fingerprints


class ClusterReferences:
    """Resolves references; raises Waiting for the first that is not there, whose arrival wakes the cluster."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def topics(self, key: ObjectKey, resource: PaletteCluster) -> list[waking.Topic]:
        """Return what the cluster's references depend on, besides the connection."""
        by_uid = [host.uid for pool in resource.spec.machine_pools for host in pool.edge_hosts if host.uid]
        return [*host_topics(key, resource), *(waking.device(HostUid(uid)) for uid in by_uid)]

    async def resolve(
        self, key: ObjectKey, resource: PaletteCluster, site: Site, seen: ObservedCluster | None
    ) -> Resolved:
        """Return the cluster as it should be. Claims its hosts, so that no other cluster chooses them."""
        profiles = await self._profiles(resource, site)
        # From here to the claim nothing waits: two clusters never choose the same host.
        pools = self._pools(key, resource, site, seen)
        self._context.reservations.claim_hosts(key, (host.uid for pool in pools for host in pool.hosts))
        tags = labels_from_tags(resource.spec.tags) | self._context.identity.mark(key)
        cluster = DesiredCluster(
            name=resource.palette_name,
            description=resource.spec.description,
            labels=tags,
            profiles=profiles,
            cloud=desired_cloud(resource.spec.cloud.edge_native),
            pools=pools,
        )
        hash_key = self._context.hash_key
        return Resolved(
            cluster,
            Fingerprints(
                variables=fingerprint(hash_key, [(p.name, p.variables) for p in profiles]),
                packs=fingerprint(hash_key, [(p.name, p.packs) for p in profiles]),
                spec=fingerprint(hash_key, cluster),
            ),
        )

    async def _profiles(self, resource: PaletteCluster, site: Site) -> tuple[DesiredProfile, ...]:
        secrets = await variable_secrets(self._context.secrets, resource)
        try:
            return await self._resolved_profiles(resource, site, secrets, missing=False)
        except Waiting:
            return await self._resolved_profiles(resource, site, secrets, missing=True)

    @staticmethod
    async def _resolved_profiles(
        resource: PaletteCluster, site: Site, secrets: dict[tuple[str, str], str], *, missing: bool
    ) -> tuple[DesiredProfile, ...]:
        catalog = site.link.catalog
        resolved = []
        for reference in resource.spec.profiles:
            if reference.scope and not reference.uid:
                profiles = await catalog.profiles_in(reference.scope, reference.name, reference.version)
            else:
                profiles = await catalog.profiles(missing=missing)
            resolved.append(resolve_profile(reference, profiles, secrets, project=site.project.name))
        check_distinct(resolved)
        return tuple(resolved)

    def _pools(
        self, key: ObjectKey, resource: PaletteCluster, site: Site, seen: ObservedCluster | None
    ) -> tuple[DesiredPool, ...]:
        directory = self._directory(key, resource, site, seen)
        pools = resolve_pools(resource.spec.machine_pools, directory)
        cloud = resource.spec.cloud.edge_native
        if cloud is not None and cloud.two_node:
            pools = tuple(with_two_node_priorities(pool) for pool in pools)
        if cloud is not None and cloud.static_ip:
            check_static_addresses(pools)
        return pools

    def _directory(
        self, key: ObjectKey, resource: PaletteCluster, site: Site, seen: ObservedCluster | None
    ) -> HostDirectory:
        by_name = {host.name: host for host in self._known_hosts(key, resource, site)}
        direct = {HostUid(host.uid) for pool in resource.spec.machine_pools for host in pool.edge_hosts if host.uid}
        considered = direct | {host.uid for host in by_name.values()}
        holders = {uid: self._context.reservations.holder(uid, other_than=key) for uid in considered}
        return HostDirectory(
            by_name=by_name,
            rows={uid: row for uid in direct if (row := _row(site, uid)) is not None},
            taken={uid: holder for uid, holder in holders.items() if holder is not None},
            cluster_uid=seen.row.uid if seen else None,
            before={
                PoolName(pool.name): [HostUid(uid) for uid in pool.hosts] for pool in resource.status.machine_pools
            },
        )

    def _known_hosts(self, key: ObjectKey, resource: PaletteCluster, site: Site) -> Iterable[KnownHost]:
        objects = self._context.objects
        if any(pool.edge_host_selector for pool in resource.spec.machine_pools):
            bodies = list(objects.of_kind("EdgeHost", key.namespace))
        else:
            names = {host.name for pool in resource.spec.machine_pools for host in pool.edge_hosts if host.name}
            found = (objects.get(ObjectKey("EdgeHost", key.namespace, name)) for name in sorted(names))
            bodies = [body for body in found if body is not None]
        for body in bodies:
            known = _known_host(body, site)
            if known is not None:
                yield known


def host_topics(key: ObjectKey, resource: PaletteCluster) -> list[waking.Topic]:
    """Return the topics of the EdgeHosts that pools name, or choose from by label."""
    named = [host.name for pool in resource.spec.machine_pools for host in pool.edge_hosts if host.name]
    topics = [waking.resource(ObjectKey("EdgeHost", key.namespace, name)) for name in named]
    if any(pool.edge_host_selector for pool in resource.spec.machine_pools):
        topics.append(waking.edge_hosts_in(key.namespace))
    return topics


def _known_host(body: dict[str, Any], site: Site) -> KnownHost | None:
    try:
        host = parse_edge_host(body)
    except InvalidSpec:
        return None  # its own status says so; for the cluster it is not there
    return KnownHost(
        name=host.metadata.name,
        uid=host.device_uid,
        labels=host.metadata.labels,
        host_name=host.spec.network.host_name,
        nic=host.spec.network.nic,
        two_node_priority=host.spec.network.two_node_priority or "",
        row=_row(site, host.device_uid),
    )


def _row(site: Site, uid: HostUid) -> HostRow | None:
    sighting = site.fleet.host(uid)
    return sighting.item if isinstance(sighting, Known) else None


def desired_cloud(spec: EdgeCloud | None) -> DesiredEdgeNative:
    """Return what a cluster on edge hosts is told of its network and users."""
    if spec is None:
        return DesiredEdgeNative()
    endpoint = spec.control_plane_endpoint
    return DesiredEdgeNative(
        endpoint_type=endpoint.type,
        endpoint_host=endpoint.host,
        ddns_search_domain=endpoint.ddns_search_domain,
        overlay_cidr=spec.overlay.cidr if spec.overlay else "",
        ntp_servers=spec.ntp_servers,
        ssh_keys=spec.ssh_keys,
        static_ip=spec.static_ip,
        two_node=spec.two_node,
    )
