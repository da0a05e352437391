"""A cluster on air-gapped hosts in the shape of any other, so that one set of rules compares them all. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from palette_operator.domain.conditions import Condition, false, true
from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.identifiers import CloudConfigUid, ClusterUid, HostUid, MachineUid, PoolName
from palette_operator.domain.local import Archive, LocalCluster, LocalClusterConfig, LocalNode, LocalPool, LocalPoolNode
from palette_operator.domain.observed import (
    AttachedProfile,
    ClusterDetail,
    ClusterRow,
    EdgeNativeConfig,
    Machine,
    ObservedCluster,
)

CLOUD_TYPE = "edge-local"
# Our word: a host has one cluster, and its API names none.
_CURRENT = CloudConfigUid("current")
# What a pool's machine is called in Palette's words, where the host has others.
_MACHINE_STATES = {"Error": "Failed", "": "Running"}


def local_row(cluster: LocalCluster, config: LocalClusterConfig | None = None) -> ClusterRow:
    """Return what every host of the cluster tells of it. Labels are those of its configuration, once that was read."""
    return ClusterRow(
        uid=cluster.uid or ClusterUid(cluster.name),
        name=cluster.name,
        project=None,
        state=cluster.state,
        health=cluster.health,
        labels=config.labels if config else cluster.labels,
        profile_uids=(),
        cloud_type=CLOUD_TYPE,
        cloud_config_uid=_CURRENT,
        repave_state="",
        created_at=None,
        modified_at=None,
    )


def local_observed(
    cluster: LocalCluster,
    config: LocalClusterConfig | None,
    nodes: Iterable[LocalNode] | None,
    archive: Archive | None,
) -> ObservedCluster:
    """Return the cluster as rules compare it; what was not read (None) is not in it.

    `archive` is the definition that it is made of, where the host shows it.
    """
    row = local_row(cluster, config)
    profiles = archive.profiles if archive else ()
    detail = ClusterDetail(
        uid=row.uid,
        name=cluster.name,
        state=cluster.state,
        labels=row.labels,
        description="",
        cloud_type=CLOUD_TYPE,
        cloud_config_uid=_CURRENT,
        profiles=tuple(AttachedProfile(each.uid, each.name, each.version, each.type) for each in profiles),
        packs=(),
        kubernetes_version=cluster.kubernetes_version,
        api_endpoint=cluster.vip,
        can_be_applied=None,
        failures=tuple(_failures(cluster)),
    )
    edge = _edge_config(config)
    machines = (
        {pool.name: tuple(_machines(pool.name, edge, cluster, nodes)) for pool in edge.pools}
        if (edge is not None and nodes is not None)
        else {}
    )
    return ObservedCluster(row, detail, edge, machines)


def _edge_config(config: LocalClusterConfig | None) -> EdgeNativeConfig | None:
    if config is None or config.cloud is None:
        return None
    return replace(config.cloud, uid=_CURRENT, definition=config.archive_path)


def _failures(cluster: LocalCluster) -> Iterator[str]:
    yield from (reason for reason in (cluster.state_reason, cluster.health_reason) if reason)
    bad = [each for each in cluster.conditions if each.status == "False"]
    yield from (f"{each.type}: {each.message or each.reason}" for each in bad)


def _machines(
    pool: PoolName, config: EdgeNativeConfig, cluster: LocalCluster, nodes: Iterable[LocalNode]
) -> Iterator[Machine]:
    """Yield the nodes of a pool: those on its hosts, and those that the cluster counts to it."""
    hosts = {host.uid for each in config.pools if each.name == pool for host in each.hosts}
    counted = {node.name: node for each in cluster.pools if each.name == pool for node in each.nodes}
    for node in nodes:
        if node.name in counted or node.host_uid in hosts:
            state = counted[node.name].state if node.name in counted else ""
            is_ready = node.status is not None and node.status.status == "True"
            yield Machine(MachineUid(node.name), node.name, node.host_uid, _MACHINE_STATES.get(state, state), is_ready)


def hosts_in(cluster: LocalCluster) -> frozenset[HostUid]:
    """Return the hosts whose nodes run and are healthy."""
    return frozenset(uid for pool in cluster.pools for uid in _ready_hosts(pool))


def _ready_hosts(pool: LocalPool) -> Iterator[HostUid]:
    """Yield the hosts of ready nodes. Nodes tell their address, not their host: both are known of a pool's hosts."""
    ready = [node for node in pool.nodes if _is_ready(node)]
    if len(ready) == len(pool.hosts):
        yield from (host.uid for host in pool.hosts)
        return
    names, addresses = {node.name for node in ready}, {node.ip for node in ready if node.ip}
    yield from (host.uid for host in pool.hosts if host.address in addresses or {host.name, host.uid} & names)


def _is_ready(node: LocalPoolNode) -> bool:
    return node.state == "Running" and node.health.lower() in {"healthy", ""}


def local_applied(cluster: DesiredCluster, seen: ObservedCluster, local: LocalCluster) -> Condition:
    """Return Applied: whether the cluster runs on the wanted definition, with nothing left to do."""
    if seen.config is None:
        return false("Applied", "ApplyPending", "the cluster's configuration has not been read yet")
    if cluster.definition and seen.config.definition != cluster.definition:
        return false("Applied", "ApplyPending", f"the definition {cluster.definition} has not reached the cluster yet")
    if local.state != "Running":
        return false("Applied", "ApplyPending", f"the cluster is {local.state or 'not reported yet'}")
    if local.is_reboot_pending:
        return false("Applied", "ApplyPending", "hosts of the cluster are still to be restarted")
    late = [name for name, done in _settings(local) if done is False]
    if late:
        return false("Applied", "ApplyPending", f"{' and '.join(late)} have not reached every host yet")
    return true("Applied", "Applied", "the cluster runs on its definition")


def _settings(local: LocalCluster) -> tuple[tuple[str, bool | None], ...]:
    return ("time servers", local.ntp_servers_applied), ("SSH keys", local.ssh_keys_applied)
