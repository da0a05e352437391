"""What an edge host's status says, from what the host showed through its own API. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palette_operator.domain.local import LinkPeer, LocalCluster, LocalHostInfo
from palette_operator.domain.local_host import HostContent, LocalHostSeen, Maybe
from palette_operator.domain.observed import Unknown
from palette_operator.domain.resources import (
    ContentCount,
    ContentItem,
    ContentStatus,
    DnsStatus,
    EdgeHostStatus,
    HostClusterRef,
    LocalClusterStatus,
    NtpStatus,
    Peer,
)
from palette_operator.reconcile.edge_host.facts import hardware_status, network_status, os_status

Fields = dict[str, Any]

# Status fields that only the host's own API can fill.
LOCAL_FIELDS = (
    "deviceName",
    "createdAt",
    "connectionMode",
    "managementMode",
    "paletteEndpoint",
    "nodeRole",
    "configurationStatus",
    "registrationStatus",
    "dns",
    "ntp",
    "content",
    "peers",
    "localCluster",
)


def local_fields(seen: LocalHostSeen, user: tuple[str, str] | None, before: EdgeHostStatus) -> Fields:
    """Return all status fields of a host that is reached through its own API alone; None removes one.

    What could not be read is left as it is. `user` names the namespace and pool of the PaletteCluster that uses the
    host, where there is one; `before` is the status as it is.
    """
    info = seen.info
    return {
        "uid": info.uid,
        "health": "healthy",
        "hostName": info.host_name or None,
        "agentVersion": info.agent_version or None,
        "hostState": info.host_state or None,
        "hostType": info.host_type or None,
        "hardware": hardware_status(info.hardware, before.hardware),
        "network": network_status(info.hardware),
        "os": os_status(info.hardware),
        **_use(seen.cluster, user),
        **further_fields(seen),
    }


def further_fields(seen: LocalHostSeen) -> Fields:
    """Return the status fields that only the host's own API can fill; None removes one."""
    info = seen.info
    fields: Fields = {
        "deviceName": info.name or None,
        "createdAt": info.created_at.strftime("%Y-%m-%dT%H:%M:%SZ") if info.created_at else None,
        "connectionMode": info.connection_mode or None,
        "managementMode": info.management_mode or None,
        "paletteEndpoint": info.palette_endpoint or None,
        "nodeRole": info.node_role or None,
        "configurationStatus": info.configuration_status or None,
        "registrationStatus": info.registration_status or None,
        "dns": _dns(info),
        "ntp": _ntp(info),
    }
    if not isinstance(seen.content, Unknown):
        fields["content"] = _content(seen.content)
    if not isinstance(seen.links, Unknown):
        fields["peers"] = _peers(seen.links.peers) or None
    if not isinstance(seen.cluster, Unknown):
        fields["localCluster"] = _cluster(seen.cluster)
    return fields


def _use(cluster: Maybe[LocalCluster | None], user: tuple[str, str] | None) -> Fields:
    """Say whether the host is free, in the words that Palette has for it."""
    if isinstance(cluster, Unknown):
        return {}
    if cluster is None:
        return {"state": "ready", "clusterRef": None}
    namespace, pool = user or ("", "")
    reference = HostClusterRef(name=cluster.name, uid=cluster.uid, namespace=namespace, pool=pool)
    return {"state": "in-use", "clusterRef": reference.to_kubernetes()}


def _dns(info: LocalHostInfo) -> Fields | None:
    dns = DnsStatus(nameservers=info.dns.nameservers, options=info.dns.options, search_domains=info.dns.search_domains)
    return dns.to_kubernetes() or None


def _ntp(info: LocalHostInfo) -> Fields | None:
    return NtpStatus(servers=info.ntp.servers, fallback_servers=info.ntp.fallback_servers).to_kubernetes() or None


def _content(content: HostContent) -> Fields | None:
    status = ContentStatus(
        counts=tuple(ContentCount(type=type_, count=count) for type_, count in content.counts),
        items=tuple(
            ContentItem(type=each.type, name=each.name, version=each.version, size=each.size) for each in content.items
        ),
    )
    return status.to_kubernetes() or None


def _peers(peers: Sequence[LinkPeer]) -> list[Fields]:
    return [
        Peer(
            uid=peer.uid,
            ip=peer.ip,
            node_role=peer.node_role,
            status=peer.status,
            health=peer.health,
            content_sync_status=peer.content_sync,
        ).to_kubernetes()
        for peer in sorted(peers, key=lambda peer: peer.uid)
    ]


def _cluster(cluster: LocalCluster | None) -> Fields | None:
    if cluster is None:
        return None
    return LocalClusterStatus(
        name=cluster.name,
        state=cluster.state,
        state_reason=cluster.state_reason,
        health=cluster.health,
        kubernetes_version=cluster.kubernetes_version,
    ).to_kubernetes()
