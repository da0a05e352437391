"""Exactly once: the operator is killed at every point around the create, and starts again."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.create_points import POINTS
from support.killing_ground import LONGEST_LAG_S, cluster_on, killing_ground, scaled_palette
from support.scenarios.control_plane import ControlPlane

PALETTES: dict[str, dict[str, object]] = {
    "a search that is up to date": {"search_lag_s": 0},
    "a search that lags as far as it may": {"search_lag_s": LONGEST_LAG_S},
    "a search that lags, and names that may not be taken twice": {"search_lag_s": 30, "duplicate_names": "refuse"},
}


class PointsCounted:
    """Says at the end of the session how many points there are."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line(f"kill points around the create: {len(POINTS)}")


@pytest.fixture(scope="module", autouse=True)
def _points_counted(request: pytest.FixtureRequest) -> None:
    request.config.pluginmanager.register(PointsCounted())


@pytest.mark.parametrize("settings", PALETTES.values(), ids=PALETTES)
async def test_killed_at_each_point_around_the_post_there_is_one_cluster_of_each_name(
    control_plane: ControlPlane, settings: dict[str, object]
) -> None:
    async with killing_ground(control_plane, palette=scaled_palette(**settings)) as ground:
        names = [f"store-{number}" for number, _ in enumerate(POINTS)]
        hosts = await ground.add_hosts(len(names))
        for point, name, host in zip(POINTS, names, hosts, strict=True):
            stop = ground.kill_at(point, name)
            await ground.world.apply(cluster_on(name, host))
            await ground.dies_at(stop)

        for name in names:
            await ground.until_created(name)
        assert ground.creations() == len(names)


def test_the_page_on_exactly_once_tells_of_every_point() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "exactly-once.md"
    rows = [line.split("|")[1].strip() for line in page.read_text(encoding="utf-8").splitlines() if "| " in line]
    assert [row for row in rows if row.startswith(("before ", "after "))] == [str(point) for point in POINTS]
