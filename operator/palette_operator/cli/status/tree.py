"""The tree of connections, clusters, pools and hosts, worked out from plain resources.

`Tree` is what `status --json` prints; docs/reference/status.md documents it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from palette_operator.cli.status.objects import ObjectView, view
from palette_operator.domain.resources import ClusterStatus, EdgeHostStatus, PoolStatus, parse_status
from palette_operator.domain.resources.base import Model
from palette_operator.kube.objects import connection_of

Body = Mapping[str, Any]

_UNREADABLE = "Forbidden"


class HostNode(ObjectView):
    """An EdgeHost."""

    uid: str = ""
    state: str = ""
    health: str = ""


class PoolNode(Model):
    """A machine pool, its hosts, and the uids of devices in it that no EdgeHost stands for."""

    name: str
    control_plane: bool = False
    desired: int = 0
    ready: int = 0
    hosts: tuple[HostNode, ...] = ()
    devices: tuple[str, ...] = ()


class ClusterNode(ObjectView):
    """A PaletteCluster and its pools, the control plane first."""

    uid: str = ""
    state: str = ""
    health: str = ""
    kubernetes_version: str = ""
    profile: str = ""
    nodes: str = ""
    pools: tuple[PoolNode, ...] = ()


class ConnectionNode(ObjectView):
    """A PaletteConnection, the clusters that use it, and the hosts that are in none of them."""

    endpoint: str = ""
    project: str = ""
    clusters: tuple[ClusterNode, ...] = ()
    hosts: tuple[HostNode, ...] = ()


class Tree(Model):
    """Everything that was asked for."""

    ready: bool
    """Whether there is something, and all of it is Ready; a connection that may not be read is left out of account."""
    connections: tuple[ConnectionNode, ...] = ()
    clusters: tuple[ClusterNode, ...] = ()
    """Clusters that go through no connection."""
    hosts: tuple[HostNode, ...] = ()
    """Hosts that go through no connection and are in no cluster."""

    @property
    def branches(self) -> tuple[ConnectionNode | Tree, ...]:
        """Everything that clusters and hosts stand under."""
        return (self, *self.connections)


@dataclass(frozen=True, slots=True)
class Bodies:
    """Plain resources as the API server holds them; `connections` is None where they may not be read."""

    connections: Sequence[Body] | None = ()
    clusters: Sequence[Body] = ()
    hosts: Sequence[Body] = ()


def grow(bodies: Bodies) -> Tree:
    """Return the tree of all resources.

    A connection that is named but not there, or may not be read, is a node all the same: what names it is not lost.
    """
    hosts = _Hosts([_host(body) for body in bodies.hosts])
    clusters = [(connection_of(body), _cluster(body, hosts)) for body in bodies.clusters]
    placed = {host.title for _, cluster in clusters for pool in cluster.pools for host in pool.hosts}
    free = [(connection_of(body), host) for body in bodies.hosts if (host := _host(body)).title not in placed]
    known = {str(body["metadata"]["name"]): body for body in bodies.connections or ()}
    absent = _UNREADABLE if bodies.connections is None else "NotFound"
    named = {connection_of(body) for body in (*bodies.clusters, *bodies.hosts)} - {""}

    def users(name: str) -> dict[str, Any]:
        return {
            "clusters": tuple(cluster for used, cluster in clusters if used == name),
            "hosts": tuple(host for used, host in free if used == name),
        }

    branches = (
        _connection(name, known.get(name), absent).model_copy(update=users(name)) for name in sorted({*known, *named})
    )
    return _tree(branches, **users(""))


def only(name: str, tree: Tree) -> Tree:
    """Return the part of the tree that belongs to the PaletteClusters called `name`."""
    branches = (
        connection.model_copy(
            update={"clusters": tuple(each for each in connection.clusters if each.name == name), "hosts": ()}
        )
        for connection in tree.connections
    )
    clusters = tuple(each for each in tree.clusters if each.name == name)
    return _tree((branch for branch in branches if branch.clusters), clusters=clusters)


def _tree(
    connections: Iterator[ConnectionNode], clusters: tuple[ClusterNode, ...] = (), hosts: tuple[HostNode, ...] = ()
) -> Tree:
    tree = Tree(ready=False, connections=tuple(connections), clusters=clusters, hosts=hosts)
    objects = list(_objects(tree))
    return tree.model_copy(update={"ready": bool(objects) and all(each.is_ready for each in objects)})


def _objects(tree: Tree) -> Iterator[ObjectView]:
    for branch in tree.branches:
        if isinstance(branch, ConnectionNode) and branch.reason != _UNREADABLE:
            yield branch
        for cluster in branch.clusters:
            yield cluster
            for pool in cluster.pools:
                yield from pool.hosts
        yield from branch.hosts


class _Hosts:
    """Finds EdgeHosts by what a pool knows of them."""

    def __init__(self, hosts: Sequence[HostNode]) -> None:
        self._by_name = {(host.namespace, host.name): host for host in hosts}
        self._by_uid = {(host.namespace, host.uid): host for host in hosts}

    def of_pool(self, namespace: str, pool: Body, chosen: Sequence[str]) -> tuple[list[HostNode], list[str]]:
        """Return the EdgeHosts of a pool, named or `chosen` by uid, and the uids of devices without one."""
        hosts: dict[str, HostNode] = {}
        devices: dict[str, None] = {}
        named = pool.get("edgeHosts") or ()
        for name in (str(each["name"]) for each in named if each.get("name")):
            if host := self._by_name.get((namespace, name)):
                hosts[host.uid] = host
        for uid in (*(str(each["uid"]) for each in named if each.get("uid")), *chosen):
            if host := self._by_uid.get((namespace, uid)):
                hosts[uid] = host
            else:
                devices[uid] = None
        return list(hosts.values()), list(devices)


def _connection(name: str, body: Body | None, absent: str) -> ConnectionNode:
    if body is None:
        missing = "you may not read it" if absent == _UNREADABLE else "there is no PaletteConnection of this name"
        return ConnectionNode(kind="PaletteConnection", name=name, reason=absent, message=missing)
    spec = body["spec"]
    return ConnectionNode(
        **dict(view(body)), endpoint=str(spec.get("endpoint", "")), project=str(spec.get("project", ""))
    )


def _cluster(body: Body, hosts: _Hosts) -> ClusterNode:
    status = parse_status(ClusterStatus, body.get("status"))
    reported = {pool.name: pool for pool in status.machine_pools}
    namespace = str(body["metadata"].get("namespace", ""))
    pools = [_pool(namespace, pool, reported.get(str(pool["name"])), hosts) for pool in body["spec"]["machinePools"]]
    return ClusterNode(
        **dict(view(body)),
        uid=status.uid,
        state=status.remote_state,
        health=status.health,
        kubernetes_version=status.kubernetes_version,
        profile=status.profile_summary,
        nodes=status.nodes_summary,
        pools=tuple(sorted(pools, key=lambda pool: not pool.control_plane)),
    )


def _pool(namespace: str, pool: Body, reported: PoolStatus | None, hosts: _Hosts) -> PoolNode:
    found, devices = hosts.of_pool(namespace, pool, reported.hosts if reported else ())
    selector = pool.get("edgeHostSelector") or {}
    return PoolNode(
        name=str(pool["name"]),
        control_plane=bool(pool.get("controlPlane")),
        desired=int(selector.get("count") or len(pool.get("edgeHosts") or ())),
        ready=reported.ready if reported else 0,
        hosts=tuple(found),
        devices=tuple(devices),
    )


def _host(body: Body) -> HostNode:
    status = parse_status(EdgeHostStatus, body.get("status"))
    uid = str(body["spec"].get("uid") or status.uid or body["metadata"]["name"])
    return HostNode(**dict(view(body)), uid=uid, state=status.state, health=status.health)
