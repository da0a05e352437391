"""The bodies that are built from what people ask for, in every combination, as both versions define them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from palette_operator.clouds import edge_local
from palette_operator.clouds.base import profile_entity, variables_body
from palette_operator.clouds.edge_native import cloud_config_body, create_body, pool_body
from palette_operator.domain.actions import ProfileChange
from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredHostRegistration,
    DesiredPool,
    DesiredProfile,
)
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.observed import UpdateStrategy
from palette_operator.edge import operations as edge_operations
from palette_operator.palette import operations
from palette_operator.palette.operations import Operation
from palette_operator.palette.wire.hosts import registration_body
from palette_operator.palette.wire.search import any_of, not_deleted, search_body
from support.contract import desired
from support.contract.specification import VERSIONS, edge_specification, specification


def wrong(version: str, operation: Operation, body: object) -> list[str]:
    known = specification(version)
    (parameter,) = known.operations[operation.method, operation.template].parameters("body").values()
    return known.invalid(parameter["schema"], body)


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=100, deadline=None)
@given(wanted=desired.CLUSTERS)
def test_a_new_cluster(version: str, wanted: DesiredCluster) -> None:
    body = create_body(wanted)

    assert wrong(version, operations.CREATE_EDGE_NATIVE_CLUSTER, body) == []
    assert wrong(version, operations.VALIDATE_EDGE_NATIVE_CLUSTER, body) == []


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=100, deadline=None)
@given(pool=desired.POOLS, cloud=desired.CLOUDS, profile=desired.PROFILES)
def test_a_changed_cluster(version: str, pool: DesiredPool, cloud: DesiredEdgeNative, profile: DesiredProfile) -> None:
    change = profile_entity(ProfileChange(profile, ProfileUid("before")))

    assert wrong(version, operations.CREATE_EDGE_NATIVE_POOL, pool_body(pool)) == []
    assert wrong(version, operations.UPDATE_EDGE_NATIVE_POOL, pool_body(pool)) == []
    assert wrong(version, operations.UPDATE_EDGE_NATIVE_CONFIG, cloud_config_body(cloud)) == []
    assert wrong(version, operations.PATCH_CLUSTER_PROFILES, {"profiles": [change]}) == []
    assert wrong(version, operations.SET_CLUSTER_VARIABLES, variables_body((profile,))) == []


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=50, deadline=None)
@given(host=desired.REGISTRATIONS)
def test_a_host_to_register(version: str, host: DesiredHostRegistration) -> None:
    assert wrong(version, operations.REGISTER_EDGE_HOST, registration_body(host)) == []


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "operation", [operations.SEARCH_CLUSTERS, operations.SEARCH_EDGE_HOSTS], ids=["clusters", "hosts"]
)
def test_a_search(version: str, operation: Operation) -> None:
    assert wrong(version, operation, search_body()) == []
    assert wrong(version, operation, search_body(not_deleted(), any_of("name", ["a", "b"]))) == []


def wrong_for_a_host(operation: edge_operations.Operation, body: object) -> list[str]:
    known = edge_specification()
    if known is None:
        pytest.skip("the Edge Management OpenAPI file is not at hand")
    (parameter,) = known.operations[operation.method, operation.template].parameters("body").values()
    return known.invalid(parameter["schema"], body)


@settings(max_examples=100, deadline=None)
@given(wanted=desired.CLUSTERS)
def test_a_cluster_on_air_gapped_hosts(wanted: DesiredCluster) -> None:
    plain = replace(wanted, pools=tuple(replace(pool, update_strategy=UpdateStrategy()) for pool in wanted.pools))

    assert wrong_for_a_host(edge_operations.CREATE_CLUSTER, edge_local.configuration(plain)) == []
    assert wrong_for_a_host(edge_operations.UPDATE_CLUSTER, edge_local.configuration(plain)) == []
    for pool in plain.pools:
        assert wrong_for_a_host(edge_operations.CREATE_POOL, edge_local.pool_body(pool)) == []
        assert wrong_for_a_host(edge_operations.UPDATE_POOL, edge_local.pool_body(pool)) == []
