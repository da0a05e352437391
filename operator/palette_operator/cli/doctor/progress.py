"""What the doctor is doing, said on the standard error once it takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable

from rich.console import Console

QUIET_S = 2.0
"""Whoever waits for less needs no company."""
_EVERY_S = 0.2
_LINE_EVERY_S = 5.0


@contextlib.asynccontextmanager
async def progress(quiet_s: float = QUIET_S) -> AsyncIterator[Callable[[str], None]]:
    """Yield a function to call with what is being done; from `quiet_s` on a person sees the latest of it.

    A terminal gets one line that changes, anything else a line every few seconds.
    """
    latest = ["looking"]
    showing = asyncio.create_task(_show(latest, quiet_s))

    def say(doing: str) -> None:
        latest[0] = doing

    try:
        yield say
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)


async def _show(latest: list[str], quiet_s: float) -> None:
    await asyncio.sleep(quiet_s)
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        while True:
            print(f"doctor: {latest[0]} ...", file=sys.stderr, flush=True)  # noqa: T201 - it is a command's output
            await asyncio.sleep(_LINE_EVERY_S)
    with console.status(latest[0]) as status:
        while True:
            status.update(latest[0])
            await asyncio.sleep(_EVERY_S)
