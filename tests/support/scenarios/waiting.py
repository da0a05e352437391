"""Waiting for what real processes do, always with a deadline."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

LOOK_EVERY_S = 0.1


async def eventually(
    holds: Callable[[], bool | Awaitable[bool]],
    what: str,
    *,
    within_s: float = 60.0,
    explain: Callable[[], Awaitable[str]] | None = None,
) -> None:
    """Return as soon as `holds()` is true; fail with `what`, and with what `explain()` says, when it never was."""
    deadline = time.monotonic() + within_s
    while True:
        held = holds()
        if inspect.isawaitable(held):
            held = await held
        if held:
            return
        if time.monotonic() >= deadline:
            explained = f"\n{await explain()}" if explain else ""
            raise AssertionError(f"not within {within_s:g} s: {what}{explained}")
        await asyncio.sleep(LOOK_EVERY_S)
