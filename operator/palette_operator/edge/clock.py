"""The clocks that a host's client goes by, or a test's."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EdgeClock:
    """Time, waiting, and a little chance."""

    monotonic: Callable[[], float] = time.monotonic
    epoch_s: Callable[[], float] = time.time
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    """0 to 1."""
