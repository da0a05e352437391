"""Processes that the demo starts: announced, watched, and ended on every way out."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from palette_operator.cli.demo.errors import DemoFailed
from palette_operator.cli.demo.processes import Processes

SLEEPS = "import time; time.sleep(60)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def test_what_was_started_has_ended_on_leaving(tmp_path: Path) -> None:
    async with Processes() as processes:
        children = [await processes.start(name, python(SLEEPS), tmp_path / name) for name in ("one", "two")]

    assert not any(psutil.pid_exists(child.process.pid) for child in children)


async def test_what_was_started_has_ended_after_an_exception_too(tmp_path: Path) -> None:
    started: list[int] = []

    async def fail() -> None:
        async with Processes() as processes:
            child = await processes.start("one", python(SLEEPS), tmp_path / "one")
            started.append(child.process.pid)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert not psutil.pid_exists(started[0])


async def test_a_process_says_that_it_is_ready_by_a_line_of_json(tmp_path: Path) -> None:
    code = f"print('hello'); print('{{\"endpoint\": \"here\"}}', flush=True); {SLEEPS}"

    async with Processes() as processes:
        _, announced = await processes.start_announced("thing", python(code), tmp_path / "log", within_s=30)

    assert announced == {"endpoint": "here"}


async def test_a_process_that_ends_before_it_is_ready_is_explained_by_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with Processes() as processes:
        with pytest.raises(DemoFailed) as caught:
            await processes.start_announced("thing", python("import sys; sys.exit('no luck')"), log, within_s=30)

    assert str(caught.value) == f"the thing ended by itself (exit code 1); {log} says last:\n  no luck"


async def test_a_process_that_stays_silent_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async with Processes() as processes:
        with pytest.raises(DemoFailed, match=r"the thing is not ready after 0\.1 s"):
            await processes.start_announced("thing", python(SLEEPS), tmp_path / "log", within_s=0.1)


async def test_a_process_that_ends_later_is_noticed(tmp_path: Path) -> None:
    async with Processes() as processes:
        child = await processes.start("thing", python(""), tmp_path / "log")
        processes.check_running()
        await child.process.wait()

        with pytest.raises(DemoFailed, match=r"the thing ended by itself \(exit code 0\)"):
            processes.check_running()


async def test_the_settings_of_another_operator_do_not_reach_it(tmp_path: Path) -> None:
    code = "import os; print(sorted(k for k in os.environ if k.startswith(('PALETTE', 'KUBE', 'OTHER'))))"
    given = {"PALETTE_OPERATOR_TAKEOVER": "1", "OTHER": "kept"}
    async with Processes(given) as processes:
        child = await processes.start("thing", python(code), tmp_path / "log", KUBECONFIG="k")
        await child.process.wait()

    assert (tmp_path / "log").read_text() == "['KUBECONFIG', 'OTHER']\n"
