"""The `status` command: what it prints, how it exits, and what it says when it cannot read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from palette_operator.cli.main import app
from palette_operator.cli.status import command
from palette_operator.cli.status.read import explained
from palette_operator.cli.status.tree import Bodies
from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.kube.errors import NotServed

CONNECTION = {
    "kind": "PaletteConnection",
    "metadata": {"name": "default"},
    "spec": {"endpoint": "https://palette.example.com", "project": "retail-prod"},
    "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Ready", "observedGeneration": 0}]},
}
HOST = {
    "kind": "EdgeHost",
    "metadata": {"name": "h1", "namespace": "retail"},
    "spec": {"connectionRef": {"name": "default"}},
    "status": {
        "state": "unpaired",
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "NeverConnected", "message": "not yet"},
            {"type": "Connected", "status": "False", "reason": "NeverConnected", "message": "not yet"},
            {"type": "Owned", "status": "True", "reason": "Marked"},
            {"type": "Reconciling", "status": "True", "reason": "NeverConnected", "message": "not yet"},
        ],
    },
}

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_on(bodies: Bodies, *arguments: str) -> tuple[int, str]:
        async def read(_: str | None) -> Bodies:
            return bodies

        monkeypatch.setattr(command, "read", read)
        result = CliRunner().invoke(app, ["status", *arguments], env={"COLUMNS": "100"})
        return result.exit_code, result.output

    return run_on


def test_all_ready_exits_with_0_and_takes_a_line(run: Run) -> None:
    code, output = run(Bodies([CONNECTION]))

    assert code == 0
    assert output.splitlines()[-1] == "✔ PaletteConnection default  https://palette.example.com, project retail-prod"


def test_what_is_not_ready_exits_with_1_and_says_why_once(run: Run) -> None:
    code, output = run(Bodies([CONNECTION], [], [HOST]))

    assert code == 1
    assert "● EdgeHost retail/h1  unpaired" in output
    assert output.count("NeverConnected: not yet") == 1
    assert "Marked" not in output


def test_a_stalled_object_bears_a_cross(run: Run) -> None:
    stalled = {"type": "Stalled", "status": "True", "reason": "InvalidSpec", "message": "spec.x: unknown field"}

    _, output = run(Bodies([CONNECTION | {"status": {"conditions": [stalled]}}]))

    assert "✘ PaletteConnection default" in output


def test_json_is_the_tree(run: Run) -> None:
    code, output = run(Bodies([CONNECTION], [], [HOST]), "--json")

    printed = json.loads(output)
    assert code == 1
    assert printed["ready"] is False
    assert printed["connections"][0]["hosts"][0]["reason"] == "NeverConnected"


NOTHING = {
    "no connection": ((Bodies(), ()), 1, "no PaletteConnection here yet"),
    "a name that is not there": ((Bodies([CONNECTION]), ("store-1",)), 1, "no PaletteCluster store-1 here"),
    "an empty namespace": ((Bodies([CONNECTION]), ()), 0, "-A looks into all namespaces"),
}


@pytest.mark.parametrize(("given", "code", "words"), NOTHING.values(), ids=NOTHING)
def test_nothing_to_show_is_said(run: Run, given: tuple[Bodies, tuple[str, ...]], code: int, words: str) -> None:
    bodies, arguments = given

    exited, output = run(bodies, *arguments)

    assert exited == code
    assert words in output


REFUSALS: dict[str, tuple[ReconcileError, tuple[str, ...], str]] = {
    "CRDs that are not installed": (
        NotServed("KubernetesUnavailable", "answered 404", retry_after_s=5),
        (),
        "the CRDs of palette.spectrocloud.com are not installed in this cluster: palette-operator crds apply",
    ),
    "no right to list a namespace": (
        Stalled("KubernetesForbidden", "no"),
        ("retail",),
        "you may not list paletteclusters and edgehosts in namespace retail",
    ),
    "no right to list everything": (
        Stalled("KubernetesForbidden", "no"),
        (),
        "you may not list paletteclusters and edgehosts in all namespaces; choose one with -n",
    ),
    "an API server out of reach": (Waiting("Down", "cannot be reached", retry_after_s=5), (), "cannot be reached"),
}


@pytest.mark.parametrize(("error", "namespaces", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_failed_listing_says_what_to_do(error: ReconcileError, namespaces: tuple[str, ...], message: str) -> None:
    assert str(explained(error, namespaces)) == message


def test_a_kubeconfig_that_is_none_exits_with_2(tmp_path: Path) -> None:
    broken = tmp_path / "kubeconfig"
    broken.write_text("kind: [")

    result = CliRunner().invoke(app, ["status"], env={"KUBECONFIG": str(broken)})

    assert result.exit_code == 2
    assert f"status: KUBECONFIG={broken} does not serve" in result.output


def test_hosts_without_a_connection_are_drawn_apart(run: Run) -> None:
    alone = {**HOST, "spec": {}}

    code, output = run(Bodies([CONNECTION], [], [alone]))

    assert code == 1
    assert "without Palette" in output
    assert "EdgeHost retail/h1" in output.split("without Palette")[1]
