"""Reading many objects: selectors, chunks and the version that a list stands for."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from palette_sim.kube_api.errors import StatusError, bad_request, expired
from palette_sim.kube_api.json_types import JsonObject, dump
from palette_sim.kube_api.selectors import Predicate, parse_field_selector, parse_label_selector

if TYPE_CHECKING:
    from palette_sim.kube_api.resources import Resource
    from palette_sim.kube_api.store import Store, Stored


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some objects, and the metadata of the list that they are sent as."""

    items: list[Stored]
    metadata: JsonObject


def parse_selectors(resource: Resource, query: Mapping[str, str]) -> Predicate | None:
    """Return what tells whether an object is selected; None when all are."""
    by_label = parse_label_selector(query.get("labelSelector", ""))
    by_field = parse_field_selector(query.get("fieldSelector", ""), resource.field_labels)
    if by_label is None or by_field is None:
        return by_label or by_field
    return lambda body: by_label(body) and by_field(body)


def parse_version(text: str) -> int:
    """Read a resource version; 0 when there is none. 400 if it is not a number."""
    try:
        return int(text or "0")
    except ValueError:
        raise bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": strconv.ParseUint: '
            f'parsing "{text}": invalid syntax'
        ) from None


def check_not_ahead(store: Store, version: int) -> None:
    """Refuse a version that is yet to come, as after a restart. 504, retry in a second."""
    if version > store.version:
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        message = f"Timeout: Too large resource version: {version}, current: {store.version}"
        raise StatusError(504, "Timeout", message, {"causes": [cause], "retryAfterSeconds": 1})


def list_chunk(store: Store, resource: Resource, namespace: str, query: Mapping[str, str]) -> Chunk:
    """Return the selected objects, or the next `limit` of them. 400, 410, 504."""
    matches = parse_selectors(resource, query)
    check_not_ahead(store, parse_version(query.get("resourceVersion", "")))
    found = store.collection(resource.stored_as).sorted_objects(namespace)
    version = store.version
    if token := query.get("continue"):
        version, after = _parse_token(token)
        _check_continuable(store, resource, version)
        found = [(key, stored) for key, stored in found if list(key) > after]
    chosen = [(key, stored) for key, stored in found if matches is None or matches(resource.body(stored))]
    limit = int(query.get("limit") or 0)
    metadata: JsonObject = {"resourceVersion": str(version)}
    if 0 < limit < len(chosen):
        rest, chosen = len(chosen) - limit, chosen[:limit]
        metadata["continue"] = base64.urlsafe_b64encode(dump([version, list(chosen[-1][0])])).decode()
        if matches is None:
            metadata["remainingItemCount"] = rest
    return Chunk([stored for _, stored in chosen], metadata)


def _parse_token(token: str) -> tuple[int, list[str]]:
    try:
        version, after = json.loads(base64.urlsafe_b64decode(token))
        return int(version), [str(part) for part in after]
    except (ValueError, TypeError, binascii.Error):
        raise bad_request("continue key is not valid") from None


def _check_continuable(store: Store, resource: Resource, version: int) -> None:
    if version < store.collection(resource.stored_as).forgotten:
        raise expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list "
            "without the continue parameter."
        )
