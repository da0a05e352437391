"""What is asked of an air-gapped host once: when it is sent, and what is said when it is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey
from palette_operator.domain.local import HostConfiguration, LinkStatus, LocalCluster
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.observed import Unknown
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.local_requests import LocalRequests
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from support.builders import NOW, key
from support.fake_kube import FakeKubeApi, resource_body
from support.local_hosts import host_info

HOST, STORE = key("edge-a", "EdgeHost"), key("store")
UID = HostUid("edge-1")
SEEN = LocalHostSeen(host_info(UID), None, LinkStatus(), HostConfiguration(), Unknown("not asked for"))
SHOP = LocalCluster("shop", ClusterUid("c1"))
ASKED_AT = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


class Client:
    """A host that notes what it is asked to do, and what its status said by then."""

    def __init__(self, kube: FakeKubeApi, cluster: LocalCluster | None, failure: ReconcileError | None) -> None:
        self._kube = kube
        self._cluster = cluster
        self._failure = failure
        self.done: list[str] = []
        self.remembered: list[Any] = []

    async def cluster(self) -> LocalCluster | None:
        return self._cluster

    async def reboot(self) -> None:
        await self._do("reboot")

    async def reset(self) -> None:
        await self._do("reset")

    async def shutdown(self) -> None:
        await self._do("shutdown")

    async def _do(self, action: str) -> None:
        self.done.append(action)
        self.remembered.append(self._kube.bodies[HOST]["status"].get("lastHandledRequests"))
        if self._failure is not None:
            raise self._failure


class Desk:
    """One host with requests on its resource."""

    def __init__(
        self,
        *actions: str,
        cluster: LocalCluster | None = None,
        holder: ObjectKey | None = None,
        failure: ReconcileError | None = None,
        spec: Body | None = None,
    ) -> None:
        asked = {f"palette.spectrocloud.com/{action}-requested-at": ASKED_AT for action in actions}
        body = resource_body(HOST, annotations=asked, creationTimestamp="2026-01-01T00:00:00Z")
        self.body = body | {"spec": {"local": {}} | (spec or {})}
        self.kube = FakeKubeApi(self.body)
        self.client = Client(self.kube, cluster, failure)
        self.findings = Findings(generation=2)
        self.looks = 0
        objects = ObjectCache()
        objects.put(self.body)
        reservations = Reservations()
        if holder is not None:
            reservations.claim_hosts(holder, [UID])
        parts = SimpleNamespace(
            objects=objects,
            reservations=reservations,
            reporter=Reporter(self.kube, objects, lambda *_: None, lambda: NOW),
            local_hosts=SimpleNamespace(client=lambda _: self.client, look_now=self._look),
            now=lambda: NOW,
        )
        self.requests = LocalRequests(cast("Context", parts))

    def _look(self, _: ObjectKey) -> None:
        self.looks += 1

    async def answer(self) -> None:
        await self.requests.answer(HOST, self.body, SEEN, self.findings)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(event.reason, event.message) for event in self.findings.events]


@pytest.mark.parametrize("action", ["reboot", "reset", "shutdown"])
async def test_what_is_asked_for_is_done_after_it_was_remembered(action: str) -> None:
    desk = Desk(action)
    await desk.answer()

    assert desk.client.done == [action]
    assert desk.client.remembered == [{action: ASKED_AT}]
    assert [reason for reason, _ in desk.told] == [f"{action.capitalize()}Requested"]
    assert desk.looks == 1


async def test_what_was_done_is_not_done_again() -> None:
    desk = Desk("reboot")
    await desk.answer()
    await desk.answer()

    assert desk.client.done == ["reboot"]


async def test_nothing_asked_is_nothing_done() -> None:
    desk = Desk()
    await desk.answer()

    assert (desk.client.done, desk.told, desk.looks, desk.kube.writes) == ([], [], 0, [])


async def test_a_host_in_a_cluster_is_rebooted() -> None:
    desk = Desk("reboot", cluster=SHOP, holder=STORE)
    await desk.answer()

    assert desk.client.done == ["reboot"]


REFUSED: dict[str, tuple[Desk, str]] = {
    "a host in a cluster is not reset, and the cluster is named": (Desk("reset", cluster=SHOP), "used by cluster shop"),
    "a host that a cluster has just chosen is not reset": (Desk("reset", holder=STORE), f"used by {STORE}"),
    "an observed host is not shut down": (Desk("shutdown", spec={"mode": "Observe"}), "spec.mode is Observe"),
    "a planned host is not reset": (Desk("reset", spec={"mode": "Plan"}), "spec.mode is Plan"),
    "a suspended host is not rebooted": (Desk("reboot", spec={"suspend": True}), "suspended"),
}


@pytest.mark.parametrize(("desk", "why"), REFUSED.values(), ids=REFUSED)
async def test_what_is_refused_is_told(desk: Desk, why: str) -> None:
    await desk.answer()

    assert desk.client.done == []
    ((reason, message),) = desk.told
    assert reason == "RequestRefused"
    assert why in message


FAILED: dict[str, tuple[ReconcileError, bool]] = {
    "an answer that was lost leaves it open": (Unavailable("Unreachable", "no answer"), True),
    "a refusal does not": (Stalled("RemoteRejected", "not now"), False),
}


@pytest.mark.parametrize(("failure", "open_"), FAILED.values(), ids=FAILED)
async def test_a_request_that_failed_is_told_and_not_repeated(failure: ReconcileError, open_: bool) -> None:
    desk = Desk("reboot", failure=failure)
    await desk.answer()
    await desk.answer()

    assert desk.client.done == ["reboot"]
    ((reason, message),) = desk.told
    assert reason == "RequestFailed"
    assert ("whether it was done is not known" in message) == open_
