"""Merge patches: the least that turns one status into another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merge_diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON merge patch (RFC 7386) from `before` to `after`; empty when nothing changed.

    Lists are replaced whole. `after` must hold no None: in a merge patch it means removal.
    """
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        known = before.get(key)
        if known == value:
            continue
        if isinstance(known, Mapping) and isinstance(value, Mapping):
            patch[key] = merge_diff(known, value)
        else:
            patch[key] = value
    return patch
