"""What was measured, as rows of the table and of results.json."""

from __future__ import annotations

import json
import os
import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.phases import Phase


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `floor` is the least that is possible, `ratio` the value in terms of it, where there is one."""

    scenario: str
    operator: str
    n: int
    metric: str
    value: float
    unit: str
    floor: float | None = None
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Requests about single objects in two stretches of equal length, in which nothing happened."""

    seconds: float
    early: int
    late: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One phase of one operator under one reading of the limits."""

    operator: str
    limits: str
    phase: Phase
    n: int
    posts: int
    seconds: float
    """From the phase's beginning to its last POST."""
    requests: Counter[tuple[str, str]]
    """By verb and prefix, until the phase had settled."""
    throttled: int
    kube_writes: Counter[str]
    """By resource, until the phase had settled."""
    cpu_s: float
    rss_mb: float
    waiting: Waiting | None = None

    @property
    def finished(self) -> bool:
        """Whether every object got its POST."""
        return self.posts >= self.n

    @property
    def floor_s(self) -> float:
        """The least time for the POSTs that were made."""
        return self.phase.floor_s(self.posts)

    @property
    def ratio(self) -> float:
        """The time in terms of the floor."""
        return self.seconds / self.floor_s if self.posts else float("inf")


def rows(measured: Measured, scenario: str = "create") -> list[Row]:
    """Return the rows of one phase."""

    def row(metric: str, value: float, unit: str, floor: float | None = None) -> Row:
        name = f"{measured.phase.name}: {metric} ({measured.limits})"
        ratio = round(value / floor, 3) if floor else None
        return Row(
            scenario,
            measured.operator,
            measured.n,
            name,
            round(value, 3),
            unit,
            None if floor is None else round(floor, 3),
            ratio,
        )

    found = [
        row("time to the last POST", measured.seconds, "s", measured.floor_s),
        row("POSTs that succeeded", measured.posts, "requests", float(measured.n)),
        row("requests throttled", measured.throttled, "requests"),
    ]
    for (verb, prefix), count in sorted(measured.requests.items()):
        found.append(row(f"requests {verb} {prefix}", count, "requests"))
    for resource, count in sorted(measured.kube_writes.items()):
        found.append(row(f"Kubernetes writes to {resource}", count / measured.n, "per object"))
    found.append(row("Kubernetes writes", measured.kube_writes.total() / measured.n, "per object"))
    found.append(row("CPU", measured.cpu_s * 1000 / measured.n, "ms per object"))
    found.append(row("RSS, peak", measured.rss_mb, "MB"))
    if measured.waiting is not None:
        pause = f"while waiting {measured.waiting.seconds:.0f} s"
        found.append(row(f"requests per object {pause}", measured.waiting.early / measured.n, "per object"))
        found.append(row(f"requests per object {pause} more", measured.waiting.late / measured.n, "per object"))
    return found


_WIDTH = 160
GOAL_RATIO = 1.15
JUDGED_FROM_N = 1000
"""With fewer objects, latencies that happen once weigh more than the limits."""


def misses(measured: Measured) -> list[str]:
    """Say in which ways a phase fell short of the operator's goals; nothing when it reached them."""
    where = f"{measured.phase.name} ({measured.limits})"
    found = []
    if not measured.finished:
        found.append(f"{where}: {measured.posts} of {measured.n} POSTs were made in time")
    elif measured.n >= JUDGED_FROM_N and measured.ratio > GOAL_RATIO:
        found.append(f"{where}: {measured.ratio:.3f} times the floor, more than {GOAL_RATIO}")
    if measured.posts > measured.n:
        found.append(f"{where}: {measured.posts} POSTs for {measured.n} objects")
    if measured.throttled:
        found.append(f"{where}: {measured.throttled} requests were throttled")
    if measured.waiting is not None and measured.waiting.late > 0:
        found.append(f"{where}: {measured.waiting.late} requests about single objects while nothing happened")
    return found


def wide_console() -> Console:
    """Return a console that cuts no table off when nobody looks at it."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH
    return console


def machine() -> str:
    """Tell on what was measured, and what else it had to do."""
    load = os.getloadavg()[0]
    memory_gb = psutil.virtual_memory().total / 1e9
    return (
        f"{os.cpu_count()} CPUs, {memory_gb:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}; load average {load:.1f} at the end"
    )


def table(found: Iterable[Row], title: str) -> Table:
    """Lay rows out for people."""
    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in ("operator", "metric"):
        drawn.add_column(column, no_wrap=True)
    for column in ("value", "unit", "floor", "ratio"):
        drawn.add_column(column, justify="left" if column == "unit" else "right", no_wrap=True)
    operator = ""
    for row in found:
        if operator not in {"", row.operator}:
            drawn.add_section()
        operator = row.operator
        figures = (_figure(row.value), row.unit, _figure(row.floor), _figure(row.ratio))
        drawn.add_row(row.operator, row.metric, *figures)
    return drawn


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def save(found: Sequence[Row], file: Path) -> None:
    """Write rows as a JSON list; what other scenarios wrote there before stays."""
    scenarios = {row.scenario for row in found}
    before = json.loads(file.read_text()) if file.exists() else []
    kept = [row for row in before if row["scenario"] not in scenarios]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([*kept, *(asdict(row) for row in found)], indent=1) + "\n")
