"""A Palette that cannot keep a secret: it repeats those of a request, and what it gives out itself is remembered."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

GIVEN_OUT = frozenset({"Authorization", "serviceAuthToken", "hostAuthToken", "hostPairingKey", "token", "password"})
"""Fields of replies that hold secrets.

Source: Palette OpenAPI 4.9, v1UserToken, v1EdgeHostDevice, v1SshUserCredentials and v1EdgeToken."""


@dataclass(slots=True)
class _Order:
    method: str
    path: re.Pattern[str]
    status: int
    left: int


class Gossip:
    """Middleware of a simulated Palette."""

    def __init__(self) -> None:
        self.given_out: dict[str, set[str]] = defaultdict(set)
        """The secrets that replies held, by field."""
        self.repeated = 0
        """How many requests were answered with what was in them."""
        self._orders: list[_Order] = []

    def repeat(self, method: str, path: str, *, status: int = 500, count: int = 1) -> None:
        """Refuse the next `count` requests of a path, a regular expression, with all that is in them."""
        self._orders.append(_Order(method, re.compile(path), status, count))

    def hush(self) -> None:
        """Refuse no more."""
        self._orders.clear()

    @property
    def middleware(self) -> Middleware:
        """What the simulated Palette is to be given."""

        @web.middleware
        async def listen(request: web.Request, handler: Handler) -> web.StreamResponse:
            if order := self._order_for(request):
                order.left -= 1
                self.repeated += 1
                return await _repeat(request, order.status)
            reply = await handler(request)
            if isinstance(reply, web.Response) and reply.content_type == "application/json":
                for field, value in _texts(json.loads(reply.text or "null")):
                    if field in GIVEN_OUT and value:
                        self.given_out[field].add(value)
            return reply

        return listen

    def _order_for(self, request: web.Request) -> _Order | None:
        fitting = (order for order in self._orders if order.left and order.method == request.method)
        return next((order for order in fitting if order.path.fullmatch(request.path)), None)


async def _repeat(request: web.Request, status: int) -> web.Response:
    """Refuse a request in Palette's shape; a 500 with such a code counts as Palette's own."""
    said = [request.headers[name] for name in ("ApiKey", "Authorization") if name in request.headers]
    said += [request.raw_path]
    if body := await request.text():
        said += [value for field, value in _texts(json.loads(body)) if field in {"password", "value", "hostPairingKey"}]
    return web.json_response(
        {"code": "ValueInvalid", "message": f"no: {' '.join(said)}", "ref": said[0]}, status=status
    )


def _texts(node: object, field: str = "") -> Iterator[tuple[str, str]]:
    """Walk through all texts with the field that each is the value of."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _texts(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from _texts(child, field)
    elif isinstance(node, str):
        yield field, node
