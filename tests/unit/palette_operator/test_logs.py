"""What goes to the log, and what never does."""

import asyncio
import io
import json
import logging
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from palette_operator import logs
from palette_operator.domain.errors import Answer, Stalled
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.logs import Repetitions, configure_logging
from palette_operator.palette import operations
from palette_operator.palette.credentials import UserLogin
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.sessions import SessionClock, TokenSession
from palette_operator.palette.transport import Call, Endpoint, Transport
from palette_sim.palette import SimulatedPalette
from support.builders import key


@pytest.fixture
def logging_restored() -> Iterator[None]:
    """Put the log back as it was."""
    root = logging.getLogger()
    names = ["httpx", "httpcore", "kopf.objects"]
    handlers, level, levels = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in names}
    root.handlers[:] = []  # those that are there would be closed
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.mark.usefixtures("logging_restored")
@pytest.mark.parametrize("log_format", ["json", "text"])
async def test_no_token_is_logged_though_it_is_in_the_path_of_its_renewal(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging("debug", log_format)
    now = [1_000.0]
    async with SimulatedPalette() as palette:
        clock = SessionClock(monotonic=lambda: now[0])
        user = UserLogin("ops@example.com", "demo-password")
        async with Transport(Endpoint(palette.endpoint), user, Limiter(), clock=clock) as transport:
            await transport.send(Call("asking", operations.WHO_AM_I))
            assert isinstance(transport.session, TokenSession)
            first = transport.session.headers() or {}
            now[0] += 700
            await transport.send(Call("asking", operations.WHO_AM_I))
            await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == "renewing a token"))
            second = transport.session.headers() or {}
            call = Call("listing", operations.SEARCH_CLUSTERS, project=ProjectUid("nowhere"), body={})
            with pytest.raises(Exception, match="listing"):
                await transport.send(call)
            logging.getLogger("palette_operator").debug("the end")

    written = capsys.readouterr().err
    assert "the end" in written
    assert first["Authorization"] != second["Authorization"]
    assert "/v1/auth/refresh/{token}" in [entry.path for entry in palette.requests.entries]
    assert [w for w in (first["Authorization"], second["Authorization"], "demo-password") if w in written] == []


STORE = key("store-1")
REFUSED = Stalled("RemoteRejected", "creating cluster n: no", answer=Answer(422, "X", "no", "ref-42"))
log = logging.getLogger("palette_operator.test")


@pytest.fixture
def lines(
    logging_restored: None,  # noqa: ARG001 - it is restored after
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], list[dict[str, Any]]]:
    """A function that returns what was logged as JSON."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    configure_logging("info", "json")
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


Lines = Callable[[], list[dict[str, Any]]]


def test_a_line_says_when_how_grave_where_and_what(lines: Lines) -> None:
    log.warning("it is %s", "so")

    [line] = lines()
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {"level": "warning", "logger": "palette_operator.test", "message": "it is so"}


def test_a_line_of_a_look_bears_the_resource_whoever_writes_it(lines: Lines) -> None:
    with logs.looking_at(STORE, 3):
        logging.getLogger("httpx").warning("slow")
    log.info("and now of nothing")

    during, after = lines()
    assert (during["object"], during["generation"]) == ("PaletteCluster/retail/store-1", 3)
    assert "object" not in after


def test_a_resource_without_a_namespace_has_a_shorter_name() -> None:
    assert logs.about(key("default", "PaletteConnection")) == {"object": "PaletteConnection/default"}


def test_a_line_that_says_itself_what_it_is_about_keeps_that(lines: Lines) -> None:
    with logs.looking_at(STORE, 3):
        log.info("another", extra=logs.about(key("edge-a", "EdgeHost")))

    assert [line["object"] for line in lines()] == ["EdgeHost/retail/edge-a"]


async def test_what_outlives_a_look_is_no_longer_about_its_resource(lines: Lines) -> None:
    go = asyncio.Event()

    async def later() -> None:
        await go.wait()
        log.info("of many")

    with logs.looking_at(STORE, 3):
        task = asyncio.create_task(later())
    go.set()
    await task

    assert ["object" in line for line in lines()] == [False]


async def test_looks_at_the_same_time_do_not_mix(lines: Lines) -> None:
    async def look(name: str) -> None:
        with logs.looking_at(key(name), 1):
            await asyncio.sleep(0)
            log.info(name)

    await asyncio.gather(*(look(f"store-{number}") for number in range(5)))

    assert all(line["object"] == f"PaletteCluster/retail/{line['message']}" for line in lines())


def test_an_action_is_one_line_when_it_is_done(lines: Lines) -> None:
    with logs.looking_at(STORE, 3), logs.acting(log, "UpdatePool", "update pool worker"):
        pass

    [line] = lines()
    assert line["message"] == "PaletteCluster retail/store-1: update pool worker"
    assert (line["action"], line["object"], line["generation"]) == ("UpdatePool", "PaletteCluster/retail/store-1", 3)
    assert line["duration_s"] >= 0


def test_an_action_that_was_not_needed_is_no_line(lines: Lines) -> None:
    with logs.acting(log, "SetClusterMetadata", "set tags") as acting:
        acting.not_needed()

    assert lines() == []


def test_an_action_that_fails_says_why_once_with_palettes_reference(lines: Lines) -> None:
    for _ in range(3):
        with pytest.raises(Stalled), logs.acting(log, "CreateCluster", "create cluster n"):
            raise REFUSED

    [line] = lines()
    assert line["message"] == "create cluster n: not done: creating cluster n: no"
    assert (line["action"], line["reason"], line["ref"]) == ("CreateCluster", "RemoteRejected", "ref-42")


def test_a_defect_passes_through_an_action_unchanged(lines: Lines) -> None:
    with pytest.raises(ZeroDivisionError), logs.acting(log, "CreateCluster", "create cluster n"):
        raise ZeroDivisionError

    assert lines() == []


def test_a_defect_has_its_traceback_in_one_line(lines: Lines) -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        log.exception("the look failed")

    [line] = lines()
    assert "ZeroDivisionError: division by zero" in line["exc_info"]


def test_the_same_is_news_again_after_an_hour_and_of_another_resource_at_once() -> None:
    now = [0.0]
    said = Repetitions(lambda: now[0])

    assert said.is_news("a", "no")
    assert not said.is_news("a", "no")
    assert said.is_news("b", "no")
    assert said.is_news("a", "still no")
    now[0] += 3_600
    assert said.is_news("a", "no")


def test_what_was_said_is_not_remembered_without_bound() -> None:
    said = Repetitions(lambda: 0.0)
    for number in range(20_000):
        said.is_news("a", f"{number}")

    assert len(said._said) == 10_000
    assert said.is_news("a", "0")


@pytest.mark.usefixtures("logging_restored")
def test_text_stays_fit_for_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "text")
    with logs.looking_at(STORE, 3), logs.acting(log, "UpdatePool", "update pool worker"):
        pass

    [line] = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d INFO    PaletteCluster retail/store-1: update pool worker", line)
