"""Structural schemas: what a field is, which unknown ones are pruned, which missing ones get a default.

Works on freshly parsed JSON and changes it in place. Source: k8s.io/apiextensions-apiserver, pkg/apiserver/schema
(packages pruning, defaulting, listtype).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from palette_sim.kube_api.errors import FieldError, duplicate_value, invalid_value
from palette_sim.kube_api.json_types import JsonObject

MISSING: Final = object()
_ROOT_FIELDS: Final = frozenset({"apiVersion", "kind", "metadata"})


@dataclass(slots=True)
class Structural:
    """One node of a structural schema."""

    type: str = ""
    properties: dict[str, Structural] = field(default_factory=dict)
    additional: Structural | None = None
    items: Structural | None = None
    preserves_unknown: bool = False
    is_resource: bool = False
    nullable: bool = False
    default: object = MISSING
    list_type: str = "atomic"
    list_keys: tuple[str, ...] = ()
    defaults_below: bool = False

    @property
    def drops_null(self) -> bool:
        """Whether a null here counts as absent."""
        return not self.nullable

    @classmethod
    def parse(cls, schema: Mapping[str, Any], *, is_resource: bool = False) -> Structural:
        """Read an OpenAPI v3 schema as a CustomResourceDefinition holds it."""
        additional = schema.get("additionalProperties")
        items = schema.get("items")
        node = cls(
            type=schema.get("type", ""),
            properties={name: cls.parse(sub) for name, sub in schema.get("properties", {}).items()},
            additional=cls.parse(additional) if isinstance(additional, dict) else None,
            items=cls.parse(items) if isinstance(items, dict) else None,
            preserves_unknown=bool(schema.get("x-kubernetes-preserve-unknown-fields")) or additional is True,
            is_resource=is_resource or bool(schema.get("x-kubernetes-embedded-resource")),
            nullable=bool(schema.get("nullable")),
            default=schema.get("default", MISSING),
            list_type=schema.get("x-kubernetes-list-type", "atomic"),
            list_keys=tuple(schema.get("x-kubernetes-list-map-keys", ())),
        )
        if node.is_resource:
            for name in _ROOT_FIELDS:
                node.properties[name] = cls(preserves_unknown=True)  # the server knows these, whatever a schema says
        below = [*node.properties.values(), *(sub for sub in (node.additional, node.items) if sub)]
        node.defaults_below = any(sub.default is not MISSING or sub.defaults_below for sub in below)
        return node

    def child(self, name: str) -> Structural | None:
        """Return the schema of a member, or None if it has none."""
        return self.properties.get(name) or self.additional


def prune(value: object, node: Structural, path: str = "") -> list[str]:
    """Remove unknown fields from `value`; return their paths, sorted."""
    return sorted(_prune(value, node, path))


def _prune(value: object, node: Structural, path: str) -> list[str]:
    removed: list[str] = []
    if isinstance(value, dict):
        for name in list(value):
            sub = node.child(name)
            here = f"{path}.{name}" if path else name
            if sub is not None:
                removed += _prune(value[name], sub, here)
            elif not node.preserves_unknown:
                del value[name]
                removed.append(here)
    elif isinstance(value, list) and node.items is not None:
        for index, item in enumerate(value):
            removed += _prune(item, node.items, f"{path}[{index}]")
    return removed


def fill_defaults(value: object, node: Structural) -> None:
    """Set what is missing to its default, where its parent is present; drop nulls that are not allowed."""
    if isinstance(value, dict):
        if node.defaults_below:
            _fill_members(value, node)
        for name in [name for name, member in value.items() if member is None]:
            sub = node.child(name)
            if sub is not None and sub.drops_null and not sub.preserves_unknown:
                del value[name]
        for name, member in value.items():
            sub = node.child(name)
            if sub is not None and isinstance(member, dict | list):
                fill_defaults(member, sub)
    elif isinstance(value, list) and node.items is not None:
        for item in value:
            fill_defaults(item, node.items)


def _fill_members(value: JsonObject, node: Structural) -> None:
    for name, sub in node.properties.items():
        if sub.default is MISSING:
            continue
        if name not in value or (value[name] is None and sub.drops_null):
            value[name] = copy.deepcopy(sub.default)


def duplicates(value: object, node: Structural, path: str = "") -> list[FieldError]:
    """Find items that repeat in lists of type `set`, or whose keys repeat in lists of type `map`."""
    found: list[FieldError] = []
    if isinstance(value, dict):
        for name, member in value.items():
            sub = node.child(name)
            if sub is not None and isinstance(member, dict | list):
                found += duplicates(member, sub, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        found += _list_duplicates(value, node, path)
        if node.items is not None:
            for index, item in enumerate(value):
                if isinstance(item, dict | list):
                    found += duplicates(item, node.items, f"{path}[{index}]")
    return found


def _list_duplicates(items: list[Any], node: Structural, path: str) -> list[FieldError]:
    if node.list_type not in {"set", "map"}:
        return []
    seen: dict[str, int] = {}
    found = []
    for index, item in enumerate(items):
        here = f"{path}[{index}]"
        if node.list_type == "map" and item is not None and not isinstance(item, dict):
            return [invalid_value(here, item, "must be an object for an array of list-type map")]
        identity = list_key(item, node) if node.list_type == "map" else item
        written = json.dumps(identity, sort_keys=True)
        seen[written] = seen.get(written, 0) + 1
        if seen[written] == 2:  # noqa: PLR2004 -- the second occurrence is the one that is reported, once
            found.append(duplicate_value(here, identity))
    return found


def list_key(item: object, node: Structural) -> JsonObject:
    """Return the key members of an item of a list of type `map`."""
    if not isinstance(item, dict):
        return {}
    return {name: item[name] for name in node.list_keys if name in item}
