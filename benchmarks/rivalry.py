"""A limiter and its rival behind one source address, before one of Palette's limits, on a virtual clock.

The limit is the simulated Palette's own, in each reading of the documentation; the rival never yields.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from palette_operator.palette.lanes import Lane
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_sim.palette.config import LimitReading
from palette_sim.palette.limits.buckets import Limiter as PaletteLimiter

PATHS = {2: "/v1/auth/user/password/reset", 10: "/v1/edgehosts", 50: "/v1/spectroclusters"}
"""A path for each of the rates that the documentation knows."""
_SOURCE = "192.0.2.1"
_AT_WORK = 40
"""Callers that always have a request to send: more than can be under way at once."""

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Rival:
    """Somebody else who sends `per_second` from `begins_s` until `ends_s`, refused or not."""

    per_second: float
    begins_s: float = 0.0
    ends_s: float = float("inf")
    random: bool = False
    """Sends at random moments rather than regularly."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is simulated."""

    documented: int = 10
    reading: LimitReading = LimitReading.SMALL_BURST
    rivals: tuple[Rival, ...] = ()
    seconds: float = 600.0
    share: float = 0.9
    processes: int = 1
    """How many of our own, none of which knows of the others."""
    retry_after_s: float | None = 1.0
    latency_s: tuple[float, float] = (0.02, 0.06)
    """To Palette, and as long back."""
    seed: int = 1


@dataclass(slots=True)
class Record:
    """When requests came to Palette, and whether they were let in."""

    ours: list[tuple[float, bool, int]] = field(default_factory=list)
    """With the number of the process."""
    rivals: list[tuple[float, bool]] = field(default_factory=list)

    def goodput(self, begin_s: float, end_s: float, process: int | None = None) -> float:
        """Return how many of our requests a second were let in between two moments."""
        counted = (admitted and process in {None, who} for when, admitted, who in self.ours if begin_s <= when < end_s)
        return sum(counted) / (end_s - begin_s)

    def refusals(self, begin_s: float = 0.0, end_s: float = float("inf")) -> list[float]:
        """Return when requests of ours were refused."""
        return [when for when, admitted, _ in self.ours if not admitted and begin_s <= when < end_s]

    def throttled_part(self, begin_s: float, end_s: float) -> float:
        """Return which part of our requests was refused between the first refusal after `begin_s`, and `end_s`."""
        first = min(self.refusals(begin_s, end_s), default=end_s)
        later = [admitted for when, admitted, _ in self.ours if first < when < end_s]
        return later.count(False) / len(later) if later else 0.0


def simulate(setting: Setting) -> Record:
    """Let it happen; the same for the same setting."""
    return run_virtually(_simulate(setting))


async def _simulate(setting: Setting) -> Record:
    loop, record = asyncio.get_running_loop(), Record()
    chance, path = random.Random(setting.seed), PATHS[setting.documented]
    palette = PaletteLimiter(setting.reading, loop.time)

    async def caller(limiter: Limiter, process: int) -> None:
        while True:
            async with limiter.permit(path, Lane.TRANSITION) as permit:
                permit.sent()
                await asyncio.sleep(chance.uniform(*setting.latency_s))
                admitted = palette.admits(_SOURCE, path)
                record.ours.append((loop.time(), admitted, process))
                await asyncio.sleep(chance.uniform(*setting.latency_s))
                if not admitted:
                    limiter.throttled(path, setting.retry_after_s)

    async def rival(one: Rival) -> None:
        for pause_s in _pauses(one, chance):
            await asyncio.sleep(pause_s)
            if loop.time() >= one.ends_s:
                return
            record.rivals.append((loop.time(), palette.admits(_SOURCE, path)))

    limiters = [Limiter(LimiterOptions(share=setting.share), jitter=chance.random) for _ in range(setting.processes)]
    tasks = [asyncio.create_task(rival(one)) for one in setting.rivals]
    tasks += [asyncio.create_task(caller(limiter, n)) for n, limiter in enumerate(limiters) for _ in range(_AT_WORK)]
    await asyncio.sleep(setting.seconds)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return record


def _pauses(one: Rival, chance: random.Random) -> Iterator[float]:
    yield one.begins_s + chance.random() / one.per_second
    while True:
        yield chance.expovariate(one.per_second) if one.random else 1 / one.per_second


class _Skipping(selectors.SelectSelector):
    """Waits for nothing: time that would pass is skipped."""

    def __init__(self, skip: Callable[[float], None]) -> None:
        super().__init__()
        self._skip = skip

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everyone waits, and for nothing that time brings")
        self._skip(timeout)
        return super().select(0)


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual_s = 0.0
        super().__init__(_Skipping(self._skip))

    def time(self) -> float:
        return self._virtual_s

    def _skip(self, seconds: float) -> None:
        self._virtual_s += max(0.0, seconds)


def run_virtually(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run `main` on an event loop on which an hour of waiting takes no time."""
    with asyncio.Runner(loop_factory=_VirtualLoop) as runner:
        return runner.run(main)
