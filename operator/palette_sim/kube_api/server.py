"""The server: HTTPS on loopback, one token, and the admin API beside the Kubernetes one."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from palette_sim.kube_api.errors import NoSuchPathError, StatusError, bad_request, unauthorized
from palette_sim.kube_api.handlers import Handlers, refusal, verb_of
from palette_sim.kube_api.json_types import JsonObject
from palette_sim.kube_api.kubeconfig import make_identity, write_kubeconfig
from palette_sim.kube_api.objects import Objects
from palette_sim.kube_api.routing import parse_target
from palette_sim.kube_api.switchboard import LACKS, Fault, Switchboard, parse_fault

if TYPE_CHECKING:
    from collections.abc import Callable

_HEALTH: Final = frozenset({"/healthz", "/readyz", "/livez"})
# As kube-apiserver: 3 MiB. Source: k8s.io/apiserver, pkg/server/config.go.
_MAX_BODY_BYTES: Final = 3 * 1024 * 1024


class EmbeddedKubernetes:
    """An API server in this process, for as long as the context lasts.

    `directory` gets the kubeconfig. Everything is in memory and gone at exit.
    """

    def __init__(self, directory: Path, *, port: int = 0, kubeconfig: Path | None = None) -> None:
        self.kubeconfig = kubeconfig or directory / "kubeconfig"
        self.objects = Objects()
        self.server = ""
        """Where it listens, once it does."""
        self._port = port
        self._token = secrets.token_urlsafe(32)
        self._identity = make_identity()
        self._runner: web.AppRunner | None = None
        self._restarting: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Listen, and write the kubeconfig."""
        self.switchboard = Switchboard()
        self._handlers = Handlers(self.objects, self.switchboard)
        app = web.Application(client_max_size=_MAX_BODY_BYTES)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
        await self._runner.setup()
        self._site = await self._listen(self._runner)
        self._port = self._runner.addresses[0][1]
        self.server = f"https://127.0.0.1:{self._port}"
        write_kubeconfig(self.kubeconfig, self.server, self._token, self._identity.authority_pem)
        return self

    async def _listen(self, runner: web.AppRunner) -> web.TCPSite:
        site = web.TCPSite(runner, "127.0.0.1", self._port, ssl_context=self._identity.server_context())
        await site.start()
        return site

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut all connections and stop listening."""
        self.objects.store.drop_watches()
        self.switchboard.freeze(0)
        if self._restarting is not None:
            self._restarting.cancel()
            await asyncio.gather(self._restarting, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    def requests(self) -> JsonObject:
        """Return how many requests there were by verb, resource and status, and writes by resource."""
        return self.switchboard.counts()

    def compact(self) -> int:
        """Forget the history: every watch from before now is refused with 410. Return the version."""
        return self.objects.store.compact()

    def drop_watches(self) -> int:
        """Break every open watch; return how many there were."""
        return self.objects.store.drop_watches()

    async def restart(self, away_s: float) -> None:
        """Go, and come back after so long at the same address with the same objects: as a new process on an old etcd.

        Connections break without a word, and every watch from before then is refused with 410.
        """
        runner = self._runner
        if runner is None or runner.server is None:
            raise RuntimeError("it has not been started")
        await self._site.stop()
        for connection in runner.server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        self.compact()
        await asyncio.sleep(away_s)
        self._site = await self._listen(runner)

    def freeze(self, seconds: float) -> None:
        """Answer nothing for so long; 0 thaws at once."""
        self.switchboard.freeze(seconds)

    def inject(self, fault: Fault) -> None:
        """Let requests to come fail."""
        self.switchboard.faults.append(fault)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        verb, resource = _measured(request)
        try:
            if request.path not in _HEALTH and not self._is_known(request):
                raise unauthorized()
            response = await self._answer(request, verb, resource)
        except StatusError as error:
            response = refusal(error)
        except NoSuchPathError:
            response = web.Response(status=404, text="404 page not found\n")
        except web.HTTPException as error:
            response = refusal(StatusError(error.status, error.reason, error.reason))
        if resource:
            self.switchboard.count(verb, resource, response.status)
        return response

    def _is_known(self, request: web.Request) -> bool:
        offered = request.headers.get("Authorization", "")
        return hmac.compare_digest(offered.encode(), f"Bearer {self._token}".encode())

    async def _answer(self, request: web.Request, verb: str, resource: str) -> web.StreamResponse:
        if request.path.startswith("/_sim/"):
            return await self._administer(request)
        await self.switchboard.thawed()
        fault = self.switchboard.take_fault(verb, resource)
        if fault is not None and not fault.after_effect:
            return await _fail(request, fault)
        response = await self._kubernetes(request)
        return response if fault is None else await _fail(request, fault)

    async def _kubernetes(self, request: web.Request) -> web.StreamResponse:
        if request.path in _HEALTH:
            return web.Response(text="ok")
        described = self._handlers.describe(request.path, request.headers.get("Accept", ""))
        if described is not None:
            return described
        target = parse_target(request.path)
        if target is None:
            raise NoSuchPathError(request.path)
        return await self._handlers.serve(request, target)

    async def _administer(self, request: web.Request) -> web.StreamResponse:
        body: JsonObject = {}
        if request.can_read_body:
            try:
                body = json.loads(await request.read())
            except ValueError as error:
                raise bad_request(f"the body of the request cannot be read: {error}") from error
        action: Callable[[JsonObject], JsonObject] | None = {
            ("GET", "/_sim/lacks"): lambda _: dict(LACKS),
            ("GET", "/_sim/requests"): lambda _: self.requests(),
            ("DELETE", "/_sim/requests"): self._reset,
            ("POST", "/_sim/compact"): lambda _: {"resourceVersion": str(self.compact())},
            ("POST", "/_sim/drop-watches"): lambda _: {"dropped": self.drop_watches()},
            ("POST", "/_sim/freeze"): self._freeze,
            ("POST", "/_sim/restart"): self._restart,
            ("POST", "/_sim/faults"): self._add_fault,
            ("DELETE", "/_sim/faults"): self._clear_faults,
        }.get((request.method, request.path))
        if action is None:
            raise NoSuchPathError(request.path)
        return web.json_response(action(body))

    def _reset(self, _body: JsonObject) -> JsonObject:
        self.switchboard.reset_counts()
        return {}

    def _freeze(self, body: JsonObject) -> JsonObject:
        self.freeze(float(body.get("seconds", 0)))
        return {}

    def _restart(self, body: JsonObject) -> JsonObject:
        # As a task of its own: the connection of whoever asked breaks too.
        self._restarting = asyncio.create_task(self.restart(float(body.get("seconds", 0))))
        return {}

    def _add_fault(self, body: JsonObject) -> JsonObject:
        self.inject(parse_fault(body))
        return {}

    def _clear_faults(self, _body: JsonObject) -> JsonObject:
        self.switchboard.faults.clear()
        return {}


def _measured(request: web.Request) -> tuple[str, str]:
    """Return the verb and the resource under which a request is counted; no resource if it is on none."""
    target = parse_target(request.path)
    if target is None:
        return request.method.lower(), ""
    plural = f"{target.plural}/{target.subresource}" if target.subresource else target.plural
    return verb_of(request.method, target, request.query), plural


async def _fail(request: web.Request, fault: Fault) -> web.StreamResponse:
    if fault.delay_s:
        await asyncio.sleep(fault.delay_s)
    if fault.status == 0:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    details: JsonObject = {"retryAfterSeconds": fault.retry_after_s} if fault.retry_after_s else {}
    raise StatusError(fault.status, _REASONS.get(fault.status, "InternalError"), fault.message, details)


_REASONS: Final = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    503: "ServiceUnavailable",
    504: "Timeout",
}
