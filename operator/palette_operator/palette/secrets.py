"""Finds what in a request body may never be repeated in a message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


def variable_values(body: object) -> tuple[str, ...]:
    """Collect the values of all profile variables in a body: any of them may come from a Secret."""
    return tuple(_values(body))


def _values(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            if key == "variables" and isinstance(child, (list, tuple)):
                yield from (str(item["value"]) for item in child if isinstance(item, Mapping) and item.get("value"))
            else:
                yield from _values(child)
    elif isinstance(node, (list, tuple)):
        for child in node:
            yield from _values(child)
