"""Request bodies of edge-native clusters: exact small examples, and Palette's own schema as the judge of the rest."""

import json
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palette_operator.clouds.base import cluster_metadata, pool_config, profile_entity, variables_body, without_unset
from palette_operator.clouds.edge_native import cloud_config, cloud_config_body, create_body, pool_body
from palette_operator.domain.actions import ProfileChange
from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredHost,
    DesiredManifest,
    DesiredPack,
    DesiredPool,
    DesiredProfile,
    DesiredVariable,
)
from palette_operator.domain.identifiers import HostUid, PoolName, ProfileUid
from palette_operator.domain.observed import Taint, UpdateStrategy
from support.builders import cluster, host, pool, profile, variables

SPECS = ("palette-openapi.json", "palette-openapi-4.9.json")
PLACES = (os.environ.get("PALETTE_OPENAPI_DIR"), Path(__file__).parents[5] / "shared" / "palette-api")


def found(name: str) -> Path | None:
    return next((Path(place) / name for place in PLACES if place and (Path(place) / name).is_file()), None)


@cache
def definitions(name: str) -> dict[str, Any]:
    path = found(name)
    if path is None:
        pytest.skip(f"{name} is not at hand; set PALETTE_OPENAPI_DIR")
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["definitions"]
    return loaded


def problems(spec: str, definition: str, body: object) -> list[str]:
    """Return what Palette's schema finds wrong, fields that it does not know included."""
    known = definitions(spec)
    return [*_invalid(spec, definition, body), *_unknown(known, known[definition], body, definition)]


@cache
def _validator(spec: str, definition: str) -> jsonschema_rs.Draft4Validator:
    return jsonschema_rs.Draft4Validator({"$ref": f"#/definitions/{definition}", "definitions": definitions(spec)})


def _invalid(spec: str, definition: str, body: object) -> list[str]:
    return [error.message for error in _validator(spec, definition).iter_errors(body)]


def _unknown(known: dict[str, Any], schema: dict[str, Any], body: object, path: str) -> list[str]:
    if "$ref" in schema:
        schema = known[schema["$ref"].rpartition("/")[2]]
    if isinstance(body, list):
        return [p for each in body for p in _unknown(known, schema["items"], each, f"{path}[]")]
    if not isinstance(body, dict) or "properties" not in schema:
        return []
    fields = schema["properties"]
    strange = [f"{path}.{name} is not known" for name in body if name not in fields]
    return strange + [
        p
        for name, each in body.items()
        if name in fields
        for p in _unknown(known, fields[name], each, f"{path}.{name}")
    ]


WORDS = st.text("abc-", min_size=1, max_size=6)
TEXTS = st.just("") | WORDS
HOSTS = st.builds(
    DesiredHost,
    uid=WORDS.map(HostUid),
    name=TEXTS,
    nic_name=TEXTS,
    ip=TEXTS,
    subnet=TEXTS,
    gateway=TEXTS,
    dns=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    mac=TEXTS,
    two_node_priority=st.sampled_from(["", "primary", "secondary"]),
)
STRATEGIES = st.just(UpdateStrategy()) | st.just(UpdateStrategy("OverrideScaling", "1", "25%"))
POOLS = st.builds(
    DesiredPool,
    name=WORDS.map(PoolName),
    control_plane=st.booleans(),
    control_plane_as_worker=st.booleans(),
    hosts=st.lists(HOSTS, min_size=1, max_size=3, unique_by=lambda each: each.uid).map(tuple),
    labels=st.dictionaries(WORDS, TEXTS, max_size=2),
    taints=st.lists(
        st.builds(Taint, WORDS, TEXTS, st.sampled_from(["NoSchedule", "NoExecute"])), max_size=2, unique=True
    ).map(tuple),
    arch=st.sampled_from(["", "amd64", "arm64"]),
    update_strategy=STRATEGIES,
    node_repave_interval_s=st.sampled_from([0, 600]),
    skip_kubernetes_upgrade=st.booleans(),
)
PACKS = st.builds(
    DesiredPack,
    name=WORDS,
    type=st.sampled_from(["spectro", "helm", "manifest", "oci"]),
    tag=TEXTS,
    values=TEXTS,
    manifests=st.lists(st.builds(DesiredManifest, WORDS, TEXTS), max_size=2, unique_by=lambda each: each.name).map(
        tuple
    ),
)
PROFILES = st.builds(
    DesiredProfile,
    uid=WORDS.map(ProfileUid),
    name=WORDS,
    version=WORDS,
    variables=st.lists(st.builds(DesiredVariable, WORDS, TEXTS), max_size=2, unique_by=lambda each: each.name).map(
        tuple
    ),
    packs=st.lists(PACKS, max_size=2, unique_by=lambda each: each.name).map(tuple),
)
CLOUDS = st.builds(
    DesiredEdgeNative,
    endpoint_type=st.sampled_from(["VIP", "External", "DDNS", "IP"]),
    endpoint_host=TEXTS,
    ddns_search_domain=TEXTS,
    overlay_cidr=st.sampled_from(["", "100.64.0.0/18"]),
    ntp_servers=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    ssh_keys=st.lists(WORDS, max_size=2, unique=True).map(tuple),
    static_ip=st.booleans(),
    two_node=st.booleans(),
)
CLUSTERS = st.builds(
    DesiredCluster,
    name=WORDS,
    description=TEXTS,
    labels=st.dictionaries(WORDS, WORDS, max_size=2),
    profiles=st.lists(PROFILES, max_size=2, unique_by=lambda each: each.name).map(tuple),
    cloud=CLOUDS,
    pools=st.lists(POOLS, min_size=1, max_size=2, unique_by=lambda each: each.name).map(tuple),
)


@pytest.mark.parametrize("spec", SPECS)
@settings(max_examples=60, deadline=None)
@given(wanted=CLUSTERS)
def test_palette_knows_every_field_of_a_new_cluster(spec: str, wanted: DesiredCluster) -> None:
    assert problems(spec, "v1SpectroEdgeNativeClusterEntity", create_body(wanted)) == []


@pytest.mark.parametrize("spec", SPECS)
@settings(max_examples=40, deadline=None)
@given(wanted=POOLS, cloud=CLOUDS, attached=PROFILES)
def test_palette_knows_every_field_of_an_update(
    spec: str, wanted: DesiredPool, cloud: DesiredEdgeNative, attached: DesiredProfile
) -> None:
    change = profile_entity(ProfileChange(attached, ProfileUid("before")))

    assert problems(spec, "v1EdgeNativeMachinePoolConfigEntity", pool_body(wanted)) == []
    assert problems(spec, "v1EdgeNativeCloudClusterConfigEntity", cloud_config_body(cloud)) == []
    assert problems(spec, "v1SpectroClusterProfileEntity", change) == []
    for entry in variables_body((attached,)):
        assert problems(spec, "v1SpectroClusterVariableUpdateEntity", entry) == []


def test_the_judge_sees_a_misspelt_field_and_a_missing_one() -> None:
    entity = "v1EdgeNativeMachinePoolConfigEntity"
    body = pool_body(pool("control", "h1"))

    assert problems(SPECS[1], entity, {**body, "hosts": []}) == [f"{entity}.hosts is not known"]
    assert problems(SPECS[1], entity, {"poolConfig": body["poolConfig"], "cloudConfig": {}}) != []


def test_the_least_cluster_is_written_with_nothing_that_was_not_asked_for() -> None:
    assert create_body(cluster(labels={"site": "42"})) == {
        "metadata": {"name": "store-42", "labels": {"site": "42"}},
        "spec": {
            "cloudConfig": {
                "controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"},
                "staticIp": False,
                "isTwoNodeCluster": False,
            },
            "machinepoolconfig": [
                {
                    "cloudConfig": {"edgeHosts": [{"hostUid": "h1"}]},
                    "poolConfig": {
                        "name": "control",
                        "size": 1,
                        "labels": ["control-plane"],
                        "isControlPlane": True,
                        "useControlPlaneAsWorker": False,
                        "updateStrategy": {"type": "RollingUpdateScaleOut"},
                    },
                }
            ],
            "profiles": [{"uid": "edge-base-1.4.0"}],
        },
    }


def test_the_description_travels_as_an_annotation() -> None:
    assert cluster_metadata(cluster(description="Store 42"))["annotations"] == {"description": "Store 42"}


def test_an_overlay_is_switched_on_by_its_network() -> None:
    wanted = DesiredEdgeNative(endpoint_type="VIP", overlay_cidr="100.64.0.0/18")

    assert cloud_config(wanted)["overlayNetworkConfiguration"] == {"enable": True, "cidr": "100.64.0.0/18"}


def test_a_host_with_a_static_address_names_its_interface() -> None:
    wanted = host(
        "h1",
        name="node-1",
        nic_name="eth0",
        ip="10.0.0.5",
        subnet="255.255.255.0",
        gateway="10.0.0.1",
        dns=("10.0.0.2",),
        mac="52:54:00:12:34:56",
        two_node_priority="primary",
    )

    assert pool_body(pool("control", wanted))["cloudConfig"]["edgeHosts"] == [
        {
            "hostUid": "h1",
            "hostName": "node-1",
            "nic": {
                "nicName": "eth0",
                "ip": "10.0.0.5",
                "subnet": "255.255.255.0",
                "gateway": "10.0.0.1",
                "dns": ["10.0.0.2"],
                "macAddr": "52:54:00:12:34:56",
            },
            "twoNodeCandidatePriority": "primary",
        }
    ]


def test_a_worker_pool_carries_what_is_for_workers() -> None:
    wanted = pool(
        "worker",
        "w1",
        "w2",
        labels={"zone": "a"},
        taints=(Taint("gpu", "yes", "NoSchedule"),),
        arch="arm64",
        update_strategy=UpdateStrategy("OverrideScaling", "1", "25%"),
        node_repave_interval_s=600,
        skip_kubernetes_upgrade=True,
    )

    assert pool_config(wanted) == {
        "name": "worker",
        "size": 2,
        "labels": ["worker"],
        "isControlPlane": False,
        "useControlPlaneAsWorker": False,
        "additionalLabels": {"zone": "a"},
        "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
        "machinePoolProperties": {"archType": "arm64"},
        "nodeRepaveInterval": 600,
        "skipK8sUpgrade": "enabled",
        "updateStrategy": {"type": "OverrideScaling", "maxSurge": "1", "maxUnavailable": "25%"},
    }


def test_a_new_version_is_sent_with_the_one_that_makes_room_for_it() -> None:
    wanted = replace(profile("edge-base", "1.5.0"), variables=variables(site="42", empty=""))

    assert profile_entity(ProfileChange(wanted, profile("edge-base", "1.4.0").uid)) == {
        "uid": "edge-base-1.5.0",
        "replaceWithProfile": "edge-base-1.4.0",
        "variables": [{"name": "site", "value": "42"}, {"name": "empty", "value": ""}],
    }


def test_zero_and_false_are_values_and_empty_is_not() -> None:
    assert without_unset({"zero": 0, "no": False, "none": None, "text": "", "list": [], "map": {}}) == {
        "zero": 0,
        "no": False,
    }
