"""From `kubectl apply` to Ready: one host, one cluster, and what Palette was asked for."""

from __future__ import annotations

from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.world import World


async def test_a_host_registers_pairs_and_is_ready(world: World) -> None:
    await world.apply(edge_host("edge-a", tags={"site": "42"}))

    host = await world.until("EdgeHost", "edge-a", "Ready")

    assert host["status"]["state"] == "ready"
    assert host["status"]["health"] == "healthy"
    assert world.host("edge-a").labels["site"] == "42"


async def test_a_cluster_becomes_ready(world: World) -> None:
    await world.apply(edge_host("edge-a"), cluster("store-1", control("edge-a")))

    found = await world.until("PaletteCluster", "store-1", "Ready")

    assert found["status"]["uid"] == world.cluster("store-1").uid
