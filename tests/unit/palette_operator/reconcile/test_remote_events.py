"""Palette is asked for a cluster's events rarely, only what is new is passed on, and no failure disturbs anybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.conditions import false, true
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.event_budget import EventNote
from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.remote_event import RemoteEvent
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.kube.secrets import Secrets
from palette_operator.reconcile.remote_events import FIRST_PAUSE_S, MOST_PAUSE_S, RemoteEvents, is_alarming
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.sites import Site
from support.builders import NOW, key
from support.fake_kube import FakeKubeApi, resource_body
from support.scenarios.manifests import cluster, control
from support.virtual_clock import settle

STORE, UID = key("store-1"), ClusterUid("c1")
VARIABLES: list[dict[str, Any]] = [
    {"name": "plain", "value": "a-plain-value"},
    {"name": "kept", "valueFrom": {"secretKeyRef": {"name": "store-vars", "key": "kept"}}},
]


class Desk:
    """What Palette says of one cluster, when it was asked, and what was told."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.events: list[RemoteEvent] = []
        self.error: Exception | None = None
        self.secret: dict[str, str] | None = {"kept": "a-kept-value"}
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.told: list[str] = []
        self.objects = ObjectCache()
        profile = {"name": "edge-base", "version": "1.4.0", "variables": VARIABLES}
        spec = cluster("store-1", control("edge-a"), profiles=[profile])["spec"]
        spec["connectionRef"] = {"name": "default"}
        self.objects.put({**resource_body(STORE), "apiVersion": "palette.spectrocloud.com/v1alpha1", "spec": spec})
        api = FakeKubeApi()
        api.read_secret = self._read_secret  # type: ignore[method-assign]
        client = SimpleNamespace(cluster_events=self._cluster_events)
        self.site = cast(Site, SimpleNamespace(client=client, scope=None))
        self.remote = RemoteEvents(
            self.objects,
            Secrets(api, lambda: self.now_s),
            Reporter(api, self.objects, self._emit, self._now),
            self._now,
            lambda: self.now_s,
        )

    def _now(self) -> datetime:
        return NOW + timedelta(seconds=self.now_s)

    async def _read_secret(self, namespace: str, name: str) -> dict[str, str] | None:
        assert (namespace, name) == ("retail", "store-vars")
        return self.secret

    async def _cluster_events(
        self, _: object, uid: str, *, secrets: list[str], permit_deadline_s: float
    ) -> list[RemoteEvent]:
        assert permit_deadline_s < FIRST_PAUSE_S
        self.asked.append((uid, tuple(sorted(secrets))))
        if self.error is not None:
            raise self.error
        return self.events

    def _emit(self, body: Body, note: EventNote) -> None:
        assert body["metadata"]["name"] == "store-1"
        self.told.append(note.message)

    def happens(self, message: str, *, at_s: float | None = None) -> None:
        at = NOW + timedelta(seconds=self.now_s if at_s is None else at_s)
        self.events.insert(0, RemoteEvent("Warning", "NodeUnhealthy", message, at))

    async def look(self, *, after_s: float = 0.0, uid: ClusterUid = UID) -> None:
        """Let a look find the cluster ill."""
        self.now_s += after_s
        self.remote.want(STORE, self.site, uid)
        await settle()


@asynccontextmanager
async def at_work() -> AsyncIterator[Desk]:
    desk = Desk()
    task = asyncio.create_task(desk.remote.run())
    await settle()
    try:
        yield desk
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_what_palette_says_of_an_ill_cluster_is_told_once() -> None:
    async with at_work() as desk:
        desk.happens("edge-a: no heartbeat", at_s=5)
        await desk.look(after_s=10)
        await desk.look(after_s=FIRST_PAUSE_S)

    assert desk.told == ["Palette: edge-a: no heartbeat"]
    assert len(desk.asked) == 2


async def test_what_is_new_since_then_is_told() -> None:
    async with at_work() as desk:
        desk.happens("first", at_s=5)
        await desk.look(after_s=10)
        desk.happens("second", at_s=100)
        await desk.look(after_s=FIRST_PAUSE_S)

    assert desk.told == ["Palette: first", "Palette: second"]


async def test_many_looks_ask_once_in_a_while() -> None:
    async with at_work() as desk:
        for _ in range(100):
            await desk.look(after_s=1)

    assert len(desk.asked) == 1


async def test_the_pause_doubles_while_there_is_nothing_new_and_begins_anew_with_news() -> None:
    async with at_work() as desk:
        asked_at = []
        for _ in range(400):
            before = len(desk.asked)
            await desk.look(after_s=60)
            if len(desk.asked) > before:
                asked_at.append(desk.now_s)
        pauses = [later - earlier for earlier, later in pairwise(asked_at)]

        assert pauses[:4] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S, 8 * FIRST_PAUSE_S]
        assert set(pauses[4:]) == {MOST_PAUSE_S}
        desk.happens("news")
        await desk.look(after_s=MOST_PAUSE_S)
        before = len(desk.asked)
        await desk.look(after_s=FIRST_PAUSE_S)

    assert len(desk.asked) == before + 1


async def test_what_happened_before_the_operator_began_is_not_told() -> None:
    async with at_work() as desk:
        desk.happens("old", at_s=-1)
        await desk.look(after_s=10)

    assert desk.told == []


async def test_what_happened_hours_ago_is_not_told() -> None:
    async with at_work() as desk:
        desk.happens("old", at_s=100)
        desk.happens("late", at_s=5_000)
        await desk.look(after_s=8_000)

    assert desk.told == ["Palette: late"]


async def test_the_values_of_all_variables_are_given_to_be_struck_out() -> None:
    async with at_work() as desk:
        await desk.look()

    assert desk.asked == [(UID, ("a-kept-value", "a-plain-value"))]


async def test_nothing_is_asked_while_the_values_are_not_known() -> None:
    async with at_work() as desk:
        desk.secret = None
        await desk.look()

    assert desk.asked == []
    assert desk.told == []


FAILURES: dict[str, Exception] = {
    "a role that may not": Stalled("Forbidden", "no"),
    "a Palette without it": Stalled("RemoteRejected", "no such path"),
    "no permit": Waiting("Throttled", "later", retry_after_s=5),
    "an outage": Unavailable("PaletteUnreachable", "away"),
    "a defect": RuntimeError("a defect"),
}


@pytest.mark.parametrize("error", FAILURES.values(), ids=FAILURES)
async def test_a_failure_ends_nothing_and_is_tried_again_after_a_pause(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with at_work() as desk:
        desk.error = error
        desk.happens("news", at_s=5)
        await desk.look(after_s=10)
        await desk.look(after_s=FIRST_PAUSE_S - 1)
        desk.error = None
        await desk.look(after_s=1)

    assert desk.told == ["Palette: news"]
    assert len(desk.asked) == 2
    assert bool(caplog.records) is not isinstance(error, ReconcileError), "only a defect is worth a line"


async def test_a_resource_that_has_gone_is_not_asked_about() -> None:
    async with at_work() as desk:
        desk.objects.drop(resource_body(STORE))
        await desk.look()

    assert desk.asked == []


async def test_who_was_not_asked_about_for_a_day_is_forgotten() -> None:
    async with at_work() as desk:
        for number in range(100):
            await desk.look(uid=ClusterUid(f"gone-{number}"))
        await desk.look(after_s=25 * 3_600)

    assert list(desk.remote._asked) == [UID]


ALARMING = {
    "unhealthy": (false("Available", "Unhealthy", "ill"), True),
    "failed": (false("Available", "ProvisioningFailed", "broken"), True),
    "a pack that failed": (false("Applied", "ApplyFailed", "broken"), True),
    "all well": (true("Available", "Healthy", "well"), False),
    "on its way": (false("Available", "Provisioning", "soon"), False),
    "going": (false("Available", "Deleting", "going"), False),
}


@pytest.mark.parametrize(("condition", "want"), ALARMING.values(), ids=ALARMING)
def test_when_palette_is_asked(condition: Any, want: bool) -> None:  # noqa: ANN401 - a row
    assert is_alarming(condition) is want
