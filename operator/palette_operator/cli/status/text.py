"""Draws the tree for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from rich.tree import Tree as Drawing

from palette_operator.cli.status.marks import mark
from palette_operator.cli.status.objects import ConditionView, ObjectView
from palette_operator.cli.status.tree import ClusterNode, ConnectionNode, HostNode, PoolNode, Tree


def draw(tree: Tree, *, in_full: bool) -> Iterator[Drawing]:
    """Yield a drawing of each connection, and one of what goes through none.

    What is Ready takes one line; else the conditions that are not as they should be follow. `in_full` shows all.
    """
    for connection in tree.connections:
        yield _connection(connection, in_full=in_full)
    if tree.clusters or tree.hosts:
        drawing = Drawing("without Palette")
        _add_branches(drawing, tree, in_full=in_full)
        yield drawing


def _connection(connection: ConnectionNode, *, in_full: bool) -> Drawing:
    about = [connection.endpoint, f"project {connection.project}"] if connection.endpoint else []
    drawing = Drawing(_line(connection, "PaletteConnection ", about, in_full=in_full))
    _add_branches(drawing, connection, in_full=in_full)
    return drawing


def _add_branches(drawing: Drawing, users: ConnectionNode | Tree, *, in_full: bool) -> None:
    for cluster in users.clusters:
        _add_cluster(drawing, cluster, in_full=in_full)
    if users.hosts:
        branch = drawing.add("edge hosts in no cluster")
        for host in users.hosts:
            _add_host(branch, host, in_full=in_full)


def _add_cluster(drawing: Drawing, cluster: ClusterNode, *, in_full: bool) -> None:
    version = f"Kubernetes {cluster.kubernetes_version}" if cluster.kubernetes_version else ""
    profile = f"profile {cluster.profile}" if cluster.profile else ""
    nodes = f"nodes {cluster.nodes}" if cluster.nodes else ""
    about = [cluster.state, cluster.health, version, profile, nodes]
    branch = drawing.add(_line(cluster, "PaletteCluster ", about, in_full=in_full))
    for pool in cluster.pools:
        _add_pool(branch, pool, in_full=in_full)


def _add_pool(drawing: Drawing, pool: PoolNode, *, in_full: bool) -> None:
    role = ", control plane" if pool.control_plane else ""
    branch = drawing.add(f"pool {pool.name}{role}, {pool.ready}/{pool.desired} nodes ready")
    for host in pool.hosts:
        _add_host(branch, host, in_full=in_full)
    for uid in pool.devices:
        branch.add(f"device {uid}, without EdgeHost")


def _add_host(drawing: Drawing, host: HostNode, *, in_full: bool) -> None:
    drawing.add(_line(host, "EdgeHost ", [host.state, host.health], in_full=in_full))


def _line(each: ObjectView, kind: str, about: Iterable[str], *, in_full: bool) -> RenderableType:
    name = f"{each.namespace}/{each.name}" if each.namespace else each.name
    line = Text.assemble(mark(each), f" {kind}", (name, "bold"), style="default")
    if facts := ", ".join(fact for fact in about if fact):
        line.append(f"  {facts}", style="dim")
    # Padding keeps the lines of a long message under each other.
    return Group(
        line, *(Padding(sentence, (0, 0, 0, 2), expand=False) for sentence in _sentences(each, in_full=in_full))
    )


def _sentences(each: ObjectView, *, in_full: bool) -> Iterator[Text]:
    shown = [condition for condition in each.conditions if in_full or not condition.is_as_it_should_be]
    if not each.is_ready and not any(condition.reason == each.reason for condition in shown):
        yield Text(_sentence("Ready", each.ready, each.reason, each.message), style="yellow")
    said: set[tuple[str, str]] = set()
    for condition in shown:
        # Reconciling and Stalled repeat the condition that they are about.
        if in_full or (condition.reason, condition.message) not in said:
            yield Text(_condition(condition), style="green" if condition.is_as_it_should_be else "yellow")
        said.add((condition.reason, condition.message))


def _condition(condition: ConditionView) -> str:
    return _sentence(condition.type, condition.status, condition.reason, condition.message)


def _sentence(type_: str, status: str, reason: str, message: str) -> str:
    return f"{type_}={status} {reason}" + (f": {message}" if message else "")
