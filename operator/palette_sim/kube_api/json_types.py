"""The shapes of JSON that this package passes around, and how it is written and compared."""

from __future__ import annotations

import json
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[str, str]
"""Namespace (empty for cluster-scoped objects) and name of an object."""


def dump(value: object) -> bytes:
    """Write `value` as compact UTF-8 JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def same_json(one: object, other: object) -> bool:
    """Whether both are written as the same JSON, whatever the order of keys.

    Python holds `True == 1 == 1.0`; JSON does not, hence the second look.
    """
    return one == other and json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def metadata_of(body: JsonObject) -> JsonObject:
    """Return the object's metadata, or an empty one."""
    metadata = body.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def key_of(body: JsonObject) -> Key:
    """Return under which key the object is stored."""
    metadata = metadata_of(body)
    return metadata.get("namespace", ""), metadata.get("name", "")
