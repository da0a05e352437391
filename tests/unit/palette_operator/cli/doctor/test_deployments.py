"""What the doctor makes of the operator's Deployments."""

from __future__ import annotations

from typing import Any

import pytest

from palette_operator.cli.doctor.deployments import OPERATOR_ID, watched_by
from support.chart import of_kind, rendered

VARIABLE = "PALETTE_OPERATOR_WATCH_NAMESPACES"
OPTION = "--watch-namespace"


def deployment(image: str = "r.example/palette-operator:1", **container: Any) -> dict[str, Any]:  # noqa: ANN401 - YAML
    return {
        "metadata": {"name": "op"},
        "spec": {"template": {"spec": {"containers": [{"image": image, **container}]}}},
    }


WATCHED: dict[str, tuple[list[dict[str, Any]], tuple[str, ...] | None]] = {
    "one that says nothing of it watches all": ([deployment()], ()),
    "an option, in both spellings": ([deployment(args=["run", f"{OPTION}=a", OPTION, "b"])], ("a", "b")),
    "a variable": ([deployment(env=[{"name": VARIABLE, "value": "a b"}])], ("a", "b")),
    "an empty variable means all": ([deployment(env=[{"name": VARIABLE, "value": ""}])], ()),
    "an option counts before the variable": (
        [deployment(env=[{"name": VARIABLE, "value": "a"}], command=["palette-operator", "run", OPTION, "b"])],
        ("b",),
    ),
    "a reference does not tell": (
        [deployment(env=[{"name": VARIABLE, "valueFrom": {"configMapKeyRef": {}}}])],
        None,
    ),
    "variables of a ConfigMap may tell what is not seen": ([deployment(envFrom=[{"configMapRef": {}}])], None),
    "another program's does not count": ([deployment("nginx", args=[f"{OPTION}=a"]), deployment()], ()),
    "without a Deployment nothing is known": ([deployment("nginx")], None),
    "of two, what either watches": (
        [deployment(args=[f"{OPTION}=a"]), deployment(args=[f"{OPTION}=b"])],
        ("a", "b"),
    ),
    "of two, all where one watches all": ([deployment(args=[f"{OPTION}=a"]), deployment()], ()),
}


@pytest.mark.parametrize(("deployments", "watched"), WATCHED.values(), ids=WATCHED)
def test_the_namespaces_that_are_watched(deployments: list[dict[str, Any]], watched: tuple[str, ...] | None) -> None:
    assert watched_by(deployments) == watched


def test_the_deployment_of_the_chart_is_understood() -> None:
    namespaced = of_kind(rendered({"watchNamespaces": ["retail", "labs"]}), "Deployment")

    assert watched_by(namespaced) == ("retail", "labs")
    assert watched_by(of_kind(rendered(), "Deployment")) == ()
    assert OPERATOR_ID.told_by(namespaced[0]) == ["emea-retail"]
