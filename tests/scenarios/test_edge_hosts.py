"""Edge hosts in full: what is asked of a device once, how it is found, and what is told of it."""

from __future__ import annotations

from datetime import UTC, datetime

from support.scenarios.manifests import cluster, control, edge_host
from support.scenarios.world import World


def _this_moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _ask_for_reset(world: World, name: str) -> str:
    """Ask at a time that is later than the resource's own, by the whole seconds that Kubernetes writes."""
    created = (await world.get("EdgeHost", name) or {})["metadata"]["creationTimestamp"]
    await world.eventually(lambda: _this_moment() > created, "the clock has moved on")
    asked = _this_moment()
    await world.annotate("EdgeHost", name, reset_requested_at=asked)
    return asked


async def test_a_free_device_is_reset_once_and_a_used_one_never(world: World) -> None:
    await world.apply(edge_host("edge-a"), edge_host("edge-b"), cluster("store-1", control("edge-b")))
    await world.until("PaletteCluster", "store-1", "Ready")
    await world.until("EdgeHost", "edge-a", "Ready")

    asked = await _ask_for_reset(world, "edge-a")
    await _ask_for_reset(world, "edge-b")
    await world.until_event("edge-a", "ResetRequested")
    refused = await world.until_event("edge-b", "RequestRefused")
    await world.patch("EdgeHost", "edge-a", {"spec": {"tags": {"site": "42"}}})
    await world.eventually(lambda: world.host("edge-a").labels.get("site") == "42", "it was looked at again")

    assert "used by cluster store-1" in refused["message"]
    assert (world.host("edge-a").resets, world.host("edge-b").resets) == (1, 0)
    found = await world.until("EdgeHost", "edge-a", "Ready")
    assert found["status"]["lastHandledRequests"] == {"reset": asked}
