"""Taking up what was asked for once: remembered before it is done, told once when it is not."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.event_budget import EventNote
from palette_operator.domain.one_shot import OneShot
from palette_operator.kube.errors import Conflict
from palette_operator.kube.objects import ObjectCache
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.one_shots import take_requests
from palette_operator.reconcile.report import Reporter
from support.builders import NOW, key
from support.fake_kube import FakeKubeApi, resource_body

HOST = key("edge-1", "EdgeHost")
THIS_MOMENT = "2026-03-01T02:00:00Z"


class Desk:
    """A resource that was asked for something, and what came of it."""

    def __init__(self, text: str = THIS_MOMENT, **metadata: Any) -> None:  # noqa: ANN401 - any metadata
        annotations = {OneShot.RESET.annotation: text}
        created = (NOW - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.api = FakeKubeApi(resource_body(HOST, annotations=annotations, creationTimestamp=created, **metadata))
        self.objects = ObjectCache()
        self.objects.put(self.api.bodies[HOST])
        self.events: list[tuple[str, str, str]] = []
        self.now: datetime = NOW
        self.asked = 0
        reporter = Reporter(self.api, self.objects, self._emit, lambda: self.now)
        self._parts = {"api": self.api, "objects": self.objects, "reporter": reporter, "now": lambda: self.now}

    def _emit(self, _: dict[str, Any], note: EventNote) -> None:
        self.events.append((note.type, note.reason, note.message))

    async def look(
        self, objection: str | ReconcileError = "", *, generation: int = 2, uid: str = "uid-edge-1"
    ) -> tuple[OneShot, ...]:
        """Look as a reconciler does: take what was asked for, then report."""
        context = cast(Context, SimpleNamespace(**self._parts))
        findings = Findings(uid=uid, generation=generation)

        async def objected() -> str:
            self.asked += 1
            if isinstance(objection, ReconcileError):
                raise objection
            return objection

        due = await take_requests(context, HOST, findings, [OneShot.RESET], objected)
        self.remembered_in_time = self.handled
        await context.reporter.write(HOST, findings)
        return due

    @property
    def handled(self) -> dict[str, str]:
        return dict(self.api.bodies[HOST]["status"].get("lastHandledRequests") or {})

    def told(self, reason: str) -> list[str]:
        return [message for type_, said, message in self.events if (type_, said) == ("Warning", reason)]


async def test_what_is_due_is_remembered_before_it_is_handed_out_and_handed_out_once() -> None:
    desk = Desk()

    assert await desk.look() == (OneShot.RESET,)
    assert desk.remembered_in_time == {"reset": THIS_MOMENT}
    assert await desk.look() == ()


async def test_nothing_is_handed_out_when_it_could_not_be_remembered() -> None:
    desk = Desk()
    desk.api.touch(HOST)  # another leader may have remembered it, and be doing it

    with pytest.raises(Conflict):
        await desk.look()

    assert desk.handled == {}


async def test_what_is_too_old_is_told_of_once_and_not_handed_out() -> None:
    desk = Desk("2026-03-01T01:00:01Z")

    assert [await desk.look(), await desk.look()] == [(), ()]
    assert ["more than 10 minutes old" in message for message in desk.told("RequestIgnored")] == [True]


async def test_what_meets_an_objection_is_told_of_once_and_never_done_later() -> None:
    desk = Desk()

    assert await desk.look("the device is used by cluster store-42") == ()
    assert await desk.look() == ()
    assert desk.told("RequestRefused") == ["reset: the device is used by cluster store-42"]


async def test_what_could_not_be_looked_into_is_not_remembered_and_done_later() -> None:
    desk = Desk()

    with pytest.raises(Unavailable):
        await desk.look(Unavailable("PaletteUnreachable", "no answer"))

    assert desk.handled == {}
    assert await desk.look() == (OneShot.RESET,)


async def test_objections_are_looked_into_only_for_what_is_due() -> None:
    desk = Desk("yesterday")

    await desk.look("busy")

    assert desk.asked == 0
    assert len(desk.told("RequestIgnored")) == 1
    assert desk.told("RequestRefused") == []


async def test_a_spec_that_changed_meanwhile_is_looked_at_first() -> None:
    desk = Desk()

    assert await desk.look(generation=1) == ()
    assert await desk.look(uid="of-one-that-has-gone") == ()
    assert desk.handled == {}
    assert await desk.look() == (OneShot.RESET,)
