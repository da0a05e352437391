"""The generated CRDs: structural as an API server judges it, bounded, and in step with the models."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.cli.generate import MAX_CRD_BYTES, generate, generated_files
from palette_operator.domain.resources import KINDS, Kind
from support.invalid_specs import BROKEN

ROOT = Path(__file__).parents[4]
Schema = dict[str, Any]

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)


def root_schema(kind: Kind) -> Schema:
    (version,) = custom_resource_definition(kind)["spec"]["versions"]
    schema: Schema = version["schema"]["openAPIV3Schema"]
    return schema


def fields(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield every schema within with its path; `[]` stands for a list's items, `{}` for a map's values."""
    yield path, schema
    for name, child in schema.get("properties", {}).items():
        yield from fields(child, f"{path}.{name}")
    for key, step in (("items", "[]"), ("additionalProperties", "{}")):
        if key in schema:
            yield from fields(schema[key], path + step)


def test_what_is_committed_is_what_the_models_say() -> None:
    stale = generate(ROOT, check=True)

    assert not stale, f"run `make generate`: {stale}"


def test_generating_writes_what_differs_once_and_checking_never(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    absent = tmp_path / "docs/reference/edgehost.md"
    changed = tmp_path / "deploy/helm/palette-operator/values.schema.json"
    changed.write_text(changed.read_text(encoding="utf-8").replace('"connectionSpec"', '"other"', 1), encoding="utf-8")
    stale = generate(tmp_path, check=True)

    assert {absent, changed} <= set(stale)
    assert not absent.exists()
    assert generate(tmp_path, check=False) == stale
    assert generate(tmp_path, check=False) == []


@every_kind
def test_a_schema_uses_only_what_a_structural_schema_may(kind: Kind) -> None:
    allowed = {
        "additionalProperties", "default", "description", "enum", "format", "items", "maxItems", "maxLength",
        "maxProperties", "maximum", "minItems", "minLength", "minimum", "pattern", "properties", "required", "type",
        "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-validations",
    }  # fmt: skip

    assert {path: set(schema) - allowed for path, schema in fields(root_schema(kind)) if set(schema) - allowed} == {}
    assert all("type" in schema for _, schema in fields(root_schema(kind)))
    assert all(schema.get("additionalProperties") is not False for _, schema in fields(root_schema(kind)))


@every_kind
def test_every_field_is_described(kind: Kind) -> None:
    named = [(path, schema) for path, schema in fields(root_schema(kind)) if path and path[-1] not in "]}"]

    assert [path for path, schema in named if not schema.get("description") and path != ".metadata"] == []


@every_kind
def test_every_text_list_and_map_is_bounded(kind: Kind) -> None:
    bound = {"string": "maxLength", "array": "maxItems"}
    unbounded = [
        path
        for path, schema in fields(root_schema(kind))
        if path not in {".apiVersion", ".kind"}
        and not {"enum", "format"} & set(schema)
        and ("maxProperties" if "additionalProperties" in schema else bound.get(schema["type"], "type")) not in schema
    ]

    assert unbounded == []


@every_kind
def test_no_default_stands_inside_a_list_or_in_the_status(kind: Kind) -> None:
    with_default = [path for path, schema in fields(root_schema(kind)) if "default" in schema]

    assert [path for path in with_default if "[]" in path or path.startswith(".status.")] == []
    assert root_schema(kind)["properties"]["status"]["default"] == {"observedGeneration": -1}


@every_kind
def test_lists_of_named_things_can_be_shared_by_two_appliers(kind: Kind) -> None:
    schemas = dict(fields(root_schema(kind)))
    lists = {path: s for path, s in schemas.items() if s["type"] == "array" and s["items"]["type"] == "object"}
    keyless = {"edgeHosts", "taints", "matchExpressions", "fields", "disks", "partitions", "gpus", "nics", "items"}

    for path, schema in lists.items():
        keys = schema.get("x-kubernetes-list-map-keys", [])
        assert bool(keys) != (path.rpartition(".")[2] in keyless), path
        assert set(keys) <= set(schema["items"].get("required", [])), path


@every_kind
def test_every_immutable_field_has_a_rule_on_the_whole_object(kind: Kind) -> None:
    rules = root_schema(kind).get("x-kubernetes-validations", [])

    assert [rule["fieldPath"] for rule in rules] == [f".{field.path}" for field in kind.immutable]
    assert all("oldSelf" in rule["rule"] for rule in rules)


def test_every_rule_for_the_server_is_one_that_a_table_of_broken_specs_covers() -> None:
    rules = {
        rule["message"]
        for kind in KINDS
        for path, schema in fields(root_schema(kind))
        if path
        for rule in schema.get("x-kubernetes-validations", [])
    }

    assert rules == {case.message for case in BROKEN.values() if case.cel}


COLUMNS = {
    "PaletteCluster": "READY STATE HEALTH K8S PROFILE NODES REASON AGE UID DRIFT",
    "EdgeHost": "READY STATE HEALTH CLUSTER IP AGENT AGE",
    "PaletteConnection": "READY CLUSTERS HOSTS OFFLINE HELD SWEEP AGE",
}


@every_kind
def test_each_column_reads_a_field_that_exists(kind: Kind) -> None:
    (version,) = custom_resource_definition(kind)["spec"]["versions"]
    columns = version["additionalPrinterColumns"]
    paths = {path for path, _ in fields(root_schema(kind))} | {".metadata.creationTimestamp"}
    read = {column["jsonPath"].replace('[?(@.type=="Ready")]', "[]") for column in columns}

    assert " ".join(column["name"] for column in columns) == COLUMNS[kind.kind]
    assert read <= paths


@every_kind
def test_the_definition_is_kept_when_the_chart_goes_and_fits_client_side_apply(kind: Kind) -> None:
    definition = custom_resource_definition(kind)

    assert definition["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert definition["spec"]["names"]["categories"] == ["palette"]
    assert len(generated_files()[Path(f"deploy/crds/{kind.plural}.yaml")].encode()) < MAX_CRD_BYTES
