"""Label and field selectors.

Source: Kubernetes docs, "Labels and Selectors" and "Field Selectors".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from palette_sim.kube_api.errors import bad_request
from palette_sim.kube_api.json_types import JsonObject, metadata_of

Predicate: TypeAlias = Callable[[JsonObject], bool]
_Requirement: TypeAlias = Callable[[Mapping[str, str]], bool]

_KEY: Final = r"(?P<key>[A-Za-z0-9][-A-Za-z0-9_./]*)"
_VALUE: Final = r"[A-Za-z0-9]?[-A-Za-z0-9_.]*"
_SET: Final = re.compile(rf"{_KEY}\s+(?P<op>in|notin)\s*\((?P<values>[^()]*)\)")
_EQUALITY: Final = re.compile(rf"{_KEY}\s*(?P<op>==|=|!=)\s*(?P<value>{_VALUE})")
_EXISTENCE: Final = re.compile(rf"(?P<op>!?)\s*{_KEY}")
_COMMA_OUTSIDE_PARENTHESES: Final = re.compile(r",(?![^()]*\))")


def parse_label_selector(text: str) -> Predicate | None:
    """Return what tells whether an object's labels match; None when everything does. 400 if unreadable."""
    requirements = [_label_requirement(part.strip()) for part in _COMMA_OUTSIDE_PARENTHESES.split(text) if part.strip()]
    if not requirements:
        return None

    def matches(body: JsonObject) -> bool:
        labels = metadata_of(body).get("labels") or {}
        return all(holds(labels) for holds in requirements)

    return matches


def _label_requirement(text: str) -> _Requirement:
    if found := _SET.fullmatch(text):
        key, values = found["key"], {value.strip() for value in found["values"].split(",")}
        if found["op"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUALITY.fullmatch(text):
        key, value = found["key"], found["value"]
        if found["op"] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    if found := _EXISTENCE.fullmatch(text):
        key, wanted = found["key"], not found["op"]
        return lambda labels: (key in labels) is wanted
    raise bad_request(f'unable to parse requirement: found "{text}", expected a label requirement')


def parse_field_selector(text: str, supported: frozenset[str]) -> Predicate | None:
    """Return what tells whether an object's fields match; None when everything does.

    400 if unreadable, or if a field is not one of `supported`.
    """
    requirements: list[tuple[tuple[str, ...], str, bool]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        path, operator, value = _split_field_requirement(part)
        if path not in supported:
            raise bad_request(f"field label not supported: {path}")
        requirements.append((tuple(path.split(".")), value, operator != "!="))
    if not requirements:
        return None
    return lambda body: all((_field(body, path) == value) is wanted for path, value, wanted in requirements)


def _split_field_requirement(text: str) -> tuple[str, str, str]:
    for operator in ("!=", "==", "="):
        path, found, value = text.partition(operator)
        if found:
            return path.strip(), operator, value.strip()
    raise bad_request(f"invalid selector: '{text}'; can't understand '{text}'")


def _field(body: JsonObject, path: tuple[str, ...]) -> str:
    value: object = body
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return "" if value is None else str(value)
