"""The only writer of status and events: it writes what changed, once, and nothing when nothing did."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest

from palette_operator import telemetry
from palette_operator.domain.conditions import Condition, false, true, unknown
from palette_operator.domain.errors import Answer, ReconcileError, Stalled, Waiting
from palette_operator.domain.event_budget import EventNote
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.objects import ObjectCache
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.report import (
    CONDITION_TYPES,
    OBSERVED_TYPES,
    Reporter,
    informative_types,
    required_types,
    transitions,
)
from support.builders import NOW, key
from support.fake_kube import FakeKubeApi, resource_body

STORE = key("store")


class Desk:
    """A reporter with a clock, and what it wrote and told."""

    def __init__(self) -> None:
        self.api = FakeKubeApi(resource_body(STORE))
        self.objects = ObjectCache()
        self.objects.put(self.api.bodies[STORE])
        self.now: datetime = NOW
        self.events: list[tuple[str, str]] = []
        self.reporter = Reporter(self.api, self.objects, self._emit, lambda: self.now)

    def _emit(self, _: dict[str, Any], note: EventNote) -> None:
        assert note.message
        self.events.append((note.type, note.reason))

    @property
    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = self.api.bodies[STORE]["status"]
        return status

    def condition(self, type_: str) -> dict[str, Any]:
        return next(each for each in self.status["conditions"] if each["type"] == type_)


def _out_of_reach(_: str) -> None:
    raise Waiting("KubernetesUnavailable", "the API server could not be reached", retry_after_s=5)


def well(**fields: Any) -> Findings:  # noqa: ANN401 - any status field
    findings = Findings(fields=dict(fields))
    for type_ in CONDITION_TYPES["PaletteCluster"]:
        findings.holds(type_, "Fine")
    return findings


async def test_a_look_that_found_the_same_is_not_written_however_late_it_is() -> None:
    desk = Desk()
    await desk.reporter.write(STORE, well(uid="c1"))
    desk.now += timedelta(days=1)
    await desk.reporter.write(STORE, well(uid="c1"))

    assert desk.api.writes == ["status"]
    assert desk.events == [("Normal", "Ready")]


async def test_the_writes_of_statuses_are_counted_and_looks_that_write_nothing_are_not() -> None:
    counter, desk = telemetry.STATUS_WRITES.labels(STORE.kind), Desk()
    before = counter._value.get()
    for _ in range(2):
        await desk.reporter.write(STORE, well(uid="c1"))

    assert counter._value.get() - before == 1


async def test_what_was_found_is_written_for_the_generation_that_was_looked_at() -> None:
    desk = Desk()
    version = await desk.reporter.write(STORE, well(uid="c1"))

    assert desk.status["uid"] == "c1"
    assert desk.status["observedGeneration"] == 2
    assert desk.condition("Ready")["status"] == "True"
    assert version == desk.objects.version(STORE)


async def test_a_field_is_removed_by_none_and_stays_when_not_named() -> None:
    desk = Desk()
    await desk.reporter.write(STORE, well(uid="c1", health="Healthy"))
    await desk.reporter.write(STORE, well(health=None))

    assert desk.status["uid"] == "c1"
    assert "health" not in desk.status


async def test_what_a_write_without_an_answer_may_have_said_is_told_by_the_next_look() -> None:
    desk = Desk()
    desk.api.after_write = _out_of_reach
    with pytest.raises(Waiting):
        await desk.reporter.write(STORE, well(uid="c1"))
    desk.objects.put(desk.api.bodies[STORE])  # as the watch shows it
    assert desk.events == []

    await desk.reporter.write(STORE, well(uid="c1"))
    await desk.reporter.write(STORE, well(uid="c1"))
    assert desk.api.writes == ["status"], "it had been written"
    assert desk.events == [("Normal", "Ready")]


async def test_what_was_done_is_told_although_the_status_could_not_be_written() -> None:
    desk = Desk()
    desk.api.before_write = _out_of_reach
    findings = well()
    findings.tell("Normal", "Created", "created cluster store")
    with pytest.raises(Waiting):
        await desk.reporter.write(STORE, findings)

    assert desk.events == [("Normal", "Created")]


async def test_a_fence_that_was_passed_by_stops_the_write() -> None:
    desk = Desk()
    desk.api.touch(STORE)
    desk.objects.put(desk.api.bodies[STORE])

    with pytest.raises(Conflict):
        await desk.reporter.write(STORE, well(), fence="7")
    assert desk.api.writes == []


async def test_a_fence_holds_against_a_change_that_the_watch_has_not_shown_yet() -> None:
    desk = Desk()
    desk.api.touch(STORE)

    with pytest.raises(Conflict):
        await desk.reporter.write(STORE, well(), fence="7")
    assert desk.api.writes == []
    assert desk.events == []


async def test_behind_a_fence_something_is_written_even_when_nothing_changed() -> None:
    desk = Desk()
    await desk.reporter.write(STORE, well(uid="c1"))
    version = desk.objects.version(STORE)

    assert await desk.reporter.write(STORE, well(uid="c1"), fence=version) != version


async def test_a_resource_that_has_gone_is_forgotten_and_nothing_is_written() -> None:
    desk = Desk()
    del desk.api.bodies[STORE]
    await desk.reporter.write(STORE, well())

    assert desk.objects.get(STORE) is None
    assert desk.api.writes == []


async def test_the_answer_to_a_write_does_not_bring_back_what_has_gone_meanwhile() -> None:
    desk = Desk()
    desk.api.after_write = lambda _: desk.objects.drop(desk.api.bodies[STORE])

    await desk.reporter.write(STORE, well())

    assert desk.objects.get(STORE) is None


async def test_a_resource_that_has_gone_behind_a_fence_is_told_to_the_caller() -> None:
    desk = Desk()
    del desk.api.bodies[STORE]

    with pytest.raises(Vanished):
        await desk.reporter.write(STORE, well(), fence="7")


class Replaced(Desk):
    """The resource was looked at, deleted, and made again under its name."""

    def __init__(self, *, is_shown: bool) -> None:
        super().__init__()
        self.findings = well(projectUid="of-the-first")
        self.findings.uid, self.findings.generation = "uid-store", 2
        self.findings.tell("Normal", "Created", "created cluster store")
        self.api.bodies[STORE] = resource_body(STORE, version=20, uid="made-anew")
        if is_shown:
            self.objects.put(self.api.bodies[STORE])


async def test_a_look_at_one_that_has_gone_says_nothing_of_the_one_made_again() -> None:
    desk = Replaced(is_shown=True)

    assert await desk.reporter.write(STORE, desk.findings) == ""
    with pytest.raises(Conflict):
        await desk.reporter.write(STORE, desk.findings, fence="20")

    assert desk.api.writes == []
    assert desk.events == []
    assert desk.objects.version(STORE) == "20"


async def test_a_look_at_one_that_has_gone_says_nothing_of_one_that_the_watch_has_not_shown_yet() -> None:
    desk = Replaced(is_shown=False)

    await desk.reporter.write(STORE, desk.findings)
    with pytest.raises(Conflict):
        await desk.reporter.write(STORE, desk.findings, fence="7")

    assert desk.api.writes == []
    assert desk.objects.get(STORE) is None


async def test_an_event_is_told_once() -> None:
    desk = Desk()
    findings = well()
    findings.tell("Normal", "Created", "created cluster store")
    await desk.reporter.write(STORE, findings)
    await desk.reporter.write(STORE, findings)

    assert desk.events == [("Normal", "Created"), ("Normal", "Ready")]


async def test_who_only_observes_is_ready_without_what_is_only_said_of_writers() -> None:
    desk = Desk()
    findings = Findings()
    for type_ in OBSERVED_TYPES["PaletteCluster"]:
        findings.holds(type_, "Fine")
    await desk.reporter.write(STORE, findings, observing=True)

    assert desk.condition("Ready")["status"] == "True"


async def test_who_begins_to_observe_says_no_longer_what_is_only_said_of_writers() -> None:
    desk = Desk()
    await desk.reporter.write(STORE, well())
    findings = Findings()
    findings.holds("Available", "Fine")
    await desk.reporter.write(STORE, findings, observing=True)

    assert [each["type"] for each in desk.status["conditions"]] == ["Available", "CredentialsValid", "Ready"]


def entry(condition: Condition) -> dict[str, Any]:
    return {"type": condition.type, "status": condition.status, "reason": condition.reason}


READY = true("Ready", "Ready", "all is well")
PROVISIONING = false("Ready", "Provisioning", "on its way")
BROKEN = false("Ready", "InvalidSpec", "cannot be")
STALLED = true("Stalled", "InvalidSpec", "cannot be")
DRIFTED = true("Drifted", "Drifted", "spec.tags.site differs")
TOKEN_REFUSED = false("RegistrationToken", "Forbidden", "creating a registration token: Palette answered 403")
REFUSED = Stalled("InvalidSpec", "cannot be")
PASSING = Waiting("Provisioning", "on its way", retry_after_s=5)

EVENTS: dict[str, tuple[list[Condition], list[Condition], ReconcileError | None, list[tuple[str, str]]]] = {
    "what stays is not told again": ([READY], [READY], None, []),
    "becoming ready is told": ([PROVISIONING], [READY], None, [("Normal", "Ready")]),
    "taking its time is no warning": ([READY], [PROVISIONING], PASSING, [("Normal", "Provisioning")]),
    "another reason is told": (
        [false("Ready", "HostNotReady", "x")],
        [PROVISIONING],
        None,
        [("Normal", "Provisioning")],
    ),
    "another message of the same reason is not": ([false("Ready", "Provisioning", "step 1")], [PROVISIONING], None, []),
    "needing a person is told once, as a warning": ([READY], [BROKEN, STALLED], REFUSED, [("Warning", "InvalidSpec")]),
    "still needing one is not told again": ([BROKEN, STALLED], [BROKEN, STALLED], REFUSED, []),
    "needing one for another reason is": (
        [BROKEN, true("Stalled", "Unauthorized", "no")],
        [BROKEN, STALLED],
        REFUSED,
        [("Warning", "InvalidSpec")],
    ),
    "a failure that is no person's is a warning too": ([READY], [PROVISIONING], REFUSED, [("Warning", "Provisioning")]),
    "other conditions are not told": ([READY], [READY, false("Applied", "ApplyPending", "soon")], None, []),
    "what every start passes through is not told": ([], [false("Ready", "AwaitingFleet", "soon")], PASSING, []),
    "an alarm is told though all is well": (
        [READY],
        [READY, true("FleetShrank", "FleetShrank", "30 of 100 clusters vanished")],
        None,
        [("Warning", "FleetShrank")],
    ),
    "an alarm that goes on is not told again": ([READY, DRIFTED], [READY, DRIFTED], None, []),
    "the end of an alarm is not told": ([READY, DRIFTED], [READY], None, []),
    "a token that cannot be renewed is told though all is well": (
        [READY, true("RegistrationToken", "Valid", "")],
        [READY, TOKEN_REFUSED],
        None,
        [("Warning", "Forbidden")],
    ),
    "that it still cannot is not told again": ([READY, TOKEN_REFUSED], [READY, TOKEN_REFUSED], None, []),
    "a token that is renewed after all is no alarm": (
        [TOKEN_REFUSED],
        [true("RegistrationToken", "Valid", "")],
        None,
        [],
    ),
    "nor is one of which nothing is known": ([], [unknown("RegistrationToken", "Progressing", "soon")], None, []),
    "a write tells of itself": ([READY], [false("Ready", "Updating", "set tags a")], None, []),
}


@pytest.mark.parametrize(("before", "after", "error", "want"), EVENTS.values(), ids=EVENTS)
def test_events(
    before: list[Condition], after: list[Condition], error: ReconcileError | None, want: list[tuple[str, str]]
) -> None:
    findings = Findings()
    if error is not None:
        findings.failed(error)

    notes: list[EventNote] = transitions([entry(each) for each in before], after, failed=findings.is_failure)

    assert [(note.type, note.reason) for note in notes] == want


async def test_what_was_found_of_an_older_spec_is_not_said_of_the_latest() -> None:
    desk = Desk()
    seen = desk.objects.get(STORE)
    assert seen is not None
    findings = well()
    findings.generation = 2
    desk.objects.put({**seen, "metadata": {**seen["metadata"], "generation": 3, "resourceVersion": "8"}})

    await desk.reporter.write(STORE, findings)

    assert desk.status["observedGeneration"] == 2
    assert {each["observedGeneration"] for each in desk.status["conditions"]} == {2}


LOCAL: dict[str, Any] = {"local": {"endpoint": "https://10.4.2.21:5080"}}
BOTH = LOCAL | {"connectionRef": {"name": "default"}}


async def test_an_air_gapped_host_is_ready_without_what_is_said_of_palette() -> None:
    body = resource_body(key("edge-a", "EdgeHost")) | {"spec": LOCAL}

    assert required_types(body, observing=False) == ("CredentialsValid", "Synced", "Connected")
    assert required_types(body, observing=True) == ("CredentialsValid", "Connected")
    assert informative_types(body) == ()


async def test_a_host_with_both_ways_is_ready_by_palette_and_keeps_what_is_said_of_its_own_api() -> None:
    body = resource_body(key("edge-a", "EdgeHost")) | {"spec": BOTH}

    assert required_types(body, observing=False) == CONDITION_TYPES["EdgeHost"]
    assert informative_types(body) == ("LocalReachable",)


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records]


async def test_a_transition_is_a_line_and_a_change_that_is_none_is_not(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk = Desk()
    await desk.reporter.write(STORE, well(uid="c1"))
    await desk.reporter.write(STORE, well(uid="c1", kubernetesVersion="1.32.4"))

    assert said(caplog) == [("INFO", "PaletteCluster retail/store: ready")]
    [line] = caplog.records
    assert {"object": "PaletteCluster/retail/store", "generation": 2, "reason": "Ready"}.items() <= vars(line).items()


async def test_a_failure_is_a_line_when_it_comes_and_when_it_is_another(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    desk = Desk()
    for message in ("no room", "no room", "no power", "no room"):
        findings = well()
        findings.stage = "Synced"
        findings.failed(Stalled("RemoteRejected", message, answer=Answer(422, "X", message, "ref-42")))
        await desk.reporter.write(STORE, findings)

    prefix = "PaletteCluster retail/store: not ready, RemoteRejected: "
    assert said(caplog) == [("WARNING", f"{prefix}no room"), ("WARNING", f"{prefix}no power")]
    assert {getattr(record, "ref", "") for record in caplog.records} == {"ref-42"}
