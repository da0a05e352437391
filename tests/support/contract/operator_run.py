"""The whole main path by a real operator: hosts and a cluster from their creation over every change to their end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.contract.witness import Witness
from support.scenarios.control_plane import running_control_plane
from support.scenarios.kubernetes import Body
from support.scenarios.manifests import cluster, control, edge_host, edge_native, pool, secret, store_apps
from support.scenarios.world import World, fast_palette, open_world, start_operator

_BASE = {"name": "edge-base", "version": "1.4.0"}
_NEW_BASE = {"name": "edge-base", "version": "1.5.0"}
_DELETE = {"policy": "Delete"}
_HOSTS = ("edge-a", "edge-b", "edge-c")
_WORKER: dict[str, Any] = {
    "labels": {"tier": "apps"},
    "taints": [{"key": "dedicated", "value": "apps", "effect": "NoSchedule"}],
    "archType": "amd64",
    "updateStrategy": {"type": "OverrideScaling", "maxSurge": "1", "maxUnavailable": "25%"},
    "nodeRepaveIntervalSeconds": 600,
    "skipKubernetesUpgrade": True,
}


async def run_main_path(version: str, directory: Path, witness: Witness) -> list[str]:
    """Run it against a simulated Palette of one version; return the writes that this took, names for uids."""
    async with running_control_plane("embedded", directory) as plane:
        operator, name = await start_operator(plane, watch=True)
        try:
            palette = fast_palette(version=version)
            async with open_world(plane, operator, name=name, palette=palette, middlewares=[witness.middleware()]) as w:
                await _create(w)
                await _change(w)
                writes = _named(w)
                await _delete(w)
                assert w.traces() == []
                return writes
        finally:
            await operator.stop()


async def _create(world: World) -> None:
    hosts = [edge_host(name, tags={"site": "42", "spare": ""}, deletion=_DELETE) for name in _HOSTS]
    hosts[0]["spec"] |= {
        "pairingKeySecretRef": {"name": "pairing", "key": "key"},
        "remoteShell": {"ssh": "Enabled", "temporaryUser": "Disabled"},
    }
    await world.apply(secret("pairing", key="a-pairing-key"), secret("store-vars", password="hunter2hunter2"), *hosts)
    await world.apply(
        _store(
            control("edge-a", labels={"tier": "control"}),
            pool("worker", ["edge-b"], **_WORKER),
            profiles=[{**_BASE, "packs": [_pack("one")]}, store_apps("store-vars")],
            cloud=edge_native(ntpServers=["ntp.example.com"]),
            tags={"site": "42"},
            description="Store 42",
        )
    )
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.passes(3)


async def _change(world: World) -> None:
    """Change tags and settings, profiles and variables, then grow a pool, shrink and remove it."""
    await world.apply(
        edge_host("edge-a", tags={"site": "43"}, remoteShell={"ssh": "Disabled"}, deletion=_DELETE),
        _store(
            control("edge-a"),
            pool("worker", ["edge-b", "edge-c"], **_WORKER),
            profiles=[{**_NEW_BASE, "packs": [_pack("two")]}, store_apps("store-vars", storeId="43")],
            cloud=edge_native(ntpServers=["ntp.example.org"]),
            tags={"site": "43"},
        ),
    )
    await world.until("PaletteCluster", "store-1", _nodes("3/3"))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.apply(_store(control("edge-a"), pool("worker", ["edge-b"], **_WORKER), profiles=[_NEW_BASE]))
    await world.until("PaletteCluster", "store-1", _nodes("2/2"))
    await world.apply(_store(control("edge-a"), profiles=[_NEW_BASE]))
    await world.until("PaletteCluster", "store-1", _nodes("1/1"))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.passes(3)


async def _delete(world: World) -> None:
    await world.delete("PaletteCluster", "store-1")
    await world.until_gone("PaletteCluster", "store-1")
    for name in _HOSTS:
        await world.delete("EdgeHost", name)
        await world.until_gone("EdgeHost", name)
    assert world.palette.hosts == {}


def _store(*pools: Body, **spec: object) -> Body:
    return cluster("store-1", *pools, deletion=_DELETE, **spec)


def _pack(values: str) -> Body:
    return {"name": "edge-k3s", "type": "spectro", "values": f"value: {values}\n"}


def _nodes(summary: str) -> Callable[[Body], bool]:
    return lambda body: (body.get("status") or {}).get("nodesSummary") == summary


def _named(world: World) -> list[str]:
    """Return the writes so far, with words in place of what is minted anew in every run."""
    store = world.cluster("store-1")
    words = {store.uid: "UID", store.cloud_config_uid: "CONFIG"}
    machines = {entry.path.rpartition("/")[2] for entry in world.requests() if "/machines/" in entry.path}
    words |= dict.fromkeys(machines, "MACHINE")
    return ["/".join(words.get(part, part) for part in write.split("/")) for write in world.writes()]
