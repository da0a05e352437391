"""From an HTTP request to a verb and back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import yaml
from aiohttp import web

from palette_sim.kube_api import discovery, openapi, patches, protobuf
from palette_sim.kube_api.builtins import review_status
from palette_sim.kube_api.errors import (
    NoSuchPathError,
    StatusError,
    bad_request,
    invalid,
    method_not_allowed,
    required_value,
    unsupported_media_type,
)
from palette_sim.kube_api.json_types import JsonObject, dump
from palette_sim.kube_api.lists import list_chunk, parse_selectors
from palette_sim.kube_api.negotiation import Form, parse_shape, wants
from palette_sim.kube_api.objects import Write
from palette_sim.kube_api.watches import Watch, parse_watch

if TYPE_CHECKING:
    from palette_sim.kube_api.objects import Objects
    from palette_sim.kube_api.resources import Resource
    from palette_sim.kube_api.routing import Target
    from palette_sim.kube_api.store import Stored
    from palette_sim.kube_api.switchboard import Switchboard

_TRUE: Final = frozenset({"true", "1"})
_YAML_TYPES: Final = frozenset({"application/yaml", patches.APPLY_PATCH})
_JSON_TYPES: Final = frozenset({"application/json", "application/octet-stream", ""})


def verb_of(method: str, target: Target, query: Mapping[str, str]) -> str:
    """Name what a request does to a resource, as audit logs do."""
    if method in {"GET", "HEAD"}:
        if target.name:
            return "get"
        return "watch" if query.get("watch") in _TRUE else "list"
    if method == "DELETE" and not target.name:
        return "deletecollection"
    return {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(method, method.lower())


class Handlers:
    """Answers requests on resources, and those for what is served."""

    def __init__(self, objects: Objects, switchboard: Switchboard) -> None:
        self._objects = objects
        self._switchboard = switchboard

    def describe(self, path: str, accept: str) -> web.Response | None:
        """Answer a request for discovery, OpenAPI or the version; None if it is none of these."""
        groups = self._objects.catalogue.groups()
        parts = path.strip("/").split("/")
        if parts == ["version"]:
            return _json(dict(discovery.SERVER_VERSION))
        if len(parts) == 1 and parts[0] in {"api", "apis"} and wants(accept, "APIGroupDiscoveryList"):
            listed = dump(discovery.aggregated(groups, core=parts == ["api"]))
            return web.Response(body=listed, headers={"Content-Type": discovery.AGGREGATED})
        if parts == ["openapi", "v2"]:
            return _empty_openapi_v2(accept)
        described = self._openapi(parts[2:]) if parts[:2] == ["openapi", "v3"] else _discovered(groups, parts)
        return None if described is None else _json(described)

    def _openapi(self, parts: list[str]) -> JsonObject | None:
        groups = self._objects.catalogue.groups()
        match parts:
            case []:
                return openapi.index(groups, self._objects.store.version)
            case ["api", version] if version in groups[""]:
                return openapi.document(groups[""][version])
            case ["apis", group, version] if version in groups.get(group, {}):
                return openapi.document(groups[group][version])
        return None

    async def serve(self, request: web.Request, target: Target) -> web.StreamResponse:
        """Answer a request on a resource. StatusError for what is refused."""
        resource = self._find(target)
        verb = verb_of(request.method, target, request.query)
        if verb not in resource.verbs:
            raise method_not_allowed(resource.name)
        if resource.namespaced and not target.namespace and verb not in {"list", "watch"}:
            raise NoSuchPathError(target.plural)
        if verb in {"update", "patch"} and not target.name:
            raise bad_request("name must be provided")
        shape = parse_shape(request.headers.get("Accept", ""))
        form = Form(resource, shape, request.query.get("includeObject", "Metadata"))
        if verb == "watch":
            return await self._watch(request, form, target)
        body = await request.read()
        answer = getattr(self, f"_{verb}")
        response: web.Response = answer(request, form, target, body)
        return response

    def _find(self, target: Target) -> Resource:
        resource = self._objects.catalogue.find(target.group, target.version, target.plural)
        if resource is None:
            raise NoSuchPathError(target.plural)
        if target.subresource not in {"", *(["status"] if resource.has_status else [])}:
            raise NoSuchPathError(target.plural)
        if target.namespace and not resource.namespaced:
            raise NoSuchPathError(target.plural)
        return resource

    def _get(self, _request: web.Request, form: Form, target: Target, _body: bytes) -> web.Response:
        stored = self._objects.get(form.resource, (target.namespace, target.name))
        return self._answer(form, stored)

    def _list(self, request: web.Request, form: Form, target: Target, _body: bytes) -> web.Response:
        chunk = list_chunk(self._objects.store, form.resource, target.namespace, request.query)
        return _json_bytes(form.many(chunk.items, chunk.metadata, self._objects.clock()))

    def _create(self, request: web.Request, form: Form, target: Target, body: bytes) -> web.Response:
        parsed = _parse(request.content_type, body)
        if form.resource.verbs == ("create",):
            return _json({**parsed, "status": review_status(form.resource.kind)}, 201)
        write = _write(request.query, target)
        stored = self._objects.create(form.resource, parsed, write)
        return self._answer(form, stored, 201, write)

    def _update(self, request: web.Request, form: Form, target: Target, body: bytes) -> web.Response:
        write = _write(request.query, target)
        stored = self._objects.update(form.resource, _parse(request.content_type, body), write)
        return self._answer(form, stored, 200, write)

    def _patch(self, request: web.Request, form: Form, target: Target, body: bytes) -> web.Response:
        write = _write(request.query, target)
        accepted = patches.CUSTOM_RESOURCE_TYPES if form.resource.is_custom else patches.TYPES
        change = patches.parse(request.content_type, body, accepted)
        if request.content_type == patches.APPLY_PATCH and not request.query.get("fieldManager"):
            missing = required_value("fieldManager", "is required for apply patch")
            raise invalid("PatchOptions", "meta.k8s.io", "", [missing])
        stored, is_new = self._objects.patch(form.resource, request.content_type, change, write)
        return self._answer(form, stored, 201 if is_new else 200, write)

    def _delete(self, request: web.Request, form: Form, target: Target, body: bytes) -> web.Response:
        options = _parse(request.content_type, body) if body else {}
        write = _write(request.query, target, options)
        stored, is_gone = self._objects.delete(form.resource, options, write)
        if not is_gone or form.resource.plural == "namespaces":
            return self._answer(form, stored)
        details = {"name": target.name, "kind": form.resource.plural, "uid": stored.body["metadata"]["uid"]}
        if form.resource.group:
            details["group"] = form.resource.group
        done = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
        return _json(done)

    def _deletecollection(self, request: web.Request, form: Form, target: Target, body: bytes) -> web.Response:
        options = _parse(request.content_type, body) if body else {}
        write = _write(request.query, target, options)
        matches = parse_selectors(form.resource, request.query)
        deleted = self._objects.delete_collection(form.resource, matches, options, write)
        version = {"resourceVersion": str(self._objects.store.version)}
        return _json_bytes(form.many(deleted, version, self._objects.clock()))

    async def _watch(self, request: web.Request, form: Form, target: Target) -> web.StreamResponse:
        wanted = parse_watch(form, target.namespace, request.query)
        watch = Watch(self._objects.store, wanted, self._objects.clock)
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        # A client may leave at any time; that is how most watches end.
        with contextlib.closing(watch), contextlib.suppress(ConnectionError):
            await response.prepare(request)
            async for lines in watch.events(asyncio.get_running_loop().time, self._switchboard.thawed):
                if lines:
                    await response.write(lines)
            if watch.is_broken and request.transport is not None:
                request.transport.abort()
        return response

    def _answer(self, form: Form, stored: Stored, status: int = 200, write: Write | None = None) -> web.Response:
        response = _json_bytes(form.one(stored, self._objects.clock()), status)
        for warning in write.warnings if write is not None else ():
            response.headers.add("Warning", f"299 - {json.dumps(warning)}")
        return response


def _empty_openapi_v2(accept: str) -> web.Response:
    # kubectl asks for it to validate a `List` by itself. A document without a schema, which as protobuf is no
    # bytes at all, makes it leave that to the server.
    if openapi.V2_ASKED in accept:
        return web.Response(body=b"", headers={"Content-Type": openapi.V2_ANSWERED})
    return _json(openapi.empty_v2_document())


def _discovered(groups: discovery.Groups, parts: list[str]) -> JsonObject | None:
    match parts:
        case ["api"]:
            return discovery.core_versions()
        case ["apis"]:
            return discovery.group_list(groups)
        case ["apis", group] if group in groups:
            return discovery.api_group(group, groups[group])
        case ["api", version] if version in groups[""]:
            return discovery.resource_list(version, groups[""][version])
        case ["apis", group, version] if version in groups.get(group, {}):
            return discovery.resource_list(f"{group}/{version}", groups[group][version])
    return None


def _write(query: Mapping[str, str], target: Target, options: Mapping[str, Any] | None = None) -> Write:
    dry_run = query.get("dryRun") or (options or {}).get("dryRun")
    return Write(
        namespace=target.namespace,
        name=target.name,
        subresource=target.subresource,
        field_validation=query.get("fieldValidation") or "Warn",
        dry_run=bool(dry_run),
    )


def _parse(content_type: str, body: bytes) -> JsonObject:
    try:
        if content_type in _YAML_TYPES:
            parsed = yaml.safe_load(body)
        elif content_type == protobuf.MEDIA_TYPE:
            parsed = protobuf.parse(body)
        elif content_type in _JSON_TYPES:
            parsed = json.loads(body)
        else:
            raise unsupported_media_type(["application/json", "application/yaml", protobuf.MEDIA_TYPE])
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"the body of the request cannot be read: {error}") from error
    if not isinstance(parsed, dict):
        raise bad_request("the body of the request must be an object")
    return parsed


def _json(body: JsonObject, status: int = 200) -> web.Response:
    return _json_bytes(dump(body), status)


def _json_bytes(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")


def refusal(error: StatusError) -> web.Response:
    """Write a refusal."""
    response = _json(error.status(), error.code)
    if retry_after_s := (error.details or {}).get("retryAfterSeconds"):
        response.headers["Retry-After"] = str(retry_after_s)
    return response
