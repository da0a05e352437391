"""Exactly once: two resources that name the same cluster in Palette."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from support.create_points import CreatePoint
from support.fault_proxy import Phase
from support.killing_ground import LONGEST_LAG_S, KillingGround, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane

AFTER_THE_POST = CreatePoint("the POST", "palette", Phase.AFTER)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(control_plane: ControlPlane) -> AsyncIterator[KillingGround]:
    """A world whose search lags as far as it may."""
    async with killing_ground(control_plane, palette=scaled_palette(search_lag_s=LONGEST_LAG_S)) as opened:
        yield opened


async def test_of_two_resources_that_name_the_same_cluster_one_has_it_and_the_other_says_who(
    ground: KillingGround,
) -> None:
    hosts = await ground.add_hosts(2)
    for resource, host in zip(("first", "second"), hosts, strict=True):
        await ground.world.apply(cluster_on(resource, host, name="shared"))

    await ground.world.eventually(lambda: bool(ground.world.clusters("shared")), "the cluster is created")
    [owner] = ground.world.cluster("shared").host_uids
    first, second = ("first", "second") if owner == hosts[0] else ("second", "first")
    await ground.until_created("shared", resource=first)
    late = await ground.world.until("PaletteCluster", second, "Ready=OwnedByAnother")
    assert "uid" not in late["status"]


async def test_a_name_stays_taken_for_the_next_leader_though_no_search_shows_the_cluster_yet(
    ground: KillingGround,
) -> None:
    hosts = await ground.add_hosts(2)
    stop = ground.kill_at(AFTER_THE_POST, "kept")
    await ground.world.apply(cluster_on("first-of-kept", hosts[0], name="kept"))
    await ground.world.eventually(stop.hit.is_set, "the operator is killed after the POST")
    await ground.world.kill_operator()
    await ground.world.apply(cluster_on("a-second-of-kept", hosts[1], name="kept"))

    await ground.world.start_operator()

    await ground.world.until("PaletteCluster", "a-second-of-kept", "Ready=OwnedByAnother")
    await ground.until_created("kept", resource="first-of-kept")
