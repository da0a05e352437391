"""What the kubelet asks: whether the process works, and whether it leads or would take over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving_probes(port: int, is_ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Answer probes meanwhile; on port 0 nobody does.

    Whoever runs says 200 to `/healthz`: a process whose event loop hangs says nothing. `/readyz` says 503 when
    `is_ready` says no.
    """
    if not port:
        yield
        return

    async def health(_: web.Request) -> web.Response:
        return _said(200, "ok")

    async def readiness(_: web.Request) -> web.Response:
        return _said(200, "ok") if is_ready() else _said(503, "the API server has not been heard of lately")

    app = web.Application()
    app.router.add_get("/healthz", health)
    app.router.add_get("/readyz", readiness)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, port=port).start()
        yield
    finally:
        await runner.cleanup()


def _said(status: int, text: str) -> web.Response:
    response = web.Response(status=status, text=text)
    # No connection outlives its probe: at its end kopf waits for every task that began after itself.
    response.force_close()
    return response
