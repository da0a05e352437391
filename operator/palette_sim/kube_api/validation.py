"""Validation of objects against a schema, refusing in kube-apiserver's words.

The checking is jsonschema-rs; here a CRD's schema is translated for it and its errors into Kubernetes causes.
Source of the words: k8s.io/kube-openapi, pkg/validation; k8s.io/apiextensions-apiserver, pkg/apiserver/validation.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from palette_sim.kube_api.errors import FieldError, invalid_value, render_value, required_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from palette_sim.kube_api.json_types import JsonObject

_KEPT: Final = [
    "required",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "uniqueItems",
    "multipleOf",
    "pattern",
]


def translate(schema: Mapping[str, Any]) -> JsonObject:
    """Translate a structural schema into JSON Schema 2020-12, keeping only what constrains values."""
    out: JsonObject = {name: schema[name] for name in _KEPT if name in schema}
    types = ["integer", "string"] if schema.get("x-kubernetes-int-or-string") else [schema.get("type")]
    types = [name for name in types if name]
    if types:
        out["type"] = [*types, "null"] if schema.get("nullable") else types
    # In a CRD these are booleans beside the bound; in JSON Schema they are the bound.
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in out:
            out[exclusive] = out.pop(bound)
    checked_format = str(schema.get("format", "")).replace("-", "")
    if checked_format in FORMATS:
        out["format"] = checked_format
    return out | _translate_members(schema)


def _translate_members(schema: Mapping[str, Any]) -> JsonObject:
    out: JsonObject = {}
    for name in ("allOf", "anyOf", "oneOf"):
        if name in schema:
            out[name] = [translate(sub) for sub in schema[name]]
    if "not" in schema:
        out["not"] = translate(schema["not"])
    if "properties" in schema:
        out["properties"] = {name: translate(sub) for name, sub in schema["properties"].items()}
    for name in ("additionalProperties", "items"):
        if isinstance(schema.get(name), dict):
            out[name] = translate(schema[name])
    return out


class Validator:
    """A schema compiled once; says what is wrong with a value."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._compiled = jsonschema_rs.Draft202012Validator(
            translate(schema), formats=FORMATS, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
        )

    def causes(self, value: object, prefix: str = "") -> list[FieldError]:
        """Return what is wrong with `value`; fields are named below `prefix`."""
        if self._compiled.is_valid(value):
            return []
        return _causes(self._compiled.iter_errors(value), prefix)


def compile_problem(schema: Mapping[str, Any]) -> str:
    """Return why a schema cannot be compiled, or nothing if it can."""
    try:
        Validator(schema)
    except (ValueError, TypeError, AttributeError) as error:
        return str(error)
    return ""


def field_path(parts: Iterable[str | int]) -> str:
    """Write a path as `spec.pools[0].name`."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _causes(errors: Iterable[jsonschema_rs.ValidationError], prefix: str) -> list[FieldError]:
    # kube-apiserver tells them in any order; here the order is always the same.
    found = sorted(errors, key=lambda error: field_path(error.instance_path))
    # The length of a string is checked first, and its pattern only if that is right.
    wrong_length = {tuple(error.instance_path) for error in found if error.kind.name in {"minLength", "maxLength"}}
    causes = []
    for error in found:
        if error.kind.name == "pattern" and tuple(error.instance_path) in wrong_length:
            continue
        causes.append(_cause(error, prefix))
        if error.kind.name in {"anyOf", "oneOf"}:
            # Where no alternative fits, what is wrong with the nearest one is told too.
            nearest = min(error.kind.as_dict()["context"], key=len)
            causes += _causes(nearest, prefix)
    return causes


def _cause(error: jsonschema_rs.ValidationError, prefix: str) -> FieldError:
    path = field_path(error.instance_path)
    kind = error.kind.as_dict()
    if error.kind.name == "required":
        missing = field_path([*error.instance_path, kind["property"]])
        return required_value(_below(prefix, missing))
    render = _RENDERERS.get(error.kind.name)
    if render is None:
        return invalid_value(_below(prefix, path), "", error.message)
    return render(_below(prefix, path), path, error.instance, kind)


def _below(prefix: str, path: str) -> str:
    return ".".join(part for part in (prefix, path) if part)


def _wrong_type(field: str, path: str, value: object, kind: JsonObject) -> FieldError:
    wanted = ",".join(name for name in kind["types"] if name != "null")
    found = json_type(value)
    return FieldError(
        "FieldValueTypeInvalid",
        field,
        f'Invalid value: "{found}": {path} in body must be of type {wanted}: "{found}"',
    )


def _wrong_format(field: str, path: str, value: object, kind: JsonObject) -> FieldError:
    shown = render_value(value)
    named = "date-time" if kind["format"] == "datetime" else kind["format"]
    detail = f"{path} in body must be of type {named}: {shown}"
    return FieldError("FieldValueTypeInvalid", field, f"Invalid value: {shown}: {detail}")


def _unsupported(field: str, _path: str, value: object, kind: JsonObject) -> FieldError:
    options = (option if isinstance(option, str) else render_value(option) for option in kind["options"])
    supported = ", ".join(render_value(option) for option in options)
    message = f"Unsupported value: {render_value(value)}: supported values: {supported}"
    return FieldError("FieldValueNotSupported", field, message)


def _too_long(field: str, _path: str, _value: object, kind: JsonObject) -> FieldError:
    limit = kind["limit"]
    return FieldError(
        "FieldValueTooLong", field, f"Too long: may not be more than {limit} {'byte' if limit == 1 else 'bytes'}"
    )


def _too_many(field: str, _path: str, value: Any, kind: JsonObject) -> FieldError:  # noqa: ANN401 -- a JSON container
    limit = kind["limit"]
    noun = "item" if limit == 1 else "items"
    return FieldError("FieldValueTooMany", field, f"Too many: {len(value)}: must have at most {limit} {noun}")


def _bound(words: str) -> Callable[[str, str, object, JsonObject], FieldError]:
    def render(field: str, path: str, value: object, kind: JsonObject) -> FieldError:
        return invalid_value(field, value, f"{path} in body should be {words} {_number(kind)}")

    return render


def _size(words: str) -> Callable[[str, str, Any, JsonObject], FieldError]:
    def render(field: str, path: str, value: Any, kind: JsonObject) -> FieldError:  # noqa: ANN401 -- a JSON container
        return invalid_value(field, len(value), f"{path} in body should have at least {kind['limit']} {words}")

    return render


def _number(kind: JsonObject) -> str:
    limit = kind.get("limit", kind.get("multiple_of"))
    return str(int(limit)) if isinstance(limit, float) and limit.is_integer() else str(limit)


def _too_short(field: str, path: str, value: object, kind: JsonObject) -> FieldError:
    return invalid_value(field, value, f"{path} in body should be at least {kind['limit']} chars long")


def _pattern(field: str, path: str, value: object, kind: JsonObject) -> FieldError:
    return invalid_value(field, value, f"{path} in body should match '{kind['pattern']}'")


def _repeated(field: str, path: str, _value: object, _kind: JsonObject) -> FieldError:
    return invalid_value(field, "", f"{path} in body shouldn't contain duplicates")


def _combination(words: str) -> Callable[[str, str, object, JsonObject], FieldError]:
    # kube-apiserver loses the path of these on the way; `<nil>` is what it prints.
    def render(_field: str, path: str, _value: object, _kind: JsonObject) -> FieldError:
        return invalid_value("<nil>", "", f'"{path}" {words}')

    return render


def _one_of(field: str, path: str, value: object, kind: JsonObject) -> FieldError:
    fitting = sum(not errors for errors in kind["context"])
    found = f"Found {fitting} valid alternatives" if fitting else "Found none valid"
    return _combination(f"must validate one and only one schema (oneOf). {found}")(field, path, value, kind)


_RENDERERS: Final[Mapping[str, Callable[[str, str, Any, JsonObject], FieldError]]] = {
    "type": _wrong_type,
    "format": _wrong_format,
    "enum": _unsupported,
    "maxLength": _too_long,
    "minLength": _too_short,
    "pattern": _pattern,
    "minimum": _bound("greater than or equal to"),
    "maximum": _bound("less than or equal to"),
    "exclusiveMinimum": _bound("greater than"),
    "exclusiveMaximum": _bound("less than"),
    "multipleOf": _bound("a multiple of"),
    "maxItems": _too_many,
    "maxProperties": _too_many,
    "minItems": _size("items"),
    "minProperties": _size("properties"),
    "uniqueItems": _repeated,
    "anyOf": _combination("must validate at least one schema (anyOf)"),
    "oneOf": _one_of,
    "not": _combination("must not validate the schema (not)"),
}


def json_type(value: object) -> str:
    """Name a value's type as JSON Schema does."""
    for python_type, name in _TYPE_NAMES:
        if isinstance(value, python_type):
            return name
    return "null"


# bool is a subclass of int, so it is asked for first.
_TYPE_NAMES: Final = (
    (bool, "boolean"),
    (str, "string"),
    (int, "integer"),
    (float, "number"),
    (list, "array"),
    (dict, "object"),
)


def _is_address(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _is_cidr(text: str) -> bool:
    try:
        ipaddress.ip_interface(text)
    except ValueError:
        return False
    return "/" in text


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


_DATE: Final = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
FORMATS: Final[dict[str, Callable[[str], bool]]] = {
    "ipv4": _is_address(4),
    "ipv6": _is_address(6),
    "cidr": _is_cidr,
    "mac": _matches(r"(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}|([0-9a-f]{4}\.){2}[0-9a-f]{4}"),
    "uuid": _matches(r"(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}"),
    "byte": _is_base64,
    "date": _matches(_DATE),
    "datetime": _matches(_DATE + r"[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"),
    "duration": _matches(r"[-+]?(0|(\d+(\.\d*)?\s*(ns|us|µs|ms|s|m|h|d|w)\s*)+)"),
    "hostname": _matches(r"(?i)(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*"),
    "email": _matches(r"[^@\s<>]+@[^@\s<>]+"),
    "uri": _matches(r"(?i)[a-z][a-z0-9+.-]*:\S+|/\S*"),
}
"""The formats a CRD may name that are checked here; the rest are ignored."""
