"""Letting a cluster go when its status was lost: what no pass shows may still be there."""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import ClusterRow, Project
from palette_operator.kube.objects import Body, ObjectCache, uid_of
from palette_operator.palette.scope import ProjectScope
from palette_operator.reconcile.cluster.absence import Absence
from palette_operator.reconcile.cluster.deletion import ClusterDeletion
from palette_operator.reconcile.cluster.details import ClusterDetails
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.finalizer import FINALIZER, Finalizer
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import DeletionGuard, ProjectLink, Site
from palette_operator.reconcile.waking import WakeIndex
from support.builders import IDENTITY, NOW, key
from support.fake_kube import FakeKubeApi, resource_body
from support.rows import cluster_row

STORE = key("store")
PROJECT = Project(ProjectUid("p1"), "retail-prod")
MOST_DELETES, FLEET_S = 10, 60
MARKED = cluster_row("c1", name="store", labels=IDENTITY.mark(STORE))


@dataclass
class Stage:
    """A resource that is being deleted, without status, in a Palette whose listing does not show its cluster."""

    named: list[ClusterRow]
    asked: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    may_delete: bool = True
    most_deletes: int = MOST_DELETES
    refusal: ReconcileError | None = None
    """With which Palette answers a deletion."""
    passes: int = 2
    """How many complete passes have begun since whatever is asked about."""

    def __post_init__(self) -> None:
        self.body = resource_body(STORE, finalizers=[FINALIZER], deletionTimestamp="2026-03-01T01:00:00Z")
        self.body["spec"] = {"connectionRef": {"name": "default"}, "deletion": {"policy": "Delete"}}
        self.api = FakeKubeApi(self.body)
        self.guard = DeletionGuard(lambda: 0.0)
        self.objects = ObjectCache()
        self.objects.put(self.body)
        absence = Absence(60.0, lambda: NOW, lambda: 0.0)
        self.deletion = ClusterDeletion(self.context, ClusterDetails(self.context), absence)

    async def proceed(self) -> None:
        self.findings = Findings(uid=uid_of(self.body))
        await self.deletion.proceed(STORE, self.body, self.findings)

    @property
    def kept(self) -> bool:
        """Whether the resource is still held back."""
        return bool(self.resource["metadata"].get("finalizers"))

    @property
    def resource(self) -> Body:
        return self.api.bodies[STORE]

    @property
    def context(self) -> Context:
        parts = SimpleNamespace(
            identity=IDENTITY,
            objects=self.objects,
            finalizer=Finalizer(self.api, self.objects),
            reporter=Reporter(self.api, self.objects, lambda *_: None, lambda: NOW),
            reservations=Reservations(),
            sites=SimpleNamespace(site=self._site),
            wakes=WakeIndex(),
            now=lambda: NOW,
        )
        return cast(Context, parts)

    async def _site(self, *_: object, **__: object) -> Site:
        fleet = SimpleNamespace(
            snapshot=SimpleNamespace(began_at=NOW),
            clusters_marked=lambda _: (),
            complete_passes_since=lambda _: self.passes,
            shrank="",
        )
        link = SimpleNamespace(
            project=PROJECT,
            scope=ProjectScope(PROJECT.uid),
            fleet=fleet,
            names=SimpleNamespace(clusters=self._search),
        )
        spec = SimpleNamespace(
            poll=SimpleNamespace(fleet_seconds=FLEET_S),
            allow=SimpleNamespace(delete=self.may_delete),
            guard=SimpleNamespace(max_deletes_per_hour=self.most_deletes),
        )
        client = SimpleNamespace(delete_cluster=self._delete)
        parts: dict[str, Any] = {"client": client, "spec": spec, "guard": self.guard}
        return Site(connection="default", link=cast(ProjectLink, link), unreachable=False, **parts)

    async def _search(self, name: str) -> list[ClusterRow]:
        self.asked.append(name)
        return self.named

    async def _delete(self, _: object, uid: str, **__: object) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.deleted.append(uid)


async def test_a_marked_cluster_that_only_the_search_by_name_shows_is_deleted_before_its_resource_goes() -> None:
    stage = Stage([MARKED])

    await stage.proceed()

    assert (stage.asked, stage.deleted, stage.kept) == (["store"], ["c1"], True)


async def test_a_fence_that_cannot_be_written_is_tried_again_and_takes_nothing_from_other_deletions() -> None:
    stage = Stage([MARKED])

    def fail(_: str) -> None:
        raise Waiting("KubernetesUnavailable", "writing: the API server answered 503", retry_after_s=5)

    stage.api.before_write = fail
    for _ in range(MOST_DELETES + 1):
        with pytest.raises(Waiting, match="503"):
            await stage.proceed()

    assert stage.guard.left(MOST_DELETES, "c2") == MOST_DELETES - 1
    stage.api.before_write = lambda _: None
    await stage.proceed()
    assert stage.deleted == ["c1"]


async def test_a_forced_deletion_is_sent_again_once_a_pass_that_began_later_still_shows_the_cluster() -> None:
    stage = Stage([replace(MARKED, state="Deleting")], passes=0)
    stage.body["spec"]["deletion"]["forceAfterMinutes"] = 20
    stage.body["status"] = {"pendingOperation": {"verb": "delete", "startedAt": "2026-03-01T01:00:00Z"}}

    for _ in range(3):
        await stage.proceed()
        assert stage.findings.look_again_after_s == FLEET_S
    assert stage.deleted == ["c1"]

    stage.passes = 1
    await stage.proceed()
    assert stage.deleted == ["c1", "c1"]


NOT_OURS = {
    "nothing of that name": [],
    "a cluster of that name that is not ours": [cluster_row("c2", name="store")],
    "our cluster, of which only the record lingers": [
        cluster_row("c1", name="store", labels=MARKED.labels, state="Deleted")
    ],
}


@pytest.mark.parametrize("named", NOT_OURS.values(), ids=NOT_OURS)
async def test_a_resource_goes_when_neither_listing_nor_search_shows_a_cluster_of_its_own(
    named: list[ClusterRow],
) -> None:
    stage = Stage(named)

    await stage.proceed()

    assert (stage.asked, stage.deleted, stage.kept) == (["store"], [], False)


KEPT: dict[str, tuple[Stage, dict[str, tuple[str, str]]]] = {
    "the guard's deletions are used up": (Stage([MARKED], most_deletes=0), {"DeletionHeld": ("True", "HeldByGuard")}),
    "the connection does not allow it": (Stage([MARKED], may_delete=False), {"DeletionHeld": ("True", "NotAllowed")}),
    "Palette refuses": (
        Stage([MARKED], refusal=Stalled("RemoteRejected", "no")),
        {"Synced": ("False", "RemoteRejected")},
    ),
}


@pytest.mark.parametrize(("stage", "told"), KEPT.values(), ids=KEPT)
async def test_what_is_not_deleted_stays_ours_and_says_why(stage: Stage, told: dict[str, tuple[str, str]]) -> None:
    with pytest.raises(ReconcileError) as caught:
        await stage.proceed()
    stage.findings.failed(caught.value)

    found = {each.type: (each.status, each.reason) for each in stage.findings.conditions.values()}
    always = {"Deleting": ("True", "Deleting"), "CredentialsValid": ("True", "Valid"), "Owned": ("True", "Marked")}
    assert found == {**always, **told}
    assert (stage.deleted, stage.kept) == ([], True)
