"""The bodies that the simulated Palette takes, as strict as the definitions and not stricter."""

import types
from typing import Any, Literal, Union, get_args, get_origin

import pytest

from palette_sim.palette.bodies import base, clusters, filters, hosts
from palette_sim.palette.routes import logins
from support.contract.specification import VERSIONS, specification

# Our classes and the definitions they stand for; `spec` of a cluster has no name of its own.
DEFINITIONS = {
    model: (model.__doc__ or "").split(".")[0].split(",")[0]
    for module in (base, hosts, clusters, filters, logins)
    for model in vars(module).values()
    if isinstance(model, type) and issubclass(model, base.Body) and (model.__doc__ or "").startswith("v1")
}
SINCE_4_9 = {
    ("v1MachinePoolConfigEntity", "overrideClusterAPIConfig"),
    ("v1MachinePoolConfigEntity", "overrideHealthCheckConfiguration"),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", DEFINITIONS, ids=lambda model: model.__name__)
def test_a_request_body_requires_and_allows_what_the_definition_does(model: type[base.Body], version: str) -> None:
    name = DEFINITIONS[model]
    definition = specification(version).definitions[name]
    known = {alias for of, alias in SINCE_4_9 if of == name and version == "4.8"} | set(definition["properties"])

    fields = {field.alias or name: field for name, field in model.model_fields.items()}

    assert set(fields) == known
    for alias in set(fields) & set(definition["properties"]):
        assert fields[alias].is_required() == (alias in definition.get("required", [])), alias
        assert choices(fields[alias].annotation) == enumeration(version, definition["properties"][alias]), alias


def choices(annotation: object) -> set[str]:
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    if get_origin(annotation) in (Union, types.UnionType, list):
        return {choice for part in get_args(annotation) for choice in choices(part)}
    return set()


def enumeration(version: str, schema: dict[str, Any]) -> set[str]:
    if "$ref" in schema:
        schema = specification(version).definitions[schema["$ref"].rpartition("/")[2]]
    if schema.get("type") == "array":
        return enumeration(version, schema["items"])
    return set(schema.get("enum", []))
