"""Creating exactly once: the order of writes, what stops the POST, and what is remembered when its answer is lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.clouds.edge_native import create_body
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, ProjectUid
from palette_operator.domain.observed import ClusterRow, Project
from palette_operator.domain.ownership import Claim, Nobody, NotOurs, Ours
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.objects import ObjectCache
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.fleet import Fleet
from palette_operator.palette.lookup import NameLookup
from palette_operator.palette.scope import ProjectScope
from palette_operator.reconcile.cluster.creation import create, look_by_name
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import ProjectLink, Site
from support.builders import IDENTITY, NOW, cluster, key, profile, variables
from support.fake_kube import FakeKubeApi, resource_body
from support.rows import cluster_row

STORE = key("store")
LAG_S = 60.0
DESIRED = cluster(labels=IDENTITY.mark(STORE), profiles=(profile(variables=variables(password="hush")),))
PROJECT = Project(ProjectUid("p1"), "retail-prod")


@dataclass
class Stage:
    """One resource, one project, and a Palette that answers as told; what was done stands in `done`, in order."""

    answer: ReconcileError | None = None
    after_write: Callable[[str], None] = lambda _: None
    rows: list[ClusterRow] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    clock_s: float = 1_000.0
    noted: list[ClusterRow] = field(default_factory=list)
    sent: list[Mapping[str, object]] = field(default_factory=list)
    pending_at_post: dict[str, Any] | None = None
    deadline_s: float = 0.0

    def __post_init__(self) -> None:
        self.api = FakeKubeApi(resource_body(STORE))
        self.api.before_write = self._before_write
        self.objects = ObjectCache()
        self.objects.put(self.api.bodies[STORE])
        self.reservations = Reservations()
        self.findings = Findings(stage="Synced")

    def _before_write(self, what: str) -> None:
        self.after_write(what)
        pending = "pendingOperation" if what == "status" else what
        self.done.append(pending)

    @property
    def context(self) -> Context:
        reporter = Reporter(self.api, self.objects, lambda *_: None, lambda: NOW)
        parts = SimpleNamespace(
            settings=SimpleNamespace(search_lag_s=LAG_S),
            identity=IDENTITY,
            hash_key=b"key",
            api=self.api,
            objects=self.objects,
            finalizer=Finalizer(self.api, self.objects),
            reporter=reporter,
            reservations=self.reservations,
            now=lambda: NOW,
            monotonic=lambda: self.clock_s,
        )
        return cast(Context, parts)

    @property
    def site(self) -> Site:
        fleet = SimpleNamespace(
            note_cluster=self.noted.append,
        )
        link = SimpleNamespace(
            project=PROJECT,
            scope=ProjectScope(PROJECT.uid),
            fleet=cast(Fleet, fleet),
            names=cast(NameLookup, SimpleNamespace(clusters=self._named)),
        )
        client = cast(PaletteClient, SimpleNamespace(create_edge_native_cluster=self._post))
        parts: dict[str, Any] = {"connection": "default", "spec": None, "guard": None, "unreachable": False}
        return Site(client=client, link=cast(ProjectLink, link), **parts)

    async def _named(self, _: str) -> list[ClusterRow]:
        return self.rows

    async def _post(self, scope: ProjectScope, body: Mapping[str, object], *, leave_within_s: float) -> ClusterUid:
        assert scope.project == PROJECT.uid
        self.done.append("POST")
        self.sent.append(body)
        self.deadline_s = leave_within_s
        self.pending_at_post = self.api.bodies[STORE]["status"].get("pendingOperation")
        if self.answer is not None:
            raise self.answer
        return ClusterUid("c-new")

    async def create(self, *, seen: str = "7") -> ClusterRow:
        return await create(self.context, self.site, STORE, DESIRED, self.findings, seen=seen)


async def test_what_is_about_to_be_done_is_written_down_before_it_is_done() -> None:
    stage = Stage()
    row = await stage.create()

    assert stage.done == ["finalizers", "pendingOperation", "POST"]
    assert stage.pending_at_post is not None
    assert stage.pending_at_post["verb"] == "create"
    assert stage.pending_at_post["startedAt"] == "2026-03-01T02:00:00Z"
    assert stage.sent == [create_body(DESIRED)]
    assert (row.uid, row.labels, row.state) == ("c-new", DESIRED.labels, "Pending")


async def test_a_cluster_that_was_created_is_known_at_once_and_no_longer_pending() -> None:
    stage = Stage()
    row = await stage.create()

    assert stage.noted == [row]
    assert (stage.findings.fields["uid"], stage.findings.fields["pendingOperation"]) == ("c-new", None)
    assert [event.reason for event in stage.findings.events] == ["Created"]


async def test_no_secret_stands_in_what_is_written_down() -> None:
    stage = Stage()
    await stage.create()

    assert "hush" in str(stage.sent)
    assert "hush" not in str(stage.api.bodies)


def somebody_writes(stage: Stage, *, at: str) -> Callable[[str], None]:
    return lambda what: stage.api.touch(STORE) if what == at else None


def it_is_deleted(stage: Stage, *, at: str) -> Callable[[str], None]:
    return lambda what: stage.api.bodies.clear() if what == at else None


def api_fails(_: Stage, *, at: str) -> Callable[[str], None]:
    def fail(what: str) -> None:
        if what == at:
            raise Waiting("KubernetesUnavailable", "writing: the API server answered 500", retry_after_s=5)

    return fail


STOPS: dict[str, tuple[Callable[..., Callable[[str], None]], str, type[ReconcileError]]] = {
    "another writer before the finalizer": (somebody_writes, "finalizers", Conflict),
    "another leader before the fence": (somebody_writes, "status", Conflict),
    "a resource deleted before the finalizer": (it_is_deleted, "finalizers", Vanished),
    "a resource deleted before the fence": (it_is_deleted, "status", Vanished),
    "an API server that cannot write the fence": (api_fails, "status", Waiting),
}


@pytest.mark.parametrize(("happening", "at", "error"), STOPS.values(), ids=STOPS)
async def test_nothing_is_sent_after(
    happening: Callable[..., Callable[[str], None]], at: str, error: type[ReconcileError]
) -> None:
    stage = Stage()
    stage.after_write = happening(stage, at=at)

    with pytest.raises(error):
        await stage.create()
    assert stage.sent == []


async def test_nothing_is_written_for_a_version_that_was_not_looked_at() -> None:
    stage = Stage()

    with pytest.raises(Conflict):
        await stage.create(seen="6")
    assert stage.done == []


async def test_nothing_is_written_for_a_name_that_another_resource_is_creating() -> None:
    stage = Stage()
    stage.reservations.claim_name(key("other"), PROJECT.uid, DESIRED.name)

    with pytest.raises(Stalled) as caught:
        await stage.create()
    assert caught.value.reason == "OwnedByAnother"
    assert "retail/other" in caught.value.message
    assert stage.done == []


async def test_who_stood_still_after_the_fence_does_not_send_any_more() -> None:
    stage = Stage()

    def stand_still(what: str) -> None:
        if what == "status":
            stage.clock_s += LAG_S

    stage.after_write = stand_still

    with pytest.raises(Waiting) as caught:
        await stage.create()
    assert caught.value.reason == "CreateResultUnknown"
    assert stage.sent == []
    assert stage.api.bodies[STORE]["status"]["pendingOperation"]["verb"] == "create"


async def test_a_post_that_has_not_left_in_half_the_time_that_a_search_lags_never_leaves() -> None:
    stage = Stage()
    await stage.create()

    assert stage.deadline_s == LAG_S / 2


ANSWERS: dict[str, tuple[ReconcileError, bool]] = {
    "no answer": (Unavailable("PaletteUnreachable", "creating: no answer"), True),
    "a 500": (Unavailable("RemoteRejected", "creating: Palette answered 500"), True),
    "a refusal": (Stalled("RemoteRejected", "creating: Palette answered 400"), False),
    "a key that may not": (Stalled("Forbidden", "creating: Palette answered 403"), False),
    "too many requests": (Waiting("Throttled", "creating: Palette answered 429", retry_after_s=7), False),
}


@pytest.mark.parametrize(("answer", "may_exist"), ANSWERS.values(), ids=ANSWERS)
async def test_whether_it_may_exist_is_remembered_after(answer: ReconcileError, may_exist: bool) -> None:
    stage = Stage(answer)

    with pytest.raises(type(answer)):
        await stage.create()
    pending = stage.findings.fields["pendingOperation"]
    assert (pending is not None) is may_exist
    assert "uid" not in stage.findings.fields


CLAIM = Claim(STORE, IDENTITY, "IfOwned", may_adopt_foreign=False)
FOUND: dict[str, tuple[list[ClusterRow], type[object]]] = {
    "nothing": ([], Nobody),
    "ours, from an attempt whose answer was lost": ([cluster_row("c1", labels=IDENTITY.mark(STORE))], Ours),
    "ours, but deleted": ([cluster_row("c1", state="Deleted", labels=IDENTITY.mark(STORE))], Nobody),
    "somebody else's": ([cluster_row("c1")], NotOurs),
}


@pytest.mark.parametrize(("rows", "want"), FOUND.values(), ids=FOUND)
async def test_what_stands_under_the_name_is(rows: list[ClusterRow], want: type[object]) -> None:
    stage = Stage(rows=rows)

    assert isinstance(await look_by_name(CLAIM, stage.site, DESIRED.name), want)
