"""Letting a local cluster go: what is sent to its leader, and what holds the resource back."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import ClusterUid, ObjectKey
from palette_operator.domain.local import LinkStatus, LocalCluster, LocalClusterConfig, LocalHostInfo
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.observed import Unknown
from palette_operator.kube.objects import Body, ObjectCache, uid_of
from palette_operator.reconcile.cluster.local.deletion import LocalDeletion
from palette_operator.reconcile.cluster.local.members import Members
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.local_hosts.fleet import LocalSighting
from palette_operator.reconcile.local_hosts.hosts import HostSighting
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.waking import WakeIndex
from support.builders import IDENTITY, NOW, key
from support.fake_kube import resource_body
from support.local_hosts import host_info

SHIP = key("ship-7")
LEADER = key("a", "EdgeHost")
MARKED = IDENTITY.mark(SHIP)
SILENT = Unavailable("Unreachable", "no answer from the host (timed out)")


def cluster(state: str = "Running") -> LocalCluster:
    return LocalCluster(name="ship-7", uid=ClusterUid("c1"), state=state)


@dataclass
class Desk:
    """A leader with a cluster or none, and the resource that is to go."""

    there: LocalCluster | None = field(default_factory=cluster)
    labels: dict[str, str] = field(default_factory=lambda: dict(MARKED))
    spec: dict[str, Any] = field(default_factory=lambda: {"deletion": {"policy": "Delete"}})
    status: dict[str, Any] = field(default_factory=lambda: {"uid": "c1", "leader": "a"})
    mode: str = "airgap"
    failure: ReconcileError | None = None
    has_leader: bool = True
    starts: bool = False
    """It shows no cluster, as it has not begun to look after it yet."""
    sent: list[str] = field(default_factory=list)
    gone: bool = False
    findings: Findings = field(default_factory=Findings)

    async def cluster(self) -> LocalCluster | None:
        return self.there

    async def host(self) -> LocalHostInfo:
        return host_info("edge-1", is_cluster_phase=self.starts)

    async def cluster_config(self) -> LocalClusterConfig:
        return LocalClusterConfig("ship-7", ClusterUid("c1"), labels=self.labels)

    async def delete_cluster(self) -> None:
        self.sent.append("delete")

    async def patch_cluster(self, name: str, patches: list[Body], *, whole: Body | None = None) -> None:
        assert whole is None
        self.sent.append(f"patch {name}: {patches[0]['value']}")

    def _sighting(self, _: ObjectKey) -> HostSighting:
        seen = LocalHostSeen(
            host_info("edge-1", connection_mode=self.mode), self.there, LinkStatus(), Unknown(""), Unknown("")
        )
        return LocalSighting(seen, is_new=False, failure=self.failure)

    async def proceed(self) -> None:
        body = resource_body(SHIP, status=self.status)
        body["spec"] = self.spec
        host = resource_body(LEADER)
        host["spec"] = {"local": {"endpoint": "https://10.0.0.1:5080", "credentialsSecretRef": {"name": "os"}}}
        self.findings.uid = uid_of(body)
        objects = ObjectCache()
        for each in (body, *((host,) if self.has_leader else ())):
            objects.put(each)
        context = cast("Context", SimpleNamespace(**self._parts(objects)))
        await LocalDeletion(context, Members(context)).proceed(SHIP, body, self.findings)

    def _parts(self, objects: ObjectCache) -> dict[str, Any]:
        async def remove(_: ObjectKey, *, uid: str) -> None:
            assert uid == self.findings.uid
            self.gone = True

        async def write(*_: object, **__: object) -> str:
            return ""

        return {
            "objects": objects,
            "identity": IDENTITY,
            "reservations": Reservations(),
            "wakes": WakeIndex(),
            "settings": SimpleNamespace(unreachable_after_s=90.0),
            "now": lambda: NOW,
            "monotonic": lambda: 0.0,
            "finalizer": SimpleNamespace(is_set=lambda _: True, remove=remove),
            "reporter": SimpleNamespace(tell=lambda *_: None, write=write),
            "local_hosts": SimpleNamespace(sighting=self._sighting, client=lambda _: self, look_now=lambda _: None),
        }


DELETED: dict[str, tuple[Desk, list[str], bool]] = {
    "a cluster that runs is deleted, and followed": (Desk(), ["delete"], False),
    "one that is being deleted is followed": (Desk(cluster("Deleting")), [], False),
    "one that is not there has gone": (Desk(None), [], True),
    "nothing was ever asked for, and its leader is gone": (Desk(status={}, has_leader=False), [], True),
    "by default it stays, without our mark": (
        Desk(spec={}, labels={**MARKED, "site": "42"}),
        ["patch ship-7: {'site': '42'}"],
        True,
    ),
    "a mark of somebody else stays": (Desk(spec={}, labels={"palette-operator-owner": "other"}), [], True),
    "who only observes takes no mark off": (Desk(spec={"mode": "Observe"}), [], True),
    "an orphan does not wait for its leader to answer": (Desk(spec={}, failure=SILENT), [], True),
    "nor for one that is gone": (Desk(spec={}, has_leader=False), [], True),
}


@pytest.mark.parametrize("case", DELETED.values(), ids=DELETED)
async def test_letting_go(case: tuple[Desk, list[str], bool]) -> None:
    desk, sent, gone = case

    await desk.proceed()

    assert (desk.sent, desk.gone) == (sent, gone)


HELD: dict[str, tuple[Desk, str]] = {
    "it does not carry our mark": (Desk(labels={}), "OwnedByAnother"),
    "Palette manages its leader": (Desk(mode="connected"), "HostIsConnected"),
    "its leader does not answer": (Desk(failure=SILENT), "HostUnreachable"),
    "its leader is gone": (Desk(has_leader=False), "HostNotFound"),
    "its leader has just started": (Desk(None, starts=True), "HostUnreachable"),
    "it is suspended": (Desk(spec={"deletion": {"policy": "Delete"}, "suspend": True}), "Suspended"),
}


@pytest.mark.parametrize("case", HELD.values(), ids=HELD)
async def test_a_cluster_is_not_deleted_and_its_resource_stays_while(case: tuple[Desk, str]) -> None:
    desk, reason = case

    with pytest.raises(ReconcileError) as caught:
        await desk.proceed()

    assert caught.value.reason == reason
    assert (desk.sent, desk.gone) == ([], False)


STAGES: dict[str, tuple[Desk, str, tuple[str, str]]] = {
    "a deletion that is held leaves it ours": (
        Desk(spec={"deletion": {"policy": "Delete"}, "suspend": True}),
        "Suspended",
        ("True", "Marked"),
    ),
    "so does a host that takes no deletion": (Desk(mode="connected"), "HostIsConnected", ("True", "Marked")),
    "without our mark it is not": (Desk(labels={}), "OwnedByAnother", ("False", "OwnedByAnother")),
}


@pytest.mark.parametrize("case", STAGES.values(), ids=STAGES)
async def test_whether_it_is_ours_is_about_the_mark_alone(case: tuple[Desk, str, tuple[str, str]]) -> None:
    desk, reason, owned = case
    findings = desk.findings

    with pytest.raises(ReconcileError) as caught:
        await desk.proceed()
    findings.failed(caught.value)

    found = findings.conditions["Owned"]
    assert caught.value.reason == reason
    assert (found.status, found.reason) == owned
    assert ("DeletionHeld" in findings.conditions) == (reason == "Suspended")
