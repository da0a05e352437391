"""CustomResourceDefinitions from the models, structural as an API server judges it.

Pydantic describes a model with references, `anyOf` null and titles; a structural schema has none of these. Defaults
stay only where a server may fill them in without changing what a person applied: outside lists, outside status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from palette_operator.domain.resources import GROUP, VERSION, Kind
from palette_operator.domain.resources.base import Immutable, Model
from palette_operator.domain.resources.immutable import immutability_message

Schema: TypeAlias = dict[str, Any]

_READY = '.status.conditions[?(@.type=="Ready")]'
# Marks what is absent unless a person says otherwise, on its way through this module.
_NULLABLE = "x-nullable"
_AGE = ("AGE", "date", ".metadata.creationTimestamp")

# Name, type and JSONPath of each printer column; those of `_WIDE` show with `kubectl get -o wide`.
_COLUMNS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "PaletteCluster": (
        ("READY", "string", f"{_READY}.status"),
        ("STATE", "string", ".status.remoteState"),
        ("HEALTH", "string", ".status.health"),
        ("K8S", "string", ".status.kubernetesVersion"),
        ("PROFILE", "string", ".status.profileSummary"),
        ("NODES", "string", ".status.nodesSummary"),
        ("REASON", "string", f"{_READY}.reason"),
        _AGE,
    ),
    "EdgeHost": (
        ("READY", "string", f"{_READY}.status"),
        ("STATE", "string", ".status.state"),
        ("HEALTH", "string", ".status.health"),
        ("CLUSTER", "string", ".status.clusterRef.name"),
        ("IP", "string", ".status.network.ip"),
        ("AGENT", "string", ".status.agentVersion"),
        _AGE,
    ),
    "PaletteConnection": (
        ("READY", "string", f"{_READY}.status"),
        ("CLUSTERS", "integer", ".status.clusters.total"),
        ("HOSTS", "integer", ".status.edgeHosts.total"),
        ("OFFLINE", "integer", ".status.offline"),
        ("HELD", "integer", ".status.held"),
        ("SWEEP", "integer", ".status.sweepSeconds"),
        _AGE,
    ),
}
_WIDE: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "PaletteCluster": (("UID", "string", ".status.uid"), ("DRIFT", "integer", ".status.drift.count")),
}


def custom_resource_definition(kind: Kind) -> Schema:
    """Return the CustomResourceDefinition of `kind` as a plain object; the same every time."""
    names = {
        "kind": kind.kind,
        "listKind": f"{kind.kind}List",
        "plural": kind.plural,
        "singular": kind.singular,
        "shortNames": [kind.short_name],
        "categories": ["palette"],
    }
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": _object_schema(kind)},
        "subresources": {"status": {}},
        "additionalPrinterColumns": _columns(kind.kind),
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{kind.plural}.{GROUP}",
            # Uninstalling the chart must not delete every custom resource with it.
            "annotations": {"helm.sh/resource-policy": "keep"},
        },
        "spec": {"group": GROUP, "scope": kind.scope, "names": names, "versions": [version]},
    }


def described_schema(model: type[Model]) -> Schema:
    """Return the model's schema without references, nulls and titles, with every default that means something."""
    raw = model.model_json_schema(by_alias=True)
    return _resolved(raw, raw.get("$defs", {}))


def _columns(kind: str) -> list[Schema]:
    usual = [{"name": name, "type": type_, "jsonPath": path} for name, type_, path in _COLUMNS[kind]]
    wide = [{"name": name, "type": type_, "jsonPath": path, "priority": 1} for name, type_, path in _WIDE.get(kind, ())]
    return usual + wide


def _object_schema(kind: Kind) -> Schema:
    spec = _for_server(described_schema(kind.spec), keep_defaults=True)
    status = _for_server(described_schema(kind.status), keep_defaults=False)
    schema: Schema = {
        "type": "object",
        "description": one_line(kind.resource.__doc__ or ""),
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": "Version of this kind's schema."},
            "kind": {"type": "string", "description": "Name of this kind."},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": status | {"default": {"observedGeneration": -1}},
        },
    }
    if kind.immutable:
        schema["x-kubernetes-validations"] = [_transition(kind, field, spec) for field in kind.immutable]
    return schema


def _transition(kind: Kind, field: Immutable, spec: Schema) -> Schema:
    """Return the rule that a field keeps its value. On the object, so that removing a parent is caught too."""
    rule = f"({_in_effect('self', field, spec)}) == ({_in_effect('oldSelf', field, spec)})"
    return {"rule": rule, "message": immutability_message(field.path, kind.kind), "fieldPath": f".{field.path}"}


def _in_effect(root: str, field: Immutable, spec: Schema) -> str:
    """Return a CEL expression for the field's value, or for what stands in where it is unset."""
    leaf = spec
    path = f"{root}.spec"
    guards = []
    for step in field.path.split(".")[1:]:
        leaf = leaf["properties"][step]
        path = f"{path}.{step}"
        guards.append(f"has({path})")
    if leaf["type"] == "object":
        return " && ".join(guards)
    default = field.default if leaf["type"] == "boolean" else f"'{field.default}'"
    otherwise = f"{root}.{field.default_from}" if field.default_from else default
    return f"{' && '.join(guards)} ? {path} : {otherwise}"


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    """Inline references and drop nulls and titles; what stands beside a reference wins over what it refers to."""
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = definitions[schema["$ref"].rpartition("/")[2]] | beside
    if "anyOf" in schema:
        (inner,) = (option for option in schema["anyOf"] if option != {"type": "null"})
        beside = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
        return _resolved(inner | beside | {_NULLABLE: True}, definitions)
    kept = {key: value for key, value in schema.items() if key not in {"title", "$defs"}}
    if kept.get("default") in (None, "", [], {}):
        kept.pop("default", None)
    if "description" in kept:
        kept["description"] = one_line(kept["description"])
    return _mapped(kept, lambda child: _resolved(child, definitions))


def _for_server(schema: Schema, *, keep_defaults: bool) -> Schema:
    """Return what a server is to enforce: defaults where they do no harm, rules that it can check."""
    kept = {key: value for key, value in schema.items() if key != _NULLABLE}
    if not keep_defaults:
        kept.pop("default", None)
    if rules := [rule for rule in kept.pop("x-kubernetes-validations", []) if rule["rule"]]:
        kept["x-kubernetes-validations"] = rules
    in_list = kept.get("type") == "array"
    kept = _mapped(kept, lambda child: _for_server(child, keep_defaults=keep_defaults and not in_list))
    for name, child in kept.get("properties", {}).items():
        # An object whose members have defaults starts out empty, or its members' defaults would never be applied.
        stays_unset = name in kept.get("required", []) or _NULLABLE in schema["properties"][name]
        if any("default" in member for member in child.get("properties", {}).values()) and not stays_unset:
            child["default"] = {}
    return kept


def _mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """Return `schema` with `change` applied to each schema directly inside it."""
    changed = dict(schema)
    if "properties" in schema:
        changed["properties"] = {name: change(child) for name, child in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            changed[key] = change(schema[key])
    return changed


def one_line(text: str) -> str:
    """Return `text` with every run of white space as one space."""
    return " ".join(text.split())
