"""Letting a host go: an air-gapped one as it is, but not before the clusters that are reached through it."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable, Waiting
from palette_operator.domain.event_budget import EventNote
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.observed import HostRow
from palette_operator.kube.objects import Body, ObjectCache, uid_of
from palette_operator.reconcile import waking
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.deletion import HostDeletion
from palette_operator.reconcile.edge_host.local import LocalHost
from palette_operator.reconcile.finalizer import FINALIZER, Finalizer
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import DeletionGuard
from palette_operator.reconcile.waking import WakeIndex
from support.builders import IDENTITY, NOW, key
from support.fake_kube import FakeKubeApi, resource_body
from support.rows import host_row

HOST, STORE = key("edge-a", "EdgeHost"), key("store")


class Desk:
    """A host whose resource is to go: an air-gapped one unless it is connected."""

    def __init__(
        self, *, policy: str = "Orphan", uid: str = "edge-1", suspend: bool = False, connected_by: object = None
    ) -> None:
        going = {"deletionTimestamp": "2026-03-01T00:00:00Z", "finalizers": [FINALIZER]}
        spec: Body = {
            "local": {"endpoint": "https://10.4.2.21:5080"},
            "deletion": {"policy": policy},
            "suspend": suspend,
        }
        if connected_by is not None:
            spec = {"connectionRef": {"name": "default"}, "deletion": {"policy": policy}}
        self.body = resource_body(HOST, status={"uid": uid}, **going) | {"spec": spec}
        self.kube = FakeKubeApi(self.body)
        self.objects = ObjectCache()
        self.objects.put(self.body)
        self.reservations = Reservations()
        self.wakes = WakeIndex()
        self.stays = 0
        self.events: list[str] = []
        self.parts = SimpleNamespace(
            objects=self.objects,
            finalizer=Finalizer(self.kube, self.objects),
            reporter=Reporter(self.kube, self.objects, self._emit, lambda: NOW),
            reservations=self.reservations,
            wakes=self.wakes,
            identity=IDENTITY,
            sites=SimpleNamespace(site=connected_by),
        )
        self.deletion = HostDeletion(cast("Context", self.parts), cast("LocalHost", SimpleNamespace(stay=self._stay)))
        self.findings = Findings(uid=uid_of(self.body), generation=2)

    def _emit(self, _: Body, note: EventNote) -> None:
        self.events.append(note.reason)

    async def _stay(self, _: ObjectKey, __: Body) -> None:
        self.stays += 1

    async def proceed(self) -> None:
        await self.deletion.proceed(HOST, self.body, self.findings)

    @property
    def has_gone(self) -> bool:
        return not self.kube.bodies[HOST]["metadata"]["finalizers"]


@pytest.mark.parametrize("policy", ["Orphan", "Delete"])
@pytest.mark.parametrize("suspend", [False, True], ids=["working", "suspended"])
async def test_a_free_host_is_let_go_as_it_is(policy: str, suspend: bool) -> None:
    desk = Desk(policy=policy, suspend=suspend)
    await desk.proceed()

    assert desk.has_gone
    assert desk.events == ["Orphaned"]


async def test_a_host_that_never_answered_is_let_go() -> None:
    desk = Desk(uid="")
    await desk.proceed()

    assert desk.has_gone


async def test_a_host_stays_until_the_cluster_that_is_reached_through_it_has_gone() -> None:
    desk = Desk()
    desk.reservations.claim_hosts(STORE, [HostUid("edge-1")])
    with pytest.raises(Waiting, match=f"used by {STORE}") as caught:
        await desk.proceed()

    assert caught.value.reason == "HostInUse"
    assert desk.findings.conditions["DeletionHeld"].reason == "HostInUse"
    assert not desk.has_gone
    assert desk.stays == 1
    assert desk.wakes.waiting_for(waking.resource(STORE)) == (HOST,)

    desk.reservations.release(STORE)
    await desk.proceed()

    assert desk.has_gone


HELD = {
    "the guard's deletions are used up": (0, True, "HeldByGuard"),
    "the connection does not allow it": (9, False, "NotAllowed"),
}


@pytest.mark.parametrize(("left", "may_delete", "reason"), HELD.values(), ids=HELD)
async def test_a_host_in_palette_whose_deletion_is_held_stays_ours(left: int, may_delete: bool, reason: str) -> None:
    async def get_host(*_: object) -> HostRow:
        return host_row("edge-1", labels=IDENTITY.mark(HOST))

    async def site(*_: object, **__: object) -> SimpleNamespace:
        allow, guard = SimpleNamespace(delete=may_delete), SimpleNamespace(max_deletes_per_hour=9)
        return SimpleNamespace(
            client=SimpleNamespace(get_host=get_host),
            scope=None,
            spec=SimpleNamespace(allow=allow, guard=guard),
            guard=SimpleNamespace(left=lambda *_: left),
            fleet=SimpleNamespace(shrank=""),
        )

    desk = Desk(policy="Delete")
    desk.body["spec"]["connectionRef"] = {"name": "default"}
    desk.parts.sites, desk.parts.identity = SimpleNamespace(site=site), IDENTITY
    with pytest.raises(ReconcileError) as caught:
        await desk.proceed()
    desk.findings.failed(caught.value)

    told = {each.type: (each.status, each.reason) for each in desk.findings.conditions.values()}
    assert (told["Owned"], told["DeletionHeld"]) == (("True", "Marked"), ("True", reason))
    assert not desk.has_gone


async def test_a_host_that_palette_keeps_refusing_to_delete_takes_nothing_from_other_deletions() -> None:
    guard, granted = DeletionGuard(lambda: 0.0), 10
    tried = 0

    async def get_host(*_: object) -> HostRow:
        return replace(host_row("edge-a"), labels=IDENTITY.mark(HOST), state="ready", cluster_uid=None)

    async def delete_host(*_: object) -> None:
        nonlocal tried
        tried += 1
        raise Unavailable("RemoteRejected", "deleting edge host edge-a: Palette answered 500")

    async def site_of(*_: object, **__: object) -> object:
        client = SimpleNamespace(get_host=get_host, delete_host=delete_host)
        allow, limits = SimpleNamespace(delete=True), SimpleNamespace(max_deletes_per_hour=granted)
        fleet = SimpleNamespace(shrank="")
        return SimpleNamespace(
            client=client, scope=None, fleet=fleet, guard=guard, spec=SimpleNamespace(allow=allow, guard=limits)
        )

    desk = Desk(policy="Delete", uid="edge-a", connected_by=site_of)
    for _ in range(granted + 1):
        with pytest.raises(Unavailable, match="answered 500"):
            await desk.proceed()

    assert tried == granted + 1
    assert guard.left(granted, "edge-b") == granted - 1
