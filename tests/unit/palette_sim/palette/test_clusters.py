"""The life of an edge-native cluster over HTTP: created, running, deleted, forgotten."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from palette_sim.palette import PaletteConfig
from support.palette_api import OTHER_PROJECT, PaletteApi, serve_palette

CREATE = "/v1/spectroclusters/edge-native"
CONDITIONS_IN_ORDER = [
    "ImageResolutionDone",
    "CloudInfrastructureReady",
    "BootstrappingDone",
    "ControlPlaneNodeAdditionDone",
    "KubeConfigReady",
    "WorkerNodeAdditionDone",
    "ImagePullSecretPropagationDone",
    "BootstrapReady",
    "AddOnDeploymentDone",
]


async def test_just_after_its_creation_a_cluster_is_absent_then_without_status_then_pending(api: PaletteApi) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))

    absent = await api.get(f"/v1/spectroclusters/{uid}")
    api.palette.advance(1)
    statusless = await api.json(f"/v1/spectroclusters/{uid}")
    api.palette.advance(2)
    pending = await api.json(f"/v1/spectroclusters/{uid}")

    assert (absent.status_code, absent.json()["code"]) == (404, "ResourceNotFound")
    assert "status" not in statusless
    assert pending["status"]["state"] == "Pending"


async def test_it_goes_from_pending_through_provisioning_to_running_and_then_healthy(api: PaletteApi) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))

    seen = []
    for seconds in (5, 5, 300, 30):
        api.palette.advance(seconds)
        cluster = api.palette.clusters[uid]
        seen.append((cluster.state.value, cluster.health))

    assert seen == [("Pending", ""), ("Provisioning", ""), ("Running", ""), ("Running", "Healthy")]


async def test_conditions_appear_one_by_one(api: PaletteApi) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1), workers=api.ready_hosts(1, prefix="w")))
    api.palette.advance(10)

    counts, conditions = [], []
    for _ in range(34):
        api.palette.advance(10)
        conditions = (await api.json(f"/v1/spectroclusters/{uid}"))["status"]["conditions"]
        counts.append(len(conditions))

    assert [condition["type"] for condition in conditions] == CONDITIONS_IN_ORDER
    assert all(later - earlier in (0, 1) for earlier, later in pairwise(counts))


async def test_machines_endpoint_and_packs_come_with_the_cluster(api: PaletteApi) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))

    api.palette.advance(340)
    cluster = await api.json(f"/v1/spectroclusters/{uid}")
    config_uid = cluster["spec"]["cloudConfigRef"]["uid"]
    machines = await api.json(f"/v1/cloudconfigs/edge-native/{config_uid}/machinePools/control/machines")

    assert cluster["status"]["apiEndpoints"] == [{"host": "10.1.1.1", "port": 6443}]
    k8s = next(pack for pack in cluster["status"]["packs"] if pack["name"] == "edge-k3s")
    assert (k8s["version"], k8s["condition"]["type"]) == ("1.32.4", "Ready")
    assert [machine["status"]["instanceState"] for machine in machines["items"]] == ["Running"]


async def test_the_plain_cluster_has_no_health_but_names_the_versions_of_its_profiles(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    cluster = await api.json(f"/v1/spectroclusters/{uid}")

    assert "health" not in cluster["status"]
    assert [profile["profileVersion"] for profile in cluster["spec"]["clusterProfileTemplates"]] == ["1.4.0"]


async def test_the_cheap_status_has_the_state_alone(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    assert await api.json(f"/v1/spectroclusters/{uid}/status") == {"status": {"state": "Running"}}


async def test_its_hosts_are_in_use_from_the_post_on_and_name_the_cluster(api: PaletteApi) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))
    api.palette.advance(1)

    hosts = (await api.json(f"/v1/spectroclusters/{uid}/edge-native/edgeHosts"))["items"]

    assert [host["status"]["state"] for host in hosts] == ["in-use"]
    assert hosts[0]["status"]["inUseClustersRef"] == [{"name": "store-1", "uid": uid}]


async def test_an_ill_host_makes_its_cluster_unhealthy(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    api.palette.people.make_host_ill("store-1-control-0001")
    ill = api.palette.clusters[uid].health
    api.palette.people.cure_host("store-1-control-0001")

    assert (ill, api.palette.clusters[uid].health) == ("UnHealthy", "Healthy")


async def test_a_failed_cluster_is_in_error_until_it_is_resumed(api: PaletteApi) -> None:
    uid = await api.create(api.cluster(control=api.ready_hosts(1)))
    api.palette.advance(100)
    api.palette.people.fail_cluster(uid, "BootstrappingDone", "Disk full.")

    api.palette.advance(600)
    failed = (await api.json(f"/v1/spectroclusters/{uid}"))["status"]
    api.palette.people.resume_cluster(uid)
    api.palette.advance(340)

    assert failed["state"] == "Error"
    assert [item["message"] for item in failed["conditions"] if item["status"] == "False"] == ["Disk full."]
    assert api.palette.clusters[uid].health == "Healthy"


async def test_a_deleted_cluster_goes_slowly_stays_readable_and_is_forgotten(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    path = f"/v1/spectroclusters/{uid}"

    reply = await api.call("DELETE", path)
    states = []
    for seconds in (0, 119, 1, 259_199):
        api.palette.advance(seconds)
        states.append((await api.json(path))["status"]["state"])
    api.palette.advance(1)
    gone = await api.get(path)

    assert reply.status_code == 204
    assert states == ["Deleting", "Deleting", "Deleted", "Deleted"]
    assert (gone.status_code, gone.json()["code"]) == (404, "ResourceNotFound")


async def test_deleting_releases_the_hosts_at_its_end(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    await api.call("DELETE", f"/v1/spectroclusters/{uid}")

    during = api.palette.hosts["store-1-control-0001"].state
    api.palette.advance(120)

    assert (during, api.palette.hosts["store-1-control-0001"].state) == ("in-use", "ready")


async def test_deleting_twice_changes_nothing(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    api.palette.advance(60)

    again = await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    api.palette.advance(60)

    assert again.status_code == 204
    assert api.palette.clusters[uid].state == "Deleted"


async def test_force_delete_is_refused_until_the_deletion_has_lasted_fifteen_minutes(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    api.palette.people.stick_cluster(uid, stuck=True)
    await api.call("DELETE", f"/v1/spectroclusters/{uid}")

    api.palette.advance(899)
    early = await api.call("DELETE", f"/v1/spectroclusters/{uid}?forceDelete=true")
    api.palette.advance(1)
    late = await api.call("DELETE", f"/v1/spectroclusters/{uid}?forceDelete=true")

    assert (early.status_code, early.json()["code"]) == (500, "ClusterForceDeleteNotAllowed")
    assert late.status_code == 204
    assert api.palette.clusters[uid].state == "Deleted"


async def test_a_stuck_deletion_goes_on_when_it_is_let(api: PaletteApi) -> None:
    uid = await api.running_cluster()
    api.palette.people.stick_cluster(uid, stuck=True)
    await api.call("DELETE", f"/v1/spectroclusters/{uid}")
    api.palette.advance(3600)
    stuck = api.palette.clusters[uid].state.value

    api.palette.people.stick_cluster(uid, stuck=False)
    api.palette.advance(120)

    assert (stuck, api.palette.clusters[uid].state.value) == ("Deleting", "Deleted")


async def test_labels_are_replaced_as_a_set_and_the_name_stays(api: PaletteApi) -> None:
    uid = await api.running_cluster()

    reply = await api.call("PATCH", f"/v1/spectroclusters/{uid}/metadata", {"metadata": {"labels": {"a": "b"}}})

    assert reply.status_code == 204
    metadata = (await api.json(f"/v1/spectroclusters/{uid}"))["metadata"]
    assert (metadata["labels"], metadata["name"]) == ({"a": "b"}, "store-1")


async def test_twice_created_is_twice_there_where_duplicates_are_accepted(api: PaletteApi) -> None:
    await api.create(api.cluster(control=api.ready_hosts(1, prefix="a")))
    await api.create(api.cluster(control=api.ready_hosts(1, prefix="b")))

    assert [cluster.name for cluster in api.palette.clusters.values()] == ["store-1", "store-1"]


async def test_a_duplicate_name_is_refused_where_it_is_not_accepted() -> None:
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "duplicate_names": "refuse"})) as api:
        await api.create(api.cluster(control=api.ready_hosts(1, prefix="a")))
        reply = await api.post(CREATE, api.cluster(control=api.ready_hosts(1, prefix="b")))

        assert (reply.status_code, reply.json()["code"]) == (500, "ClusterNameAlreadyExists")
        assert len(api.palette.clusters) == 1


async def test_the_name_check_answers_204_for_a_free_name_only(api: PaletteApi) -> None:
    await api.running_cluster("taken")

    free = await api.get("/v1/spectroclusters/validate/name?name=free")
    taken = await api.get("/v1/spectroclusters/validate/name?name=taken")

    assert (free.status_code, taken.status_code) == (204, 500)


Change = Callable[[dict[str, Any], PaletteApi], object]


def pool_of(body: dict[str, Any]) -> dict[str, Any]:
    pool: dict[str, Any] = body["spec"]["machinepoolconfig"][0]
    return pool


def put_ill(_: dict[str, Any], api: PaletteApi) -> None:
    api.palette.people.make_host_ill("edge-0001")


def take_host_of_another_project(_: dict[str, Any], api: PaletteApi) -> None:
    host = api.palette.hosts["edge-0001"]
    host.project_uid = api.uid_of_project(OTHER_PROJECT)


REFUSED: dict[str, tuple[Change, int, str]] = {
    "a host that is not registered": (
        lambda body, _: pool_of(body)["cloudConfig"]["edgeHosts"][0].update(hostUid="nobody"),
        500,
        "EdgeHostDeviceNotRegistered",
    ),
    "a host of another project": (take_host_of_another_project, 500, "EdgeHostDeviceNotRegistered"),
    "a host that is ill": (put_ill, 500, "EdgeHostDeviceNotReady"),
    "a host of another architecture": (
        lambda body, _: pool_of(body)["poolConfig"].update(machinePoolProperties={"archType": "arm64"}),
        500,
        "EdgeHostArchMismatch",
    ),
    "a host named twice": (
        lambda body, _: (
            pool_of(body)["cloudConfig"]["edgeHosts"].append({"hostUid": "edge-0001"}),
            pool_of(body)["poolConfig"].update(size=2),
        ),
        500,
        "EdgeHostDeviceInUse",
    ),
    "a size that is not the number of hosts": (
        lambda body, _: pool_of(body)["poolConfig"].update(size=3),
        500,
        "MachinePoolSizeMismatch",
    ),
    "no control plane": (lambda body, _: body["spec"].update(machinepoolconfig=[]), 500, "ControlPlanePoolInvalid"),
    "the read spelling of the pools": (
        lambda body, _: body["spec"].update(machinePoolConfig=body["spec"].pop("machinepoolconfig")),
        400,
        "InvalidRequestPayload",
    ),
    "the read spelling of the hosts": (
        lambda body, _: pool_of(body).update(cloudConfig={"hosts": []}),
        400,
        "InvalidRequestPayload",
    ),
    "two-node without its two roles": (
        lambda body, _: body["spec"]["cloudConfig"].update(isTwoNodeCluster=True),
        500,
        "TwoNodeCandidatesInvalid",
    ),
    "an endpoint outside the overlay": (
        lambda body, _: body["spec"]["cloudConfig"].update(
            overlayNetworkConfiguration={"enable": True, "cidr": "100.64.0.0/18"}
        ),
        500,
        "ControlPlaneEndpointInvalid",
    ),
    "no infrastructure profile": (lambda body, _: body["spec"].update(profiles=[]), 500, "InfraProfileInvalid"),
    "an unknown profile": (
        lambda body, _: body["spec"].update(profiles=[{"uid": "none"}]),
        404,
        "ResourceNotFound",
    ),
    "a required variable without a value": (
        lambda body, api: body["spec"]["profiles"].append({"uid": api.profile_uid("store-apps", "2.1.0")}),
        500,
        "VariableRequired",
    ),
    "an unknown variable": (
        lambda body, api: body["spec"]["profiles"].append(api.store_apps(colour="red")),
        500,
        "VariableNotFound",
    ),
    "no name": (lambda body, _: body["metadata"].pop("name"), 400, "InvalidRequestPayload"),
    "no hosts": (lambda body, _: pool_of(body).update(cloudConfig={}), 400, "InvalidRequestPayload"),
}


@pytest.mark.parametrize(("change", "status", "code"), REFUSED.values(), ids=REFUSED)
async def test_a_cluster_is_refused_with_a_code_and_nothing_is_made(
    api: PaletteApi, change: Change, status: int, code: str
) -> None:
    body = api.cluster(control=api.ready_hosts(1))
    change(body, api)

    reply = await api.post(CREATE, body)

    assert (reply.status_code, reply.json()["code"]) == (status, code)
    assert api.palette.clusters == {}
    assert not api.palette.hosts["edge-0001"].cluster_uid


async def test_a_host_in_use_is_refused_to_another_cluster(api: PaletteApi) -> None:
    await api.running_cluster()

    reply = await api.post(CREATE, api.cluster("store-2", control=["store-1-control-0001"]))

    assert reply.json()["code"] == "EdgeHostDeviceInUse"


async def test_the_status_of_operational_errors_can_be_chosen() -> None:
    async with serve_palette(PaletteConfig.model_validate({"limits": "off", "operational_error_status": 400})) as api:
        reply = await api.post(CREATE, api.cluster(control=["nobody"]))

    assert (reply.status_code, reply.json()["code"]) == (400, "EdgeHostDeviceNotRegistered")


async def test_a_two_node_cluster_needs_one_primary_and_one_secondary(api: PaletteApi) -> None:
    body = api.cluster(control=api.ready_hosts(2))
    body["spec"]["cloudConfig"]["isTwoNodeCluster"] = True
    for host, role in zip(pool_of(body)["cloudConfig"]["edgeHosts"], ("primary", "secondary"), strict=True):
        host["twoNodeCandidatePriority"] = role

    assert (await api.post(CREATE, body)).status_code == 201


async def test_validate_tells_problems_by_pool_and_creates_nothing(api: PaletteApi) -> None:
    good = await api.post(f"{CREATE}/validate", api.cluster(control=api.ready_hosts(1)))
    bad = await api.post(f"{CREATE}/validate", api.cluster(control=["nobody"]))

    def codes(reply: Any) -> list[str]:  # noqa: ANN401 - JSON
        results = reply.json()["machinePools"]["results"]
        return [error["code"] for result in results for error in result["errors"]]

    assert (good.status_code, bad.status_code) == (200, 200)
    assert (codes(good), codes(bad)) == ([], ["EdgeHostDeviceNotRegistered"])
    assert api.palette.clusters == {}
