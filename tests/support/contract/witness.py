"""A witness of all that goes in and out of a simulated Palette. It keeps what it saw and changes nothing."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from support.contract.exchanges import Exchange

_ADMIN = "/_sim/"


class Witness:
    """Keeps every exchange but those with the simulator's own admin API."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def middleware(self) -> Middleware:
        """Give the witness as aiohttp wants it."""

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            if not request.path.startswith(_ADMIN):
                assert isinstance(response, web.Response)
                self.exchanges.append(await _exchange(request, response))
            return response

        return watch


async def _exchange(request: web.Request, response: web.Response) -> Exchange:
    body = response.body
    return Exchange(
        method=request.method,
        path=request.raw_path.partition("?")[0],
        query=list(request.query.items()),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read(),
        status=response.status,
        reply_headers={name.lower(): value for name, value in response.headers.items()},
        reply=body if isinstance(body, bytes) else b"",
    )
