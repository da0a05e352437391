"""The `doctor` command: what it prints, how it exits, and what it says when it cannot look."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from palette_operator.cli.doctor import command
from palette_operator.cli.doctor.findings import Report, Section, failure, ok, report, skipped, warning
from palette_operator.cli.main import app

GOOD, POOR = ok("crds", "is current"), warning("clock", "is behind", "set it")
BAD, LEFT = failure("credential", "is refused", "make a new one"), skipped("fleet", "not reached")

Run = Callable[..., tuple[int, str]]


def of(*findings: object) -> Report:
    return report([Section.model_validate({"subject": "Kubernetes", "findings": findings})])


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_on(found: Report, *arguments: str) -> tuple[int, str]:
        async def examine(*_: object) -> Report:
            return found

        monkeypatch.setattr(command, "_at_cluster", examine)
        result = CliRunner().invoke(app, ["doctor", *arguments], env={"COLUMNS": "100"})
        return result.exit_code, result.output

    return run_on


EXITS = {
    "all is well": (of(GOOD, LEFT), 0, "✔ 1 ok, 1 skipped"),
    "a warning": (of(GOOD, POOR), 0, "● 1 ok, 1 warning"),
    "a failure": (of(GOOD, POOR, BAD, LEFT), 1, "✘ 1 ok, 1 warning, 1 failure, 1 skipped"),
}


@pytest.mark.parametrize(("found", "code", "last"), EXITS.values(), ids=EXITS)
def test_the_exit_code_and_the_last_line_tell_the_worst(run: Run, found: Report, code: int, last: str) -> None:
    exited, output = run(found)

    assert exited == code
    assert output.splitlines()[-1] == last


def test_each_finding_takes_a_line_and_what_to_do_another(run: Run) -> None:
    _, output = run(of(GOOD, BAD, LEFT))

    assert [line.strip() for line in output.splitlines()[:5]] == [
        "Kubernetes",
        "✔ crds: is current",
        "✘ credential: is refused",
        "→ make a new one",
        "- fleet (skipped): not reached",
    ]


def test_json_is_the_report(run: Run) -> None:
    code, output = run(of(GOOD, BAD), "--json")

    assert code == 1
    assert json.loads(output) == {
        "verdict": "failure",
        "counts": {"ok": 1, "warning": 0, "failure": 1, "skipped": 0},
        "sections": [
            {
                "subject": "Kubernetes",
                "findings": [
                    {"check": "crds", "verdict": "ok", "message": "is current", "remedy": ""},
                    {"check": "credential", "verdict": "failure", "message": "is refused", "remedy": "make a new one"},
                ],
            }
        ],
    }


WATCHED: dict[str, tuple[list[str], str | None, tuple[str, ...] | None]] = {
    "by options": (["--watch-namespace", "retail", "--watch-namespace", "labs"], None, ("retail", "labs")),
    "by the operator's own variable": ([], "retail labs", ("retail", "labs")),
    "all, by a variable that is empty": ([], "", ()),
    "by nobody, so that the Deployment is asked": ([], None, None),
}


@pytest.mark.parametrize(("arguments", "variable", "watched"), WATCHED.values(), ids=WATCHED)
def test_it_is_told_which_namespaces_are_watched(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], variable: str | None, watched: tuple[str, ...] | None
) -> None:
    told: list[object] = []

    async def examine(_: str, __: str, watched: object, *___: object) -> Report:
        told.append(watched)
        return of(GOOD)

    monkeypatch.setattr(command, "_at_cluster", examine)
    CliRunner().invoke(app, ["doctor", *arguments], env={"PALETTE_OPERATOR_WATCH_NAMESPACES": variable})

    assert told == [watched]


def test_secrets_are_struck_out_of_every_text() -> None:
    found = report([Section(subject="x", findings=(failure("a", "key=planted!", "use planted"),))], ["planted", ""])

    assert found.sections[0].findings[0].message == "key=***!"
    assert found.sections[0].findings[0].remedy == "use ***"


def test_a_kubeconfig_that_is_none_exits_with_2(tmp_path: Path) -> None:
    broken = tmp_path / "kubeconfig"
    broken.write_text("kind: [")

    result = CliRunner().invoke(app, ["doctor"], env={"KUBECONFIG": str(broken)})

    assert result.exit_code == 2
    assert f"doctor: KUBECONFIG={broken} does not serve" in result.output


WRONG = {
    "no file with the key": (["--endpoint", "https://p.test"], "--endpoint needs --api-key-file"),
    "a file that is not there": (
        ["--endpoint", "https://p.test", "--api-key-file", "/nowhere/key"],
        "/nowhere/key cannot be read (FileNotFoundError)",
    ),
    "an endpoint that is none": (
        ["--endpoint", "ftp://p.test", "--api-key-file", "-"],
        "--endpoint",
    ),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG)
def test_options_that_cannot_be_exit_with_2(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(app, ["doctor", *arguments], input="key")

    assert result.exit_code == 2
    assert f"doctor: {words}" in result.output


def test_there_is_no_option_for_the_key_itself() -> None:
    result = CliRunner().invoke(app, ["doctor", "--api-key", "planted"])

    assert result.exit_code == 2
