"""Which operations are used and served, held against Palette's published specification."""

import pytest

from palette_operator.palette.operations import Operation, every_operation
from palette_sim.palette.config import ApiVersion
from palette_sim.palette.server import ENDPOINTS, SINCE_4_9, endpoints
from support.contract.specification import VERSIONS, specification


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("operation", every_operation(), ids=lambda each: f"{each.method} {each.template}")
def test_every_operation_that_is_used_is_declared(operation: Operation, version: str) -> None:
    assert (operation.method, operation.template) in specification(version).operations


@pytest.mark.parametrize("version", VERSIONS)
def test_every_endpoint_that_is_served_is_declared(version: str) -> None:
    assert set(endpoints(ApiVersion(version))) - set(specification(version).operations) == set()


def test_what_a_later_version_adds_is_not_in_the_earlier_one() -> None:
    assert set(ENDPOINTS) >= SINCE_4_9
    assert SINCE_4_9.isdisjoint(specification("4.8").operations)
