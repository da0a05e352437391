"""Exactly once: the operator is killed twice, or is back before the search shows what it created."""

from __future__ import annotations

from support.create_points import POINTS, CreatePoint
from support.fault_proxy import Phase
from support.killing_ground import LONGEST_LAG_S, SPEED, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane
from support.scenarios.operator_process import OperatorOptions

TWICE = (
    ("after the fence", "before the POST"),
    ("after the POST", "before the uid"),
    ("before the POST", "after the POST"),
)
"""Where one and the same cluster meets two deaths, one after the other."""


async def test_killed_twice_around_the_post_there_is_one_cluster_of_each_name(control_plane: ControlPlane) -> None:
    points = {str(point): point for point in POINTS}
    async with killing_ground(control_plane, palette=scaled_palette(search_lag_s=LONGEST_LAG_S)) as ground:
        names = [f"store-{number}" for number, _ in enumerate(TWICE)]
        hosts = await ground.add_hosts(len(names))
        for (first, second), name, host in zip(TWICE, names, hosts, strict=True):
            stop = ground.kill_at(points[first], name)
            await ground.world.apply(cluster_on(name, host))
            await ground.dies_at(stop)
            await ground.dies_at(ground.kill_at(points[second], name))

        for name in names:
            await ground.until_created(name)
        assert ground.creations() == len(names)


async def test_an_operator_that_is_back_long_before_the_search_shows_its_cluster_does_not_create_it_again(
    control_plane: ControlPlane,
) -> None:
    # Long enough for any machine to start an operator in; the search shows the cluster as soon as that has looked.
    lag_s = 60.0
    options = OperatorOptions(search_lag_s=lag_s + 1, unreachable_after_s=1.0)
    async with killing_ground(control_plane, palette=scaled_palette(), options=options) as ground:
        [host] = await ground.add_hosts(1)
        await ground.world.passes(1)
        ground.world.palette.state.search_lag_s = lag_s * SPEED
        stop = ground.kill_at(CreatePoint("the POST", "palette", Phase.AFTER), "early")
        await ground.world.apply(cluster_on("early", host))
        await ground.dies_at(stop)

        await ground.world.until("PaletteCluster", "early", "Owned=CreateResultUnknown")
        ground.world.palette.state.search_lag_s = 0

        await ground.until_created("early")
        assert ground.creations() == 1
