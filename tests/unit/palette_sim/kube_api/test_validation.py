"""The words are those that kube-apiserver 1.36 was seen to use for the same schema and value."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sim.kube_api.validation import Validator

STRING = {"type": "string"}
CASES: dict[str, tuple[dict[str, Any], Any, str]] = {
    "a string for an integer": (
        {"type": "integer"},
        "x",
        'spec.f: Invalid value: "string": spec.f in body must be of type integer: "string"',
    ),
    "a fraction for an integer": (
        {"type": "integer"},
        1.5,
        'spec.f: Invalid value: "number": spec.f in body must be of type integer: "number"',
    ),
    "a truth value for an integer": (
        {"type": "integer"},
        True,
        'spec.f: Invalid value: "boolean": spec.f in body must be of type integer: "boolean"',
    ),
    "an object for a list": (
        {"type": "array", "items": STRING},
        {},
        'spec.f: Invalid value: "object": spec.f in body must be of type array: "object"',
    ),
    "null": (STRING, None, 'spec.f: Invalid value: "null": spec.f in body must be of type string: "null"'),
    "a value outside an enumeration": (
        STRING | {"enum": ["A", "B"]},
        "C",
        'spec.f: Unsupported value: "C": supported values: "A", "B"',
    ),
    "too small": (
        {"type": "integer", "minimum": 1},
        0,
        "spec.f: Invalid value: 0: spec.f in body should be greater than or equal to 1",
    ),
    "too large": (
        {"type": "integer", "maximum": 10},
        99,
        "spec.f: Invalid value: 99: spec.f in body should be less than or equal to 10",
    ),
    "at an excluded bound": (
        {"type": "integer", "maximum": 10, "exclusiveMaximum": True},
        10,
        "spec.f: Invalid value: 10: spec.f in body should be less than 10",
    ),
    "no multiple": (
        {"type": "integer", "multipleOf": 2},
        3,
        "spec.f: Invalid value: 3: spec.f in body should be a multiple of 2",
    ),
    "too long": (STRING | {"maxLength": 5}, "toolong", "spec.f: Too long: may not be more than 5 bytes"),
    "too short": (
        STRING | {"minLength": 2},
        "a",
        'spec.f: Invalid value: "a": spec.f in body should be at least 2 chars long',
    ),
    "not as the pattern": (
        STRING | {"pattern": "^a+$"},
        "b",
        "spec.f: Invalid value: \"b\": spec.f in body should match '^a+$'",
    ),
    "not of the format": (
        STRING | {"format": "date-time"},
        "nope",
        'spec.f: Invalid value: "nope": spec.f in body must be of type date-time: "nope"',
    ),
    "too many items": (
        {"type": "array", "items": STRING, "maxItems": 1},
        ["a", "b"],
        "spec.f: Too many: 2: must have at most 1 item",
    ),
    "too few items": (
        {"type": "array", "items": STRING, "minItems": 1},
        [],
        "spec.f: Invalid value: 0: spec.f in body should have at least 1 items",
    ),
    "a missing member": (
        {"type": "object", "required": ["name"], "properties": {"name": STRING}},
        {},
        "spec.f.name: Required value",
    ),
    "within a list item": (
        {"type": "array", "items": {"type": "object", "properties": {"n": STRING}}},
        [{}, {"n": 1}],
        'spec.f[1].n: Invalid value: "integer": spec.f[1].n in body must be of type string: "integer"',
    ),
}


def validator(schema: dict[str, Any]) -> Validator:
    spec = {"type": "object", "properties": {"f": schema}}
    return Validator({"type": "object", "properties": {"spec": spec}})


@pytest.mark.parametrize(("schema", "value", "want"), CASES.values(), ids=CASES)
def test_a_refusal_reads_as_kube_apiserver_words_it(schema: dict[str, Any], value: object, want: str) -> None:
    assert [str(cause) for cause in validator(schema).causes({"spec": {"f": value}})] == [want]


ACCEPTED: dict[str, tuple[dict[str, Any], Any]] = {
    "null where it is allowed": (STRING | {"nullable": True}, None),
    "an integer for an integer or string": ({"x-kubernetes-int-or-string": True}, 1),
    "a string for an integer or string": ({"x-kubernetes-int-or-string": True}, "50%"),
    "a whole number with a point for an integer": ({"type": "integer"}, 1.0),
    "what a format means that is not known here": (STRING | {"format": "isbn"}, "x"),
    "a network": (STRING | {"format": "cidr"}, "10.0.0.0/8"),
    "a pattern in the middle": (STRING | {"pattern": "b"}, "abc"),
}


@pytest.mark.parametrize(("schema", "value"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_good_value_is_accepted(schema: dict[str, Any], value: object) -> None:
    assert validator(schema).causes({"spec": {"f": value}}) == []


ALTERNATIVES = [{"required": ["a"]}, {"required": ["b"]}]
COMBINED: dict[str, tuple[dict[str, Any], Any, list[str]]] = {
    "none of several": (
        {"oneOf": ALTERNATIVES},
        {},
        [
            '<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found none valid',
            "spec.f.a: Required value",
        ],
    ),
    "two of several": (
        {"oneOf": ALTERNATIVES},
        {"a": 1, "b": 2},
        [
            (
                '<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). '
                "Found 2 valid alternatives"
            )
        ],
    ),
    "none of any": (
        {"anyOf": ALTERNATIVES},
        {},
        [
            '<nil>: Invalid value: "": "spec.f" must validate at least one schema (anyOf)',
            "spec.f.a: Required value",
        ],
    ),
    "what must not be": (
        {"not": {"required": ["a"]}},
        {"a": 1},
        ['<nil>: Invalid value: "": "spec.f" must not validate the schema (not)'],
    ),
    "a string of the wrong length has its pattern passed over": (
        STRING | {"pattern": "^a+$", "minLength": 2},
        "b",
        ['spec.f: Invalid value: "b": spec.f in body should be at least 2 chars long'],
    ),
}


@pytest.mark.parametrize(("schema", "value", "want"), COMBINED.values(), ids=COMBINED)
def test_combined_rules_are_told_together(schema: dict[str, Any], value: object, want: list[str]) -> None:
    assert [str(cause) for cause in validator(schema).causes({"spec": {"f": value}})] == want


def test_every_fault_is_named() -> None:
    schema = {"type": "object", "required": ["b"], "properties": {"a": STRING}}
    found = [cause.field for cause in validator(schema).causes({"spec": {"f": {"a": 1}}})]
    assert sorted(found) == ["spec.f.a", "spec.f.b"]
