"""The Helm chart, rendered by Helm itself (helm-python-sdk), for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import helm_python
import yaml

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "palette-operator"
RELEASE = "palette-operator"
NAMESPACE = "palette-system"
REPOSITORY = "registry.example.com/palette-operator"

Body = dict[str, Any]


def rendered(
    values: Mapping[str, Any] | None = None,
    *,
    release: str = RELEASE,
    namespace: str = NAMESPACE,
    is_upgrade: bool = False,
) -> list[Body]:
    """Return every object of a release, hooks too, with what is required unless the values say it.

    Raises helm_python's HelmValuesError or HelmRenderError for values that the chart refuses.
    """
    with helm_python.Chart.load(CHART) as chart:
        given = with_required(values or {})
        chart.validate_schema(given)
        texts = chart.render(given, name=release, namespace=namespace, is_upgrade=is_upgrade, is_install=not is_upgrade)
    manifests = [text for name, text in sorted(texts.items()) if not name.endswith(".txt")]
    return [body for text in manifests for body in yaml.safe_load_all(text) if body]


def with_required(values: Mapping[str, Any]) -> Body:
    """Return values with an operator id and a repository of the image, unless they say their own."""
    given = {"operatorId": "emea-retail", "image": {}} | dict(values)
    return given | {"image": {"repository": REPOSITORY} | given["image"]}


def of_kind(objects: list[Body], kind: str) -> list[Body]:
    """Return the objects of a kind, in their order."""
    return [body for body in objects if body["kind"] == kind]


def the(objects: list[Body], kind: str, name: str = RELEASE) -> Body:
    """Return the one object of this kind and name."""
    (found,) = [body for body in of_kind(objects, kind) if body["metadata"]["name"] == name]
    return found


def container(objects: list[Body]) -> Body:
    """Return the operator's container."""
    (found,) = the(objects, "Deployment")["spec"]["template"]["spec"]["containers"]
    return dict(found)
