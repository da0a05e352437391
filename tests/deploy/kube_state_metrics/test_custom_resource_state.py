"""What kube-state-metrics is told to look for is in our kinds, and is of a type that it can show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import helm_python
import pytest
import yaml

ROOT = Path(__file__).parents[3]
HERE = ROOT / "deploy" / "kube-state-metrics"
CONFIG = yaml.safe_load((HERE / "custom-resource-state.yaml").read_text("utf-8"))
RESOURCES = {resource["groupVersionKind"]["kind"]: resource for resource in CONFIG["spec"]["resources"]}
METRICS = {
    f"{resource['metricNamePrefix']}_{metric['name']}": (kind, metric)
    for kind, resource in RESOURCES.items()
    for metric in resource["metrics"]
}
Schema = dict[str, Any]
each_metric = pytest.mark.parametrize(("kind", "metric"), METRICS.values(), ids=METRICS)

# As the API server has it on every object, whatever its kind.
_TIME, _TEXT, _NUMBER = {"type": "string", "format": "date-time"}, {"type": "string"}, {"type": "integer"}
_METADATA = {
    "type": "object",
    "properties": {
        "name": _TEXT,
        "namespace": _TEXT,
        "generation": _NUMBER,
        "creationTimestamp": _TIME,
        "deletionTimestamp": _TIME,
    },
}


DEFINITIONS = [yaml.safe_load(path.read_text("utf-8")) for path in sorted((ROOT / "deploy" / "crds").iterdir())]
SPECS = {definition["spec"]["names"]["kind"]: definition["spec"] for definition in DEFINITIONS}


def schema_of(kind: str) -> Schema:
    (version,) = SPECS[kind]["versions"]
    schema: Schema = version["schema"]["openAPIV3Schema"]
    return {**schema, "properties": {**schema["properties"], "metadata": _METADATA}}


def at(schema: Schema, path: list[str]) -> Schema:
    """Return the schema at a path of kube-state-metrics; fails where it leads nowhere."""
    for step in path:
        lookup = re.fullmatch(r"\[(\w+)=(.+)\]", step)
        if lookup:
            assert schema["type"] == "array", f"{step} of what is no list"
            schema = schema["items"]
            assert lookup[1] in schema["properties"], f"{step}: the items have no {lookup[1]}"
        else:
            assert step in schema.get("properties", {}), f"there is no {step}"
            schema = schema["properties"][step]
    return schema


def looked_at(kind: str, metric: Schema) -> tuple[Schema, Schema]:
    """Return what `each` of a metric says, and the schema of one thing that it is about."""
    (each,) = (value for key, value in metric["each"].items() if key != "type")
    found = at(schema_of(kind), each.get("path", []))
    return each, found["items"] if found["type"] == "array" else found


def test_there_is_an_entry_for_each_of_our_kinds_and_no_other() -> None:
    for kind, resource in RESOURCES.items():
        spec = SPECS[kind]
        assert resource["groupVersionKind"] == {
            "group": spec["group"],
            "version": spec["versions"][0]["name"],
            "kind": kind,
        }
        assert ("namespace" in resource["labelsFromPath"]) is (spec["scope"] == "Namespaced")
        for path in resource["labelsFromPath"].values():
            assert at(schema_of(kind), path) == _TEXT
    assert set(RESOURCES) == set(SPECS)
    assert len(METRICS) == sum(len(resource["metrics"]) for resource in RESOURCES.values())


@each_metric
def test_a_label_is_read_from_where_there_is_a_word(kind: str, metric: Schema) -> None:
    each, about = looked_at(kind, metric)

    for label, path in each.get("labelsFromPath", {}).items():
        assert re.fullmatch(r"[a-z_]+", label)
        assert label not in RESOURCES[kind]["labelsFromPath"]
        assert at(about, path)["type"] == "string"


@each_metric
def test_a_number_is_read_from_where_there_is_one(kind: str, metric: Schema) -> None:
    each, about = looked_at(kind, metric)
    values = list(_values(each, about)) if metric["each"]["type"] == "Gauge" else []

    assert all(_is_a_number(value) for value in values)
    assert bool(values) is (metric["each"]["type"] == "Gauge")


def _values(each: Schema, about: Schema) -> Iterator[Schema]:
    if "labelFromKey" in each:
        yield from about["properties"].values()
    else:
        yield at(about, each.get("valueFrom", []))


def _is_a_number(schema: Schema) -> bool:
    """Whether kube-state-metrics makes a number of it: of a truth and of a time, too."""
    truths = {"True", "False", "Unknown"}
    is_time, is_truth = schema.get("format") == "date-time", set(schema.get("enum", ())) == truths
    return schema["type"] in {"integer", "number", "boolean"} or is_time or is_truth


@each_metric
def test_a_value_of_an_object_is_read_by_a_name_that_nothing_below_it_has(kind: str, metric: Schema) -> None:
    """kube-state-metrics looks for the name in the members of the object, too, and would show each as another value."""
    each, about = looked_at(kind, metric)
    wanted = each.get("valueFrom", [])
    if about["type"] != "object" or not wanted or "items" in at(schema_of(kind), each.get("path", [])):
        return

    assert len(wanted) == 1
    below = [name for name, member in about["properties"].items() if wanted[0] in member.get("properties", {})]
    assert below == []


@each_metric
def test_a_metric_says_what_it_is(kind: str, metric: Schema) -> None:
    assert metric["help"].endswith(".")
    # As OpenMetrics has it.
    assert (metric["each"]["type"] == "Info") is metric["name"].endswith("info")
    assert kind.lower() in RESOURCES[kind]["metricNamePrefix"]


def test_the_values_for_its_chart_are_the_same_with_the_rights_that_it_takes() -> None:
    values = helm_python.values_from_yaml((HERE / "values.yaml").read_text("utf-8"))
    (rule,) = values["rbac"]["extraRules"]

    assert values["customResourceState"] == {"enabled": True, "config": CONFIG}
    assert set(rule["apiGroups"]) == {spec["group"] for spec in SPECS.values()}
    assert set(rule["resources"]) == {spec["names"]["plural"] for spec in SPECS.values()}
    assert set(rule["verbs"]) == {"list", "watch"}
