"""The `status` command: options, output and exit codes."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console

from palette_operator.cli.kubeconfig import CannotRead
from palette_operator.cli.status.read import read
from palette_operator.cli.status.text import draw
from palette_operator.cli.status.tree import Tree, grow, only

_NOT_READY = 1
_CANNOT_READ = 2


def status(
    name: Annotated[str, typer.Argument(help="Only this PaletteCluster, with every condition.")] = "",
    namespace: Annotated[
        str, typer.Option("--namespace", "-n", help="Default: that of the kubeconfig's context.")
    ] = "",
    all_namespaces: Annotated[bool, typer.Option("--all-namespaces", "-A", help="All namespaces.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; docs/reference/status.md tells its shape.")
    ] = False,
) -> None:
    """Show connections, clusters, pools and hosts as a tree, with the conditions that need attention.

    Reads the cluster that KUBECONFIG names, and nothing of Palette.

    Exits with 0 when all is Ready, 1 when something is not or nothing is there, 2 when it cannot be read.
    """
    try:
        tree = grow(asyncio.run(read(None if all_namespaces else namespace)))
    except CannotRead as error:
        typer.echo(f"status: {error}", err=True)
        raise typer.Exit(_CANNOT_READ) from None
    if name:
        tree = only(name, tree)
    if as_json:
        typer.echo(json.dumps(tree.model_dump(mode="json", by_alias=True), indent=2))
    else:
        _print(tree, name)
    if not tree.ready:
        raise typer.Exit(_NOT_READY)


def _print(tree: Tree, name: str) -> None:
    if name and not (tree.connections or tree.clusters):
        typer.echo(f"status: no PaletteCluster {name} here; -A looks into all namespaces", err=True)
    elif not (tree.connections or tree.clusters or tree.hosts):
        typer.echo("status: no PaletteConnection here yet; see examples/paletteconnection.yaml", err=True)
    elif not any(each.clusters or each.hosts for each in tree.branches):
        typer.echo("status: no PaletteCluster and no EdgeHost here; -A looks into all namespaces", err=True)
    console = Console(highlight=False)
    for drawing in draw(tree, in_full=bool(name)):
        console.print(drawing)
