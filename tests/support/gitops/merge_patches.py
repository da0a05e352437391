"""JSON merge patches (RFC 7386), two-way and three-way, as kubectl and Argo CD compute them for custom resources."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

Body = dict[str, Any]


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> Body:
    """Return `target` with the patch applied; neither is changed."""
    result = copy.deepcopy(dict(target))
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            known = result.get(key)
            result[key] = merged(known if isinstance(known, Mapping) else {}, value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def merge_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> Body:
    """Return the patch that makes `after` of `before`: empty when they are equal. Lists are replaced whole."""
    patch: Body = {key: None for key in before if key not in after}
    for key, value in after.items():
        known = before.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            inner = merge_patch(known, value)
            if inner:
                patch[key] = inner
        elif key not in before or known != value:
            patch[key] = copy.deepcopy(value)
    return patch


def three_way_patch(last_applied: Mapping[str, Any], desired: Mapping[str, Any], live: Mapping[str, Any]) -> Body:
    """Return what applying `desired` to `live` would change.

    Added or changed is what `live` has not or has otherwise; removed is only what was applied last time and is no more
    desired: what others added to `live` stays. Source: apimachinery's jsonmergepatch, which kubectl and Argo CD's diff
    use for custom resources.
    """
    additions = _without_nulls(merge_patch(live, desired))
    removals = _only_nulls(merge_patch(last_applied, desired))
    return merge_patch(live, merged(merged(live, removals), additions))


def _without_nulls(patch: Mapping[str, Any]) -> Body:
    return {
        key: _without_nulls(value) if isinstance(value, Mapping) else value
        for key, value in patch.items()
        if value is not None
    }


def _only_nulls(patch: Mapping[str, Any]) -> Body:
    kept = {key: _only_nulls(value) if isinstance(value, Mapping) else value for key, value in patch.items()}
    return {key: value for key, value in kept.items() if value is None or (isinstance(value, Mapping) and value)}
