"""A reverse proxy on loopback that stands before the API server or Palette and stops requests at named points.

A point is a request of a certain kind, and whether it is stopped before it was forwarded or after its effect, with the
answer withheld. What happens there is the test's: as a rule the operator is killed, and the connection is dropped.
It works the same before an embedded and a genuine API server, because it knows nothing of either.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml
from aiohttp import web

_EXPIRED = b'"code":410'
# Of one connection only, so never passed on. Source: RFC 9110, section 7.6.1.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host"})


class Phase(Enum):
    """Where on its way a request is stopped."""

    BEFORE = "before"
    """It arrived and was not passed on: it has no effect."""
    AFTER = "after"
    """It took effect, and its answer was withheld."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request on its way through the proxy."""

    method: str
    path: str
    """Without the query."""
    body: dict[str, Any]
    """Empty when there is none, or when it is no JSON object."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """A kind of request: a method, a regular expression for the whole path, and what its body must look like."""

    method: str
    path: str
    body: Callable[[dict[str, Any]], bool] = lambda _: True

    def fits(self, request: Request) -> bool:
        """Whether this is such a request."""
        same = self.method == request.method and re.fullmatch(self.path, request.path) is not None
        return same and self.body(request.body)


@dataclass(frozen=True, slots=True)
class Canned:
    """An answer that is given in place of the server's, or of none."""

    status: int
    text: str
    content_type: str = "application/json"


class Then(Enum):
    """What becomes of a request after its stop."""

    DROP = "its connection is dropped"
    GO_ON = "it goes on as if nothing had happened"


@dataclass(slots=True)
class Stop:
    """Something that happens once, when the first request that fits comes to its phase."""

    name: str
    matcher: Matcher
    phase: Phase
    on_hit: Callable[[], object]
    """Called first; must not wait."""
    then: Then | Canned
    hit: asyncio.Event = field(default_factory=asyncio.Event)


class FaultProxy:
    """Passes everything on to one server, streams included, except where a stop was set. Use as a context manager."""

    def __init__(self, upstream: str, *, trust: ssl.SSLContext | bool = True) -> None:
        """`upstream` is the server's address without a path; `trust` verifies it when it speaks TLS."""
        self._upstream = upstream.rstrip("/")
        self._trust = trust
        self._stops: list[Stop] = []
        self.lies: list[tuple[Matcher, Canned]] = []
        """What is answered in the server's place, as long as it stands here."""
        self.lies_told = 0
        self.watches_expired = 0
        """How many watches were refused within their stream: too old a resource version."""
        self._is_cut = False
        self._flows = asyncio.Event()
        self._flows.set()
        self._open: list[web.Request] = []
        self.url = ""
        """Where to reach it, `http://127.0.0.1:...`, once it was entered."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            auto_decompress=False, timeout=aiohttp.ClientTimeout(total=None), connector=aiohttp.TCPConnector(limit=0)
        )
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.mend()
        self.cut()
        await self._runner.cleanup()
        await self._session.close()

    def stop_at(
        self,
        name: str,
        matcher: Matcher,
        phase: Phase,
        on_hit: Callable[[], object] = lambda: None,
        then: Then | Canned = Then.DROP,
    ) -> Stop:
        """Stop the first request that fits, in this phase: call `on_hit`, then drop, answer or pass it on."""
        stop = Stop(name, matcher, phase, on_hit, then)
        self._stops.append(stop)
        return stop

    def cut(self) -> None:
        """Break all connections, and every new one, until `mend`: the network is gone."""
        self._is_cut = True
        for request in list(self._open):
            _drop(request)

    def stall(self) -> None:
        """Keep connections, and accept new ones, but let nothing through until `mend`: the server is frozen."""
        self._flows.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._is_cut = False
        self._flows.set()

    async def _handle(self, incoming: web.Request) -> web.StreamResponse:
        self._open.append(incoming)
        try:
            return await self._pass_on(incoming)
        except aiohttp.ClientError:
            return _dropped(incoming)  # the server broke the connection, so we break ours
        finally:
            self._open.remove(incoming)

    async def _pass_on(self, incoming: web.Request) -> web.StreamResponse:
        content = await incoming.read()
        await self._flows.wait()
        request = Request(incoming.method, incoming.path, _json_object(content))
        if self._is_cut:
            return _dropped(incoming)
        for matcher, lie in self.lies:
            if matcher.fits(request):
                self.lies_told += 1
                return _canned(lie)
        if (stop := self._stopped(request, Phase.BEFORE)) and stop.then is not Then.GO_ON:
            return _ended(incoming, stop)
        headers = _passed_on(incoming.headers)
        url = self._upstream + incoming.raw_path
        async with self._session.request(
            incoming.method, url, headers=headers, data=content or None, ssl=self._trust, allow_redirects=False
        ) as answer:
            if self._awaits(request):
                read = await answer.read()
                if (stop := self._stopped(request, Phase.AFTER)) and stop.then is not Then.GO_ON:
                    return _ended(incoming, stop)
                return web.Response(status=answer.status, headers=_passed_on(answer.headers), body=read)
            return await self._stream(incoming, answer)

    async def _stream(self, incoming: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        """Hand an answer on as it comes: a watch never ends by itself."""
        headers = _passed_on(answer.headers)
        outgoing = web.StreamResponse(status=answer.status, headers=headers)
        await outgoing.prepare(incoming)
        try:
            async for chunk in answer.content.iter_any():
                self.watches_expired += _EXPIRED in chunk
                await self._flows.wait()
                await outgoing.write(chunk)
            await outgoing.write_eof()
        except ConnectionResetError:
            pass  # whoever asked is gone
        return outgoing

    def _awaits(self, request: Request) -> bool:
        return any(stop.phase is Phase.AFTER and stop.matcher.fits(request) for stop in self._pending())

    def _stopped(self, request: Request, phase: Phase) -> Stop | None:
        for stop in self._pending():
            if stop.phase is phase and stop.matcher.fits(request):
                stop.hit.set()
                stop.on_hit()
                return stop
        return None

    def _pending(self) -> list[Stop]:
        return [stop for stop in self._stops if not stop.hit.is_set()]


def api_server_proxy(kubeconfig: Path) -> FaultProxy:
    """Return a proxy for the API server that a kubeconfig names; enter it before use."""
    cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    return FaultProxy(cluster["server"], trust=ssl.create_default_context(cadata=authority))


def write_proxied(kubeconfig: Path, proxy: FaultProxy, written_to: Path) -> None:
    """Write a kubeconfig like the given one, token included, that leads to the proxy."""
    config = yaml.safe_load(kubeconfig.read_text())
    config["clusters"][0]["cluster"] = {"server": proxy.url}
    written_to.touch(mode=0o600)
    written_to.write_text(yaml.safe_dump(config))


def _json_object(content: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}


def _drop(request: web.Request) -> None:
    """Break a connection, as a server or a network that fails does."""
    if request.transport is not None:
        request.transport.abort()


def _dropped(request: web.Request) -> web.Response:
    _drop(request)
    return web.Response(status=502)  # nobody hears it; aiohttp wants one


def _ended(request: web.Request, stop: Stop) -> web.Response:
    return _canned(stop.then) if isinstance(stop.then, Canned) else _dropped(request)


def _canned(answer: Canned) -> web.Response:
    return web.Response(status=answer.status, text=answer.text, content_type=answer.content_type)
