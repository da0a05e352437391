"""Processes that the demo starts, watches and ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from palette_operator.cli.demo.errors import DemoFailed

_STOPS_WITHIN_S = 10.0
_LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class Child:
    """One running process; `log` holds what it said."""

    title: str
    log: Path
    process: asyncio.subprocess.Process

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self.process.returncode is not None

    def explain_end(self) -> DemoFailed:
        """Return the error for a process that ended although nobody asked it to."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LAST_LINES:]
        said = "".join(f"\n  {line}" for line in lines) or " nothing"
        return DemoFailed(
            f"the {self.title} ended by itself (exit code {self.process.returncode}); {self.log} says last:{said}"
        )


class Processes:
    """Starts processes and ends them all on leaving, the last one first.

    Each has a session of its own, so that a terminal's Ctrl-C reaches the demo alone, which then ends them in order.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        # What configures an operator elsewhere must not reach the demo's.
        self._environment = {k: v for k, v in environment.items() if not k.startswith("PALETTE_OPERATOR_")}
        self._children: list[Child] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._children:
            await _end(self._children[-1])
            self._children.pop()

    async def start(self, title: str, command: Sequence[str], log: Path, **environment: str) -> Child:
        """Start `command`, what it says going to `log`."""
        with log.open("wb") as stream:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stream,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environment | environment,
                start_new_session=True,
            )
        child = Child(title, log, process)
        self._children.append(child)
        return child

    async def start_announced(
        self, title: str, command: Sequence[str], log: Path, *, within_s: float
    ) -> tuple[Child, dict[str, Any]]:
        """Start `command` and return it with the JSON line by which it says that it is ready.

        Raises DemoFailed when it ends before, or says nothing for `within_s`.
        """
        child = await self.start(title, command, log)
        try:
            async with asyncio.timeout(within_s):
                while not (announced := _announcement(log)):
                    if child.has_ended:
                        raise child.explain_end()
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise DemoFailed(f"the {title} is not ready after {within_s:g} s; see {log}") from None
        return child, announced

    def check_running(self) -> None:
        """Raise DemoFailed when a process has ended."""
        for child in self._children:
            if child.has_ended:
                raise child.explain_end()


def module(name: str, *arguments: str | Path) -> list[str]:
    """Return the command that runs a module in this interpreter."""
    return [sys.executable, "-m", name, *map(str, arguments)]


def _announcement(log: Path) -> dict[str, Any]:
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True):
        if line.startswith("{") and line.endswith("}\n"):
            with contextlib.suppress(ValueError):
                return dict(json.loads(line))
    return {}


async def _end(child: Child) -> None:
    """End one process, by force when it does not go in time."""
    if child.has_ended:
        return
    child.process.terminate()
    try:
        async with asyncio.timeout(_STOPS_WITHIN_S):
            await child.process.wait()
    except TimeoutError:
        child.process.kill()
        await child.process.wait()
