"""The resources of the scenario: one connection, n edge hosts, and n clusters of one host each."""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]

API_VERSION = "palette.spectrocloud.com/v1alpha1"
NAMESPACE = "retail"
OPERATOR_NAMESPACE = "palette-system"
PROJECT = "retail-prod"
API_KEY = "demo-admin-key"
HOST_PREFIX = "edge"


def host_name(number: int) -> str:
    """Return the name of an edge host, spelled as the simulated Palette spells the hosts that it adds itself."""
    return f"{HOST_PREFIX}-{number:04}"


def namespace(name: str) -> Body:
    """Return a Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def credentials() -> Body:
    """Return the Secret with the simulated Palette's built-in key."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "palette-credentials", "namespace": OPERATOR_NAMESPACE},
        "stringData": {"apiKey": API_KEY},
    }


def connection(endpoint: str, fleet_s: int) -> Body:
    """Return the connection, with a full pass every `fleet_s` seconds."""
    return {
        "apiVersion": API_VERSION,
        "kind": "PaletteConnection",
        "metadata": {"name": "default"},
        "spec": {
            "endpoint": endpoint,
            "project": PROJECT,
            "allowedNamespaces": {"names": [NAMESPACE]},
            "auth": {"apiKeySecretRef": {"name": "palette-credentials", "key": "apiKey"}},
            "poll": {"fleetSeconds": fleet_s},
        },
    }


def edge_host(number: int) -> Body:
    """Return an edge host; its name is its device id."""
    return {
        "apiVersion": API_VERSION,
        "kind": "EdgeHost",
        "metadata": {"name": host_name(number), "namespace": NAMESPACE, "labels": {"site": str(number)}},
        "spec": {"connectionRef": {"name": "default"}, "tags": {"site": str(number)}},
    }


def os_login() -> Body:
    """Return the Secret with the login of every simulated edge host."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "os-login", "namespace": NAMESPACE},
        "stringData": {"username": "kairos", "password": "kairos"},
    }


def local_host(uid: str, endpoint: str, fingerprint: str) -> Body:
    """Return an edge host that is reached through its own API."""
    return {
        "apiVersion": API_VERSION,
        "kind": "EdgeHost",
        "metadata": {"name": uid, "namespace": NAMESPACE},
        "spec": {
            "local": {
                "endpoint": endpoint,
                "credentialsSecretRef": {"name": "os-login"},
                "tls": {"fingerprintSHA256": fingerprint},
            }
        },
    }


def cluster(number: int) -> Body:
    """Return a cluster of the one host of its number."""
    return {
        "apiVersion": API_VERSION,
        "kind": "PaletteCluster",
        "metadata": {"name": f"store-{number:04}", "namespace": NAMESPACE},
        "spec": {
            "connectionRef": {"name": "default"},
            "tags": {"site": str(number)},
            "profiles": [{"name": "edge-base", "version": "1.4.0"}],
            "cloud": {
                "edgeNative": {
                    "controlPlaneEndpoint": {"type": "VIP", "host": f"10.{number // 250}.{number % 250}.9"},
                }
            },
            "machinePools": [
                {
                    "name": "control",
                    "controlPlane": True,
                    "useControlPlaneAsWorker": True,
                    "edgeHosts": [{"name": host_name(number)}],
                }
            ],
        },
    }
