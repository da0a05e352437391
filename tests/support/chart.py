"""The Helm chart, rendered by Helm itself (helm-python-sdk), for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
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
    return [body for text in manifests for body in loaded(text)]


class _UniqueKeys(yaml.SafeLoader):
    """Refuses a key that is there twice, as YAML and Flux do; PyYAML itself takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = Counter(str(key.value) for key, _ in node.value)
        if twice := [key for key, times in keys.items() if times > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"{twice} more than once", node.start_mark)
        return super().construct_mapping(node, deep)


def loaded(text: str) -> list[Body]:
    """Return the objects in a text; raises yaml.YAMLError, also for a key that is there twice."""
    return [body for body in yaml.load_all(text, Loader=_UniqueKeys) if body]


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
