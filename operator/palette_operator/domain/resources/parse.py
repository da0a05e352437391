"""From a plain Kubernetes object to a frozen resource.

Strict where a person types, tolerant at run time: a field newer than this version is ignored and named, so that an
upgrade in either order stalls nothing. A status is never a reason to fail.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from palette_operator.domain.resources.base import BrokenRules, Model
from palette_operator.domain.resources.cluster import ClusterSpec, PaletteCluster
from palette_operator.domain.resources.cluster_status import ClusterStatus
from palette_operator.domain.resources.connection import ConnectionSpec, PaletteConnection
from palette_operator.domain.resources.connection_status import ConnectionStatus
from palette_operator.domain.resources.edge_host import EdgeHost, EdgeHostSpec
from palette_operator.domain.resources.edge_host_status import EdgeHostStatus
from palette_operator.domain.resources.fields import PATTERN_WORDS
from palette_operator.domain.resources.shared import Metadata
from palette_operator.domain.resources.status import Status

SpecT = TypeVar("SpecT", bound=Model)
StatusT = TypeVar("StatusT", bound=Status)
Location = tuple[int | str, ...]


# What pydantic calls an error, in words; the placeholders are pydantic's own.
_WORDS = {
    "missing": "is required",
    "string_type": "must be text; put quotes around numbers and around true and false",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "string_too_long": "must be at most {max_length} characters",
    "too_long": "must have at most {max_length} entries",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "value_error": "{error}",
}


class InvalidSpec(ValueError):
    """A spec that cannot be meant; `problems` says what is wrong, each with the field's path, in plain words."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def parse_connection(body: Mapping[str, object], *, strict: bool = False) -> PaletteConnection:
    """Return the PaletteConnection that `body` describes.

    Raises InvalidSpec. With `strict`, a field that is not known is a problem too; otherwise it is ignored and named
    in `unknown_fields`.
    """
    spec, unknown = _spec(ConnectionSpec, body, strict=strict)
    return PaletteConnection(
        metadata=parse_metadata(body),
        spec=spec,
        status=parse_status(ConnectionStatus, body.get("status")),
        unknown_fields=unknown,
    )


def parse_edge_host(body: Mapping[str, object], *, strict: bool = False) -> EdgeHost:
    """Return the EdgeHost that `body` describes; as `parse_connection`."""
    spec, unknown = _spec(EdgeHostSpec, body, strict=strict)
    return EdgeHost(
        metadata=parse_metadata(body),
        spec=spec,
        status=parse_status(EdgeHostStatus, body.get("status")),
        unknown_fields=unknown,
    )


def parse_cluster(body: Mapping[str, object], *, strict: bool = False) -> PaletteCluster:
    """Return the PaletteCluster that `body` describes; as `parse_connection`."""
    spec, unknown = _spec(ClusterSpec, body, strict=strict)
    return PaletteCluster(
        metadata=parse_metadata(body),
        spec=spec,
        status=parse_status(ClusterStatus, body.get("status")),
        unknown_fields=unknown,
    )


def parse_status(model: type[StatusT], raw: object) -> StatusT:
    """Return the status in `raw`; whatever in it does not parse is treated as absent. Never raises."""
    remaining = _without_nulls(raw) if isinstance(raw, Mapping) else {}
    while True:
        try:
            return model.model_validate(remaining)
        except ValidationError as failure:
            remaining = deepcopy(remaining)
            for detail in sorted(failure.errors(), key=lambda each: _path(each["loc"]), reverse=True):
                _drop(remaining, detail)


def parse_metadata(body: Mapping[str, object]) -> Metadata:
    """Return what the operator reads of a body's metadata."""
    return Metadata.model_validate(_without_nulls(body.get("metadata") or {}))


def _spec(model: type[SpecT], body: Mapping[str, object], *, strict: bool) -> tuple[SpecT, tuple[str, ...]]:
    """Return the spec and the paths in it that are not known; raises InvalidSpec."""
    raw = _without_nulls(body.get("spec") or {})
    unknown = tuple(_unknown_fields(model, raw, "spec"))
    problems = [f"{path}: unknown field" for path in unknown] if strict else []
    try:
        spec = model.model_validate(raw)
    except ValidationError as failure:
        problems += _problems(failure.errors())
        raise InvalidSpec(problems) from None
    if problems:
        raise InvalidSpec(problems)
    return spec, unknown


def _without_nulls(raw: Any) -> Any:  # noqa: ANN401 - JSON goes in and comes out
    """Return `raw` without null members: Kubernetes reads `tags:` with nothing behind it as unset."""
    if isinstance(raw, Mapping):
        return {key: _without_nulls(value) for key, value in raw.items() if value is not None}
    if isinstance(raw, list | tuple):
        return [_without_nulls(item) for item in raw]
    return raw


def _unknown_fields(model: type[Model], raw: object, path: str) -> Iterator[str]:
    if not isinstance(raw, Mapping):
        return
    fields = {field.alias or name: field for name, field in model.model_fields.items()}
    for name, value in raw.items():
        if name not in fields:
            yield f"{path}.{name}"
            continue
        inner = _inner_model(fields[name].annotation)
        if inner is None:
            continue
        if isinstance(value, Sequence):
            for index, item in enumerate(value):
                yield from _unknown_fields(inner, item, f"{path}.{name}[{index}]")
        else:
            yield from _unknown_fields(inner, value, f"{path}.{name}")


def _inner_model(annotation: object) -> type[Model] | None:
    """Return the model inside an optional, a list or the annotation itself."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    if get_origin(annotation) in {Union, types.UnionType, tuple}:
        return next((model for inner in get_args(annotation) if (model := _inner_model(inner))), None)
    return None


def _path(location: Sequence[int | str], root: str = "spec") -> str:
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location if step != "[key]")
    return root + "".join(steps)


def _problems(details: Sequence[ErrorDetails]) -> list[str]:
    """Return a line for each error; a list that is short because of an invalid item is not an error of its own."""
    inner = {detail["loc"][:depth] for detail in details for depth in range(len(detail["loc"]))}
    return [line for detail in details if detail["loc"] not in inner for line in _lines(detail)]


def _lines(detail: ErrorDetails) -> Iterator[str]:
    path = _path(detail["loc"])
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, BrokenRules):
        for rule in error.broken:
            yield f"{path}{'.' if rule.at else ''}{rule.at}: {rule.message}"
    else:
        yield f"{path}: {_words(detail)}"


def _words(detail: ErrorDetails) -> str:
    """Say in plain words what is wrong; the value itself is never repeated, for it may be a secret."""
    context = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch":
        return PATTERN_WORDS[context["pattern"]]
    return _WORDS.get(detail["type"], "is not valid").format_map(context).replace("'", "")


def _drop(raw: Any, detail: ErrorDetails) -> None:  # noqa: ANN401 - JSON, walked by path
    """Remove from `raw` the smallest part that does not parse: the field itself, or what lacks a required one."""
    location: Location = detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]
    *parents, last = [step for step in location if step != "[key]"]
    for step in parents:
        raw = raw[step]
    del raw[last]
