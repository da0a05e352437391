"""OpenAPI v3, one document for each group and version: for `kubectl explain`, and so that kubectl lets us validate.

kubectl leaves the validation of fields to a server whose PATCH operations take `fieldValidation`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from palette_sim.kube_api.metadata import KNOWN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from palette_sim.kube_api.discovery import Groups
    from palette_sim.kube_api.json_types import JsonObject
    from palette_sim.kube_api.resources import Resource

# Clients ask for the one and get the other: Go takes the @ for an error in an answer.
V2_ASKED: Final = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
V2_ANSWERED: Final = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_META_TYPES: Final[Mapping[str, JsonObject]] = {
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
    "finalizers": {"type": "array", "items": {"type": "string"}},
    "ownerReferences": {"type": "array", "items": {"type": "object"}},
    "managedFields": {"type": "array", "items": {"type": "object"}},
    "generation": {"type": "integer", "format": "int64"},
    "deletionGracePeriodSeconds": {"type": "integer", "format": "int64"},
    "creationTimestamp": {"type": "string", "format": "date-time"},
    "deletionTimestamp": {"type": "string", "format": "date-time"},
}
_FIELD_VALIDATION: Final = {
    "name": "fieldValidation",
    "in": "query",
    "description": "How the server treats unknown fields: Ignore, Warn or Strict.",
    "schema": {"type": "string", "uniqueItems": True},
}
_ACTIONS: Final = {"get": "get", "put": "put", "patch": "patch", "delete": "delete"}


def empty_v2_document() -> JsonObject:
    """Return an OpenAPI v2 document that describes nothing."""
    return {"swagger": "2.0", "info": {"title": "Kubernetes", "version": "embedded"}, "paths": {}, "definitions": {}}


def index(groups: Groups, version: int) -> JsonObject:
    """Return what `/openapi/v3` lists; `version` tells clients when to read a document again."""
    paths = {}
    for group, versions in groups.items():
        for name in versions:
            path = f"apis/{group}/{name}" if group else f"api/{name}"
            paths[path] = {"serverRelativeURL": f"/openapi/v3/{path}?hash={version}"}
    return {"paths": paths}


def document(resources: Iterable[Resource]) -> JsonObject:
    """Return the OpenAPI v3 document of one group and version."""
    paths: JsonObject = {}
    schemas: JsonObject = {_META: _object_meta()}
    for resource in resources:
        schemas[_schema_name(resource)] = _schema(resource)
        collection = _collection_path(resource)
        paths[collection] = {
            "get": _operation(resource, "list"),
            "post": _operation(resource, "post", _FIELD_VALIDATION),
        }
        if "patch" in resource.verbs:
            paths[f"{collection}/{{name}}"] = {
                verb: _operation(resource, action, *([_FIELD_VALIDATION] if verb in {"put", "patch"} else []))
                for verb, action in _ACTIONS.items()
            }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "embedded"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _collection_path(resource: Resource) -> str:
    root = f"/apis/{resource.group}/{resource.version}" if resource.group else f"/api/{resource.version}"
    return f"{root}/namespaces/{{namespace}}/{resource.plural}" if resource.namespaced else f"{root}/{resource.plural}"


def _gvk(resource: Resource) -> JsonObject:
    return {"group": resource.group, "version": resource.version, "kind": resource.kind}


def _schema_name(resource: Resource) -> str:
    reversed_group = ".".join(reversed(resource.group.split("."))) if resource.group else "io.k8s.api.core"
    return f"{reversed_group}.{resource.version}.{resource.kind}"


def _operation(resource: Resource, action: str, *parameters: Mapping[str, Any]) -> JsonObject:
    schema = {"$ref": f"#/components/schemas/{_schema_name(resource)}"}
    return {
        "operationId": f"{action}{resource.kind}",
        "parameters": list(parameters),
        "responses": {"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": _gvk(resource),
    }


def _schema(resource: Resource) -> JsonObject:
    schema = {**resource.schema, "x-kubernetes-group-version-kind": [_gvk(resource)]}
    schema["properties"] = {
        "apiVersion": {"type": "string", "description": "APIVersion defines the versioned schema of this object."},
        "kind": {"type": "string", "description": "Kind is the REST resource that this object represents."},
        "metadata": {
            "description": "Standard object's metadata.",
            "allOf": [{"$ref": f"#/components/schemas/{_META}"}],
            "default": {},
        },
    } | {name: sub for name, sub in resource.schema.get("properties", {}).items() if name not in _ROOT}
    return schema


_ROOT: Final = frozenset({"apiVersion", "kind", "metadata"})


def _object_meta() -> JsonObject:
    properties = {name: _META_TYPES.get(name, {"type": "string"}) for name in sorted(KNOWN_FIELDS)}
    return {
        "type": "object",
        "description": "ObjectMeta is metadata that all persisted resources must have.",
        "properties": properties,
    }
