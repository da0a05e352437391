"""What the chart's values may say where something else knows: a PaletteConnection's definition, the names of alerts.

So a typing error is refused with the field's name before anything is installed.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

from palette_operator.cli.crd import Schema, custom_resource_definition
from palette_operator.domain.resources import KINDS

_DEFINITION = "connectionSpec"
_ALERT = "alert"


def with_connection_spec(schema: Schema) -> Schema:
    """Return the schema of the values with the definition `connectionSpec` as the model has it."""
    (kind,) = (kind for kind in KINDS if kind.kind == "PaletteConnection")
    (version,) = custom_resource_definition(kind)["spec"]["versions"]
    spec = _closed(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
    # Values may leave all of it out; and the chart makes `auth` of the Secret's name.
    spec.pop("required", None)
    return {**schema, "$defs": {**schema["$defs"], _DEFINITION: spec}}


def with_alerts(schema: Schema, names: Sequence[str]) -> Schema:
    """Return the schema of the values with the definition `alert` as the name of one that there is."""
    return {**schema, "$defs": {**schema["$defs"], _ALERT: {"type": "string", "enum": list(names)}}}


def _closed(schema: Schema) -> Schema:
    """Return a structural schema as a JSON Schema that refuses unknown fields."""
    closed = {key: copy.deepcopy(value) for key, value in schema.items() if not key.startswith("x-kubernetes-")}
    if "properties" in closed:
        closed["properties"] = {name: _closed(child) for name, child in closed["properties"].items()}
        closed.setdefault("additionalProperties", False)
    if "items" in closed:
        closed["items"] = _closed(closed["items"])
    return closed
