import pytest
from benchmarks.phases import CLUSTERS, HOSTS, Phase

from palette_operator.palette.budget import DEFAULT_SHARE
from palette_operator.palette.limits import LimitTable


@pytest.mark.parametrize(
    ("phase", "floor_s"),
    [
        pytest.param(HOSTS, 1000 / (10 * 0.9), id="hosts are registered at nine tenths of 10 a second"),
        pytest.param(CLUSTERS, 1000 / (50 * 0.9), id="clusters are created at nine tenths of 50 a second"),
    ],
)
def test_the_floor_of_a_thousand_posts(phase: Phase, floor_s: float) -> None:
    assert phase.floor_s(1000) == pytest.approx(floor_s)


@pytest.mark.parametrize("phase", [HOSTS, CLUSTERS], ids=lambda phase: phase.name)
def test_the_floor_rests_on_the_limit_that_the_operator_keeps(phase: Phase) -> None:
    tightest = min(limit.per_second for limit in LimitTable({}).route(phase.path))

    assert phase.floor_s(1) == pytest.approx(1 / (tightest * DEFAULT_SHARE))
