"""Simulated hosts with an API of their own, and the manifests that name them."""

from __future__ import annotations

from typing import Any

from palette_sim.edge import SimulatedHost
from support.scenarios.kubernetes import Body
from support.scenarios.manifests import edge_host, secret


def login(name: str, host: SimulatedHost, *, password: str = "") -> Body:
    """Return the Secret with the login of a host."""
    return secret(name, username=host.username, password=password or host.password)


def local_host(name: str, host: SimulatedHost, *, local: Body | None = None, **spec: Any) -> Body:  # noqa: ANN401 - YAML
    """Return an EdgeHost that is reached through its own API alone, its certificate pinned; `local` adds to that."""
    return edge_host(name, local={**reached(name, host), **(local or {})}, **spec)


def reached(name: str, host: SimulatedHost) -> Body:
    """Return the `spec.local` of a host whose login is in the Secret `name`."""
    return {
        "endpoint": host.url,
        "credentialsSecretRef": {"name": name},
        "tls": {"fingerprintSHA256": host.fingerprint},
    }
