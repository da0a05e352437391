"""What every kind's model shares: spelling, limits, rules that also become CEL, and the way back to a plain object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

# Initialisms keep their capitals, as Kubernetes' and Palette's own field names do.
_INITIALISMS = {
    "static_ip": "staticIP",
    "fingerprint_sha256": "fingerprintSHA256",
    "console_url": "consoleURL",
    "memory_mib": "memoryMiB",
    "size_gb": "sizeGB",
    "total_gb": "totalGB",
    "used_gb": "usedGB",
    "free_gb": "freeGB",
}


def to_kubernetes_name(attribute: str) -> str:
    """Spell a Python attribute as the field of a Kubernetes object: `machine_pools` becomes `machinePools`."""
    return _INITIALISMS.get(attribute) or to_camel(attribute)


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold between the fields of one model.

    The same message is given by the model and, through `cel`, by the API server. `cel` is None where a
    server could not check it: the expression would exceed its cost budget, or needs a library that not every supported
    version has. `at` names the field that the message is about, "" for the model itself.
    """

    message: str
    holds: Callable[[Any], bool]
    cel: str | None
    at: str = ""


class BrokenRules(ValueError):
    """One or more rules of a model do not hold."""

    def __init__(self, broken: tuple[Rule, ...]) -> None:
        super().__init__("; ".join(rule.message for rule in broken))
        self.broken = broken


class Model(BaseModel):
    """A frozen part of a custom resource; unknown fields are ignored here and reported by the parser."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=to_kubernetes_name,
        populate_by_name=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    RULES: ClassVar[tuple[Rule, ...]] = ()

    @model_validator(mode="after")
    def _rules_hold(self) -> Self:
        broken = tuple(rule for rule in self.RULES if not rule.holds(self))
        if broken:
            raise BrokenRules(broken)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Carry the rules into the schema; `rule` is None where no server could check it."""
        schema = handler.resolve_ref_schema(handler(core_schema))
        if cls.RULES:
            schema["x-kubernetes-validations"] = [
                {"rule": rule.cel, "message": rule.message} | ({"fieldPath": f".{rule.at}"} if rule.at else {})
                for rule in cls.RULES
            ]
        return schema

    def to_kubernetes(self) -> dict[str, Any]:
        """Return the plain object: camelCase, times as text, and nothing that is unset or empty.

        Zero and False are kept, so that `kubectl get -o yaml` shows `ready: 0` rather than nothing.
        """
        fields = type(self).model_fields
        plain = {field.alias or name: _plain(getattr(self, name)) for name, field in fields.items()}
        return {name: value for name, value in plain.items() if value not in (None, "", [], {})}


def _plain(value: object) -> object:
    if isinstance(value, Model):
        return value.to_kubernetes()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


@dataclass(frozen=True, slots=True)
class Immutable:
    """A field that keeps the value with which the object was created in Palette; an object stays there, or away.

    `path` is the field's path in camelCase; where it is unset, the value is that of `default_from`, if given, or
    `default`.
    """

    path: str
    default: str = ""
    default_from: str = ""
