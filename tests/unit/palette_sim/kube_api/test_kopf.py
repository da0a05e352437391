"""A kopf operator in this process, fed by the embedded server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import kopf
import pytest

from palette_sim.kube_api import EmbeddedKubernetes

WIDGETS = "/apis/shop.example.com/v1/namespaces/default/widgets"
TIMEOUT_S = 20

Seen = asyncio.Queue[tuple[str | None, str, int]]


@contextlib.asynccontextmanager
async def operator() -> AsyncIterator[Seen]:
    """Run an operator that notes each event: its type, the object's name and its size."""
    registry = kopf.OperatorRegistry()
    seen: Seen = asyncio.Queue()

    async def note(*, event: dict[str, Any], **_: object) -> None:
        body = event["object"]
        seen.put_nowait((event["type"], body["metadata"]["name"], body["spec"]["size"]))

    kopf.on.login(registry=registry)(kopf.login_with_kubeconfig)
    kopf.on.event("shop.example.com", "v1", "widgets", registry=registry)(note)
    settings = kopf.OperatorSettings()
    settings.scanning.disabled = True
    settings.posting.enabled = False
    settings.watching.reconnect_backoff = 0.01
    stop = asyncio.Event()
    running = asyncio.create_task(
        kopf.operator(registry=registry, settings=settings, clusterwide=True, standalone=True, stop_flag=stop)
    )
    try:
        yield seen
    finally:
        stop.set()
        await running


async def next_of(seen: Seen) -> tuple[str | None, str, int]:
    async with asyncio.timeout(TIMEOUT_S):
        return await seen.get()


async def create(api: httpx.AsyncClient, name: str) -> None:
    (await api.post(WIDGETS, json={"metadata": {"name": name}, "spec": {"size": 1}})).raise_for_status()


async def resize(api: httpx.AsyncClient, name: str, size: int) -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    body = f'{{"spec":{{"size":{size}}}}}'
    (await api.patch(f"{WIDGETS}/{name}", content=body, headers=headers)).raise_for_status()


@pytest.fixture(autouse=True)
def kubeconfig(monkeypatch: pytest.MonkeyPatch, server: EmbeddedKubernetes) -> None:
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))


async def test_kopf_sees_every_change_and_survives_a_dropped_watch_and_a_410(
    api: httpx.AsyncClient, server: EmbeddedKubernetes
) -> None:
    await create(api, "early")
    async with operator() as seen:
        assert await next_of(seen) == (None, "early", 1)

        await create(api, "a")
        assert await next_of(seen) == ("ADDED", "a", 1)
        await resize(api, "a", 2)
        assert await next_of(seen) == ("MODIFIED", "a", 2)
        await api.delete(f"{WIDGETS}/a")
        assert await next_of(seen) == ("DELETED", "a", 2)

        assert server.drop_watches() == 1
        await resize(api, "early", 3)
        assert await next_of(seen) in [("MODIFIED", "early", 3), (None, "early", 3)]

        server.compact()
        server.drop_watches()
        await create(api, "late")
        after_relist = {await next_of(seen), await next_of(seen)}
        assert after_relist == {(None, "early", 3), (None, "late", 1)}
