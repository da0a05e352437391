"""What was exchanged in a whole run of the contract tests, judged once, and the summary of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from palette_operator.palette.operations import every_operation
from support.contract.client_calls import Recorder, make_every_call
from support.contract.exceptions import KNOWN_DIFFERENCES, KnownDifference
from support.contract.exchanges import Exchange, Problem, reply_problems, request_problems
from support.contract.operator_run import run_main_path
from support.contract.simulator_calls import ask_every_endpoint
from support.contract.specification import specification
from support.contract.witness import Witness


@dataclass(slots=True)
class Traffic:
    """All exchanges of one run with a Palette of one version."""

    version: str
    exchanges: list[Exchange]
    writes: list[str] = field(default_factory=list)
    """Of the operator's run: its writes in order."""
    recorder: Recorder | None = None
    """Of the client's run: what was called."""

    def problems(self) -> list[Problem]:
        """Return all that the specification does not allow, known differences included."""
        judge = specification(self.version)
        return [
            problem
            for exchange in self.exchanges
            for problem in (*request_problems(judge, exchange), *reply_problems(judge, exchange))
        ]

    def answered(self) -> Counter[tuple[str, str]]:
        """Count the successful replies by operation."""
        judge = specification(self.version)
        called = [judge.called(each.method, each.path) for each in self.exchanges if each.status < 300]
        return Counter((operation.method, operation.template) for operation in called if operation)


@dataclass(slots=True)
class Ledger:
    """The runs of one session; each is made when it is first asked for, and kept."""

    directory: Callable[[], Path]
    """Makes an empty directory."""
    _kept: dict[tuple[str, str], Traffic] = field(default_factory=dict)

    async def client(self, version: str) -> Traffic:
        """Every method of the client, with every part that a request of it can have."""

        async def make(witness: Witness, traffic: Traffic) -> None:
            traffic.recorder = await make_every_call(version, witness)

        return await self._run("client", version, make)

    async def operator(self, version: str) -> Traffic:
        """The operator's whole main path."""

        async def make(witness: Witness, traffic: Traffic) -> None:
            traffic.writes = await run_main_path(version, self.directory(), witness)

        return await self._run("operator", version, make)

    async def simulator(self, version: str) -> Traffic:
        """Every endpoint of the simulated Palette."""

        async def make(witness: Witness, _: Traffic) -> None:
            await ask_every_endpoint(version, witness)

        return await self._run("simulator", version, make)

    async def whole(self, version: str) -> list[Traffic]:
        """Return all runs with a Palette of one version."""
        return [await self.client(version), await self.operator(version), await self.simulator(version)]

    async def _run(self, kind: str, version: str, make: Callable[[Witness, Traffic], Awaitable[None]]) -> Traffic:
        if (kind, version) not in self._kept:
            witness = Witness()
            traffic = Traffic(version, witness.exchanges)
            await make(witness, traffic)
            self._kept[kind, version] = traffic
        return self._kept[kind, version]

    def summary(self) -> list[str]:
        """Return what was held against the specification, in lines for people; none when nothing was exchanged."""
        if not self._kept:
            return []
        counted = [f"contract: {len(every_operation())} operations used"]
        for version in sorted({version for _, version in self._kept}):
            seen = [e for (_, of), traffic in self._kept.items() if of == version for e in traffic.exchanges]
            sent = sum(exchange.is_clients for exchange in seen)
            counted.append(f"{version}: {sent} requests and {len(seen)} responses validated")
        lines = ["; ".join([*counted, f"exceptions: {len(KNOWN_DIFFERENCES)}"])]
        return [*lines, *(f"  exception: {known.what}: {known.reason}" for known in KNOWN_DIFFERENCES)]


def unknown(problems: list[Problem]) -> list[str]:
    """Return the problems that are no known difference, each once."""
    new = [str(p) for p in problems if not any(known.covers(p) for known in KNOWN_DIFFERENCES)]
    return sorted(set(new))


def unneeded(problems: list[Problem]) -> list[KnownDifference]:
    """Return the known differences that no problem is."""
    return [known for known in KNOWN_DIFFERENCES if not any(known.covers(p) for p in problems)]
