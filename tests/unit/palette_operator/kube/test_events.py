"""Events are posted beside the work: in order, each once, and a bounded number while nobody takes them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

import pytest
from kubernetes.aio import client

from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.event_budget import EventNote
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.events import MOST_WAITING, EventRecorder
from palette_operator.kube.objects import Body
from support.builders import NOW, key
from support.fake_kube import resource_body
from support.virtual_clock import VirtualClock, settle

AWAY = Waiting("KubernetesUnavailable", "posting an event: the API server could not be reached", retry_after_s=5)
FORBIDDEN = Stalled("KubernetesForbidden", "posting an event: the operator's ServiceAccount may not; check its RBAC")


class Board:
    """The events of an API server. `before` runs before each call, and may raise."""

    def __init__(self) -> None:
        self.events: dict[str, client.CoreV1Event] = {}
        self.counts: dict[str, int] = {}
        self.calls: list[str] = []
        self.before: Callable[[], None] = lambda: None
        self.loses_answers = False
        self.namespaces_gone: set[str] = set()

    async def create_event(self, namespace: str, event: client.CoreV1Event) -> None:
        self.calls.append("create")
        self.before()
        if namespace in self.namespaces_gone:
            raise Vanished("NotFound", "its namespace is gone", retry_after_s=1)
        assert event.metadata is not None
        assert event.metadata.name is not None
        assert event.metadata.namespace == namespace
        if event.metadata.name in self.events:
            raise Conflict("Conflict", "it is there", retry_after_s=0.2)
        self.events[event.metadata.name] = event
        self.counts[event.metadata.name] = event.count or 0
        if self.loses_answers:
            raise AWAY

    async def count_event(self, namespace: str, name: str, count: int, last_at: datetime) -> None:
        self.calls.append("count")
        self.before()
        assert last_at >= NOW
        if name not in self.events:
            raise Vanished("NotFound", "it is gone", retry_after_s=1)
        assert self.events[name].involved_object.namespace in {namespace, None}
        self.counts[name] = count

    @property
    def told(self) -> list[tuple[str, int]]:
        return [(str(event.reason), self.counts[name]) for name, event in self.events.items()]


class Desk:
    """A recorder at work, with clocks that a test sets."""

    def __init__(self) -> None:
        self.board = Board()
        self.clock = VirtualClock()
        self.now = NOW
        self.recorder = EventRecorder(self.board, lambda: self.now, sleep=self.clock.sleep, instance="host-1")

    def tell(self, reason: str, message: str = "it is so", body: Body | None = None) -> None:
        self.now += timedelta(seconds=1)
        self.recorder.record(body or body_of("store"), EventNote("Normal", reason, message))

    def fails(self, error: ReconcileError | None) -> None:
        def fail() -> None:
            if error is not None:
                raise error

        self.board.before = fail

    async def until_posted(self) -> None:
        await settle()
        for _ in range(MOST_WAITING):
            if not self.recorder.waiting:
                return
            await self.clock.advance(5)
        raise AssertionError(f"{self.recorder.waiting} events are never posted")


def body_of(name: str, kind: str = "PaletteCluster") -> Body:
    body = resource_body(key(name, kind))
    return {"apiVersion": "palette.spectrocloud.com/v1alpha1", **body}


@asynccontextmanager
async def at_work() -> AsyncIterator[Desk]:
    desk = Desk()
    task = asyncio.create_task(desk.recorder.run())
    try:
        yield desk
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_an_event_names_its_resource_and_who_tells() -> None:
    async with at_work() as desk:
        desk.tell("Created", "created cluster store")
        await desk.until_posted()

    [event] = desk.board.events.values()
    about = event.involved_object
    assert (about.kind, about.namespace, about.name, about.uid) == ("PaletteCluster", "retail", "store", "uid-store")
    assert (event.type, event.reason, event.message, event.count) == ("Normal", "Created", "created cluster store", 1)
    assert event.source is not None
    assert (event.source.component, event.reporting_instance) == ("palette-operator", "host-1")
    assert event.first_timestamp == event.last_timestamp == desk.now


async def test_an_event_about_what_has_no_namespace_is_in_default() -> None:
    async with at_work() as desk:
        desk.tell("Ready", body=body_of("default", "PaletteConnection"))
        await desk.until_posted()

    [event] = desk.board.events.values()
    assert event.metadata is not None
    assert event.metadata.namespace == "default"
    assert event.involved_object.namespace is None


async def test_the_same_event_again_is_counted_on_the_one_that_is_there() -> None:
    async with at_work() as desk:
        for _ in range(3):
            desk.tell("Ready")
            await desk.until_posted()

    assert desk.board.told == [("Ready", 3)]
    assert desk.board.calls == ["create", "count", "count"]


async def test_repetitions_that_wait_together_are_posted_as_one() -> None:
    async with at_work() as desk:
        for _ in range(3):
            desk.tell("Ready")
        await desk.until_posted()

    assert desk.board.told == [("Ready", 3)]
    assert desk.board.calls == ["create"]


async def test_an_event_that_the_api_server_dropped_is_posted_again_with_its_count() -> None:
    async with at_work() as desk:
        desk.tell("Ready")
        await desk.until_posted()
        desk.board.events.clear()
        desk.tell("Ready")
        await desk.until_posted()

    assert desk.board.told == [("Ready", 2)]


async def test_while_the_api_server_is_away_events_wait_in_order_and_are_bounded() -> None:
    async with at_work() as desk:
        desk.fails(AWAY)
        for at in range(MOST_WAITING + 100):
            desk.tell("Ready", body=body_of(f"store-{at}"))
        await settle()

        assert desk.recorder.waiting == MOST_WAITING
        assert desk.board.calls == ["create"], "it is left alone for a while"
        desk.fails(None)
        await desk.until_posted()

    names = [event.involved_object.name for event in desk.board.events.values()]
    assert names == [f"store-{at}" for at in range(MOST_WAITING)]


async def test_an_answer_that_was_lost_makes_no_second_event() -> None:
    async with at_work() as desk:
        desk.board.loses_answers = True
        desk.tell("Created")
        await settle()
        desk.board.loses_answers = False
        await desk.until_posted()

    assert desk.board.told == [("Created", 1)]


async def test_an_event_that_is_refused_holds_up_no_other_and_is_complained_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with at_work() as desk:
        desk.fails(FORBIDDEN)
        desk.tell("Created")
        desk.tell("Ready")
        await desk.until_posted()
        desk.fails(None)
        desk.tell("Deleted")
        await desk.until_posted()

    assert desk.board.told == [("Deleted", 1)]
    assert [record.message for record in caplog.records] == [f"events: {FORBIDDEN.message}"]


async def test_events_of_a_namespace_that_is_gone_are_dropped_and_hold_up_no_other() -> None:
    gone, other = body_of("store"), body_of("default", "PaletteConnection")
    async with at_work() as desk:
        desk.board.namespaces_gone = {"retail"}
        for reason in ("Deleting", "Deleted"):
            desk.tell(reason, body=gone)
        desk.tell("Ready", body=other)
        await desk.until_posted()

    assert desk.board.told == [("Ready", 1)]
    assert desk.board.calls == ["create"] * 3, "each is tried once"


async def test_in_a_namespace_that_is_going_one_refusal_is_enough() -> None:
    async with at_work() as desk:
        desk.fails(FORBIDDEN)
        for number in range(1000):
            desk.tell("Deleted", body=body_of(f"store-{number}"))
        await settle()

    assert desk.recorder.waiting == 0
    assert desk.board.calls == ["create"]


async def test_the_last_events_are_posted_at_the_end() -> None:
    async with at_work() as desk:
        await settle()
        desk.tell("Orphaned")

    assert desk.board.told == [("Orphaned", 1)]


async def test_the_end_waits_for_nobody_who_is_away() -> None:
    async with at_work() as desk:
        await settle()
        desk.fails(AWAY)
        desk.tell("Orphaned")

    assert desk.board.calls == ["create"]


async def test_a_long_message_is_cut_to_what_an_event_takes() -> None:
    async with at_work() as desk:
        desk.tell("InvalidSpec", "x" * 5_000)
        await desk.until_posted()

    [event] = desk.board.events.values()
    assert len(event.message or "") == 1024
