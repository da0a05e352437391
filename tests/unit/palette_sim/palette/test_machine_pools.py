"""Machine pools and machines of a running cluster over HTTP."""

from typing import Any

import pytest

from support.palette_api import PaletteApi


class Running:
    """A running cluster with one control plane host and two workers."""

    def __init__(self, api: PaletteApi, uid: str) -> None:
        self.api = api
        self.uid = uid
        self.path = f"/v1/cloudconfigs/edge-native/{api.palette.clusters[uid].cloud_config_uid}"

    @property
    def workers(self) -> list[str]:
        return ["store-1-worker-0001", "store-1-worker-0002"]

    async def put(self, pool: str, hosts: list[str], **config: object) -> Any:  # noqa: ANN401 - a reply
        return await self.api.call("PUT", f"{self.path}/machinePools/{pool}", self.api.pool(pool, hosts, **config))

    async def machines(self, pool: str = "worker") -> dict[str, str]:
        items = (await self.api.json(f"{self.path}/machinePools/{pool}/machines"))["items"]
        return {item["metadata"]["name"]: item["status"]["instanceState"] for item in items}

    async def machine_uid(self, name: str, pool: str = "worker") -> str:
        items = (await self.api.json(f"{self.path}/machinePools/{pool}/machines"))["items"]
        return str(next(item["metadata"]["uid"] for item in items if item["metadata"]["name"] == name))

    async def pools(self) -> dict[str, Any]:
        config = await self.api.json(self.path)
        return {pool["name"]: pool for pool in config["spec"]["machinePoolConfig"]}

    def state_of(self, host: str) -> str:
        return self.api.palette.hosts[host].state


@pytest.fixture
async def running(api: PaletteApi) -> Running:
    return Running(api, await api.running_cluster(workers=2))


async def test_pools_are_written_nested_and_read_flat(running: Running) -> None:
    worker = (await running.pools())["worker"]

    assert worker["size"] == 2
    assert [host["hostUid"] for host in worker["hosts"]] == running.workers
    assert all(host["hostAddress"] for host in worker["hosts"])
    assert not {"poolConfig", "edgeHosts", "cloudConfig"} & set(worker)


async def test_a_new_host_in_a_pool_becomes_a_machine_in_its_time(running: Running) -> None:
    (new,) = running.api.ready_hosts(1, prefix="new")

    reply = await running.put("worker", [*running.workers, new])
    joining = (await running.machines())[new]
    running.api.palette.advance(60)

    assert reply.status_code == 204
    assert (joining, (await running.machines())[new], running.state_of(new)) == ("Provisioning", "Running", "in-use")


async def test_a_machine_is_deleted_slowly_and_its_host_is_free_once_it_left_the_pool(running: Running) -> None:
    kept, leaving = running.workers
    machine = await running.machine_uid(leaving)

    deleted = await running.api.call("DELETE", f"{running.path}/machinePools/worker/machines/{machine}")
    put = await running.put("worker", [kept])
    during = (await running.machines(), running.state_of(leaving))
    running.api.palette.advance(60)

    assert (deleted.status_code, put.status_code) == (204, 204)
    assert during == ({kept: "Running", leaving: "Deleting"}, "in-use")
    assert (await running.machines(), running.state_of(leaving)) == ({kept: "Running"}, "ready")


async def test_a_host_taken_out_of_a_pool_takes_its_machine_along(running: Running) -> None:
    kept, leaving = running.workers

    await running.put("worker", [kept])
    running.api.palette.advance(60)

    assert (await running.machines(), running.state_of(leaving)) == ({kept: "Running"}, "ready")


async def test_a_machine_deleted_while_its_host_stays_comes_back(running: Running) -> None:
    name = running.workers[0]
    machine = await running.machine_uid(name)
    await running.api.call("DELETE", f"{running.path}/machinePools/worker/machines/{machine}")

    running.api.palette.advance(60)
    gone = await running.machines()
    running.api.palette.advance(660)

    assert name not in gone
    assert (await running.machines())[name] == "Running"


async def test_a_machine_is_shown_until_it_is_gone(running: Running) -> None:
    machine = await running.machine_uid(running.workers[0])
    path = f"{running.path}/machinePools/worker/machines/{machine}"

    shown = await running.api.json(path)
    await running.api.call("DELETE", path)
    running.api.palette.advance(60)
    gone = await running.api.get(path)

    assert shown["spec"]["edgeHostUid"] == running.workers[0]
    assert (gone.status_code, gone.json()["code"]) == (404, "ResourceNotFound")


async def test_a_pool_is_added_and_removed_with_its_machines(running: Running) -> None:
    hosts = running.api.ready_hosts(2, prefix="extra")
    added = await running.api.post(f"{running.path}/machinePools", running.api.pool("extra", hosts))
    running.api.palette.advance(60)

    removed = await running.api.call("DELETE", f"{running.path}/machinePools/extra")
    during = set(await running.pools())
    running.api.palette.advance(60)

    assert (added.status_code, added.json(), removed.status_code) == (201, {"uid": "extra"}, 204)
    assert (during, set(await running.pools())) == ({"control", "worker", "extra"}, {"control", "worker"})
    assert {running.state_of(host) for host in hosts} == {"ready"}


async def test_the_control_plane_cannot_be_removed(running: Running) -> None:
    reply = await running.api.call("DELETE", f"{running.path}/machinePools/control")

    assert (reply.status_code, reply.json()["code"]) == (500, "ControlPlanePoolInvalid")


CONTROL_PLANE_SIZES = {
    "it may grow to three": (2, 204),
    "it may hold four while a host is replaced": (3, 204),
    "it may not hold two": (1, 500),
}


@pytest.mark.parametrize(("more", "want"), CONTROL_PLANE_SIZES.values(), ids=CONTROL_PLANE_SIZES)
async def test_a_control_plane_has_certain_sizes(running: Running, more: int, want: int) -> None:
    hosts = ["store-1-control-0001", *running.api.ready_hosts(more, prefix="more")]

    assert (await running.put("control", hosts, isControlPlane=True)).status_code == want


async def test_a_pool_cannot_take_a_host_of_another_cluster(running: Running) -> None:
    await running.api.running_cluster("store-2")

    reply = await running.put("worker", [*running.workers, "store-2-control-0001"])

    assert reply.json()["code"] == "EdgeHostDeviceInUse"


CONFIGS = {
    "time servers and keys can be changed": ({"ntpServers": ["ntp.example.com"], "sshKeys": ["ssh-rsa AAA"]}, 204),
    "the endpoint cannot": ({"controlPlaneEndpoint": {"type": "VIP", "host": "10.1.1.2"}}, 500),
    "the overlay cannot": ({"overlayNetworkConfiguration": {"enable": True, "cidr": "10.1.0.0/16"}}, 500),
    "two-node cannot": ({"isTwoNodeCluster": True}, 500),
}


@pytest.mark.parametrize(("change", "want"), CONFIGS.values(), ids=CONFIGS)
async def test_of_the_cluster_settings(running: Running, change: dict[str, Any], want: int) -> None:
    config = {"controlPlaneEndpoint": {"type": "VIP", "host": "10.1.1.1"}, **change}

    reply = await running.api.call("PUT", f"{running.path}/clusterConfig", {"clusterConfig": config})

    assert reply.status_code == want


async def test_deleting_the_cluster_frees_hosts_that_were_just_leaving(running: Running) -> None:
    await running.put("worker", running.workers[:1])

    await running.api.call("DELETE", f"/v1/spectroclusters/{running.uid}")
    running.api.palette.advance(120)

    assert {host.state for host in running.api.palette.hosts.values()} == {"ready"}
