"""What a demo shows: a live table on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from palette_operator.cli.demo.progress import ClusterRow, Progress
from palette_operator.cli.status.marks import mark
from palette_operator.cli.status.objects import ObjectView


class Screen:
    """Shows a demo's progress on a console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live: Live | None = None
        self._said = ""

    @property
    def is_watched(self) -> bool:
        """Whether a person sits at a terminal."""
        return self._console.is_terminal

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def table(self) -> Iterator[None]:
        """Keep the table on the screen while the block runs; it stays as it was last."""
        if not self.is_watched:
            yield
            return
        with Live(Text(), console=self._console, auto_refresh=False) as self._live:
            yield
        self._live = None

    def show(self, progress: Progress) -> None:
        """Show how far the demo is."""
        if self._live:
            self._live.update(table(progress), refresh=True)
        elif progress.summary != self._said:
            self._said = progress.summary
            self.say(f"{progress.elapsed_s:5.1f} s  {progress.summary}")


def table(progress: Progress) -> RenderableType:
    """Return the table of clusters, the hosts under it, and what it has cost."""
    rows = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for heading in ("PALETTECLUSTER", "STATE", "K8S", "PROFILE", "NODES"):
        rows.add_column(heading, no_wrap=True)
    rows.add_column("REASON", overflow="ellipsis")  # the one that gives way on a narrow terminal
    for row in progress.clusters:
        rows.add_row(*_cells(row))
    hosts = Columns([_labelled(host) for host in progress.hosts], padding=(0, 2), column_first=True)
    footer = f"{progress.elapsed_s:.0f} s, {progress.requests} requests to Palette, {progress.throttled} throttled"
    unready = [
        Text(f"{each.title}: {each.reason}: {each.message}") for each in progress.connections if not each.is_ready
    ]
    return Group(
        Text(), *unready, rows, Text("\nEDGEHOST"), hosts, Text(f"\n{progress.summary}; {footer}", style="dim")
    )


def _cells(row: ClusterRow) -> Iterator[RenderableType]:
    status = row.status
    yield _labelled(row.object)
    yield status.health if status.remote_state == "Running" and status.health else status.remote_state
    yield status.kubernetes_version
    yield status.profile_summary
    yield status.nodes_summary
    yield row.object.reason


def _labelled(each: ObjectView) -> Text:
    return Text.assemble(mark(each), f" {each.name}")


def try_next(kubeconfig: Path) -> str:
    """Return what to try with kubectl once all is Ready, as commands for the folder the demo runs in."""
    kubectl = "kubectl" if shutil.which("kubectl") else _beside_python("kubectl")
    return f"""
All is Ready. In another terminal:

  export KUBECONFIG={_short(kubeconfig)}
  {kubectl} get palette -A
  {kubectl} -n retail get pcl -w
  {kubectl} -n retail describe pcl warehouse
  {kubectl} explain palettecluster.spec.cloud.edgeNative
  {_beside_python("palette-operator")} status -A

Upgrade the profile, and with it Kubernetes, of one cluster:

  {kubectl} -n retail patch pcl supermarket --type json -p '
    [{{"op": "replace", "path": "/spec/profiles/0/version", "value": "1.5.0"}}]'

Scale: add the host that stands by, or ask for one more by label:

  {kubectl} -n retail patch pcl supermarket --type json -p '
    [{{"op": "add", "path": "/spec/machinePools/1/edgeHosts/-",
      "value": {{"name": "supermarket-5"}}}}]'
  {kubectl} -n retail patch pcl warehouse --type json -p '
    [{{"op": "replace", "path": "/spec/machinePools/1/edgeHostSelector/count",
      "value": 3}}]'

Delete a cluster; its host is free again:

  {kubectl} -n retail delete pcl corner-shop

Ctrl-C ends the demo and all that it started."""


def _beside_python(program: str) -> str:
    """Return how to call a program of this Python environment, by name alone where there is no such file."""
    path = Path(sys.executable).parent / program
    return _short(path) if path.is_file() else program


def _short(path: Path) -> str:
    """Return a path for a shell, from the working directory when it lies within."""
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))
