"""The demo's manifests: strict, complete, and pointed at nothing but the simulated Palette."""

from __future__ import annotations

import json
from typing import Any

import pytest

from palette_operator.cli.demo.errors import DemoFailed
from palette_operator.cli.demo.kubernetes import path
from palette_operator.cli.demo.manifests import SimulatedHost, annotated, check, load, pointed_at
from palette_operator.domain.resources import KINDS, ControlPlaneEndpoint, EdgeNative, parse_cluster

Body = dict[str, Any]


def clusters() -> dict[str, Body]:
    return {body["metadata"]["name"]: body for body in load().objects if body["kind"] == "PaletteCluster"}


def test_there_are_a_connection_five_clusters_and_thirteen_hosts() -> None:
    manifests = load()

    assert [manifests.count(kind.kind) for kind in KINDS] == [1, 13, 5]
    assert {body["spec"]["names"]["kind"] for body in manifests.crds} == {kind.kind for kind in KINDS}


def test_the_clusters_show_five_shapes() -> None:
    shapes = {name: parse_cluster(body, strict=True).spec for name, body in clusters().items()}

    assert [pool.host_count for pool in shapes["corner-shop"].machine_pools] == [1]
    assert shapes["supermarket"].machine_pools[0].host_count == 3
    assert shapes["petrol-station"].cloud.edge_native == EdgeNative(
        control_plane_endpoint=ControlPlaneEndpoint(host="10.3.0.10"), two_node=True
    )
    assert shapes["warehouse"].machine_pools[1].edge_host_selector
    assert shapes["lighthouse"].cloud.edge_local


def test_every_object_lies_in_a_namespace_that_is_applied_first() -> None:
    manifests = load()
    made = {body["metadata"]["name"] for body in manifests.namespaces}

    assert {body["metadata"].get("namespace") for body in manifests.objects} <= made | {None}


def test_a_typo_is_refused() -> None:
    body = clusters()["warehouse"]
    body["spec"]["machinePool"] = []

    with pytest.raises(DemoFailed, match=r"PaletteCluster warehouse: spec\.machinePool: unknown field"):
        check(body)


def test_all_is_pointed_at_what_is_simulated() -> None:
    original = load().objects

    pointed = pointed_at("http://127.0.0.1:1", [SimulatedHost("https://127.0.0.1:2", "AB:CD")], original)

    endpoints = [body["spec"]["endpoint"] for body in pointed if body["kind"] == "PaletteConnection"]
    assert endpoints == ["http://127.0.0.1:1"]
    reached = [body["spec"]["local"] for body in pointed if "local" in body.get("spec", {})]
    assert [(local["endpoint"], local["tls"]) for local in reached] == [
        ("https://127.0.0.1:2", {"fingerprintSHA256": "AB:CD"})
    ]
    assert "127.0.0.1" not in json.dumps(original)


def test_no_device_but_a_simulated_one_is_reached() -> None:
    with pytest.raises(DemoFailed, match="no simulated device for EdgeHost lighthouse-1"):
        pointed_at("http://127.0.0.1:1", [], load().objects)


def test_an_object_carries_what_kubectl_apply_would_have_left() -> None:
    body: Body = {"kind": "EdgeHost", "metadata": {"name": "é<1>"}, "spec": {"b": 1, "a": "x"}}

    annotation = annotated(body)["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"]

    assert annotation == '{"kind":"EdgeHost","metadata":{"annotations":{},"name":"é<1>"},"spec":{"a":"x","b":1}}\n'
    assert "annotations" not in body["metadata"]


PATHS = {
    "a core object in a namespace": (
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "n"}},
        "/api/v1/namespaces/n/secrets/s",
    ),
    "a core object of the cluster": (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}},
        "/api/v1/namespaces/n",
    ),
    "one of ours": (
        {
            "apiVersion": "palette.spectrocloud.com/v1alpha1",
            "kind": "EdgeHost",
            "metadata": {"name": "h", "namespace": "n"},
        },
        "/apis/palette.spectrocloud.com/v1alpha1/namespaces/n/edgehosts/h",
    ),
}


@pytest.mark.parametrize(("body", "expected"), PATHS.values(), ids=PATHS)
def test_an_object_has_its_path(body: Body, expected: str) -> None:
    assert path(body) == expected
