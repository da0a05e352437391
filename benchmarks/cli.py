"""The command line of the bench."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from typing import Annotated

import typer

from benchmarks import client, edge_hosts, rivals
from benchmarks.contenders import CONTENDERS
from benchmarks.create import GaveUp, Options, measure
from benchmarks.processes import ROOT, StartError
from benchmarks.progress import Reporter
from benchmarks.rows import Measured, machine, misses, rows, save, table, wide_console

READINGS = ("small-burst", "large-burst", "window")
OURS = "palette-operator"
OUT = ROOT / "benchmarks" / "out"


class Scenario(StrEnum):
    """What there is to measure."""

    CREATE = "create"


def run(
    *,
    scenario: Annotated[Scenario, typer.Option(help="What is measured.")] = Scenario.CREATE,
    n: Annotated[int, typer.Option("--n", min=1, max=5000, help="Edge hosts, and as many clusters.")] = 1000,
    operator: Annotated[str, typer.Option(help=f"Whom to measure, by commas: {', '.join(CONTENDERS)}.")] = ",".join(
        CONTENDERS
    ),
    limits: Annotated[
        str, typer.Option(help=f"Readings of the limits for {OURS}, by commas: {', '.join(READINGS)}; or all.")
    ] = "all",
    fleet_seconds: Annotated[int, typer.Option(min=1, help="A full pass over the fleet is due after this.")] = 15,
    waiting_seconds: Annotated[
        float, typer.Option(min=0, help="Twice this long nothing happens after each phase of the first run.")
    ] = 15,
    profile: Annotated[
        bool, typer.Option(help="Run operators under cProfile; their figures then mean little.")
    ] = False,
) -> None:
    """Measure operators on real HTTP against the floor that Palette's request limits set.

    Exits with 1 when palette-operator misses a goal: no request throttled, nothing asked about single objects while
    they wait, and, with 1000 objects or more, each phase within 1.15 of its floor.
    """
    readings = _chosen(limits, READINGS)
    plan = [
        (name, reading)
        for name in _chosen(operator, tuple(CONTENDERS))
        for reading in (readings if name == OURS else readings[:1])
    ]
    options = Options(n, fleet_seconds, waiting_seconds, OUT, profile)
    console = wide_console()
    console.print(f"scenario {scenario}, n={n}: " + "; ".join(f"{name} ({reading})" for name, reading in plan))
    try:
        measured = asyncio.run(_measure_all(plan, options, Reporter(console)))
    except (GaveUp, StartError) as error:
        console.print(str(error))
        raise typer.Exit(2) from None
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    found = [row for one in measured for row in rows(one, scenario)]
    save(found, OUT / "results.json")
    console.print(table(found, f"{scenario}, n={n}, on {machine()}"))
    missed = [miss for one in measured if one.operator == OURS for miss in misses(one)]
    for miss in missed:
        console.print(f"MISSED {miss}")
    raise typer.Exit(1 if missed else 0)


async def _measure_all(plan: list[tuple[str, str]], options: Options, report: Reporter) -> list[Measured]:
    """Measure one after the other. SIGTERM ends it as Ctrl-C does: with all that was started."""
    this = asyncio.current_task()
    if this is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    measured: list[Measured] = []
    for position, (name, reading) in enumerate(plan):
        # What is asked while nothing happens has nothing to do with the reading: one of them shows it.
        chosen = options if position == 0 else replace(options, waiting_s=0.0)
        measured += await measure(CONTENDERS[name], reading, chosen, report)
    return measured


def _chosen(given: str, known: tuple[str, ...]) -> tuple[str, ...]:
    if given == "all":
        return known
    chosen = tuple(word.strip() for word in given.split(","))
    for word in chosen:
        if word not in known:
            raise typer.BadParameter(f"{word!r} is none of {', '.join(known)}")
    return chosen


def main() -> None:
    """Run the bench that the first argument names, the operators' when it names none."""
    bench = _BENCHES.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if bench is not None:
        del sys.argv[1]
    typer.run(bench or run)


_BENCHES: dict[str, Callable[..., None]] = {
    "create": run,
    "client": client.run,
    "edge-hosts": edge_hosts.run,
    "rivals": rivals.run,
}
