"""A web server with files, over HTTPS, on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from palette_sim.edge.certificate import self_signed


@dataclass(frozen=True, slots=True)
class FileServer:
    """Where a server of files is."""

    url: str
    ca_pem: str
    asked: list[str]
    """Paths, in the order of the requests."""


@asynccontextmanager
async def serve_files(files: Mapping[str, bytes]) -> AsyncIterator[FileServer]:
    """Serve files by their names; `/moved` leads elsewhere, `/failing` fails, and `/torn` ends early."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        name = request.path.lstrip("/")
        if name == "moved":
            raise web.HTTPFound("https://127.0.0.1:1/else")
        if name == "failing":
            raise web.HTTPServiceUnavailable
        if name == "torn":
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b"begin")
            assert request.transport is not None
            request.transport.abort()
            return response
        if name not in files:
            raise web.HTTPNotFound
        return web.Response(body=files[name])

    made = self_signed("files", "127.0.0.1")
    app = web.Application()
    app.router.add_get("/{name:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=made.context)
        await site.start()
        port = runner.addresses[0][1]
        yield FileServer(f"https://127.0.0.1:{port}", made.pem, asked)
    finally:
        await runner.cleanup()
