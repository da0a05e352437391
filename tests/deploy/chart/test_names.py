"""Names of objects: no longer than Kubernetes takes, and each release's own."""

from __future__ import annotations

import pytest

from support.chart import NAMESPACE, of_kind, rendered
from support.chart_values import VALUE_SETS

LONGEST = "a-name-of-63-characters-which-is-as-long-as-the-schema-takes-it"
# Helm takes no longer ones.
LONG_RELEASE = "a-release-whose-name-is-of-53-characters-as-helm-asks"
_AT_MOST = {"Service": 63, "Job": 63}
_OTHERS_AT_MOST = 253


@pytest.mark.parametrize("override", [{"fullnameOverride": LONGEST}, {}], ids=["a long name", "a long release"])
def test_no_name_is_longer_than_kubernetes_takes(override: dict[str, str]) -> None:
    objects = rendered(VALUE_SETS["everything"] | override, release=LONG_RELEASE, namespace="n" * 63)

    assert (len(LONGEST), len(LONG_RELEASE)) == (63, 53)
    for body in objects:
        name = body["metadata"]["name"]
        assert len(name) <= _AT_MOST.get(body["kind"], _OTHERS_AT_MOST), (body["kind"], name)
        assert not name.endswith("-")


def test_prometheus_knows_the_service_by_its_name_however_long_that_is() -> None:
    objects = rendered(VALUE_SETS["alerted"] | {"fullnameOverride": LONGEST})
    (service,), (rules,) = of_kind(objects, "Service"), of_kind(objects, "PrometheusRule")
    expressions = [rule["expr"] for group in rules["spec"]["groups"] for rule in group["rules"]]

    assert service["metadata"]["name"].endswith("-metrics")
    assert any(f'up{{job="{service["metadata"]["name"]}", namespace="{NAMESPACE}"}}' in text for text in expressions)


@pytest.mark.parametrize("release", ["palette", LONG_RELEASE], ids=["a short name", "a long one"])
def test_no_two_releases_in_different_namespaces_share_an_object(release: str) -> None:
    def names(namespace: str) -> set[tuple[str, str | None, str]]:
        objects = rendered(VALUE_SETS["everything"], release=release, namespace=namespace)
        return {
            (body["kind"], body["metadata"].get("namespace"), body["metadata"]["name"])
            for body in objects
            # What both watch is one namespace's business, and one connection is one connection.
            if body["metadata"].get("namespace") != "retail" and body["kind"] != "PaletteConnection"
        }

    assert names("first") & names("second") == set()
