"""The four ways to patch. Each takes the object, which it may change, and returns the patched one.

Two of them are simpler than kube-apiserver's: a strategic merge patch merges only the lists named here, and
server-side apply keeps no record of who owns which field, so that it never conflicts and never removes what an
applier no longer names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import json_merge_patch
import jsonpatch
import yaml

from palette_sim.kube_api.errors import bad_request, unprocessable, unsupported_media_type
from palette_sim.kube_api.structural import list_key

if TYPE_CHECKING:
    from palette_sim.kube_api.json_types import JsonObject
    from palette_sim.kube_api.structural import Structural

JSON_PATCH: Final = "application/json-patch+json"
MERGE_PATCH: Final = "application/merge-patch+json"
STRATEGIC_PATCH: Final = "application/strategic-merge-patch+json"
APPLY_PATCH: Final = "application/apply-patch+yaml"
TYPES: Final = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
CUSTOM_RESOURCE_TYPES: Final = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)

_MERGED_LISTS: Final[Mapping[tuple[str, ...], str]] = {
    ("metadata", "ownerReferences"): "uid",
    ("secrets",): "name",
    ("imagePullSecrets",): "name",
}
_MERGED_SETS: Final = frozenset({("metadata", "finalizers")})


def parse(content_type: str, body: bytes, accepted: Sequence[str] = TYPES) -> object:
    """Read a patch; 415 for a content type that is not accepted, 400 for what cannot be read."""
    if content_type not in accepted:
        raise unsupported_media_type(accepted)
    try:
        if content_type == APPLY_PATCH and not body.lstrip().startswith(b"{"):
            return yaml.safe_load(body)
        return json.loads(body)
    except (ValueError, yaml.YAMLError) as error:
        raise bad_request(f"error decoding patch: {error}") from error


def patch(content_type: str, target: JsonObject, change: object, schema: Structural) -> JsonObject:
    """Apply a parsed patch to `target`. 400 or 422 when it does not fit."""
    if content_type == JSON_PATCH:
        return _json_patch(target, change)
    if not isinstance(change, dict):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}"
        )
    if content_type == MERGE_PATCH:
        return _object(json_merge_patch.merge(target, change))
    if content_type == STRATEGIC_PATCH:
        return _strategic(target, change, ())
    return apply(target, change, schema)


def _object(patched: object) -> JsonObject:
    if not isinstance(patched, dict):
        raise bad_request("the patch leaves no object")
    return patched


def _json_patch(target: JsonObject, change: object) -> JsonObject:
    if not isinstance(change, list):
        raise bad_request(
            "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp"
        )
    try:
        return _object(jsonpatch.JsonPatch(change).apply(target, in_place=True))
    except jsonpatch.InvalidJsonPatch as error:
        raise bad_request(str(error)) from error
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as error:
        raise unprocessable() from error


def _strategic(target: JsonObject, change: JsonObject, path: tuple[str, ...]) -> JsonObject:
    for name, value in change.items():
        here = (*path, name)
        if name.startswith("$"):
            continue
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            inner = target.get(name)
            target[name] = _strategic(inner if isinstance(inner, dict) else {}, value, here)
        elif here in _MERGED_SETS:
            gone = change.get(f"$deleteFromPrimitiveList/{name}", [])
            target[name] = list(dict.fromkeys(item for item in [*target.get(name, []), *value] if item not in gone))
        elif here in _MERGED_LISTS:
            target[name] = _merge_by_key(target.get(name, []), value, _MERGED_LISTS[here])
        else:
            target[name] = value
    for name, gone in change.items():
        kept, directive, member = name.partition("/")
        if kept == "$deleteFromPrimitiveList" and directive:
            target[member] = [item for item in target.get(member, []) if item not in gone]
    return target


def _merge_by_key(items: list[Any], changes: list[Any], key: str) -> list[Any]:
    merged = {item.get(key): item for item in items}
    for change in changes:
        identity = change.get(key)
        if change.get("$patch") == "delete":
            merged.pop(identity, None)
        else:
            merged[identity] = merged.get(identity, {}) | change
    return list(merged.values())


def apply(target: JsonObject, change: JsonObject, schema: Structural | None) -> JsonObject:
    """Merge an applied configuration: objects by member, lists as their list type says."""
    for name, value in change.items():
        inner = schema.child(name) if schema is not None else None
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            present = target.get(name)
            target[name] = apply(present if isinstance(present, dict) else {}, value, inner)
        elif isinstance(value, list) and inner is not None:
            target[name] = _apply_list(target.get(name), value, inner)
        else:
            target[name] = value
    return target


def _apply_list(present: object, applied: list[Any], schema: Structural) -> list[Any]:
    if not isinstance(present, list) or schema.list_type == "atomic":
        return applied
    if schema.list_type == "set":
        return [*present, *(item for item in applied if item not in present)]
    merged = list(present)
    for item in applied:
        identity = list_key(item, schema)
        index = next((i for i, found in enumerate(merged) if list_key(found, schema) == identity), None)
        if index is None:
            merged.append(item)
        else:
            merged[index] = apply(merged[index], item, schema.items)
    return merged
