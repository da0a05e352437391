"""When an action that is asked for once is due: never late, never twice."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from palette_operator.domain.one_shot import OneShot, requests

CREATED = datetime(2026, 1, 31, 9, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    text: str
    due: bool = False
    why: str = ""
    handled: dict[str, str] = field(default_factory=dict)
    created_at: datetime | None = CREATED


CASES = {
    "a request of this moment is due": Case("2026-01-31T12:00:00Z", due=True),
    "a request in another time zone is due": Case("2026-01-31T13:00:00+01:00", due=True),
    "a request of ten minutes ago is due": Case("2026-01-31T11:50:00Z", due=True),
    "a request a second older is not": Case("2026-01-31T11:49:59Z", why="more than 10 minutes old"),
    "a request by a clock that is a minute ahead is due": Case("2026-01-31T12:01:00Z", due=True),
    "a request further ahead is not": Case("2026-01-31T12:01:01Z", why="in the future"),
    "a request that is as old as the resource is not": Case(
        "2026-01-31T11:58:00Z", created_at=datetime(2026, 1, 31, 11, 58, tzinfo=UTC), why="not newer than the resource"
    ),
    "a request a second newer than the resource is due": Case(
        "2026-01-31T11:58:01Z", created_at=datetime(2026, 1, 31, 11, 58, tzinfo=UTC), due=True
    ),
    "nothing is due on a resource of unknown age": Case(
        "2026-01-31T12:00:00Z", created_at=None, why="not newer than the resource"
    ),
    "a time without zone is none": Case("2026-01-31T12:00:00", why="not a UTC time"),
    "a word is no time": Case("yes", why="not a UTC time"),
    "a word that is long is no time either": Case("y" * 300, why="not a UTC time"),
    "a number is no time": Case("1769860800", why="not a UTC time"),
    "an empty annotation asks for nothing": Case(""),
    "a request that was handled is not due again": Case(
        "2026-01-31T12:00:00Z", handled={"reset": "2026-01-31T12:00:00Z"}
    ),
    "a request after a handled one is due": Case(
        "2026-01-31T12:00:00Z", handled={"reset": "2026-01-31T11:59:00Z"}, due=True
    ),
    "a word that was told of is not told of again": Case("y" * 300, handled={"reset": "y" * 64}),
    "another action's request is no answer to it": Case(
        "2026-01-31T12:00:00Z", handled={"reboot": "2026-01-31T12:00:00Z"}, due=True
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_request(case: Case) -> None:
    asked = requests(
        {OneShot.RESET.annotation: case.text}, [OneShot.RESET], case.handled, created_at=case.created_at, now=NOW
    )

    assert asked.due == ((OneShot.RESET,) if case.due else ())
    assert [case.why in request.why for request in asked.ignored] == ([True] if case.why else [])
    assert asked.is_new == (case.due or bool(case.why))
    remembered = {"reset": case.text[:64]} if asked.is_new else {}
    assert asked.handled == case.handled | remembered


def test_a_request_that_was_handled_is_never_due_whatever_the_time() -> None:
    asked = {OneShot.RESET.annotation: "2026-01-31T12:00:00Z"}
    first = requests(asked, OneShot, {}, created_at=CREATED, now=NOW)

    for minutes in (0, 5, 60):
        later = requests(asked, OneShot, first.handled, created_at=CREATED, now=NOW + timedelta(minutes=minutes))
        assert not later.is_new


def test_several_actions_are_judged_each_by_itself() -> None:
    annotations = {OneShot.REBOOT.annotation: "2026-01-31T12:00:00Z", OneShot.SHUTDOWN.annotation: "soon"}
    asked = requests(annotations, OneShot, {"reset": "before"}, created_at=CREATED, now=NOW)

    assert asked.due == (OneShot.REBOOT,)
    assert [request.action for request in asked.ignored] == [OneShot.SHUTDOWN]
    assert asked.handled == {"reset": "before", "reboot": "2026-01-31T12:00:00Z", "shutdown": "soon"}


def test_an_action_that_is_not_offered_is_not_looked_at() -> None:
    asked = requests(
        {OneShot.REBOOT.annotation: "2026-01-31T12:00:00Z"}, [OneShot.RESET], {}, created_at=CREATED, now=NOW
    )

    assert not asked.is_new


def test_what_stands_in_an_annotation_is_never_repeated() -> None:
    asked = requests({OneShot.RESET.annotation: "hunter2"}, OneShot, {}, created_at=CREATED, now=NOW)

    assert "hunter2" not in asked.ignored[0].why


@pytest.mark.parametrize("action", OneShot)
def test_each_action_has_an_annotation_of_its_own(action: OneShot) -> None:
    assert action.annotation == f"palette.spectrocloud.com/{action.value}-requested-at"
