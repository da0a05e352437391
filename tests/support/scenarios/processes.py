"""Real processes that a test starts, and that end when it does, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from palette_sim.controlplane.leash import leashed


async def spawn(command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> Process:
    """Start a process that writes what it says to the end of `log`, and that dies with this one."""
    with log.open("ab") as out:
        return await asyncio.create_subprocess_exec(
            *leashed(command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(env or {})},
        )


async def end(process: Process, *, within_s: float = 15.0) -> int:
    """Ask a process to end, and make it end when it does not; return its exit code."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), within_s)
        except TimeoutError:
            await kill(process)
    return process.returncode if process.returncode is not None else -1


async def kill(process: Process) -> None:
    """End a process at once, without a word to it."""
    if process.returncode is None:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def announced(command: Sequence[str | Path], log: Path, *, within_s: float) -> AsyncIterator[dict[str, Any]]:
    """Run a process whose first line of output is a JSON object that says that it is ready; yield that object."""
    with log.open("ab") as err:
        process = await asyncio.create_subprocess_exec(
            *leashed(command), stdin=asyncio.subprocess.DEVNULL, stdout=PIPE, stderr=err
        )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), within_s)
        if not line:
            raise AssertionError(f"{command[-1]} ended before it was ready:\n{tail(log)}")
        ready: dict[str, Any] = json.loads(line)
        yield ready
    finally:
        await end(process)


def tail(log: Path, lines: int = 40) -> str:
    """Return the last lines of a log."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
