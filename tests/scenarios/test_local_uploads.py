"""Files that are brought onto air-gapped hosts: once, again when they change, and never damaged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from palette_sim.edge import HostSeed, Mode, SimulatedHost, SimulatedSite, SiteConfig
from support.file_server import serve_files
from support.scenarios.kubernetes import Body, condition
from support.scenarios.local_site import definition, local_host, login
from support.scenarios.manifests import secret
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import World

OPERATOR = OperatorOptions(local_loopback=True)
_DEFINITION = "/v1/edge-mgmt/edgehosts/current/actions/upload-clusterconfig"
_FROM_MAP = {"name": "base", "kind": "ClusterDefinition", "configMapKeyRef": {"name": "files", "key": "base.json"}}


@asynccontextmanager
async def one_host(**seed: Any) -> AsyncIterator[SimulatedHost]:  # noqa: ANN401 - as HostSeed takes them
    async with SimulatedSite([HostSeed(uid="edge-1", **seed)], SiteConfig(speed=60)) as site:
        yield site.host("edge-1")


def files(version: str) -> Body:
    """Return a ConfigMap with a cluster definition."""
    data = {"base.json": json.dumps(definition(version).model_dump(mode="json"))}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "files"}, "data": data}


async def ask(world: World) -> None:
    await world.annotate("EdgeHost", "edge-a", reconcile_requested_at=datetime.now(UTC).isoformat())


async def test_a_cluster_definition_is_uploaded_once_and_again_when_it_changes(world: World) -> None:
    async with one_host() as host:
        await world.apply(login("edge-a", host), local_host("edge-a", host, local={"uploads": [_FROM_MAP]}))
        missing = await world.until("EdgeHost", "edge-a", "Synced=ConfigMapNotFound")
        assert host.requests.writes == []
        assert "'files'" in condition(missing, "Synced")["message"]

        await world.apply(files("1.4.0"))
        first = await world.until("EdgeHost", "edge-a", "Ready")
        assert host.record.overridden is not None
        assert first["status"]["uploads"][0]["path"] == host.record.overridden.path
        await ask(world)
        await world.until("EdgeHost", "edge-a", lambda body: "lastHandledReconcileAt" in body["status"])
        assert host.requests.count("POST", _DEFINITION) == 1

        await world.apply(files("1.5.0"))
        await ask(world)
        changed = await world.until("EdgeHost", "edge-a", lambda body: _upload(body) != _upload(first))
        assert changed["status"]["uploads"][0]["path"] == host.record.overridden.path
        assert host.requests.count("POST", _DEFINITION) == 2


def _upload(body: Body) -> Body:
    uploads = body["status"].get("uploads") or [{}]
    return dict(uploads[0])


async def test_a_file_with_another_checksum_is_refused_until_the_spec_is_right(world: World) -> None:
    bundle = b"content" * 100_000
    async with one_host() as host, serve_files({"bundle.zst": bundle}) as server:
        url = {
            "url": f"{server.url}/bundle.zst",
            "sha256": "0" * 64,
            "caSecretRef": {"name": "files-ca", "key": "ca.crt"},
        }
        upload = {"name": "bundle", "kind": "Content", "url": url}
        await world.apply(secret("files-ca", **{"ca.crt": server.ca_pem}), login("edge-a", host))
        await world.apply(local_host("edge-a", host, local={"uploads": [upload]}))
        refused = await world.until("EdgeHost", "edge-a", "Synced=ChecksumMismatch")
        assert condition(refused, "Stalled")["status"] == "True"
        assert host.record.upload is None

        url["sha256"] = hashlib.sha256(bundle).hexdigest()
        await world.apply(local_host("edge-a", host, local={"uploads": [upload]}))
        healed = await world.until("EdgeHost", "edge-a", "Ready")
        assert host.record.upload is not None
        assert host.record.upload.sha256 == url["sha256"]
        assert healed["status"]["uploads"][0]["path"]


async def test_a_host_that_belongs_to_palette_gets_no_files(world: World) -> None:
    async with one_host(mode=Mode.CONNECTED, palette_endpoint="https://palette.example") as host:
        await world.apply(files("1.4.0"), login("edge-a", host))
        await world.apply(local_host("edge-a", host, local={"uploads": [_FROM_MAP]}))
        refused = await world.until("EdgeHost", "edge-a", "Synced=HostIsConnected")

        assert condition(refused, "Stalled")["status"] == "True"
        assert host.requests.writes == []
