"""Exactly once: the operator is killed at every point around the create, and starts again."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.create_points import POINTS
from support.killing_ground import LONGEST_LAG_S, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane

LAGS = {"a search that is up to date": 0, "a search that lags as far as it may": LONGEST_LAG_S}

TWICE = (
    ("after the fence", "before the POST"),
    ("after the POST", "before the uid"),
    ("before the POST", "after the POST"),
)
"""Where one and the same cluster meets two deaths, one after the other."""


class PointsCounted:
    """Says at the end of the session how many points there are."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"kill points around the create: {len(POINTS)}")


@pytest.fixture(scope="module", autouse=True)
def _points_counted(request: pytest.FixtureRequest) -> None:
    request.config.pluginmanager.register(PointsCounted())


@pytest.mark.parametrize("search_lag_s", LAGS.values(), ids=LAGS)
async def test_killed_at_each_point_around_the_post_there_is_one_cluster_of_each_name(
    control_plane: ControlPlane, search_lag_s: float
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette(search_lag_s=search_lag_s)) as ground:
        names = [f"store-{number}" for number, _ in enumerate(POINTS)]
        hosts = await ground.add_hosts(len(names))
        for point, name, host in zip(POINTS, names, hosts, strict=True):
            stop = ground.kill_at(point, name)
            await ground.world.apply(cluster_on(name, host))
            await ground.dies_at(stop)

        for name in names:
            await ground.until_created(name)
        assert ground.creations() == len(names)


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


def test_the_page_on_exactly_once_tells_of_every_point() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "exactly-once.md"
    rows = [line.split("|")[1].strip() for line in page.read_text(encoding="utf-8").splitlines() if "| " in line]
    assert [row for row in rows if row.startswith(("before ", "after "))] == [str(point) for point in POINTS]
