"""The table of values in the chart's README: names, types and defaults, and the comments of values.yaml."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from palette_operator.cli.crd import Schema

_BEGIN = "<!-- The values, made by `make generate` from values.yaml and values.schema.json: do not edit. -->\n"
_END = "<!-- End of the values. -->\n"


class Undescribed(Exception):
    """A value has no comment above it in values.yaml, or is unknown to values.schema.json."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value that may be set."""

    path: tuple[str, ...]
    default: object
    description: str


def with_values_table(readme: str, values: str, schema: Schema) -> str:
    """Return the README with its table brought up to date; raises Undescribed."""
    before, _, rest = readme.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    rows = "".join(_row(value, schema) for value in described_values(values))
    table = f"\n| value | type | default | |\n|---|---|---|---|\n{rows}\n"
    return f"{before}{_BEGIN}{table}{_END}{after}"


def described_values(text: str) -> Iterator[Value]:
    """Yield each value of values.yaml with the comment that stands above it, in their order; raises Undescribed.

    A mapping whose first member has a comment is a section, of which each member is a value; any other is one value.
    """
    lines = text.splitlines()
    root = yaml.compose(text, yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 - for the type checker; values.yaml is a mapping
    yield from _members(root, (), lines)


def _members(mapping: yaml.MappingNode, path: tuple[str, ...], lines: list[str]) -> Iterator[Value]:
    for key, node in mapping.value:
        here = (*path, str(key.value))
        if _is_section(node, lines):
            yield from _members(node, here, lines)
            continue
        comment = _comment_above(key.start_mark.line, lines)
        if not comment:
            raise Undescribed(f"values.yaml: {'.'.join(here)} has no comment above it")
        yield Value(here, _loaded(node), comment)


def _is_section(node: yaml.Node, lines: list[str]) -> bool:
    if not isinstance(node, yaml.MappingNode) or not node.value or node.flow_style:
        return False
    first, child = node.value[0]
    return bool(_comment_above(first.start_mark.line, lines)) or _is_section(child, lines)


def _comment_above(line: int, lines: list[str]) -> str:
    words: list[str] = []
    while line and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        words.insert(0, lines[line].lstrip().removeprefix("#").strip())
    return " ".join(words)


def _loaded(node: yaml.Node) -> Any:  # noqa: ANN401 - any YAML
    return yaml.safe_load(yaml.serialize(node))


def _row(value: Value, schema: Schema) -> str:
    cells = (".".join(value.path), _type(value.path, schema), json.dumps(value.default), value.description)
    name, kind, default, description = (cell.replace("|", "\\|") for cell in cells)
    return f"| `{name}` | {kind} | `{default}` | {description} |\n"


def _type(path: tuple[str, ...], schema: Schema) -> str:
    """Return the type that the schema gives a value; raises Undescribed."""
    found = schema
    for step in path:
        child = _resolved(found, schema).get("properties", {}).get(step)
        if child is None:
            raise Undescribed(f"values.schema.json does not know {'.'.join(path)}")
        found = child
    found = _resolved(found, schema)
    if "enum" in found:
        return "one of " + ", ".join(f"`{choice}`" for choice in found["enum"])
    items = _resolved(found.get("items", {}), schema).get("type")
    return f"list of {items}s" if items else str(found["type"])


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref", "")
    return dict(root["$defs"][reference.removeprefix("#/$defs/")]) if reference else schema
