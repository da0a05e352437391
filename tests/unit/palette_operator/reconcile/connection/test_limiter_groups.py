"""Connections behind one source address share one limiter."""

import pytest
from prometheus_client import Gauge

from palette_operator.palette import metrics
from palette_operator.palette.lanes import Lane
from palette_operator.palette.limiter import LimiterOptions
from palette_operator.reconcile.connection.limiter_groups import LimiterGroups, strictest


def test_connections_of_one_group_share_one_limiter() -> None:
    groups = LimiterGroups()
    first = groups.limiter("site", "a", LimiterOptions())

    assert groups.limiter("site", "b", LimiterOptions()) is first
    assert groups.limiter("elsewhere", "c", LimiterOptions()) is not first


async def test_a_group_keeps_its_limiter_and_tightens_and_loosens_it_with_what_its_connections_ask_for() -> None:
    groups = LimiterGroups()
    limiter = groups.limiter("site", "a", LimiterOptions(share=0.9))
    async with limiter.permit("/v1/projects", Lane.ROUTINE):
        pass
    rate = metrics.BUCKET_RATE.labels("site", "/v1/projects")

    assert groups.limiter("site", "b", LimiterOptions(share=0.4)) is limiter
    assert rate_of(rate) == pytest.approx(4.0)

    groups.leave("b")
    assert rate_of(rate) == pytest.approx(9.0)


async def test_what_a_rival_left_and_a_pause_outlive_a_change_of_options() -> None:
    groups = LimiterGroups()
    limiter = groups.limiter("shared", "a", LimiterOptions(share=0.9))
    limiter.throttled("/v1/projects", 30.0)
    groups.limiter("shared", "b", LimiterOptions(share=0.6))

    (budget,) = limiter.budget()
    assert budget.effective_per_second == pytest.approx(4.5)
    assert budget.paused_s > 29


async def test_a_connection_that_moves_to_another_group_has_no_say_in_the_first_any_more() -> None:
    groups = LimiterGroups()
    limiter = groups.limiter("site", "strict", LimiterOptions(share=0.2))
    groups.limiter("site", "loose", LimiterOptions(share=0.9))
    groups.limiter("elsewhere", "strict", LimiterOptions(share=0.2))

    async with limiter.permit("/v1/projects", Lane.ROUTINE):
        (budget,) = limiter.budget()
    assert budget.effective_per_second == 9.0


def test_the_strictest_options_are_within_each_of_those_given() -> None:
    wanted = strictest(
        [
            LimiterOptions(share=0.9, capacity=4, global_per_second=0, overrides={"/v1/edgehosts": 8}),
            LimiterOptions(share=0.5, capacity=2, global_per_second=20, overrides={"/v1/edgehosts": 5, "/v1/packs": 3}),
        ]
    )

    assert wanted == LimiterOptions(
        share=0.5, capacity=2, global_per_second=20, overrides={"/v1/edgehosts": 5, "/v1/packs": 3}
    )


def rate_of(gauge: Gauge) -> float:
    (sample,) = next(iter(gauge.collect())).samples
    return sample.value
