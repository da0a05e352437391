"""Connections behind one source address share one limiter."""

from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import LimiterOptions
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.reconcile.connection.limiter_groups import LimiterGroups, strictest


def test_connections_of_one_group_share_one_limiter() -> None:
    groups = LimiterGroups()
    first = groups.limiter("site", "a", LimiterOptions())

    assert groups.limiter("site", "b", LimiterOptions()) is first
    assert groups.limiter("elsewhere", "c", LimiterOptions()) is not first


async def test_a_stricter_connection_tightens_the_limiter_of_those_already_open() -> None:
    groups = LimiterGroups()
    transport = Transport(
        Endpoint("http://127.0.0.1:1"), ApiKey("key"), groups.limiter("site", "a", LimiterOptions(share=0.9))
    )
    groups.enrol("site", transport)

    tightened = groups.limiter("site", "b", LimiterOptions(share=0.4))

    assert transport.limiter is tightened
    await transport.aclose()


def test_a_connection_that_left_has_no_say_any_more() -> None:
    groups = LimiterGroups()
    strict = groups.limiter("site", "strict", LimiterOptions(share=0.2))
    groups.leave("strict")

    assert groups.limiter("site", "other", LimiterOptions(share=0.9)) is not strict


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
