"""What the client costs: CPU beside bare httpx against the same server, and memory of those who wait their turn."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Annotated

import httpx
import typer

from benchmarks.processes import ROOT, first_line, started
from benchmarks.rows import Row, save, table, wide_console
from palette_operator.palette import operations
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.transport import Endpoint, Transport

OUT = ROOT / "benchmarks" / "out"
_KEY = "demo-admin-key"
_PATH = operations.WHO_AM_I.path()
_ROUNDS = 3
_AT_ONCE = 16
_UNHURRIED = LimiterOptions(capacity=1e6, overrides={row.prefix: 1e6 for row in DOCUMENTED})
_KIB = 1024.0
MOST_KIB_PER_WAITING = 16.0
MOST_TIMES_BARE = 2.5

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds per request of one process, user and system."""

    bare_ms: float
    client_ms: float

    @property
    def ratio(self) -> float:
        """The client's in terms of bare httpx's."""
        return self.client_ms / self.bare_ms


def run(
    *,
    requests: Annotated[int, typer.Option(min=100, help="Requests in each of the rounds.")] = 500,
    waiting: Annotated[int, typer.Option(min=100, help="Requests that wait for the limiter at once.")] = 10_000,
) -> None:
    """Measure what the client adds to httpx, and what a request that waits for the limiter holds.

    Exits with 1 when a waiting request holds more than the bound, or the client costs more than its bound.
    """
    console = wide_console()
    cost, waiting_kib = asyncio.run(_measure(requests, waiting))
    found = [
        Row("client", "bare httpx", requests, "CPU", round(cost.bare_ms, 3), "ms per request"),
        Row("client", "palette-operator", requests, "CPU", round(cost.client_ms, 3), "ms per request",
            round(cost.bare_ms, 3), round(cost.ratio, 3)),
        Row("client", "palette-operator", waiting, "memory while it waits", round(waiting_kib, 2), "KiB per request",
            MOST_KIB_PER_WAITING, round(waiting_kib / MOST_KIB_PER_WAITING, 3)),
    ]  # fmt: skip
    save(found, OUT / "results.json")
    console.print(
        table(found, f"client, {_ROUNDS} rounds of {requests} requests; {waiting} waiting; floor is the bound")
    )
    missed = [
        *([f"a waiting request holds {waiting_kib:.1f} KiB"] if waiting_kib > MOST_KIB_PER_WAITING else []),
        *([f"a request costs {cost.ratio:.2f} times bare httpx"] if cost.ratio > MOST_TIMES_BARE else []),
    ]
    for miss in missed:
        console.print(f"MISSED {miss}")
    raise typer.Exit(1 if missed else 0)


async def _measure(requests: int, waiting: int) -> tuple[Cost, float]:
    OUT.mkdir(parents=True, exist_ok=True)
    log = Path(OUT, "client-palette.log")
    command = [sys.executable, "-m", "palette_sim.palette", "--limits", "off"]
    async with started(command, log, os.environ) as process:
        endpoint = (await first_line(process, log))["endpoint"]
        cost = await _cpu(endpoint, requests)
    return cost, await _waiting_kib(waiting)


async def _cpu(endpoint: str, requests: int) -> Cost:
    """Measure both in turns, so that what else the machine does falls on both alike."""
    headers = {"ApiKey": _KEY, "Accept": "application/json"}
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with (
        httpx.AsyncClient(base_url=endpoint, trust_env=False, headers=headers, limits=limits) as bare,
        PaletteClient(Transport(Endpoint(endpoint), ApiKey(_KEY), Limiter(_UNHURRIED))) as client,
    ):

        async def ask_bare() -> object:
            return (await bare.get(_PATH)).json()

        bare_ms, client_ms = [], []
        await _ms_per_request(ask_bare, 100)
        await _ms_per_request(client.who_am_i, 100)
        for _ in range(_ROUNDS):
            bare_ms.append(await _ms_per_request(ask_bare, requests))
            client_ms.append(await _ms_per_request(client.who_am_i, requests))
    return Cost(median(bare_ms), median(client_ms))


async def _ms_per_request(ask: Ask, requests: int) -> float:
    left = iter(range(requests))

    async def worker() -> None:
        for _ in left:
            await ask()

    began = time.process_time()
    await asyncio.gather(*(worker() for _ in range(_AT_ONCE)))
    return (time.process_time() - began) * 1000 / requests


async def _waiting_kib(waiting: int) -> float:
    """Let requests wait behind a pause; return what each holds, its task and all frames of the client included."""
    limiter = Limiter()
    async with PaletteClient(Transport(Endpoint("http://127.0.0.1:9"), ApiKey(_KEY), limiter)) as client:
        limiter.throttled(_PATH, 3_600.0)
        gc.collect()
        tracemalloc.start()
        tasks = [asyncio.create_task(client.who_am_i()) for _ in range(waiting)]
        while sum(budget.waiting for budget in limiter.budget()) < waiting:  # noqa: ASYNC110 - nothing tells that all have come
            await asyncio.sleep(0)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return held / waiting / _KIB
