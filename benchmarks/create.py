"""The scenario `create`: n edge hosts are registered; then, all ready, n clusters are created on them.

Phase one begins with the first complete look at an empty Palette, all n EdgeHosts being there before the operator
starts; phase two with the first PaletteCluster that is created. Each ends with the last POST that Palette accepts.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import access, resources
from benchmarks.contenders import Contender
from benchmarks.phases import CLUSTERS, HOSTS, Phase
from benchmarks.processes import started
from benchmarks.progress import Reporter
from benchmarks.rows import Measured, Waiting
from benchmarks.stage import Stage, set_up
from benchmarks.usage import Usage

_LOOK_EVERY_S = 0.25
_START_WITHIN_S = 60.0
_QUIET_S = 3.0
_SETTLE_WITHIN_S = 60.0
_READY_WITHIN_S = 180.0
_EXTRA_S = 60.0


class GaveUp(Exception):
    """Something that the scenario cannot go on without did not happen in time."""


@dataclass(frozen=True, slots=True)
class Options:
    """How the scenario is run."""

    n: int
    fleet_s: int
    waiting_s: float
    """Length of each of the two stretches in which nothing happens; 0 leaves them out."""
    directory: Path
    """For logs, the kubeconfig and profiles."""
    profile: bool = False


async def measure(contender: Contender, limits: str, options: Options, report: Reporter) -> list[Measured]:
    """Measure one operator under one reading of the limits; raises GaveUp or StartError."""
    directory = options.directory / f"{contender.name}-{limits}"
    async with set_up(directory, limits, options.fleet_s) as stage:
        await stage.kubernetes.create_all(resources.edge_host(number) for number in range(1, options.n + 1))
        await stage.kubernetes.count_anew()
        command = contender.command(directory / "profile.out" if options.profile else None)
        async with (
            started(command, directory / "operator.log", stage.environment) as process,
            Usage.of(process.pid) as usage,
        ):
            run = _Run(contender, limits, options, stage=stage, usage=usage, report=report)
            return [await run.register_hosts(), await run.create_clusters()]


class _Run:
    """One run of both phases."""

    def __init__(
        self, contender: Contender, limits: str, options: Options, *, stage: Stage, usage: Usage, report: Reporter
    ) -> None:
        self._contender = contender
        self._limits = limits
        self._options = options
        self._stage = stage
        self._usage = usage
        self._report = report

    async def register_hosts(self) -> Measured:
        """Measure phase one."""
        began_s = await self._first_look()
        return await self._measured(HOSTS, began_s, self._usage.cpu_s())

    async def create_clusters(self) -> Measured:
        """Measure phase two, on hosts that are all ready."""
        await self._make_hosts_ready()
        await self._stage.kubernetes.count_anew()
        began_s, cpu_s = time.time(), self._usage.cpu_s()
        bodies = (resources.cluster(number) for number in range(1, self._options.n + 1))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stage.kubernetes.create_all(bodies))
            measured = group.create_task(self._measured(CLUSTERS, began_s, cpu_s))
        return measured.result()

    async def _first_look(self) -> float:
        """Wait for the beginning of phase one: the first complete pass, or the first request of one who makes none."""
        self._report.say(f"{self._contender.name}, {self._limits}: starting")

        async def looked() -> bool:
            return self._began() is not None

        if not await _until(looked, _START_WITHIN_S):
            raise GaveUp(f"{self._contender.name} asked nothing of Palette; see {self._stage.directory}/operator.log")
        return self._began() or 0.0

    def _began(self) -> float | None:
        requests = self._stage.log.follow()
        if self._contender.looks_first:
            return access.first_pass_s(requests)
        return min((request.arrived_s for request in requests), default=None)

    async def _measured(self, phase: Phase, began_s: float, cpu_s: float) -> Measured:
        """Watch a phase to its end, and what follows it until all is quiet."""
        if await self._posts_made(phase, began_s):
            await self._settled()
        settled_s = time.time()
        requests = access.since(self._stage.log.follow(), began_s, settled_s)
        created = access.creations(requests, phase.path)
        measured = Measured(
            operator=self._contender.name,
            limits=self._limits,
            phase=phase,
            n=self._options.n,
            posts=len(created),
            seconds=created[-1] - began_s if created else settled_s - began_s,
            requests=access.by_verb_and_prefix(requests),
            throttled=access.throttled(requests),
            kube_writes=await self._stage.kubernetes.writes(),
            cpu_s=self._usage.cpu_s() - cpu_s,
            rss_mb=self._usage.peak_mb,
        )
        self._report.say(
            f"  {phase.name}: {measured.posts} POSTs in {measured.seconds:.1f} s, {measured.ratio:.3f} times the "
            f"floor; {measured.throttled} requests throttled"
        )
        return replace(measured, waiting=await self._wait())

    async def _posts_made(self, phase: Phase, began_s: float) -> bool:
        """Watch the POSTs come in; tell whether all did in time."""

        async def made() -> bool:
            requests = access.since(self._stage.log.follow(), began_s)
            posts = len(access.creations(requests, phase.path))
            self._report.show(f"  {phase.name}", posts, self._options.n)
            return posts >= self._options.n

        return await _until(made, self._contender.patience * phase.floor_s(self._options.n) + _EXTRA_S)

    async def _settled(self) -> None:
        """Wait until the operator has written down what it did."""
        before, since_s = await self._stage.kubernetes.writes(), time.monotonic()

        async def quiet() -> bool:
            nonlocal before, since_s
            writes = await self._stage.kubernetes.writes()
            if writes != before:
                before, since_s = writes, time.monotonic()
            return time.monotonic() - since_s >= _QUIET_S

        await _until(quiet, _SETTLE_WITHIN_S)

    async def _wait(self) -> Waiting | None:
        """Count requests about single objects while every object waits for something outside."""
        stretch_s = self._options.waiting_s
        if not stretch_s:
            return None
        self._report.say(f"  waiting {2 * stretch_s:.0f} s, to see what is asked while nothing happens")
        began_s = time.time()
        await asyncio.sleep(2 * stretch_s)
        requests = self._stage.log.follow()
        middle_s, end_s = began_s + stretch_s, began_s + 2 * stretch_s
        early, late = access.since(requests, began_s, middle_s), access.since(requests, middle_s, end_s)
        return Waiting(stretch_s, access.not_listing(early), access.not_listing(late))

    async def _make_hosts_ready(self) -> None:
        """Let all devices make contact, those too that were not registered in time, and the operator notice it."""
        await self._register_the_rest()
        await self._stage.pair_hosts()
        if not self._contender.tells_ready:
            return

        async def ready() -> bool:
            statuses = await self._stage.kubernetes.statuses(HOSTS.plural)
            reached = sum(_is_ready(status) for status in statuses)
            self._report.show("  hosts ready", reached, self._options.n)
            await asyncio.sleep(1)
            return reached == self._options.n

        if not await _until(ready, _READY_WITHIN_S):
            raise GaveUp("the edge hosts did not become Ready")
        await self._settled()

    async def _register_the_rest(self) -> None:
        answer = await self._stage.palette.get("/_sim/state")
        known = {host["uid"] for host in answer.json()["hosts"]}
        for number in range(1, self._options.n + 1):
            if resources.host_name(number) not in known:
                await self._stage.add_hosts(number, 1)


def _is_ready(status: dict[str, object]) -> bool:
    conditions = status.get("conditions")
    return isinstance(conditions, list) and any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)


async def _until(holds: Callable[[], Awaitable[bool]], at_most_s: float) -> bool:
    """Look again and again until something holds; tell whether it did in time."""
    deadline = time.monotonic() + at_most_s
    while time.monotonic() < deadline:
        if await holds():
            return True
        await asyncio.sleep(_LOOK_EVERY_S)
    return False
