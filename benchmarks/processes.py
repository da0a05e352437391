"""Starts the processes of a run, and ends them however the run ends."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from palette_sim.controlplane.leash import leashed

ROOT = Path(__file__).parents[1]
_READY_WITHIN_S = 30.0
_END_WITHIN_S = 20.0


class StartError(Exception):
    """A process did not start; the message names its log."""


@asynccontextmanager
async def started(command: Sequence[str], log: Path, environment: Mapping[str, str]) -> AsyncIterator[Process]:
    """Run a command until the block is left; what it says on stderr goes to `log`.

    It has a session of its own, so that Ctrl-C reaches the bench alone, which ends it in order.
    """
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *leashed(command), stdout=PIPE, stderr=stderr, env=dict(environment), cwd=ROOT, start_new_session=True
        )
        try:
            yield process
        finally:
            await _end(process)


async def first_line(process: Process, log: Path) -> dict[str, Any]:
    """Wait for the JSON line by which a server says that it listens; raises StartError."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_READY_WITHIN_S):
            line = await process.stdout.readline()
        ready: dict[str, Any] = json.loads(line)
    except (TimeoutError, ValueError):
        raise StartError(f"a server did not start; see {log}") from None
    return ready


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(_END_WITHIN_S):
            # Reads what is left of stdout too, so that the pipe is closed.
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
