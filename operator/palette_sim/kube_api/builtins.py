"""The built-in resources: namespaces, secrets, config maps, service accounts, events, leases, CRDs, access reviews.

Their schemas name what clients of this server use, and no more.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from palette_sim.kube_api.errors import FieldError, invalid_value
from palette_sim.kube_api.json_types import JsonObject, metadata_of
from palette_sim.kube_api.resources import Resource
from palette_sim.kube_api.tables import AGE, NAME, Cell, Column, age

CRD_GROUP: Final = "apiextensions.k8s.io"
_EVENT_FIELDS: Final = frozenset(
    {"reason", "type", "reportingComponent", "source"}
    | {
        f"involvedObject.{name}"
        for name in ("apiVersion", "fieldPath", "kind", "name", "namespace", "resourceVersion", "uid")
    }
)
_STRING: Final[JsonObject] = {"type": "string"}
_INTEGER: Final[JsonObject] = {"type": "integer"}
_BOOLEAN: Final[JsonObject] = {"type": "boolean"}
_STRINGS: Final[JsonObject] = {"type": "object", "additionalProperties": _STRING}
_OPEN: Final[JsonObject] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def _object(description: str = "", **properties: JsonObject) -> JsonObject:
    schema: JsonObject = {"type": "object", "properties": properties}
    return {"description": description, **schema} if description else schema


def _list(items: JsonObject) -> JsonObject:
    return {"type": "array", "items": items}


_REFERENCE: Final = _object(
    apiVersion=_STRING,
    fieldPath=_STRING,
    kind=_STRING,
    name=_STRING,
    namespace=_STRING,
    resourceVersion=_STRING,
    uid=_STRING,
)


def _complete_namespace(body: JsonObject) -> None:
    body.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    deleting = "deletionTimestamp" in metadata_of(body)
    body.setdefault("status", {})["phase"] = "Terminating" if deleting else "Active"
    metadata_of(body).setdefault("labels", {})["kubernetes.io/metadata.name"] = metadata_of(body)["name"]


def _complete_secret(body: JsonObject) -> None:
    plain = body.pop("stringData", None) or {}
    if plain:
        encoded = {name: base64.b64encode(value.encode()).decode() for name, value in plain.items()}
        body["data"] = (body.get("data") or {}) | encoded
    body.setdefault("type", "Opaque")


def _check_secret(body: JsonObject) -> Iterator[FieldError]:
    for name, value in (body.get("data") or {}).items():
        try:
            base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            # The value may be a secret all the same, so it is not repeated.
            yield invalid_value(f"data[{name}]", "<value omitted>", "illegal base64 data")


def _last_seen(body: JsonObject, now: datetime) -> Cell:
    series = body.get("series") or {}
    seen = series.get("lastObservedTime") or body.get("lastTimestamp") or body.get("eventTime")
    return age(seen or body.get("firstTimestamp"), now)


def _event_object(body: JsonObject, _now: datetime) -> Cell:
    involved = body.get("involvedObject") or {}
    return f"{str(involved.get('kind', '')).lower()}/{involved.get('name', '')}"


def _event_count(body: JsonObject, _now: datetime) -> Cell:
    count: Cell = (body.get("series") or {}).get("count") or body.get("count") or 1
    return count


def _text(*path: str) -> Any:  # noqa: ANN401 -- the type of Column.cell, which takes an object and a time
    def cell(body: JsonObject, _now: datetime) -> Cell:
        value: object = body
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return "" if value is None else str(value)

    return cell


def _data_count(body: JsonObject, _now: datetime) -> Cell:
    return len(body.get("data") or {}) + len(body.get("binaryData") or {})


def _event_from_core(body: JsonObject) -> JsonObject:
    """Show a core/v1 Event as events.k8s.io/v1 names its fields."""
    shown = {name: value for name, value in body.items() if name not in _EVENT_NAMES}
    shown |= {new: body[old] for old, new in _EVENT_NAMES.items() if old in body}
    return shown | {"apiVersion": "events.k8s.io/v1"}


def _event_to_core(body: JsonObject) -> JsonObject:
    """Store an events.k8s.io/v1 Event as core/v1 names its fields."""
    names = {new: old for old, new in _EVENT_NAMES.items()}
    return {names.get(name, name): value for name, value in body.items()} | {"apiVersion": "v1"}


def _check_event(body: JsonObject) -> Iterator[FieldError]:
    """Events on cluster-scoped objects live in `default`, others beside their object."""
    about = (body.get("involvedObject") or {}).get("namespace", "")
    if metadata_of(body)["namespace"] != (about or "default"):
        yield invalid_value("involvedObject.namespace", about, "does not match event.namespace")


_EVENT_NAMES: Final = {
    "involvedObject": "regarding",
    "message": "note",
    "source": "deprecatedSource",
    "firstTimestamp": "deprecatedFirstTimestamp",
    "lastTimestamp": "deprecatedLastTimestamp",
    "count": "deprecatedCount",
    "reportingComponent": "reportingController",
}

_EVENT_PROPERTIES: Final[dict[str, JsonObject]] = {
    "involvedObject": _REFERENCE,
    "reason": _STRING,
    "message": _STRING,
    "source": _object(component=_STRING, host=_STRING),
    "firstTimestamp": _STRING,
    "lastTimestamp": _STRING,
    "count": _INTEGER,
    "type": _STRING,
    "eventTime": _STRING,
    "series": _object(count=_INTEGER, lastObservedTime=_STRING),
    "action": _STRING,
    "related": _REFERENCE,
    "reportingComponent": _STRING,
    "reportingInstance": _STRING,
}
_EVENT_COLUMNS: Final = (
    Column("Last Seen", "string", _last_seen),
    Column("Type", "string", _text("type")),
    Column("Reason", "string", _text("reason")),
    Column("Object", "string", _event_object),
    Column("Subobject", "string", _text("involvedObject", "fieldPath"), priority=1),
    Column("Source", "string", _text("source", "component"), priority=1),
    Column("Message", "string", _text("message")),
    Column("First Seen", "string", lambda body, now: age(body.get("firstTimestamp"), now), priority=1),
    Column("Count", "string", _event_count, priority=1),
    Column("Name", "string", _text("metadata", "name"), priority=1, format="name"),
)


def _event(group: str, schema: JsonObject, **conversions: Any) -> Resource:  # noqa: ANN401 -- passed through
    return Resource(
        group,
        "v1",
        "Event",
        "events",
        namespaced=True,
        short_names=("ev",),
        columns=_EVENT_COLUMNS,
        selectable_fields=_EVENT_FIELDS,
        stored_group="",
        schema=schema,
        **conversions,
    )


def _review(group: str, kind: str, plural: str) -> Resource:
    return Resource(group, "v1", kind, plural, namespaced=False, verbs=("create",), schema=_object(spec=_OPEN))


def builtin_resources() -> list[Resource]:
    """Return every resource that is there from the start."""
    return [
        Resource(
            "",
            "v1",
            "Namespace",
            "namespaces",
            namespaced=False,
            short_names=("ns",),
            columns=(NAME, Column("Status", "string", _text("status", "phase")), AGE),
            has_status=True,
            status_kept_on_create=True,
            complete=_complete_namespace,
            schema=_object(
                "Namespace provides a scope for Names.",
                spec=_object(finalizers=_list(_STRING)),
                status=_object(phase=_STRING, conditions=_list(_OPEN)),
            ),
        ),
        Resource(
            "",
            "v1",
            "ConfigMap",
            "configmaps",
            namespaced=True,
            short_names=("cm",),
            columns=(NAME, Column("Data", "integer", _data_count), AGE),
            schema=_object(
                "ConfigMap holds configuration data for pods to consume.",
                data=_STRINGS,
                binaryData=_STRINGS,
                immutable=_BOOLEAN,
            ),
        ),
        Resource(
            "",
            "v1",
            "Secret",
            "secrets",
            namespaced=True,
            columns=(
                NAME,
                Column("Type", "string", _text("type")),
                Column("Data", "integer", _data_count),
                AGE,
            ),
            complete=_complete_secret,
            check=_check_secret,
            selectable_fields=frozenset({"type"}),
            schema=_object(
                "Secret holds secret data of a certain type.",
                data=_STRINGS,
                stringData=_STRINGS,
                type=_STRING,
                immutable=_BOOLEAN,
            ),
        ),
        Resource(
            "",
            "v1",
            "ServiceAccount",
            "serviceaccounts",
            namespaced=True,
            short_names=("sa",),
            columns=(
                NAME,
                Column("Secrets", "string", lambda body, _now: str(len(body.get("secrets") or []))),
                AGE,
            ),
            schema=_object(
                "ServiceAccount binds together a name that can be authenticated and a set of secrets.",
                secrets=_list(_REFERENCE),
                imagePullSecrets=_list(_object(name=_STRING)),
                automountServiceAccountToken=_BOOLEAN,
            ),
        ),
        _event(
            "",
            _object("Event is a report of an event somewhere in the cluster.", **_EVENT_PROPERTIES),
            check=_check_event,
        ),
        _event(
            "events.k8s.io",
            _object(
                "Event is a report of an event somewhere in the cluster.",
                **{_EVENT_NAMES.get(name, name): schema for name, schema in _EVENT_PROPERTIES.items()},
            ),
            from_stored=_event_from_core,
            to_stored=_event_to_core,
        ),
        Resource(
            "coordination.k8s.io",
            "v1",
            "Lease",
            "leases",
            namespaced=True,
            columns=(NAME, Column("Holder", "string", _text("spec", "holderIdentity")), AGE),
            needs_resource_version=True,
            schema=_object(
                "Lease defines a lease concept.",
                spec=_object(
                    holderIdentity=_STRING,
                    leaseDurationSeconds=_INTEGER | {"minimum": 1},
                    acquireTime=_STRING,
                    renewTime=_STRING,
                    leaseTransitions=_INTEGER,
                    strategy=_STRING,
                    preferredHolder=_STRING,
                ),
            ),
        ),
        _review("authorization.k8s.io", "SelfSubjectAccessReview", "selfsubjectaccessreviews"),
        _review("authorization.k8s.io", "SelfSubjectRulesReview", "selfsubjectrulesreviews"),
    ]


def review_status(kind: str) -> JsonObject:
    """Return the answer to an access review: everything is allowed, since there is no RBAC."""
    if kind == "SelfSubjectRulesReview":
        anything = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
        everywhere = {"verbs": ["*"], "nonResourceURLs": ["*"]}
        return {"resourceRules": [anything], "nonResourceRules": [everywhere], "incomplete": False}
    return {"allowed": True, "reason": "this server has no RBAC: its one token may do everything"}
