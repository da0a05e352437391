"""How a request is answered when something goes wrong on purpose, and when nothing does."""

import json
from collections.abc import Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler

from palette_sim.common.errors import ApiError
from palette_sim.common.injection import Fate, Fault, FaultBody, FaultKind, FaultSpec, Injections, OutageMode
from palette_sim.common.jsonvalue import Json
from palette_sim.common.mangling import mangle, omit

_HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center></body></html>"


async def answer(injections: Injections, request: web.Request, handler: Handler) -> tuple[web.StreamResponse, Fate]:
    """Answer a request, or let go wrong what is to go wrong with it.

    The caller closes the connection of one whose fate is not to be answered.
    """
    method, path = request.method, request.path
    if injections.outage is OutageMode.DROP:
        return web.Response(status=503), Fate.DROPPED
    if injections.outage is OutageMode.UNAVAILABLE:
        return _html_response(503), Fate.ANSWERED
    await injections.delay()
    fault = injections.take_fault(method, path)
    kind = None if fault is None else fault.spec.kind
    if fault is not None and kind is FaultKind.RESPOND:
        return _faulty_response(fault.spec), Fate.ANSWERED
    if kind is FaultKind.DROP:
        return web.Response(status=503), Fate.DROPPED
    await request.read()
    if not await injections.pause("before", method, path):
        return web.Response(status=503), Fate.DROPPED
    response = await _route(request, handler)
    goes_on = await injections.pause("after", method, path)
    if fault is not None and kind is FaultKind.MANGLE:
        response = _damaged(response, lambda body: mangle(body, fault.dice))
    if fault is not None and kind is FaultKind.OMIT:
        response = _damaged(response, lambda body: _omitted(body, fault, f"{method} {path}"))
    is_lost = not goes_on or kind is FaultKind.LOSE
    return response, Fate.LOST if is_lost else Fate.ANSWERED


def json_response(status: int, body: Json, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer with JSON, written compactly."""
    text = json.dumps(body, separators=(",", ":"))
    return web.Response(status=status, text=text, content_type="application/json", headers=headers)


async def _route(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call the handler; a path or method that does not exist is told with a numeric code."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return json_response(404, {"code": 404, "message": f"path {request.path} was not found"})
    except web.HTTPMethodNotAllowed as error:
        allowed = ",".join(sorted(error.allowed_methods))
        message = f"method {request.method} is not allowed, but [{allowed}] are"
        return json_response(405, {"code": 405, "message": message})


def _damaged(response: web.StreamResponse, damage: Callable[[bytes], bytes]) -> web.StreamResponse:
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes) or not response.body:
        return response
    return web.Response(status=response.status, body=damage(response.body), content_type="application/json")


def _omitted(body: bytes, fault: Fault, request: str) -> bytes:
    damaged, fault.omitted[request] = omit(body, fault.dice, fault.omitted.get(request, ()))
    return damaged


def _html_response(status: int, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=_HTML.format(status), content_type="text/html", headers=headers)


def _faulty_response(fault: FaultSpec) -> web.Response:
    headers = dict(fault.headers)
    if fault.retry_after_s is not None:
        headers["Retry-After"] = str(fault.retry_after_s)
    if fault.reply is not None:
        return json_response(fault.status, fault.reply, headers)
    error = ApiError(fault.status, fault.code, fault.message).body()
    match fault.body:
        case FaultBody.JSON:
            return json_response(fault.status, error, headers)
        case FaultBody.HTML:
            return _html_response(fault.status, headers)
        case FaultBody.TRUNCATED:
            text = json.dumps(error)
            half = text[: len(text) // 2]
            return web.Response(status=fault.status, text=half, content_type="application/json", headers=headers)
        case FaultBody.EMPTY:
            return web.Response(status=fault.status, headers=headers)
