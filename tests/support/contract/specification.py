"""Published OpenAPI files (Swagger 2.0), Palette's and that of its edge hosts, as the judge of requests and replies.

They are found in the folder that PALETTE_OPENAPI_DIR names, or in `shared/palette-api` beside the project's root.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import jsonschema_rs

Schema: TypeAlias = dict[str, Any]

FILES = {"4.8": "palette-openapi.json", "4.9": "palette-openapi-4.9.json"}
"""The versions that the operator works with, by the number that their title names."""
VERSIONS = tuple(FILES)
METHODS = frozenset({"get", "post", "put", "patch", "delete"})
_ROOT = Path(__file__).parents[3]


def specifications_folder() -> Path | None:
    """Return the folder that holds the files of all versions; None where there is none."""
    places = (os.environ.get("PALETTE_OPENAPI_DIR"), _ROOT.parent / "shared" / "palette-api")
    folders = [Path(place) for place in places if place]
    return next((folder for folder in folders if all((folder / name).is_file() for name in FILES.values())), None)


@cache
def specification(version: str) -> Specification:
    """Read the specification of one version; raises FileNotFoundError where it is not at hand."""
    folder = specifications_folder()
    if folder is None:
        raise FileNotFoundError("Palette's OpenAPI files are not at hand; set PALETTE_OPENAPI_DIR")
    return Specification(version, json.loads((folder / FILES[version]).read_text(encoding="utf-8")))


EDGE_FILE = "emc-openapi.json"
"""The Edge Management API, which each host has of its own."""


@cache
def edge_specification() -> Specification | None:
    """Read the specification of the Edge Management API; None where it is not at hand."""
    folder = specifications_folder()
    file = folder and folder / EDGE_FILE
    if not file or not file.is_file():
        return None
    return Specification("Local Management", json.loads(file.read_text(encoding="utf-8")))


class Specification:
    """All operations of one version."""

    def __init__(self, version: str, document: Mapping[str, Any]) -> None:
        assert version in document["info"]["title"], "the file is of another version"
        self.version = version
        self._validators: dict[str, jsonschema_rs.Draft4Validator] = {}
        self.definitions: dict[str, Schema] = {
            name: _strict(schema) for name, schema in document["definitions"].items()
        }
        self.operations: dict[tuple[str, str], Operation] = {
            (method.upper(), path): Operation(self, method.upper(), path, declared, item.get("parameters", []))
            for path, item in document["paths"].items()
            for method, declared in item.items()
            if method in METHODS
        }

    def called(self, method: str, path: str) -> Operation | None:
        """Return the operation that a request to `path` (as sent, without query) calls; literal segments go first."""
        segments = tuple(path.split("/"))
        found = [each for each in self._by_length.get((method, len(segments)), ()) if each.takes(segments)]
        return min(found, key=lambda each: [segment.startswith("{") for segment in each.segments], default=None)

    def invalid(self, schema: Schema, value: object) -> list[str]:
        """Return what is wrong with `value`, fields that the schema does not know included."""
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            rooted = {**_strict(schema), "definitions": self.definitions}
            self._validators[key] = jsonschema_rs.Draft4Validator(rooted, validate_formats=True)
        return [_told(error) for error in self._validators[key].iter_errors(value)]

    @cached_property
    def _by_length(self) -> dict[tuple[str, int], list[Operation]]:
        by_length: dict[tuple[str, int], list[Operation]] = {}
        for each in self.operations.values():
            by_length.setdefault((each.method, len(each.segments)), []).append(each)
        return by_length


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a specification."""

    specification: Specification = field(repr=False)
    method: str
    template: str
    declared: Mapping[str, Any] = field(repr=False)
    shared_parameters: list[Schema] = field(repr=False)

    @property
    def segments(self) -> tuple[str, ...]:
        """The path, with `{placeholders}`."""
        return tuple(self.template.split("/"))

    @property
    def responses(self) -> Mapping[str, Schema]:
        """The declared responses by status."""
        declared: Mapping[str, Schema] = self.declared["responses"]
        return declared

    @property
    def needs_credential(self) -> bool:
        """Whether 4.9 declares that it needs one; 4.8 tells of none."""
        return bool(self.declared.get("security"))

    @property
    def takes_forms(self) -> bool:
        """Whether its body is a form rather than JSON."""
        return "multipart/form-data" in self.declared.get("consumes", ())

    def parameters(self, place: str) -> dict[str, Schema]:
        """Return the declared parameters in `place` (path, query, header or body) by name."""
        declared = [*self.shared_parameters, *self.declared.get("parameters", [])]
        return {each["name"]: each for each in declared if each["in"] == place}

    def takes(self, segments: tuple[str, ...]) -> bool:
        """Tell whether a path is one of this operation's."""
        return all(own.startswith("{") or own == sent for own, sent in zip(self.segments, segments, strict=True))

    def wrong_names(self, path: str) -> Iterator[str]:
        """Tell what is wrong with the names in a path as sent."""
        parameters = self.parameters("path")
        for own, sent in zip(self.segments, path.split("/"), strict=True):
            if own.startswith("{"):
                yield from wrong_value(parameters[own[1:-1]], unquote(sent))

    def wrong_query(self, query: list[tuple[str, str]]) -> Iterator[str]:
        """Tell what is wrong with the query."""
        parameters, names = self.parameters("query"), [name for name, _ in query]
        for name, value in query:
            if name in parameters:
                yield from wrong_value(parameters[name], value)
            else:
                yield f"query parameter {name} is not declared"
        yield from (f"query parameter {name} is given twice" for name in set(names) if names.count(name) > 1)
        yield from (
            f"query parameter {name} is missing"
            for name, parameter in parameters.items()
            if parameter.get("required") and name not in names
        )

    def wrong_body(self, content: bytes) -> Iterator[str]:
        """Tell what is wrong with a request's body."""
        parameter = next(iter(self.parameters("body").values()), None)
        if parameter is None:
            yield from ["a body is not declared"] if content else []
        elif content:
            yield from self.specification.invalid(parameter["schema"], json.loads(content))
        elif parameter.get("required"):
            yield "the body is missing"


def wrong_value(parameter: Schema, text: str) -> Iterator[str]:
    """Tell whether a text is no value of a path, query or header parameter."""
    if not _is_value(parameter, text):
        yield f"{parameter['in']} parameter {parameter['name']} has a value that is none of its type"


def _is_value(parameter: Schema, text: str) -> bool:
    match parameter["type"]:
        case "integer":
            return text.removeprefix("-").isdecimal() and int(text) <= parameter.get("maximum", int(text))
        case "boolean":
            return text in {"true", "false"}
    return bool(text) and text in parameter.get("enum", [text])


def _strict(schema: Schema) -> Schema:
    """Return a schema that admits no field which it does not name, and null where it says so."""
    strict = dict(schema)
    if "properties" in schema:
        strict["properties"] = {name: _strict(field) for name, field in schema["properties"].items()}
        if "allOf" not in schema:
            strict.setdefault("additionalProperties", False)
    for member in ("items", "additionalProperties"):
        if isinstance(schema.get(member), dict):
            strict[member] = _strict(schema[member])
    if schema.get("x-nullable") is True and isinstance(schema.get("type"), str):
        strict["type"] = [schema["type"], "null"]
    return strict


def _told(error: jsonschema_rs.ValidationError) -> str:
    place = ".".join("[]" if isinstance(step, int) else str(step) for step in error.instance_path) or "body"
    return f"{place}: {error.message}"
