"""The way of one request: power, faults, slowness, the token, the mode of the host, the endpoint, the request log."""

import asyncio
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from palette_sim.common.answering import answer, json_response
from palette_sim.common.errors import ApiError
from palette_sim.common.injection import Fate, Injections
from palette_sim.edge.call import Call, Empty, Endpoint, Reply
from palette_sim.edge.port import local_port
from palette_sim.edge.requests import AccessFile, Request, RequestLog
from palette_sim.edge.routes import archives
from palette_sim.edge.routes.table import AIRGAP_ONLY, WITHOUT_TOKEN, endpoints
from palette_sim.edge.seed import Generation, Power
from palette_sim.edge.sessions import Sessions
from palette_sim.edge.world.records import Host
from palette_sim.edge.world.world import World

_LARGEST_BODY = 256 * 2**20
_TOKEN_HEADER = "Authorization"  # noqa: S105 - its name


@dataclass(slots=True)
class Machine:
    """What of a host is not of the simulated world: who is logged in, what goes wrong, what was asked."""

    host: Host
    sessions: Sessions = field(repr=False)
    injections: Injections
    requests: RequestLog


_MACHINE = web.RequestKey("machine", Machine)


class Gate:
    """Every request to any host of the site passes here. The port that it came to tells the host."""

    def __init__(self, world: World, access: AccessFile) -> None:
        self._world = world
        self._access = access
        self.machines: dict[int, Machine] = {}
        """By port."""

    def application(self, generation: Generation) -> web.Application:
        """Make the application that serves the hosts of one generation."""
        served = endpoints(generation)
        application = web.Application(middlewares=[self._pass], client_max_size=_LARGEST_BODY)
        for (method, path), endpoint in served.items():
            application.router.add_route(method, path, self._handler((method, path), endpoint))
        for method, path in AIRGAP_ONLY - served.keys():
            application.router.add_route(method, path, self._handler((method, path), _other_spelling))
        return application

    @web.middleware
    async def _pass(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        port = local_port(request.transport)
        if port is None:  # the caller is gone already
            return web.Response(status=503)
        machine = request[_MACHINE] = self.machines[port]
        now_s = self._world.settle()
        response: web.StreamResponse = web.Response(status=503)
        fate = Fate.DROPPED
        if machine.host.power is Power.ON:
            response, fate = await answer(machine.injections, request, handler)
        entry = Request(now_s, request.method, request.path, response.status, fate)
        machine.requests.add(entry)
        self._access.add(machine.host.uid, entry)
        if fate is not Fate.ANSWERED and request.transport is not None:
            request.transport.abort()
        return response

    def _handler(self, key: tuple[str, str], endpoint: Endpoint) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            raw_body = await request.read()
            await self._read_disk(request)
            try:
                return _respond(endpoint(self._call(request, raw_body, key)))
            except ApiError as error:
                return json_response(error.status, error.body())
            except Empty as empty:
                return web.Response(status=empty.status)

        return handle

    def _call(self, request: web.Request, raw_body: bytes, key: tuple[str, str]) -> Call:
        machine, now_s = request[_MACHINE], self._world.settle()
        token = request.headers.get(_TOKEN_HEADER, "") or request.cookies.get(_TOKEN_HEADER, "")
        if key not in WITHOUT_TOKEN and not machine.sessions.is_valid(token, now_s):
            raise Empty(401)
        if key in AIRGAP_ONLY and machine.host.is_connected:
            message = "This is not available on an edge host that is connected to Palette."
            raise ApiError(self._world.config.unavailable_status, "OperationForbidden", message)
        return Call(
            world=self._world,
            host=machine.host,
            sessions=machine.sessions,
            now_s=now_s,
            token=token,
            params=request.match_info,
            query=request.query,
            cookies=request.cookies,
            content_type=request.headers.get("Content-Type", ""),
            raw_body=raw_body,
        )

    async def _read_disk(self, request: web.Request) -> None:
        """Take the time that the host's disk takes for what is on it."""
        seconds = request[_MACHINE].host.seed.archive_read_s
        if seconds and request.path.startswith(archives.PREFIX):
            await asyncio.sleep(seconds / self._world.config.speed)


def _other_spelling(call: Call) -> Reply:
    """Answer as the router does; a host that is connected refuses the other generation's spelling before that."""
    if call.params:
        raise ApiError(404, 404, "The path is not found.")
    raise ApiError(405, 405, "The method is not allowed.")


def _respond(reply: Reply) -> web.Response:
    response = web.Response(status=reply.status) if reply.body is None else json_response(reply.status, reply.body)
    for name, value in reply.cookies.items():
        response.set_cookie(name, value, secure=True, httponly=True)
    return response
