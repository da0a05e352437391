from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from palette_sim.kube_api import EmbeddedKubernetes
from palette_sim.kube_api.errors import ResourceName
from palette_sim.kube_api.store import Store, Watcher

WIDGETS = "/apis/shop.example.com/v1/namespaces/default/widgets"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
ANSWER_TIMEOUT_S = 10


class Events:
    """The events of one open watch, one by one."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return dict(json.loads(await anext(self._lines)))

    async def named(self) -> tuple[str, str]:
        event = await self.next()
        return event["type"], event["object"]["metadata"].get("name", "")

    async def rest(self) -> list[dict[str, Any]]:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            return [json.loads(line) async for line in self._lines]


@asynccontextmanager
async def watching(api: httpx.AsyncClient, accept: str = "application/json", **query: str) -> AsyncIterator[Events]:
    async with api.stream("GET", WIDGETS, params={"watch": "1", **query}, headers={"Accept": accept}) as answer:
        yield Events(answer.aiter_lines())


async def create(api: httpx.AsyncClient, name: str, **labels: str) -> str:
    body = {"metadata": {"name": name, "labels": labels}, "spec": {"size": 1}}
    answer = (await api.post(WIDGETS, json=body)).raise_for_status()
    return str(answer.json()["metadata"]["resourceVersion"])


async def label(api: httpx.AsyncClient, name: str, **labels: str | None) -> None:
    body = json.dumps({"metadata": {"labels": labels}})
    headers = {"Content-Type": "application/merge-patch+json"}
    (await api.patch(f"{WIDGETS}/{name}", content=body, headers=headers)).raise_for_status()


async def test_a_watch_replays_what_came_after_its_version_then_follows(api: httpx.AsyncClient) -> None:
    version = await create(api, "a")
    await create(api, "b")
    async with watching(api, resourceVersion=version) as events:
        seen = [await events.named()]
        await label(api, "a", x="y")
        seen.append(await events.named())
        await api.delete(f"{WIDGETS}/b")
        seen.append(await events.named())
    assert seen == [("ADDED", "b"), ("MODIFIED", "a"), ("DELETED", "b")]


async def test_a_watch_from_nowhere_starts_with_what_is_there(api: httpx.AsyncClient) -> None:
    await create(api, "a")
    async with watching(api) as events:
        assert await events.named() == ("ADDED", "a")


async def test_objects_come_into_a_selection_and_leave_it(api: httpx.AsyncClient) -> None:
    version = await create(api, "a")
    async with watching(api, resourceVersion=version, labelSelector="on=yes") as events:
        seen = []
        for labels in ({"on": "yes"}, {"on": "yes", "more": "1"}, {"on": None}):
            await label(api, "a", **labels)
            seen.append(await events.next())
    assert [event["type"] for event in seen] == ["ADDED", "MODIFIED", "DELETED"]
    versions = [int(event["object"]["metadata"]["resourceVersion"]) for event in seen]
    assert versions == sorted(set(versions))


async def test_a_watch_ends_in_time_with_a_bookmark_of_the_latest_version(
    api: httpx.AsyncClient, server: EmbeddedKubernetes
) -> None:
    version = await create(api, "a")
    async with watching(api, resourceVersion=version, allowWatchBookmarks="true", timeoutSeconds="1") as events:
        (bookmark,) = await events.rest()
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"] == {"resourceVersion": str(server.objects.store.version)}


async def test_a_bookmark_tells_where_the_initial_events_end(api: httpx.AsyncClient) -> None:
    await create(api, "a")
    query = {
        "sendInitialEvents": "true",
        "resourceVersionMatch": "NotOlderThan",
        "allowWatchBookmarks": "true",
        "resourceVersion": "",
    }
    async with watching(api, **query) as events:
        assert await events.named() == ("ADDED", "a")
        bookmark = await events.next()
    assert bookmark["type"] == "BOOKMARK"
    assert bookmark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


async def test_a_watch_can_be_of_tables(api: httpx.AsyncClient) -> None:
    await create(api, "a")
    async with watching(api, TABLE) as events:
        event = await events.next()
    assert (event["object"]["kind"], event["object"]["rows"][0]["cells"][0]) == ("Table", "a")


async def test_a_forgotten_version_is_refused_within_the_stream(
    api: httpx.AsyncClient, server: EmbeddedKubernetes
) -> None:
    version = await create(api, "a")
    server.compact()
    async with watching(api, resourceVersion=version) as events:
        (event,) = await events.rest()
    assert (event["type"], event["object"]["code"], event["object"]["reason"]) == ("ERROR", 410, "Expired")


async def test_a_dropped_watch_breaks_off(api: httpx.AsyncClient, server: EmbeddedKubernetes) -> None:
    await create(api, "a")
    async with watching(api) as events:
        await events.next()
        assert server.drop_watches() == 1
        with pytest.raises(httpx.TransportError):
            await events.rest()


async def test_a_write_that_changes_nothing_wakes_nobody(api: httpx.AsyncClient) -> None:
    version = await create(api, "a", x="y")
    async with watching(api, resourceVersion=version) as events:
        await label(api, "a", x="y")
        await label(api, "a", x="z")
        event = await events.next()
    assert event["object"]["metadata"]["labels"] == {"x": "z"}


async def test_a_reader_that_falls_behind_is_dropped() -> None:
    store, things = Store(), ResourceName("", "things")
    watcher = Watcher(backlog=2)
    store.collection(things).watchers.add(watcher)
    for number in range(3):
        store.put(things, {"metadata": {"name": str(number)}})
    assert watcher.lagged
    assert await watcher.take(0) == []


def test_the_history_is_bounded() -> None:
    store, things = Store(history_length=2), ResourceName("", "things")
    versions = [store.put(things, {"metadata": {"name": str(number)}}).version for number in range(4)]
    assert [change.now.version for change in store.since(things, versions[1])] == versions[2:]
    with pytest.raises(Exception, match="too old resource version"):
        store.since(things, versions[0])
