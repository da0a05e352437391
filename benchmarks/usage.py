"""What a process uses: CPU time, and memory at its highest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psutil

_EVERY_S = 0.5
_MB = 1e6


class Usage:
    """Watches one process."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._peak = 0

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, pid: int) -> AsyncIterator[Usage]:
        """Watch a process until the block is left."""
        usage = cls(pid)
        sampling = asyncio.create_task(usage._sample())
        try:
            yield usage
        finally:
            sampling.cancel()
            await asyncio.gather(sampling, return_exceptions=True)

    @property
    def peak_mb(self) -> float:
        """The largest resident set so far, in millions of bytes."""
        return self._peak / _MB

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far, user and system; 0 when the process has ended."""
        try:
            times = self._process.cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return float(times.user + times.system)

    async def _sample(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            while True:
                self._peak = max(self._peak, self._process.memory_info().rss)
                await asyncio.sleep(_EVERY_S)
