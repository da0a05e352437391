"""The demo as a person starts it, in a process of its own."""

from __future__ import annotations

import fcntl
import importlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from palette_operator.cli.main import app

ENDS_WITHIN_S = 60


@contextmanager
def demo(directory: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-m", "palette_operator", "demo", "--directory", str(directory), *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def offspring(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def until_applied(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    while "Applying 22 objects" not in process.stdout.readline():
        assert process.poll() is None


def test_without_a_terminal_it_exits_when_all_is_ready(tmp_path: Path) -> None:
    with demo(tmp_path, "--speed", "200") as process:
        output, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 0, output
    assert re.fullmatch(
        r"READY palettecluster=5 edgehost=13 requests=[1-9]\d* throttled=0 seconds=\d+\.\d", output.splitlines()[-1]
    )
    assert (tmp_path / "kubeconfig").stat().st_mode & 0o777 == 0o600


def test_a_signal_ends_everything_that_was_started(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        until_applied(process)
        started = offspring(process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 128 + signal.SIGTERM
    assert len(started) == 4
    assert not psutil.wait_procs(started, timeout=5)[1]


def test_after_the_deadline_each_object_that_is_not_ready_is_named(tmp_path: Path) -> None:
    with demo(tmp_path, "--deadline", "1") as process:
        output, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 1
    assert "demo: not all is Ready after 1 s:" in output
    assert "  PaletteCluster retail/warehouse: " in output
    assert output.splitlines()[-1] == f"The logs are in {tmp_path}"


def test_a_process_that_dies_ends_the_demo_and_is_named(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        until_applied(process)
        palette = next(each for each in offspring(process) if "palette_sim.palette" in each.cmdline())
        palette.kill()
        output, _ = process.communicate(timeout=ENDS_WITHIN_S)

    assert process.returncode == 1
    assert "demo: the simulated Palette ended by itself (exit code -9)" in output


def test_when_the_demo_is_killed_nothing_outlives_it(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux can tie a process to its parent")
    with demo(tmp_path) as process:
        until_applied(process)
        started = offspring(process)
        process.kill()

    assert not psutil.wait_procs(started, timeout=20)[1]


def test_a_second_demo_in_one_directory_is_refused(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        result = CliRunner().invoke(app, ["demo", "--directory", str(tmp_path)])

    assert result.exit_code == 1
    assert result.output == f"demo: another demo runs in {tmp_path}; end it, or choose a --directory\n"


def test_a_directory_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    result = CliRunner().invoke(app, ["demo", "--directory", str(tmp_path / "file" / "inside")])

    assert result.exit_code == 1
    assert result.output.startswith(f"demo: {tmp_path}/file/inside cannot be made (Not a directory)")


def test_a_missing_extra_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError("No module named 'jsonpatch'", name="jsonpatch")

    monkeypatch.setattr(importlib, "import_module", missing)

    result = CliRunner().invoke(app, ["demo"])

    assert result.exit_code == 1
    assert result.output == "demo: jsonpatch is missing; install it with: pip install 'palette-operator[sim]'\n"
