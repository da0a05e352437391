"""The way of one request: outage, limits, latency, faults, authentication, scope, the endpoint, the access log."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import uuid4

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from palette_sim.common.answering import answer, json_response
from palette_sim.common.errors import ApiError
from palette_sim.common.injection import Fate, Injections, OutageMode
from palette_sim.palette.access import NOBODY, PROJECT_HEADER, Access
from palette_sim.palette.access_log import AccessLog, Entry
from palette_sim.palette.call import Call, Endpoint, Reply
from palette_sim.palette.config import PaletteConfig, ThrottleBody
from palette_sim.palette.errors import Refused, forbidden
from palette_sim.palette.limits.buckets import Limiter
from palette_sim.palette.limits.table import charges
from palette_sim.palette.queries import Accepts, check_query
from palette_sim.palette.world.world import World

ADMIN_PREFIX = "/_sim/"
_REFRESH = "/v1/auth/refresh/"


@dataclass(frozen=True, slots=True)
class Admission:
    """What an endpoint asks of a request before it looks at it."""

    open_to_all: bool = False
    """No rights in the scope of the request are needed."""
    anonymous: bool = False
    """No credentials either."""
    tenant_only: bool = False
    """It knows no ProjectUid."""
    query: Mapping[str, Accepts] = field(default_factory=dict)
    """What may stand in the query."""


class Gate:
    """Every request but those of the admin API passes here, and leaves one entry in the access log."""

    def __init__(
        self,
        *,
        config: PaletteConfig,
        world: World,
        access: Access,
        limiter: Limiter,
        log: AccessLog,
        injections: Injections,
    ) -> None:
        self._config = config
        self._world = world
        self._access = access
        self._limiter = limiter
        self._log = log
        self._injections = injections

    def middleware(self) -> Middleware:
        """Give the gate as aiohttp wants it."""

        @web.middleware
        async def pass_gate(request: web.Request, handler: Handler) -> web.StreamResponse:
            if request.path.startswith(ADMIN_PREFIX):
                return await handler(request)
            return await self._serve(request, handler)

        return pass_gate

    def handler(self, endpoint: Endpoint, admission: Admission) -> Handler:
        """Make an aiohttp handler of an endpoint."""

        async def handle(request: web.Request) -> web.StreamResponse:
            raw_body = await request.read()
            try:
                return _respond(endpoint(self._call(request, raw_body, admission)))
            except ApiError as error:
                return json_response(error.status, error.body())
            except Refused as refusal:
                status = self._config.operational_error_status
                return json_response(status, ApiError(status, refusal.code, refusal.message).body())

        return handle

    def _call(self, request: web.Request, raw_body: bytes, admission: Admission) -> Call:
        now_s = self._world.settle()
        caller = NOBODY if admission.anonymous else self._access.identify(request.headers)
        project_uid = request.headers.get(PROJECT_HEADER, "")
        if project_uid and admission.tenant_only:
            raise forbidden("tenant")
        if project_uid and not (project_uid in self._world.projects and caller.may_see(project_uid)):
            raise forbidden("project.get")
        if not project_uid and not admission.open_to_all:
            caller.require_tenant("tenant")
        check_query(admission.query, request.query.items())
        world, params, query = self._world, request.match_info, request.query
        return Call(world, self._access, now_s, caller, project_uid, params, query, raw_body)

    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        arrived_s = time.time()
        source = self._source(request)
        throttled = self._injections.outage is OutageMode.OFF and not self._limiter.admits(source, request.path)
        if throttled:
            response: web.StreamResponse = self._too_many()
            fate = Fate.ANSWERED
        else:
            response, fate = await answer(self._injections, request, handler)
        response.headers.update(self._injections.announced(request.method, request.path))
        self._log.add(
            Entry(
                arrived_s=arrived_s,
                method=request.method,
                path=_shown(request.path),
                prefix=charges(request.path)[0].prefix,
                status=response.status,
                source=source,
                agent=request.headers.get("User-Agent", ""),
                throttled=throttled,
                scoped=PROJECT_HEADER in request.headers,
                fate=fate,
            )
        )
        if fate is not Fate.ANSWERED and request.transport is not None:
            request.transport.close()
        return response

    def _source(self, request: web.Request) -> str:
        forwarded = request.headers.get("X-Forwarded-For", "")
        if self._config.trust_forwarded_for and forwarded:
            return forwarded.split(",")[0].strip()
        return request.remote or ""

    def _too_many(self) -> web.Response:
        headers = {} if self._config.retry_after_s is None else {"Retry-After": str(self._config.retry_after_s)}
        if self._config.throttle_body is ThrottleBody.TEXT:
            return web.Response(status=429, text="Too Many Requests", headers=headers)
        error = ApiError(429, "TooManyRequests", "Too many requests; try again after a few moments.")
        return json_response(429, error.body(), headers)


def _shown(path: str) -> str:
    """Write a path for the access log: a token in it is left out."""
    return _REFRESH + "{token}" if path.startswith(_REFRESH) else path


def _respond(reply: Reply) -> web.Response:
    if not reply.has_body:
        return web.Response(status=reply.status)
    audit = {"AuditUid": uuid4().hex} if reply.status == HTTPStatus.CREATED else {}
    return json_response(reply.status, reply.body, {**audit, **reply.headers})
