"""values.yaml, its schema and the templates know the same values; a wrong one is refused by its name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import helm_python
import pytest
import yaml

from palette_operator.cli.chart.readme import described_values
from support.chart import CHART, Body, rendered
from support.chart_values import CONNECTION, Values

# What is wrong, and the words by which Helm names it.
REFUSED: dict[str, tuple[Values, str]] = {
    "no operator id": ({"operatorId": ""}, "operatorId is required"),
    "no image": ({"image": {"repository": ""}}, "image.repository is required: nothing is published yet, so build"),
    "a repository that ends in a colon": ({"image": {"repository": "registry.example.com/x:"}}, "/image/repository"),
    "an operator id with a space": ({"operatorId": "emea retail"}, "/operatorId"),
    "a value that nobody knows": ({"operatorID": "x"}, "operatorID"),
    "a typing error in a section": ({"image": {"repo": "x"}}, "repo"),
    "a namespace that is none": ({"watchNamespaces": ["Retail"]}, "/watchNamespaces/0"),
    "a namespace twice": ({"watchNamespaces": ["a", "a"]}, "/watchNamespaces"),
    "an address for a network": ({"localEndpointCidrs": ["10.0.0.1"]}, "/localEndpointCidrs/0"),
    "a network of the wrong size": ({"serviceCidrs": ["10.0.0.0/33"]}, "/serviceCidrs/0"),
    "a log level that is none": ({"logLevel": "loud"}, "/logLevel"),
    "a log format that is none": ({"logFormat": "xml"}, "/logFormat"),
    "fewer replicas than none": ({"replicas": -1}, "/replicas"),
    "half a replica": ({"replicas": 1.5}, "/replicas"),
    "a lease that nobody can renew in time": ({"leaseDurationSeconds": 2}, "/leaseDurationSeconds"),
    "a yes for true": ({"takeover": "yes"}, "/takeover"),
    "a digest that is cut": ({"image": {"digest": "sha256:abc"}}, "/image/digest"),
    "a tag with a colon": ({"image": {"tag": "a:b"}}, "/image/tag"),
    "a pull policy that is none": ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
    "a pull secret without a name": ({"imagePullSecrets": [{}]}, "/imagePullSecrets/0"),
    "memory in words": ({"resources": {"limits": {"memory": "much"}}}, "/resources/limits/memory"),
    "requests within limits": ({"resources": {"limit": {}}}, "limit"),
    "a label that is too much": ({"podLabels": {"a": "b c"}}, "/podLabels/a"),
    "an annotation that is a number": ({"podAnnotations": {"a": 1}}, "/podAnnotations/a"),
    "a label of the dashboard that is a number": (
        {"grafanaDashboard": {"labels": {"grafana_dashboard": 1}}},
        "/grafanaDashboard/labels/grafana_dashboard",
    ),
    "a port that is none": ({"networkPolicy": {"palette": {"ports": [70000]}}}, "/networkPolicy/palette/ports/0"),
    "an alert that there is not": ({"prometheusRule": {"disabled": ["PaletteDown"]}}, "/prometheusRule/disabled/0"),
    "a label of alerts that Prometheus does not take": (
        {"prometheusRule": {"alertLabels": {"on-call": "edge"}}},
        "/prometheusRule/alertLabels",
    ),
    "an address of runbooks with a space": (
        {"prometheusRule": {"runbookUrl": "the wiki"}},
        "/prometheusRule/runbookUrl",
    ),
    "a typing error in a security context": ({"podSecurityContext": {"runAsUsr": 1}}, "runAsUsr"),
    "a user by name": ({"podSecurityContext": {"runAsUser": "nobody"}}, "/podSecurityContext/runAsUser"),
    "an alias without names": ({"hostAliases": [{"ip": "192.0.2.7", "hostnames": []}]}, "/hostAliases/0/hostnames"),
    "a timeout without a unit": ({"serviceMonitor": {"scrapeTimeout": "10"}}, "/serviceMonitor/scrapeTimeout"),
    "an effect of a taint that is none": ({"tolerations": [{"effect": "NoWay"}]}, "/tolerations/0/effect"),
    "an argument that is no flag": ({"extraArgs": ["resync"]}, "/extraArgs/0"),
    "a variable without a name": ({"extraEnv": [{"value": "x"}]}, "/extraEnv/0"),
    "a volume without a name": ({"extraVolumes": [{"emptyDir": {}}]}, "/extraVolumes/0"),
    "no account and none named": ({"serviceAccount": {"create": False}}, "serviceAccount.name is required"),
    "a connection without its Secret": (
        {"connection": {**CONNECTION, "existingSecret": ""}},
        "connection.existingSecret is required",
    ),
    "a connection without an endpoint": (
        {"connection": {**CONNECTION, "spec": {"allowedNamespaces": {"all": True}}}},
        "connection.spec.endpoint is required",
    ),
    "a connection without a project": (
        {"connection": {**CONNECTION, "spec": {**CONNECTION["spec"], "project": ""}}},
        "/connection/spec/project",
    ),
    "a typing error in the connection": (
        {"connection": {**CONNECTION, "spec": {**CONNECTION["spec"], "proyect": "x"}}},
        "proyect",
    ),
    "a guard of the connection out of bounds": (
        {"connection": {**CONNECTION, "spec": {**CONNECTION["spec"], "guard": {"maxDeletesPerHour": -1}}}},
        "/connection/spec/guard/maxDeletesPerHour",
    ),
    "an endpoint without https": (
        {"connection": {**CONNECTION, "spec": {**CONNECTION["spec"], "endpoint": "palette.example.com"}}},
        "/connection/spec/endpoint",
    ),
}


@pytest.mark.parametrize(("values", "named"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_value_is_refused_by_its_name(values: Values, named: str) -> None:
    with pytest.raises(helm_python.HelmError) as refused:
        rendered(values)

    assert named in str(refused.value)


def paths(values: Body, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in values.items():
        yield (*above, key)
        if isinstance(value, dict):
            yield from paths(value, (*above, key))


def text_of(name: str) -> str:
    return (CHART / name).read_text(encoding="utf-8")


VALUES: Body = yaml.safe_load(text_of("values.yaml"))
TEMPLATES = {path.name: path.read_text(encoding="utf-8") for path in sorted((CHART / "templates").iterdir())}


def test_each_value_that_a_template_reads_is_in_values_yaml() -> None:
    known = {".".join(path) for path in paths(VALUES)}
    read = {path for text in TEMPLATES.values() for path in re.findall(r"\.Values\.([A-Za-z.]+[A-Za-z])", text)}

    assert read
    assert read <= known


def test_each_value_is_read_by_a_template() -> None:
    unread = [
        ".".join(value.path)
        for value in described_values(text_of("values.yaml"))
        if not any(_reads(template, value.path) for template in TEMPLATES.values())
    ]

    assert unread == []


def _reads(template: str, path: tuple[str, ...]) -> bool:
    """Whether a template names the value, or names its section in a `with` and then the rest of it."""
    if re.search(rf"[vV]alues\.{'.'.join(path)}\b", template):
        return True
    return any(
        re.search(rf"with \.Values\.{'.'.join(path[:depth])} .*?\.{'.'.join(path[depth:])}\b", template, re.DOTALL)
        for depth in range(1, len(path))
    )


def test_the_schema_knows_each_value_and_no_other() -> None:
    schema = json.loads(text_of("values.schema.json"))

    def known(within: Body, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        for name, child in within.get("properties", {}).items():
            reference = child.get("$ref", "").removeprefix("#/$defs/")
            yield (*above, name)
            yield from known(schema["$defs"][reference] if reference else child, (*above, name))

    described = {value.path for value in described_values(text_of("values.yaml"))}
    leaves = {path for path in known(schema) if not any(path[: len(value)] == value for value in described)}

    # What is left over are the sections, and Helm's own `global`.
    assert {path for path in leaves if not any(value[: len(path)] == path for value in described)} == {("global",)}


def test_the_defaults_are_values_that_the_schema_takes() -> None:
    with helm_python.Chart.load(CHART) as chart:
        chart.validate_schema(VALUES)
