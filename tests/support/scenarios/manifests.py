"""Manifests with valid defaults, so that a scenario names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from support.scenarios.kubernetes import GROUP, Body

API_VERSION = f"{GROUP}/v1alpha1"
PROJECT = "retail-prod"
API_KEY = "demo-admin-key"


def namespace(name: str, **labels: str) -> Body:
    """Return a Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def secret(name: str, **values: str) -> Body:
    """Return a Secret; the world puts it into its namespace."""
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": values}


def connection(name: str, endpoint: str, namespaces: Sequence[str], **spec: Any) -> Body:  # noqa: ANN401 - YAML
    """Return a PaletteConnection that lists the fleet every second and grants deletion."""
    return _resource(
        "PaletteConnection",
        name,
        {
            "endpoint": endpoint,
            "project": PROJECT,
            "allowedNamespaces": {"names": list(namespaces)},
            "allow": {"delete": True},
            "auth": {"apiKeySecretRef": {"name": name, "key": "apiKey"}},
            "poll": {"fleetSeconds": 1},
            **spec,
        },
    )


def edge_host(name: str, *, labels: Mapping[str, str] | None = None, **spec: Any) -> Body:  # noqa: ANN401 - YAML
    """Return an EdgeHost; the world adds its connection."""
    return _resource("EdgeHost", name, spec, labels)


def pool(name: str, hosts: Sequence[str] = (), **more: Any) -> Body:  # noqa: ANN401 - YAML
    """Return a machine pool of EdgeHosts by name, or of what `more` says."""
    return {"name": name, **({"edgeHosts": [{"name": host} for host in hosts]} if hosts else {}), **more}


def control(*hosts: str, **more: Any) -> Body:  # noqa: ANN401 - YAML
    """Return a control-plane pool that takes workloads too."""
    return pool("control", hosts, controlPlane=True, useControlPlaneAsWorker=True, **more)


def edge_native(**more: Any) -> Body:  # noqa: ANN401 - YAML
    """Return the cloud of an edge-native cluster behind a virtual address."""
    return {"edgeNative": {"controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"}, **more}}


def cluster(name: str, *pools: Body, **spec: Any) -> Body:  # noqa: ANN401 - YAML
    """Return a PaletteCluster of `edge-base` 1.4.0; the world adds its connection."""
    given = {
        "profiles": [{"name": "edge-base", "version": "1.4.0"}],
        "cloud": edge_native(),
        "machinePools": list(pools),
        **spec,
    }
    return _resource("PaletteCluster", name, given)


def store_apps(password_from: str = "", **values: str) -> Body:
    """Return the profile `store-apps` 2.1.0 with its variables; `password_from` names a Secret with key password."""
    plain = {"storeId": "42", **({} if password_from else {"password": "not-a-secret"}), **values}
    variables: list[Body] = [{"name": name, "value": value} for name, value in plain.items()]
    if password_from:
        reference = {"secretKeyRef": {"name": password_from, "key": "password"}}
        variables.append({"name": "password", "valueFrom": reference})
    return {"name": "store-apps", "version": "2.1.0", "variables": variables}


def _resource(kind: str, name: str, spec: Body, labels: Mapping[str, str] | None = None) -> Body:
    metadata: Body = {"name": name, **({"labels": dict(labels)} if labels else {})}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": dict(spec)}
