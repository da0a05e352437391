"""A naive poller of edge hosts, for comparison: `python -m benchmarks.naive_hosts ENDPOINTS`.

What one writes first: a client for each call, which makes a TLS context, connects and logs in. It has as many looks
under way as the operator, and the same time-outs, but no lane of its own for hosts that do not answer.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx

from benchmarks.looks import FACTS, LOGIN
from palette_operator.edge.network import CONNECT_S, READ_S
from palette_operator.reconcile.local_hosts.fleet import ASIDE_LOOKS, LIVELY_LOOKS

PATHS = (
    FACTS,
    "/v1/edge-mgmt/settings",
    "/v1/edge-mgmt/cluster/details",
    "/v1/edge-mgmt/edgehosts/current/configurations/status",
)
_LOGIN = {"username": "kairos", "password": "kairos"}


async def ask(endpoint: str, authority: str, path: str) -> None:
    """Ask a host for one thing, with nothing kept from the call before."""
    context = ssl.create_default_context(cadata=authority)
    timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
    async with httpx.AsyncClient(base_url=endpoint, verify=context, timeout=timeout, trust_env=False) as http:
        token = (await http.post(LOGIN, json=_LOGIN)).json()["Token"]["Authorization"]
        await http.get(path, headers={"Authorization": token})


async def look(endpoint: str, authority: str) -> None:
    """Look at one host; one that does not answer is given up at its first time-out."""
    try:
        for path in PATHS:
            await ask(endpoint, authority, path)
    except httpx.HTTPError:
        return


async def run(hosts: dict[str, dict[str, str]]) -> None:
    """Look at all hosts, again and again, without a rest."""
    while True:
        waiting = iter(hosts.values())

        async def work(waiting: Iterator[dict[str, str]] = waiting) -> None:
            for host in waiting:
                await look(host["endpoint"], host["ca"])

        async with asyncio.TaskGroup() as group:
            for _ in range(LIVELY_LOOKS + ASIDE_LOOKS):
                group.create_task(work())


if __name__ == "__main__":
    asyncio.run(run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["hosts"]))
