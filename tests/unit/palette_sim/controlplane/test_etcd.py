"""What etcd is told beside the API server's back; that it forgets indeed shows in the scenarios."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from palette_sim.controlplane.etcd import compact


class Gateway:
    """The JSON gateway of an etcd whose latest revision is 42."""

    def __init__(self) -> None:
        self.compacted: list[object] = []
        self.refuses = False

    async def answer(self, request: web.Request) -> web.Response:
        body = json.loads(await request.text())
        if request.path == "/v3/kv/range":
            return web.json_response({"header": {"revision": "42"}, "count": "0"})
        if self.refuses:
            return web.json_response({"message": "etcdserver: mvcc: required revision has been compacted"}, status=400)
        self.compacted.append(body)
        return web.json_response({})


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[Gateway, str]]:
    served, app = Gateway(), web.Application()
    app.router.add_post("/{path:.*}", served.answer)
    async with TestServer(app) as server:
        yield served, str(server.make_url(""))


async def test_all_before_the_latest_revision_is_forgotten(gateway: tuple[Gateway, str]) -> None:
    etcd, url = gateway

    assert await compact(url) == 42
    assert etcd.compacted == [{"revision": 42, "physical": True}]


async def test_a_refused_compaction_is_an_error(gateway: tuple[Gateway, str]) -> None:
    etcd, url = gateway
    etcd.refuses = True

    with pytest.raises(httpx.HTTPStatusError):
        await compact(url)
