"""Which keys are looked at because of what the cache of resources shows."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.leadership import always
from palette_operator.kube.errors import Conflict
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.reconcile import waking
from palette_operator.reconcile.backoff import next_backoff
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.operator import Operator, concerns_of
from palette_operator.reconcile.queue import Priority, WorkQueue
from palette_operator.reconcile.waking import WakeIndex
from support.builders import key
from support.fake_kube import FakeKubeApi, resource_body
from support.virtual_clock import settle

STORE = key("store")


class Desk:
    """An operator that works at nothing yet, with one resource that was looked at."""

    def __init__(self) -> None:
        self.objects = ObjectCache()
        settings = SimpleNamespace(search_lag_s=60.0, replica="pod-1", resync_s=600.0)
        self.wakes = WakeIndex()
        self.local_hosts = SimpleNamespace()
        self.told: list[tuple[ObjectKey, str]] = []
        parts: dict[str, Any] = {
            "objects": self.objects,
            "finalizer": Finalizer(FakeKubeApi(), self.objects),
            "wakes": self.wakes,
            "settings": settings,
            "monotonic": lambda: 0.0,
            "leads": always,
            "reporter": SimpleNamespace(tell=self._tell),
        }
        context = SimpleNamespace(**parts, local_hosts=self.local_hosts, transfers=SimpleNamespace(), now=lambda: None)
        self.operator = Operator(cast(Context, context))
        self.body = resource_body(STORE, version=7, status={"observedGeneration": 2})
        self.operator.feed("ADDED", self.body)
        queue = self.queue
        queue.forget(STORE)

    def _tell(self, key: ObjectKey, _: Body, findings: Findings) -> None:
        self.told += [(key, note.reason) for note in findings.events]

    @property
    def queue(self) -> WorkQueue:
        return self.operator._queues[STORE.kind]

    @property
    def is_to_be_looked_at(self) -> bool:
        return STORE in self.queue._entries

    def changed(self, metadata: Mapping[str, object], version: int = 9) -> Body:
        return {**self.body, "metadata": {**self.body["metadata"], **metadata, "resourceVersion": str(version)}}


ASKED: dict[str, dict[str, Any]] = {
    "a changed spec": {"generation": 3},
    "a deletion": {"deletionTimestamp": "2026-03-01T02:00:00Z"},
    "a word by annotation": {"annotations": {"palette.spectrocloud.com/suspend": "true"}},
}


@pytest.mark.parametrize("metadata", ASKED.values(), ids=ASKED)
def test_what_the_answer_to_a_write_of_our_own_shows_first_is_looked_at(metadata: dict[str, Any]) -> None:
    desk = Desk()

    desk.objects.put(desk.changed(metadata))  # as the reporter does with what the API server returns
    desk.operator.feed("MODIFIED", desk.changed(metadata, version=8))  # older than that, and passed over

    assert desk.is_to_be_looked_at


def test_what_we_wrote_ourselves_is_no_reason_to_look_again() -> None:
    desk = Desk()

    desk.objects.put({**desk.changed({"finalizers": ["f"]}), "status": {"observedGeneration": 2, "uid": "c1"}})

    assert not desk.is_to_be_looked_at


def test_counts_and_conditions_concern_nobody_else() -> None:
    before, after = resource_body(STORE), resource_body(STORE, status={"conditions": [{"type": "Ready"}]})

    assert concerns_of(before) == concerns_of(after)


def test_a_host_that_shows_something_else_wakes_its_resource_and_those_who_depend_on_it() -> None:
    desk = Desk()
    host = key("edge-a", "EdgeHost")
    desk.wakes.subscribe(STORE, [waking.resource(host)])

    desk.local_hosts.on_change(host)

    assert desk.is_to_be_looked_at
    assert host in desk.operator._queues["EdgeHost"]._entries


def test_what_was_removed_before_it_was_let_go_is_told_once() -> None:
    desk = Desk()
    held = {"finalizers": ["palette.spectrocloud.com/protect"]}
    desk.operator.feed("MODIFIED", {**desk.changed(held), "status": {"observedGeneration": 2, "uid": "c1"}})

    desk.operator.feed("DELETED", desk.changed({}, version=10))
    desk.operator.feed("DELETED", desk.changed({}, version=10))

    assert desk.told == [(STORE, "LeftBehind")]
    assert desk.is_to_be_looked_at, "its claims are released then"


def test_what_was_listed_before_its_end_is_not_looked_at_again() -> None:
    desk = Desk()
    desk.operator.feed("DELETED", desk.changed({}, version=10))
    desk.queue.forget(STORE)

    desk.operator.feed("MODIFIED", desk.changed({}))

    assert desk.objects.get(STORE) is None
    assert not desk.is_to_be_looked_at


def test_the_end_of_the_one_before_is_none_of_the_one_made_again() -> None:
    desk = Desk()
    desk.operator.feed("ADDED", desk.changed({"uid": "made-anew"}))

    desk.operator.feed("DELETED", desk.changed({}, version=8))

    assert desk.objects.version(STORE) == "9"


def test_what_is_there_as_a_watch_begins_is_called_by_its_name() -> None:
    desk = Desk()

    desk.operator.feed("", resource_body(key("other"), version=8))

    assert desk.operator._roll_call._missing == {STORE}


async def test_a_worker_outlives_what_its_look_waited_for() -> None:
    desk, looks = Desk(), 0

    class Called:
        async def reconcile(self, _: ObjectKey) -> Findings:
            nonlocal looks
            looks += 1
            if looks == 1:
                called_off: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                called_off.cancel()
                await called_off
            return Findings()

    desk.operator._reconcilers = {STORE.kind: Called()}
    worker = asyncio.create_task(desk.operator._work(STORE.kind))
    for _ in range(2):
        desk.queue.add(STORE, Priority.SPEC_CHANGE)
        await settle()

    assert looks == 2
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker


def test_conflicts_in_a_row_are_met_with_growing_pauses_for_as_long_as_the_watch_hangs() -> None:
    conflict, pauses, last = Conflict("Conflict", "it was changed meanwhile", retry_after_s=0.2), [], None
    for _ in range(8):
        last = next_backoff(last, conflict, 1)
        assert last is not None
        pauses.append(last.pause_s)

    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
