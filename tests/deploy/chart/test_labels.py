"""Which label counts where several values, or a value and the chart, have one of the same name."""

from __future__ import annotations

import pytest

from support.chart import Body, of_kind, rendered, the
from support.chart_values import OVERLAPS

OURS = {"app.kubernetes.io/name": "palette-operator", "app.kubernetes.io/instance": "palette-operator"}


def labels_of(body: Body) -> Body:
    return dict(body["metadata"]["labels"])


@pytest.mark.parametrize(("kind", "component"), [("Deployment", "operator"), ("Job", "crds")])
def test_the_labels_by_which_pods_are_found_are_the_charts_whatever_is_set(kind: str, component: str) -> None:
    for body in (of_kind(rendered(OVERLAPS), kind)[0], of_kind(rendered(OVERLAPS), kind)[0]["spec"]["template"]):
        assert labels_of(body).items() >= {**OURS, "app.kubernetes.io/component": component}.items()


def test_those_of_the_pods_win_over_those_of_every_object() -> None:
    objects = rendered(OVERLAPS)
    deployment = the(objects, "Deployment")

    assert (labels_of(deployment)["tier"], labels_of(deployment["spec"]["template"])["tier"]) == ("all", "control")
    assert labels_of(deployment["spec"]["template"])["team"] == "edge"


@pytest.mark.parametrize("kind", ["ServiceMonitor", "PrometheusRule"])
def test_those_of_one_object_win_over_those_of_every_object(kind: str) -> None:
    (body,) = of_kind(rendered(OVERLAPS), kind)

    assert (labels_of(body)["release"], labels_of(body)["team"]) == ("prometheus", "edge")


def test_those_of_the_dashboard_win_over_those_of_every_object() -> None:
    labels = labels_of(of_kind(rendered(OVERLAPS), "ConfigMap")[0])

    assert (labels["dashboards"], labels["grafana_dashboard"], labels["team"]) == ("grafana", "1", "edge")


def test_what_selects_nothing_may_be_said_otherwise() -> None:
    deployment = the(rendered(OVERLAPS), "Deployment")

    assert labels_of(deployment)["app.kubernetes.io/part-of"] == "platform"
    assert deployment["spec"]["template"]["metadata"]["annotations"] == {
        "kubectl.kubernetes.io/default-container": "sidecar"
    }


def test_a_constraint_has_the_selector_that_it_brings_and_otherwise_the_operators_own() -> None:
    def selectors(values: Body) -> list[Body]:
        pod = the(rendered(values), "Deployment")["spec"]["template"]["spec"]
        return [constraint["labelSelector"] for constraint in pod["topologySpreadConstraints"]]

    rack = {"maxSkew": 1, "topologyKey": "rack", "whenUnsatisfiable": "ScheduleAnyway"}
    assert selectors(OVERLAPS) == [{"matchLabels": {"tier": "control"}}]
    assert selectors({"topologySpreadConstraints": [{**rack, "labelSelector": {}}]}) == [{}]
    assert selectors({"topologySpreadConstraints": [rack]}) == [
        {"matchLabels": {**OURS, "app.kubernetes.io/component": "operator"}}
    ]


def test_a_release_may_be_named_by_a_number() -> None:
    """Unquoted it would be no label."""
    deployment = the(rendered(release="2024"), "Deployment", "2024-palette-operator")

    assert labels_of(deployment)["app.kubernetes.io/instance"] == "2024"
