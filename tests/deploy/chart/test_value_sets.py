"""What people install the chart with: each set of values is linted, rendered, and judged by Kubernetes' schemas."""

from __future__ import annotations

import functools
import json
from collections import Counter

import helm_python
import kubernetes_validate
import pytest

from palette_operator import __version__
from palette_operator.domain.resources.parse import parse_connection
from support.chart import CHART, Body, container, of_kind, rendered, the, with_required
from support.chart_values import VALUE_SETS, Values

# The oldest that the chart supports, and the newest whose schemas are at hand.
KUBERNETES = ("1.30", "1.37")
_OTHERS = {"PaletteConnection", "ServiceMonitor", "PrometheusRule"}
_RECOMMENDED = {"name", "instance", "version", "component", "part-of", "managed-by"}

each_set = pytest.mark.parametrize("values", VALUE_SETS.values(), ids=VALUE_SETS)


@functools.cache
def _objection(body: str, kubernetes: str) -> str:
    try:
        kubernetes_validate.validate(json.loads(body), kubernetes, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{error.json_path}: {error.message}"
    return ""


@each_set
def test_a_strict_lint_finds_nothing(values: Values) -> None:
    report = helm_python.lint(CHART, with_required(values), strict=True)

    assert report["errors"] == []
    # Severity 1 is a recommendation: an icon.
    assert [message for message in report["messages"] if message["severity"] > 1] == []


@each_set
def test_every_object_is_as_kubernetes_says(values: Values) -> None:
    bodies = [body for body in rendered(values) if body["kind"] not in _OTHERS]
    objections = {
        (body["kind"], version, objection)
        for body in bodies
        for version in KUBERNETES
        if (objection := _objection(json.dumps(body, sort_keys=True), version))
    }

    assert objections == set()


@each_set
def test_every_object_is_there_once_and_carries_the_recommended_labels(values: Values) -> None:
    objects = rendered(values)
    named = Counter((body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"]) for body in objects)

    assert max(named.values()) == 1
    for body in objects:
        assert {f"app.kubernetes.io/{label}" for label in _RECOMMENDED} <= set(body["metadata"]["labels"])


@each_set
def test_nothing_but_the_operators_own_pods_is_selected(values: Values) -> None:
    """By the Deployment, the Service, the NetworkPolicy: never by the labels of the Job that applies definitions."""
    objects = rendered(values)
    template = the_deployment(objects)["spec"]["template"]["metadata"]["labels"]
    jobs = [job["spec"]["template"]["metadata"]["labels"] for job in of_kind(objects, "Job")]
    selectors = [the_deployment(objects)["spec"]["selector"]["matchLabels"]]
    selectors += [service["spec"]["selector"] for service in of_kind(objects, "Service")]
    selectors += [budget["spec"]["selector"]["matchLabels"] for budget in of_kind(objects, "PodDisruptionBudget")]
    selectors += [
        policy["spec"]["podSelector"]["matchLabels"]
        for policy in of_kind(objects, "NetworkPolicy")
        if not policy["metadata"]["name"].endswith("-crds")
    ]
    selectors += [
        each["labelSelector"]["matchLabels"]
        for each in the_deployment(objects)["spec"]["template"]["spec"].get("topologySpreadConstraints", ())
        if each["labelSelector"]
    ]

    for selector in selectors:
        assert selector.items() <= template.items()
        assert not [labels for labels in jobs if selector.items() <= labels.items()]


def test_by_default_a_second_pod_stands_by_and_a_drain_leaves_one_in_place() -> None:
    (budget,) = of_kind(rendered(), "PodDisruptionBudget")

    assert the_deployment(rendered())["spec"]["replicas"] == 2
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow", "two that are not ready hold no drain up"


@pytest.mark.parametrize("name", ["one replica", "replicas that may be drained together"])
def test_what_is_alone_or_may_be_drained_has_no_budget(name: str) -> None:
    """A budget of a single pod would let no node be drained."""
    assert of_kind(rendered(VALUE_SETS[name]), "PodDisruptionBudget") == []


def the_deployment(objects: list[Body]) -> Body:
    (found,) = of_kind(objects, "Deployment")
    return found


@pytest.mark.parametrize("name", [name for name, values in VALUE_SETS.items() if "connection" in values])
def test_a_connection_is_one_that_the_operator_takes(name: str) -> None:
    values = VALUE_SETS[name]
    (body,) = of_kind(rendered(values), "PaletteConnection")

    connection = parse_connection(body, strict=True)

    assert connection.spec.endpoint == values["connection"]["spec"]["endpoint"]
    assert body["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}


def test_the_secret_of_a_connection_is_referred_to_and_never_made() -> None:
    objects = rendered(VALUE_SETS["a first connection"])

    assert of_kind(objects, "PaletteConnection")[0]["spec"]["auth"] == {
        "apiKeySecretRef": {"name": "palette-credentials", "key": "apiKey"}
    }
    assert of_kind(objects, "Secret") == []


@pytest.mark.parametrize("name", ["scraped", "monitored from another namespace"])
def test_the_service_monitor_finds_the_service_and_its_port(name: str) -> None:
    """ServiceMonitor is Prometheus operator's: its schema is not at hand, so what it must find is looked up."""
    objects = rendered(VALUE_SETS[name])
    (monitor,), (service,) = of_kind(objects, "ServiceMonitor"), of_kind(objects, "Service")

    assert set(monitor["spec"]) == {"selector", "namespaceSelector", "endpoints"}
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["spec"]["namespaceSelector"] == {"matchNames": [service["metadata"]["namespace"]]}
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == (service["spec"]["ports"][0]["name"], "/metrics")


def test_the_service_monitor_scrapes_as_it_is_told() -> None:
    (monitor,) = of_kind(rendered(VALUE_SETS["scraped"]), "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    values = VALUE_SETS["scraped"]["serviceMonitor"]

    for told in ("interval", "scrapeTimeout", "relabelings", "metricRelabelings"):
        assert endpoint[told] == values[told]


def test_the_network_policy_opens_what_is_asked_for() -> None:
    values = VALUE_SETS["a narrow network policy"]
    policy = the(rendered(values), "NetworkPolicy")
    dns, api_server, extra, palette, hosts = policy["spec"]["egress"]

    assert {port["port"] for port in dns["ports"]} == {53}
    assert api_server == {
        "ports": [{"port": 6443, "protocol": "TCP"}],
        "to": [{"ipBlock": {"cidr": "10.0.0.0/24"}}],
    }
    assert [port["port"] for port in palette["ports"]] == [443, 3128]
    assert [port["port"] for port in hosts["ports"]] == [5080, 5443]
    assert hosts["to"] == [{"ipBlock": {"cidr": "10.10.0.0/16"}}]
    assert [extra] == values["networkPolicy"]["extraEgress"]
    assert policy["spec"]["ingress"][0]["from"] == values["networkPolicy"]["metricsFrom"]


def test_hosts_and_the_servers_with_files_for_them_are_reached_where_palettes_networks_are_named() -> None:
    values: Values = {
        "localEndpointCidrs": ["10.10.0.0/16"],
        "networkPolicy": {"enabled": True, "palette": {"cidrs": ["192.0.2.0/24"]}},
    }
    *_, hosts = the(rendered(values), "NetworkPolicy")["spec"]["egress"]

    assert hosts["to"] == [{"ipBlock": {"cidr": "10.10.0.0/16"}}]
    assert [port["port"] for port in hosts["ports"]] == [443, 5080]


def test_a_digest_counts_and_a_tag_follows_the_chart() -> None:
    assert container(rendered())["image"] == f"registry.example.com/palette-operator:{__version__}"
    assert container(rendered(VALUE_SETS["an image by its tag"]))["image"].endswith(":1.2.3")
    assert container(rendered(VALUE_SETS["an image by its digest"]))["image"] == (
        f"registry.example.com:5000/mirror/palette-operator@sha256:{'0a' * 32}"
    )


def test_the_selector_is_the_same_whatever_the_version() -> None:
    """A Deployment's selector is immutable: a change of it would break every upgrade."""
    assert the(rendered(), "Deployment")["spec"]["selector"]["matchLabels"] == {
        "app.kubernetes.io/name": "palette-operator",
        "app.kubernetes.io/instance": "palette-operator",
        "app.kubernetes.io/component": "operator",
    }
