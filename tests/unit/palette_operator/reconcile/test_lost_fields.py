"""Whatever field an answer loses, nothing is written that follows from it: gone through for every field there is."""

from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from palette_operator.kube.objects import Body
from support.fake_kube import resource_body
from support.palette_api import PaletteApi, serve_palette
from support.whole_look import HOST, STORE, Place, WholeLook, open_look, places, without

CLUSTER_SPEC: dict[str, Any] = {
    "connectionRef": {"name": "default"},
    "description": "Store 42",
    "tags": {"site": "42"},
    "profiles": [
        {"name": "edge-base", "version": "1.4.0"},
        {
            "name": "store-apps",
            "version": "2.1.0",
            "variables": [{"name": "storeId", "value": "42"}, {"name": "password", "value": "not-a-secret"}],
        },
    ],
    "cloud": {
        "edgeNative": {
            "controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"},
            "ntpServers": ["10.0.0.1"],
            "sshKeys": ["ssh-ed25519 AAAA"],
        }
    },
    "machinePools": [
        {
            "name": "control",
            "controlPlane": True,
            "useControlPlaneAsWorker": True,
            "edgeHosts": [{"name": "edge-a", "nic": {"name": "eth0", "ip": "10.4.2.11", "subnet": "255.255.255.0"}}],
            "labels": {"role": "store"},
        },
        {
            "name": "worker",
            "edgeHosts": [{"uid": "edge-b"}],
            "taints": [{"key": "gpu", "value": "yes", "effect": "NoSchedule"}],
            "updateStrategy": {"type": "RollingUpdateScaleIn"},
            "nodeRepaveIntervalSeconds": 900,
            "archType": "amd64",
        },
    ],
}
HOST_SPEC: dict[str, Any] = {"connectionRef": {"name": "default"}, "tags": {"site": "42"}}
READS = {
    "the search of clusters": "POST /v1/dashboard/spectroclusters/search",
    "the search of edge hosts": "POST /v1/dashboard/edgehosts/search",
    "a cluster": "GET /v1/spectroclusters/{cluster}",
    "its cloud config": "GET /v1/cloudconfigs/edge-native/{config}",
    "the profiles": "GET /v1/dashboard/clusterprofiles/metadata",
}


class Steady:
    """A cluster on two edge hosts, as desired; somebody else has tagged it and one of the hosts too."""

    def __init__(self, api: PaletteApi, look: WholeLook) -> None:
        self.api = api
        self.look = look
        self.bodies: dict[Any, Body] = {}

    async def settle(self) -> None:
        """Bring it about by the operator's own looks, and remember the resources as they are then."""
        await self.api.post("/v1/edgehosts", {"metadata": {"uid": "edge-b"}})
        await self.look.look()
        self.api.palette.people.pair_hosts()
        for _ in range(3):
            await self.look.look()
        (cluster,) = self.api.palette.clusters.values()
        self.api.palette.people.bring_up_cluster(cluster.uid)
        self.api.palette.advance(3_600)
        self.api.palette.people.edit_cluster(cluster.uid, labels={**cluster.labels, "owner": "jo"})
        self.api.palette.people.edit_host("edge-a", labels={**self.api.palette.hosts["edge-a"].labels, "owner": "jo"})
        for _ in range(3):
            await self.look.look()
        self.bodies = deepcopy(self.look.kube.bodies)
        # As after an upgrade that hashes the spec anew: all that is there is compared.
        self.bodies[STORE]["status"]["lastSync"]["specHash"] = "of another release"
        self.bodies[HOST]["status"]["lastSync"]["specHash"] = "of another release"

    @property
    def statuses(self) -> list[Any]:
        """What the resources say of themselves."""
        return [body["status"] for body in self.look.kube.bodies.values()]

    @property
    def tags(self) -> tuple[dict[str, str], dict[str, str]]:
        """The labels of the cluster and of its host in Palette."""
        (cluster,) = self.api.palette.clusters.values()
        return dict(cluster.labels), dict(self.api.palette.hosts["edge-a"].labels)

    def path(self, read: str) -> str:
        """Name a request as the network does."""
        (cluster,) = self.api.palette.clusters.values()
        return READS[read].format(cluster=cluster.uid, config=cluster.cloud_config_uid)

    async def look_without(self, read: str, place: Place, *, turn: int = 1) -> list[str]:
        """Look while the answer to a read, at the `turn`-th time it is asked for, lacks a field; return writes."""
        path, turns = self.path(read), 0

        def loss(asked: str, answer: Any) -> Any:  # noqa: ANN401 - JSON
            nonlocal turns
            turns += asked == path
            return without(answer, place) if asked == path and turns == turn else answer

        self.look.network.loss = loss
        await self.look_whole()
        self.look.network.loss = None
        return self.look.network.writes

    async def look_whole(self) -> None:
        """Look once, with nothing kept from before."""
        self.look.network.asked.clear()
        self.look.start_anew(self.bodies)
        await self.look.look()


@pytest.fixture
async def steady() -> AsyncIterator[Steady]:
    cluster, host = resource_body(STORE), resource_body(HOST)
    cluster["spec"], host["spec"] = CLUSTER_SPEC, HOST_SPEC
    async with serve_palette() as api, open_look(api, cluster, host) as look:
        found = Steady(api, look)
        await found.settle()
        yield found


async def test_a_look_at_what_is_as_desired_reads_each_of_these_once_and_writes_nothing(steady: Steady) -> None:
    await steady.look_whole()

    assert sorted(steady.look.network.asked) == sorted(steady.path(read) for read in READS)
    assert steady.look.condition(STORE, "Ready")["status"] == "True"
    assert steady.look.condition(HOST, "Ready")["status"] == "True"


@pytest.mark.parametrize("read", READS)
async def test_a_field_that_an_answer_lacks_once_leads_to_no_write_and_the_next_passes_put_the_status_right(
    steady: Steady, read: str
) -> None:
    await steady.look_whole()
    fields = places(steady.look.network.answers[steady.path(read)])
    await steady.look.look()
    right = steady.statuses

    written, wrong = {}, []
    for place in fields:
        written[place] = await steady.look_without(read, place)
        await steady.look.look()
        if steady.statuses != right:  # what stood still is taken up again first
            await steady.look.look()
        written[place] += steady.look.network.writes
        wrong += [place for status in steady.statuses if status not in right]

    assert len(fields) > 15
    assert {place: writes for place, writes in written.items() if writes} == {}
    assert wrong == []


@pytest.mark.parametrize("turn", [1, 2, 3])
@pytest.mark.parametrize("read", ["a cluster", "the search of clusters", "the search of edge hosts"])
async def test_tags_that_others_have_set_outlast_a_write_of_ours_whatever_an_answer_lacks(
    steady: Steady, read: str, turn: int
) -> None:
    await steady.look_whole()
    fields = [place for place in places(steady.look.network.answers[steady.path(read)]) if "labels" in place]
    before = steady.tags
    for resource in (STORE, HOST):
        steady.bodies[resource]["spec"]["tags"] = {"site": "43", "region": "emea"}

    lost = []
    for place in fields:
        await steady.look_without(read, place, turn=turn)
        lost += [place for tags in steady.tags if tags.get("owner") != "jo"]
        (cluster,) = steady.api.palette.clusters.values()
        steady.api.palette.people.edit_cluster(cluster.uid, labels=before[0])
        steady.api.palette.people.edit_host("edge-a", labels=before[1])

    assert fields
    assert lost == []
