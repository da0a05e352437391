"""The tables that `kubectl get` prints: columns, cells, and ages as people read them.

Source: k8s.io/apiextensions-apiserver, pkg/registry/customresource/tableconvertor; k8s.io/apimachinery, util/duration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

import jsonpath

from palette_sim.kube_api.json_types import JsonObject, metadata_of

Cell: TypeAlias = str | int | float | bool | None
Getter: TypeAlias = Callable[[JsonObject], object]

_MINUTE: Final = 60
_HOUR: Final = 60 * _MINUTE
_DAY: Final = 24 * _HOUR
_YEAR: Final = 365 * _DAY
_PLAIN_PATH: Final = re.compile(r"(\.[A-Za-z0-9_-]+)+")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what its header says and how its cell is had from an object and the time of asking."""

    name: str
    type: str
    cell: Callable[[JsonObject, datetime], Cell]
    priority: int = 0
    description: str = ""
    format: str = ""

    def definition(self) -> JsonObject:
        """Return the column as a Table defines it."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


NAME: Final = Column(
    "Name",
    "string",
    lambda body, _now: metadata_of(body).get("name", ""),
    format="name",
    description="Name must be unique within a namespace.",
)
AGE: Final = Column(
    "Age",
    "date",
    lambda body, now: age(metadata_of(body).get("creationTimestamp"), now),
    description="CreationTimestamp is a timestamp representing the server time when this object was created.",
)


def parse_columns(definitions: Iterable[Mapping[str, Any]]) -> tuple[Column, ...]:
    """Read a CRD version's `additionalPrinterColumns`; the name comes first, and age alone when there are none."""
    columns = tuple(_parse_column(definition) for definition in definitions)
    return (NAME, *columns) if columns else (NAME, AGE)


def _parse_column(definition: Mapping[str, Any]) -> Column:
    get, cell_type = compile_path(definition["jsonPath"]), definition["type"]
    return Column(
        definition["name"],
        cell_type,
        lambda body, now: to_cell(get(body), cell_type, now),
        definition.get("priority", 0),
        definition.get(
            "description", f"Custom resource definition column (in JSONPath format): {definition['jsonPath']}"
        ),
        definition.get("format", ""),
    )


def compile_path(path: str) -> Getter:
    """Compile kubectl's JSONPath (`.status.conditions[?(@.type=="Ready")].status`) to a getter of its first match."""
    if _PLAIN_PATH.fullmatch(path):
        return _plain_getter(tuple(path[1:].split(".")))
    # kubectl escapes dots within a name; JSONPath quotes the name.
    quoted = re.sub(r"\.((?:[^.\[\]\\]|\\\.)*\\\.(?:[^.\[\]\\]|\\\.)*)", _quote_segment, path)
    compiled = jsonpath.compile("$" + quoted)

    def get(body: JsonObject) -> object:
        found = compiled.match(body)
        return None if found is None else found.obj

    return get


def _quote_segment(found: re.Match[str]) -> str:
    return f"[{json.dumps(found[1].replace(chr(92), ''))}]"


def _plain_getter(names: tuple[str, ...]) -> Getter:
    def get(body: JsonObject) -> object:
        value: object = body
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return get


def to_cell(value: object, cell_type: str, now: datetime) -> Cell:
    """Turn a value into a cell of the column's type; None where it does not fit."""
    if value is None:
        return None
    if cell_type == "string":
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if cell_type == "boolean":
        return value if isinstance(value, bool) else None
    if cell_type == "date":
        return age(value, now) if isinstance(value, str) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if cell_type == "integer" else float(value)


def age(timestamp: str | None, now: datetime) -> str:
    """Say how long ago a timestamp was, as kubectl prints it."""
    if not timestamp:
        return "<unknown>"
    try:
        return human_duration(int((now - datetime.fromisoformat(timestamp)).total_seconds()))
    except ValueError:
        return "<invalid>"


def human_duration(seconds: int) -> str:
    """Write a duration with two or three significant figures: `95s`, `3m20s`, `26h`, `2d3h`, `3y12d`."""
    if seconds < -1:
        return "<invalid>"
    for limit, unit, suffix, minor, minor_suffix in _STEPS:
        if seconds < limit:
            major, rest = divmod(max(seconds, 0), unit)
            extra = rest // minor if minor else 0
            return f"{major}{suffix}" + (f"{extra}{minor_suffix}" if extra else "")
    return f"{seconds // _YEAR}y"


_STEPS: Final = (
    (2 * _MINUTE, 1, "s", 0, ""),
    (10 * _MINUTE, _MINUTE, "m", 1, "s"),
    (3 * _HOUR, _MINUTE, "m", 0, ""),
    (8 * _HOUR, _HOUR, "h", _MINUTE, "m"),
    (2 * _DAY, _HOUR, "h", 0, ""),
    (8 * _DAY, _DAY, "d", _HOUR, "h"),
    (2 * _YEAR, _DAY, "d", 0, ""),
    (8 * _YEAR, _YEAR, "y", _DAY, "d"),
)


def table(columns: Iterable[Column], rows: list[JsonObject], list_metadata: JsonObject) -> JsonObject:
    """Return a `Table` of rows made by `row`."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": list_metadata,
        "columnDefinitions": [column.definition() for column in columns],
        "rows": rows,
    }


def row(columns: Iterable[Column], body: JsonObject, include: str, now: datetime) -> JsonObject:
    """Return one row; `include` is None, Metadata or Object: how much of the object goes with it."""
    cells = [column.cell(body, now) for column in columns]
    if include == "None":
        return {"cells": cells}
    return {"cells": cells, "object": body if include == "Object" else partial(body)}


def partial(body: JsonObject) -> JsonObject:
    """Return the object's metadata as a `PartialObjectMetadata`."""
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": metadata_of(body)}
