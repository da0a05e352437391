"""How well the operator keeps up with edge hosts that it looks at through their own API, and what it needs for that."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import resources
from benchmarks.contenders import CONTENDERS
from benchmarks.create import GaveUp
from benchmarks.looks import LookLog, Looks
from benchmarks.processes import ROOT, StartError, first_line, started
from benchmarks.progress import Reporter
from benchmarks.rows import Row, machine, save, table, wide_console
from benchmarks.stage import serve_kubernetes
from benchmarks.usage import Usage

OUT = ROOT / "benchmarks" / "out"
OURS, NAIVE = "palette-operator", "naive"
MOST_ROUND_S = 120.0
MOST_RSS_MB = 300.0
MOST_TIMES_SLOWER = 1.25
"""Where one host in ten is dead, in terms of the same without."""
JUDGED_FROM_N = 1000
_DEAD_EVERY = 10
_LOOK_EVERY_S = 2.0
_START_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True)
class Run:
    """One poller among hosts of which every `dead_every`th never answers; 0: none."""

    poller: str
    dead_every: int
    looks: int
    """Ends when every host that answers was looked at so often."""

    @property
    def label(self) -> str:
        """What of it goes into a metric's name."""
        return f"one in {self.dead_every} dead" if self.dead_every else "none dead"


@dataclass(frozen=True, slots=True)
class Found:
    """What one run showed."""

    run: Run
    seen: Looks
    seconds: float
    cpu_s: float
    rss_mb: float


def run(
    *,
    n: Annotated[int, typer.Option("--n", min=20, help="Edge hosts.")] = 2_000,
    poll_seconds: Annotated[float, typer.Option(min=1, help="A host rests this long between two looks.")] = 5,
    number: Annotated[int, typer.Option("--looks", min=5, help="Looks at each host; every tenth asks for all.")] = 11,
) -> None:
    """Measure the looks at edge hosts over TLS: the operator, one host in ten dead and none; and a naive poller.

    Exits with 1 when the operator misses a goal: rounds of at most two minutes, a resident set of at most 300 MB, one
    login a host, and, with 1000 hosts or more, no slower for the dead ones.
    """
    plan = (Run(OURS, _DEAD_EVERY, number), Run(OURS, 0, 5), Run(NAIVE, _DEAD_EVERY, 3))
    console = wide_console()
    try:
        found = asyncio.run(_measure_all(plan, n, poll_seconds, Reporter(console)))
    except (GaveUp, StartError) as error:
        console.print(str(error))
        raise typer.Exit(2) from None
    except asyncio.CancelledError:
        raise typer.Exit(128 + signal.SIGTERM) from None
    measured = [row for each in found for row in rows(each, n)]
    save(measured, OUT / "results.json")
    console.print(table(measured, f"edge-hosts, n={n}, on {machine()}; floor is the bound"))
    missed = misses(found, n)
    for miss in missed:
        console.print(f"MISSED {miss}")
    raise typer.Exit(1 if missed else 0)


def rows(found: Found, n: int) -> list[Row]:
    """Return the figures of one run. A round that was not over counts with the time that it had."""
    seen, bound = found.seen, MOST_ROUND_S if found.run.poller == OURS else None
    done = sum(len(gets) for gets in seen.gets.values())

    def row(metric: str, value: float, unit: str, floor: float | None = None) -> Row:
        ratio = round(value / floor, 3) if floor else None
        name = f"{found.run.label}: {metric}"
        return Row("edge-hosts", found.run.poller, n, name, round(value, 2), unit, floor, ratio)

    figures = [
        row("hosts that answer", len(seen.times), "hosts"),
        row("of them looked at", sum(map(bool, seen.times.values())), "hosts"),
        row("first round, with logins and statuses", seen.first_round_s, "s"),
    ]
    if seen.gaps_s:
        figures += [
            row("longest time between two looks at a host", seen.longest_gap_s, "s", bound),
            row("median time between two looks at a host", seen.usual_gap_s, "s"),
        ]
    figures += [
        row(f"GETs of look {look + 1}", seen.gets_of_look(look), "per host")
        for look in range(max(1, seen.fewest))
        if look < 2 or look == seen.fewest - 1
    ]
    return [
        *figures,
        row("most logins at a host", seen.most_logins, "logins", 1.0 if bound else None),
        row("CPU", found.cpu_s * 1000 / max(done, 1), "ms per look"),
        row("RSS, peak", found.rss_mb, "MB", MOST_RSS_MB if bound else None),
    ]


def misses(found: Sequence[Found], n: int) -> list[str]:
    """Say in which ways the operator fell short of its goals; nothing when it reached them."""
    ours = [each for each in found if each.run.poller == OURS]
    missed = []
    for each in ours:
        label = each.run.label
        if each.seen.longest_gap_s > MOST_ROUND_S:
            missed.append(f"{label}: a host was not looked at for more than {MOST_ROUND_S:.0f} s")
        if each.rss_mb > MOST_RSS_MB:
            missed.append(f"{label}: a resident set of {each.rss_mb:.0f} MB")
        if each.seen.most_logins > 1:
            missed.append(f"{label}: {each.seen.most_logins} logins at a host")
    with_dead, without = ours[0].seen.usual_gap_s, ours[1].seen.usual_gap_s
    if n >= JUDGED_FROM_N and with_dead > MOST_TIMES_SLOWER * without:
        missed.append(f"dead hosts slow the others: {with_dead:.1f} s between looks, {without:.1f} s without them")
    return missed


async def _measure_all(plan: Sequence[Run], n: int, poll_s: float, report: Reporter) -> list[Found]:
    """Measure one after the other. SIGTERM ends it as Ctrl-C does: with all that was started."""
    this = asyncio.current_task()
    if this is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    return [await _measure(each, n, poll_s, report) for each in plan]


async def _measure(planned: Run, n: int, poll_s: float, report: Reporter) -> Found:
    directory = OUT / f"edge-hosts-{planned.poller}-{planned.dead_every}"
    directory.mkdir(parents=True, exist_ok=True)
    report.say(f"{planned.poller}, {n} hosts, {planned.label}")
    async with AsyncExitStack() as stack:
        hosts, log = await stack.enter_async_context(_hosts(directory, n, planned.dead_every))
        command, environment = await _poller(stack, planned, directory, hosts, poll_s)
        process = await stack.enter_async_context(started(command, directory / "poller.log", environment))
        usage = await stack.enter_async_context(Usage.of(process.pid))
        rest_s = poll_s / 2 if planned.poller == OURS else 0.0
        followed = LookLog(log, _answering(hosts, planned.dead_every), rest_s=rest_s)
        return await _watch(planned, followed, usage, report, directory / "poller.log")


async def _watch(planned: Run, followed: LookLog, usage: Usage, report: Reporter, log: Path) -> Found:
    """Wait until every host was looked at often enough; a naive poller is stopped after the time of one round."""
    patience_s = MOST_ROUND_S * (planned.looks if planned.poller == OURS else 1)
    seen, began_s = followed.looks, time.monotonic()
    while seen.fewest < planned.looks:
        await asyncio.sleep(_LOOK_EVERY_S)
        seen = followed.follow()
        waited_s = time.monotonic() - began_s
        if not any(seen.times.values()) and waited_s > _START_WITHIN_S:
            raise GaveUp(f"{planned.poller} looked at no host; see {log}")
        report.show("looks", sum(map(len, seen.times.values())), planned.looks * len(seen.times))
        if waited_s > patience_s:
            break
    report.done()
    return Found(planned, seen, time.monotonic() - began_s, usage.cpu_s(), usage.peak_mb)


@asynccontextmanager
async def _hosts(directory: Path, n: int, dead_every: int) -> AsyncIterator[tuple[dict[str, dict[str, str]], Path]]:
    """Serve hosts; yields how each is reached, by uid, and the file that tells what was asked of them."""
    endpoints, log = directory / "endpoints.json", directory / "requests.jsonl"
    log.unlink(missing_ok=True)
    options = ("--hosts", n, "--dead", dead_every, "--endpoints", endpoints, "--access-log", log)
    command = [sys.executable, "-m", "palette_sim.edge", *map(str, options)]
    async with started(command, directory / "hosts.log", os.environ) as process:
        await first_line(process, directory / "hosts.log")
        yield json.loads(endpoints.read_text(encoding="utf-8"))["hosts"], log


async def _poller(
    stack: AsyncExitStack, planned: Run, directory: Path, hosts: dict[str, dict[str, str]], poll_s: float
) -> tuple[list[str], Mapping[str, str]]:
    """Return the command of a poller and its environment, once what it needs is there."""
    if planned.poller == NAIVE:
        return [sys.executable, "-m", "benchmarks.naive_hosts", str(directory / "endpoints.json")], os.environ
    kubernetes, kubeconfig = await serve_kubernetes(stack, directory)
    await kubernetes.create(resources.os_login())
    await kubernetes.create_all(
        resources.local_host(uid, host["endpoint"], host["fingerprintSHA256"]) for uid, host in hosts.items()
    )
    reach = ("--local-endpoint-cidr", "127.0.0.0/8", "--local-loopback", "--local-poll-seconds", str(poll_s))
    return [*CONTENDERS[OURS].command(), *reach], {**os.environ, "KUBECONFIG": str(kubeconfig)}


def _answering(hosts: dict[str, dict[str, str]], dead_every: int) -> list[str]:
    """Return the uids of the hosts that answer, by the rule of `palette_sim.edge --dead`."""
    return [uid for number, uid in enumerate(hosts, 1) if not dead_every or number % dead_every]
