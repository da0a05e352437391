"""A Prometheus server that scrapes what a test runs, every second, and answers queries over HTTP."""

from __future__ import annotations

import contextlib
import math
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import yaml

from palette_sim.controlplane.process import choose_free_port
from support.prometheus.provide import Prometheus
from support.scenarios.processes import end, spawn, tail
from support.scenarios.waiting import eventually

SCRAPE_EVERY_S = 1
_ROUNDED_S = 0.001
"""Samples are of whole milliseconds."""

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and its values that are numbers, oldest first."""

    labels: Labels
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PrometheusServer:
    """A running server."""

    http: httpx.AsyncClient
    began: float

    async def instant(self, query: str, at: float | None = None) -> list[Series]:
        """Return what a query says now, or at a moment; raises AssertionError with Prometheus' words of a refusal."""
        result = await self._get("query", query=query, time=time.time() if at is None else at)
        return _series((row["metric"], [row["value"]]) for row in result)

    async def since_the_start(self, query: str, until: float) -> list[Series]:
        """Return what a query said each second from the start of the server until a moment."""
        result = await self._get("query_range", query=query, start=self.began, end=until, step=1)
        return _series((row["metric"], row["values"]) for row in result)

    async def label_values(self, selector: str, label: str) -> list[str]:
        """Return the values of a label among the series that a selector finds."""
        response = await self.http.get(f"/api/v1/label/{label}/values", params={"match[]": selector})
        return list(response.json()["data"])

    async def scraped(self, times: int = 1) -> float:
        """Return once every target has been scraped so many times more, the last time without a fault.

        The answer is that moment, in seconds: should a target stand still afterwards, it can be asked about then.
        """
        began, scrapes = time.time() + (times - 1) * SCRAPE_EVERY_S, [0.0]

        async def holds() -> bool:
            response = await self.http.get("/api/v1/targets", params={"state": "active"})
            targets = response.json()["data"]["activeTargets"]
            scrapes[:] = [_seconds(target["lastScrape"]) for target in targets]
            return bool(targets) and min(scrapes) > began and all(target["health"] == "up" for target in targets)

        await eventually(holds, "every target is scraped")
        return max(scrapes) + _ROUNDED_S

    async def until(self, query: str) -> None:
        """Return as soon as a query finds anything."""

        async def holds() -> bool:
            return bool(await self.instant(query))

        await eventually(holds, query)

    async def _get(self, path: str, **parameters: Any) -> list[Any]:  # noqa: ANN401 - as httpx takes them
        answer = (await self.http.get(f"/api/v1/{path}", params=parameters)).json()
        assert answer["status"] == "success", f"{parameters['query']}: {answer['error']}"
        assert answer["data"]["resultType"] in {"vector", "matrix"}, answer["data"]["resultType"]
        return list(answer["data"]["result"])


@contextlib.asynccontextmanager
async def running_prometheus(
    prometheus: Prometheus, folder: Path, scrape_configs: list[dict[str, Any]], port: int = 0
) -> AsyncIterator[PrometheusServer]:
    """Run a server with these scrape configurations until the block ends, with all of it in `folder`.

    Its own configuration is written there as `prometheus.yml`.
    """
    configuration = {
        "global": {"scrape_interval": f"{SCRAPE_EVERY_S}s", "scrape_timeout": f"{SCRAPE_EVERY_S}s"},
        "scrape_configs": scrape_configs,
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    address, log = f"127.0.0.1:{port or choose_free_port()}", folder / "prometheus.log"
    process = await spawn(
        [
            prometheus.server,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={address}",
        ],
        log,
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http:
            await _ready(http, log)
            yield PrometheusServer(http, time.time())
    finally:
        await end(process)


async def _ready(http: httpx.AsyncClient, log: Path) -> None:
    async def holds() -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await http.get("/-/ready")).status_code == httpx.codes.OK
        return False

    async def explain() -> str:
        return tail(log)

    await eventually(holds, "Prometheus is ready", explain=explain)


def _series(rows: Any) -> list[Series]:  # noqa: ANN401 - as Prometheus answers
    return [
        Series(labels, tuple(number for _, text in values if not math.isnan(number := float(text))))
        for labels, values in rows
    ]


def _seconds(moment: str) -> float:
    # Prometheus tells nanoseconds, of which Python before 3.12 reads six digits alone.
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", moment)).timestamp()
