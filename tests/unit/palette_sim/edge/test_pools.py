"""Machine pools and nodes of a local cluster."""

from typing import Any

import pytest

from support.edge_api import CLUSTER, CURRENT, PEER, UID, WORKER, EdgeApi, configuration

_CURRENT = "/v1/edge-mgmt/clusters/current"
_POOLS = f"{_CURRENT}/machinepools"


@pytest.fixture
async def running(linked: EdgeApi) -> EdgeApi:
    assert (await linked.call("POST", CLUSTER, configuration(UID, PEER))).status_code == 202
    for _ in range(4):
        await linked.advance(60)
    return linked


def _pool(name: str, *uids: str, **more: object) -> dict[str, Any]:
    return {"name": name, "isControlPlane": False, "hosts": [{"hostUid": uid} for uid in uids], **more}


async def _node_states(api: EdgeApi) -> dict[str, str]:
    pools = (await api.details())["status"]["nodePools"]
    return {node["nodeName"]: node["nodeState"] for pool in pools for node in pool["nodes"]}


async def test_pools_are_told_as_they_were_asked_for(running: EdgeApi) -> None:
    items = (await running.get(_POOLS))["items"]

    assert items == configuration(UID, PEER)["spec"]["cloudConfig"]["spec"]["machinePoolConfig"]


async def test_a_pool_brings_its_hosts_into_the_cluster(running: EdgeApi) -> None:
    wanted = _pool("gpu", WORKER, additionalLabels={"gpu": "yes"}, taints=[{"key": "gpu", "effect": "NoSchedule"}])
    assert (await running.call("POST", _POOLS, wanted)).status_code == 201

    assert (await _node_states(running))[WORKER] == "Provisioning"
    await running.advance(90)
    assert (await _node_states(running))[WORKER] == "Running"
    assert (await running.get(CURRENT, uid=WORKER))["spec"]["nodeRole"] == "worker"


REFUSED = {
    "of a name that is taken": (_pool("workers", WORKER), "InvalidMachinePool"),
    "that is a second control plane": (_pool("more", WORKER, isControlPlane=True), "InvalidMachinePool"),
    "of a host that is in another": (_pool("more", PEER), "InvalidMachinePool"),
    "of a stranger": (_pool("more", "stranger"), "EdgeHostNotLinked"),
}


@pytest.mark.parametrize(("pool", "code"), REFUSED.values(), ids=REFUSED)
async def test_no_pool_is_added(running: EdgeApi, pool: dict[str, Any], code: str) -> None:
    assert (await running.call("POST", _POOLS, pool)).json()["code"] == code


async def test_a_replaced_pool_gains_and_loses_hosts(running: EdgeApi) -> None:
    assert (await running.call("PUT", f"{_POOLS}/workers", _pool("workers", WORKER))).status_code == 200

    assert await _node_states(running) == {UID: "Running", PEER: "Deleting", WORKER: "Provisioning"}
    await running.advance(90)
    assert await _node_states(running) == {UID: "Running", WORKER: "Running"}
    assert (await running.call("GET", f"{CLUSTER}/details", uid=PEER)).status_code == 404


async def test_a_pool_is_patched_in_places(running: EdgeApi) -> None:
    patches = [{"op": "add", "path": "/additionalLabels", "value": {"zone": "north"}}]

    response = await running.call("PATCH", f"{_POOLS}/workers", {"machinePoolConfigPatches": patches})

    assert response.status_code == 200
    assert (await running.get(_POOLS))["items"][1]["additionalLabels"] == {"zone": "north"}


async def test_a_deleted_pool_sets_its_hosts_free(running: EdgeApi) -> None:
    assert (await running.call("DELETE", f"{_POOLS}/workers")).status_code == 202

    await running.advance(30)

    assert await _node_states(running) == {UID: "Running"}
    assert [pool["name"] for pool in (await running.get(_POOLS))["items"]] == ["control-plane"]


async def test_a_deleted_node_leaves_its_pool(running: EdgeApi) -> None:
    assert (await running.call("DELETE", f"{_POOLS}/workers/nodes/{PEER}")).status_code == 202

    await running.advance(30)

    assert await _node_states(running) == {UID: "Running"}
    assert (await running.call("DELETE", f"{_POOLS}/workers/nodes/{PEER}")).status_code == 400


async def test_the_control_plane_stays(running: EdgeApi) -> None:
    assert (await running.call("DELETE", f"{_POOLS}/control-plane")).status_code == 403
    assert (await running.call("DELETE", f"{_POOLS}/control-plane/nodes/{UID}")).status_code == 400


async def test_without_a_cluster_there_are_no_pools(linked: EdgeApi) -> None:
    assert (await linked.call("GET", _POOLS)).json()["code"] == "ClusterNotFound"
