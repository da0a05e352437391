"""One child process of the control plane: on a leash, logged to a file, stopped by whoever started it."""

import asyncio
import contextlib
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from palette_sim.controlplane.errors import ControlPlaneError, NotReady, PortTaken
from palette_sim.controlplane.leash import leashed

LOOPBACK = "127.0.0.1"

# An open watch keeps kube-apiserver for a minute; nothing in it is worth that wait.
_GRACE_S = 2.0
_TOLD_LINES = 8
_READ_BYTES = 1 << 16
_PORT_TAKEN = "address already in use"


def choose_free_port() -> int:
    """Return a loopback port that was free a moment ago; its user must be ready to find it taken."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """A running child process; ends when this process does."""

    def __init__(self, name: str, log: Path, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.log = log
        self._process = process

    @classmethod
    async def start(cls, command: Sequence[str | Path], *, name: str, log: Path) -> Self:
        """Start `command` with its output in `log`, which is emptied first."""
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *leashed(command), stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output
            )
        return cls(name, log, process)

    @property
    def pid(self) -> int:
        """The process id, the command's own."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process ended, by itself or not."""
        return self._process.returncode is not None

    async def wait(self) -> int:
        """Wait until the process ends by itself; return its exit code. May be called by several at once."""
        return await self._process.wait()

    async def stop(self) -> None:
        """End the process: politely, then after two seconds by force. Repeatable."""
        if self.has_ended:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), _GRACE_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def explain_end(self) -> ControlPlaneError:
        """Say why the process ended, by the last lines of its log."""
        tail = self.last_lines()
        told = f"{self.name} ended with exit code {self._process.returncode}; {self.log} says last:\n{tail}"
        return PortTaken(told) if _PORT_TAKEN in tail else NotReady(told)

    def last_lines(self) -> str:
        """Return the end of the log."""
        with self.log.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - _READ_BYTES))
            lines = log.read().decode("utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_TOLD_LINES:])
