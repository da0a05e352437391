"""Where hosts may be reached: never where the management cluster's Services are."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from palette_operator.domain.errors import ReconcileError, Waiting
from palette_operator.reconcile.local_hosts.ranges import allowed_ranges
from palette_operator.settings import Settings

HOST, SERVICE = ip_address("10.10.135.182"), ip_address("10.96.0.1")
OLD = Waiting("NotFound", "listing ServiceCIDRs: it no longer exists", retry_after_s=1)


class Api:
    def __init__(self, answer: Sequence[str] | ReconcileError) -> None:
        self._answer = answer
        self.asked = 0

    async def service_ranges(self) -> tuple[str, ...]:
        self.asked += 1
        if isinstance(self._answer, ReconcileError):
            raise self._answer
        return tuple(self._answer)


def of_site(**settings: object) -> Settings:
    return Settings("x", local_endpoint_cidrs=("10.0.0.0/8",), **settings)  # type: ignore[arg-type]


async def test_addresses_of_services_are_refused_as_the_api_server_tells_them() -> None:
    ranges = await allowed_ranges(of_site(), Api(["10.96.0.0/12", "fd00:10:96::/112"]))

    assert ranges.objection(HOST) == ""
    assert ranges.objection(SERVICE) == "is in a range that the operator refuses"


async def test_what_an_admin_says_of_services_counts_and_nobody_is_asked() -> None:
    api = Api(["10.0.0.0/8"])

    ranges = await allowed_ranges(of_site(service_cidrs=("10.96.0.0/12",)), api)

    assert ranges.objection(HOST) == ""
    assert ranges.objection(SERVICE) != ""
    assert api.asked == 0


async def test_an_api_server_that_does_not_tell_is_no_reason_not_to_start_but_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        ranges = await allowed_ranges(of_site(), Api(OLD))

    assert ranges.objection(HOST) == ""
    assert "--service-cidr" in caplog.text


async def test_nothing_is_asked_where_hosts_are_not_reached() -> None:
    api = Api(["10.96.0.0/12"])

    ranges = await allowed_ranges(Settings("x"), api)

    assert ranges.is_off
    assert api.asked == 0
