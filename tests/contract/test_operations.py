"""Which operations are used and served, held against Palette's published specification."""

import pytest

from palette_operator.palette.operations import Operation, every_operation
from palette_sim.palette.config import ApiVersion
from palette_sim.palette.queries import QUERIES
from palette_sim.palette.server import ENDPOINTS, SINCE_4_9, TENANT_ONLY, endpoints
from support.contract.specification import VERSIONS, specification, wrong_value

PROBES = ("true", "false", "yes", "7", "50", "51", "many", "edge-native", "vsphere", "unusedEdgeHosts")


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


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("call", ENDPOINTS, ids=" ".join)
def test_the_simulated_palette_knows_the_query_parameters_that_are_declared(
    call: tuple[str, str], version: str
) -> None:
    if call in endpoints(ApiVersion(version)):
        declared = specification(version).operations[call].parameters("query")

        assert {name: accepted(name, call) for name in QUERIES.get(call, {})} == {
            name: {value for value in PROBES if not [*wrong_value(parameter, value)]}
            for name, parameter in declared.items()
        }


def accepted(name: str, call: tuple[str, str]) -> set[str]:
    return {value for value in PROBES if QUERIES[call][name](value)}


@pytest.mark.parametrize("call", ENDPOINTS, ids=" ".join)
def test_the_simulated_palette_knows_which_calls_take_a_project(call: tuple[str, str]) -> None:
    """4.8 declares the header nowhere."""
    assert (call in TENANT_ONLY) == ("ProjectUid" not in specification("4.9").operations[call].parameters("header"))
