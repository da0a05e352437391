"""Reading the few built-in objects that kubectl writes as protobuf; answers stay JSON.

kubectl 1.33 and later sends `create secret`, `create namespace` and the like as protobuf and does not fall back.
Source: k8s.io/api, core/v1/generated.proto and authorization/v1/generated.proto; k8s.io/apimachinery,
runtime/serializer/protobuf; protobuf.dev, "Encoding".
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from palette_sim.kube_api.errors import bad_request
from palette_sim.kube_api.json_types import JsonObject

MEDIA_TYPE: Final = "application/vnd.kubernetes.protobuf"
_MAGIC: Final = b"k8s\x00"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Scalar: TypeAlias = Literal["string", "bytes", "int", "bool", "time", "micro_time"]


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a message: its name in JSON, what it holds, and if it holds many."""

    name: str
    holds: Scalar | Mapping[int, _Field] = "string"
    kind: Literal["one", "list", "map"] = "one"


_Message: TypeAlias = Mapping[int, _Field]
_OWNER: Final[_Message] = {
    1: _Field("kind"),
    3: _Field("name"),
    4: _Field("uid"),
    5: _Field("apiVersion"),
    6: _Field("controller", "bool"),
    7: _Field("blockOwnerDeletion", "bool"),
}
_METADATA: Final[_Message] = {
    1: _Field("name"),
    2: _Field("generateName"),
    3: _Field("namespace"),
    5: _Field("uid"),
    6: _Field("resourceVersion"),
    7: _Field("generation", "int"),
    8: _Field("creationTimestamp", "time"),
    11: _Field("labels", kind="map"),
    12: _Field("annotations", kind="map"),
    13: _Field("ownerReferences", _OWNER, "list"),
    14: _Field("finalizers", kind="list"),
}
_REFERENCE: Final[_Message] = {
    1: _Field("kind"),
    2: _Field("namespace"),
    3: _Field("name"),
    4: _Field("uid"),
    5: _Field("apiVersion"),
    6: _Field("resourceVersion"),
    7: _Field("fieldPath"),
}
_LEASE_SPEC: Final[_Message] = {
    1: _Field("holderIdentity"),
    2: _Field("leaseDurationSeconds", "int"),
    3: _Field("acquireTime", "micro_time"),
    4: _Field("renewTime", "micro_time"),
    5: _Field("leaseTransitions", "int"),
}
_RESOURCE_ATTRIBUTES: Final[_Message] = {
    number: _Field(name)
    for number, name in enumerate(["namespace", "verb", "group", "version", "resource", "subresource", "name"], 1)
}
_PATH_ATTRIBUTES: Final[_Message] = {1: _Field("path"), 2: _Field("verb")}
_KINDS: Final[Mapping[str, _Message]] = {
    "Namespace": {
        1: _Field("metadata", _METADATA),
        2: _Field("spec", {1: _Field("finalizers", kind="list")}),
        3: _Field("status", {1: _Field("phase")}),
    },
    "Secret": {
        1: _Field("metadata", _METADATA),
        2: _Field("data", "bytes", "map"),
        3: _Field("type"),
        4: _Field("stringData", kind="map"),
        5: _Field("immutable", "bool"),
    },
    "ConfigMap": {
        1: _Field("metadata", _METADATA),
        2: _Field("data", kind="map"),
        3: _Field("binaryData", "bytes", "map"),
        4: _Field("immutable", "bool"),
    },
    "ServiceAccount": {
        1: _Field("metadata", _METADATA),
        2: _Field("secrets", _REFERENCE, "list"),
        3: _Field("imagePullSecrets", {1: _Field("name")}, "list"),
        4: _Field("automountServiceAccountToken", "bool"),
    },
    "Lease": {1: _Field("metadata", _METADATA), 2: _Field("spec", _LEASE_SPEC)},
    "SelfSubjectAccessReview": {
        1: _Field("metadata", _METADATA),
        2: _Field(
            "spec",
            {
                1: _Field("resourceAttributes", _RESOURCE_ATTRIBUTES),
                2: _Field("nonResourceAttributes", _PATH_ATTRIBUTES),
            },
        ),
    },
    "SelfSubjectRulesReview": {1: _Field("metadata", _METADATA), 2: _Field("spec", {1: _Field("namespace")})},
    "DeleteOptions": {
        1: _Field("gracePeriodSeconds", "int"),
        2: _Field("preconditions", {1: _Field("uid"), 2: _Field("resourceVersion")}),
        3: _Field("orphanDependents", "bool"),
        4: _Field("propagationPolicy"),
        5: _Field("dryRun", kind="list"),
    },
}
_TYPE: Final[_Message] = {1: _Field("apiVersion"), 2: _Field("kind")}
_ENVELOPE: Final[_Message] = {1: _Field("type", _TYPE), 2: _Field("raw", "bytes")}


def parse(body: bytes) -> JsonObject:
    """Read an object of one of the known kinds. 400 for another kind, or what cannot be read."""
    if not body.startswith(_MAGIC):
        raise bad_request("the body of the request is not Kubernetes protobuf")
    try:
        envelope = _read(body[len(_MAGIC) :], _ENVELOPE)
        kind = envelope.get("type", {}).get("kind", "")
        if kind not in _KINDS:
            raise bad_request(f"{kind} is read as JSON only")
        raw = base64.b64decode(envelope.get("raw", ""))
        return {**envelope["type"], **_read(raw, _KINDS[kind])}
    except (IndexError, UnicodeDecodeError, ValueError) as error:
        raise bad_request("the body of the request cannot be read as protobuf") from error


def _read(message: bytes, fields: _Message) -> JsonObject:
    out: JsonObject = {}
    for number, value in _wire_fields(message):
        field = fields.get(number)
        if field is None:
            continue
        if field.kind == "map" and isinstance(value, bytes):
            pair = _read(value, {1: _Field("key"), 2: _Field("value", field.holds)})
            empty = {} if isinstance(field.holds, Mapping) else ""
            out.setdefault(field.name, {})[pair.get("key", "")] = pair.get("value", empty)
        elif field.kind == "list":
            out.setdefault(field.name, []).append(_value(value, field.holds))
        else:
            out[field.name] = _value(value, field.holds)
    # Go writes empty strings and messages where JSON has nothing.
    return {name: value for name, value in out.items() if value not in ("", {}, None)}


def _value(value: int | bytes, holds: Scalar | _Message) -> object:
    if isinstance(value, int):
        return bool(value) if holds == "bool" else value
    if isinstance(holds, Mapping):
        return _read(value, holds)
    if holds == "bytes":
        return base64.b64encode(value).decode()
    if holds in {"time", "micro_time"}:
        return _timestamp(value, "microseconds" if holds == "micro_time" else "seconds")
    return value.decode()


def _timestamp(message: bytes, precision: Literal["microseconds", "seconds"]) -> str | None:
    read = _read(message, {1: _Field("seconds", "int"), 2: _Field("nanos", "int")})
    if not read:
        return None
    moment = datetime.fromtimestamp(read.get("seconds", 0) + read.get("nanos", 0) / 1e9, UTC)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def _wire_fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire_type = tag >> 3, tag & 7
        if wire_type == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif wire_type == _BYTES:
            length, at = _varint(message, at)
            if at + length > len(message):
                raise ValueError(length)
            yield number, message[at : at + length]
            at += length
        elif wire_type in {_FIXED32, _FIXED64}:
            at += 4 if wire_type == _FIXED32 else 8
        else:
            raise ValueError(wire_type)


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:  # noqa: PLR2004 -- the top bit says that more follows
            return value, at
        shift += 7
