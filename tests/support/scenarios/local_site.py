"""Simulated hosts with an API of their own, and the manifests that name them."""

from __future__ import annotations

from typing import Any

from palette_sim.edge import (
    ArchiveSeed,
    Durations,
    PackSeed,
    ProfileSeed,
    SimulatedHost,
    SiteConfig,
    VariableSeed,
)
from support.scenarios.kubernetes import Body
from support.scenarios.manifests import cluster, edge_host, secret


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


PASSWORD = VariableSeed(name="password", regex="^.{8,}$", required=True, is_sensitive=True)
SITE = VariableSeed(name="site", regex="^[0-9]+$", default_value="1")


def definition(version: str = "1.4.0", *variables: VariableSeed) -> ArchiveSeed:
    """Return a cluster definition: `edge-base` of a version, with variables, and `store-apps` 2.1.0."""
    packs = [PackSeed(name="edge-k3s", version="1.32.1")]
    base = ProfileSeed(
        name="edge-base", uid=f"edge-base-{version}", version=version, packs=packs, variables=list(variables)
    )
    apps = ProfileSeed(name="store-apps", uid="store-apps-2.1.0", version="2.1.0", type="add-on")
    return ArchiveSeed(profiles=[base, apps])


def fast_site(**durations: float) -> SiteConfig:
    """Return the settings of a site whose clusters run a second after they were asked for, a reboot included."""
    briefly = {
        "reboot_s": 20.0,
        "installing_s": 15.0,
        "provisioning_s": 60.0,
        "becoming_healthy_s": 5.0,
        "applying_s": 10.0,
        "joining_s": 20.0,
        "leaving_s": 20.0,
        "deleting_s": 40.0,
        "linking_s": 10.0,
    }
    return SiteConfig(speed=60, durations=Durations(**{**briefly, **durations}))


def local_cluster(name: str, *pools: Body, edge_local: Body | None = None, **spec: Any) -> Body:  # noqa: ANN401 - YAML
    """Return a PaletteCluster on air-gapped hosts, made of the definition embedded in its leader."""
    endpoint = {"type": "VIP", "host": "10.4.2.10"}
    cloud = {"edgeLocal": {"controlPlaneEndpoint": endpoint, **(edge_local or {})}}
    given = {"profiles": [{"name": "edge-base", "version": "1.4.0"}], "cloud": cloud, "machinePools": list(pools)}
    body = cluster(name)
    body["spec"] = {**given, **spec}
    return body
