"""One request to the admin API as its endpoints see it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from palette_sim.common.bodies import read_error
from palette_sim.common.clock import Clock
from palette_sim.common.errors import ApiError
from palette_sim.common.injection import Injections
from palette_sim.palette.access import Access
from palette_sim.palette.access_log import AccessLog
from palette_sim.palette.call import Reply
from palette_sim.palette.errors import Refused
from palette_sim.palette.people import People
from palette_sim.palette.world.world import World

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Levers:
    """All that the admin API can get hold of."""

    world: World
    clock: Clock
    access: Access
    log: AccessLog
    injections: Injections
    people: People


@dataclass(frozen=True, slots=True)
class AdminCall:
    """A request to the admin API."""

    levers: Levers
    params: Mapping[str, str]
    query: Mapping[str, str]
    raw_body: bytes = field(repr=False)

    def body(self, model: type[ModelT]) -> ModelT:
        """Read the body; raises ApiError 400 that names the first field at fault."""
        try:
            return model.model_validate_json(self.raw_body or b"{}")
        except ValidationError as error:
            raise read_error(error) from None


AdminEndpoint = Callable[[AdminCall], Reply]


def admin_handler(levers: Levers, endpoint: AdminEndpoint) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make an aiohttp handler of an endpoint of the admin API."""

    async def handle(request: web.Request) -> web.StreamResponse:
        call = AdminCall(levers, request.match_info, request.query, await request.read())
        try:
            reply = endpoint(call)
        except ApiError as error:
            return web.json_response(error.body(), status=error.status)
        except Refused as refusal:
            return web.json_response(ApiError(409, refusal.code, refusal.message).body(), status=409)
        return web.json_response(reply.body, status=reply.status) if reply.has_body else web.Response(status=204)

    return handle
