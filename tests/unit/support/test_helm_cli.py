from __future__ import annotations

import argparse
from pathlib import Path

import helm_python
import pytest
import yaml

from support.helm_cli import _seconds, main

_VALUES = "replicaCount: 2\nservice: {type: NodePort}\n"


@pytest.fixture
def chart(tmp_path: Path) -> str:
    """A chart as Helm scaffolds it."""
    helm_python.Chart.create("demo", tmp_path).close()
    return str(tmp_path / "demo")


def test_values_are_merged_in_the_order_of_helm(chart: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "values.yaml").write_text(_VALUES)
    flags = [
        "-f",
        str(tmp_path / "values.yaml"),
        "--set",
        "replicaCount=3,image.tag=v1",
        "--set-string",
        "service.port=8",
    ]

    assert main(["template", "store", chart, "--namespace", "shop", *flags]) == 0

    rendered = {body["kind"]: body for body in yaml.safe_load_all(capsys.readouterr().out) if body}
    assert rendered["Deployment"]["spec"]["replicas"] == 3
    assert rendered["Deployment"]["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:v1"
    assert rendered["Service"]["spec"]["type"] == "NodePort"
    assert rendered["Service"]["metadata"]["name"] == "store-demo"


def test_lint_tells_what_it_finds_and_strictly_fails_on_warnings(
    chart: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo" / "values.yaml").unlink()

    assert main(["lint", chart, "--strict"]) == 1
    assert "1 chart(s) linted, 1 chart(s) failed" in capsys.readouterr().out


def test_what_helm_refuses_is_an_error_and_not_a_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["template", "store", str(tmp_path / "none")]) == 1
    assert capsys.readouterr().err.startswith("Error: ")


@pytest.mark.parametrize("flag", ["--atomics", "--repo"])
def test_flags_that_it_does_not_know_are_refused(flag: str, chart: str) -> None:
    with pytest.raises(SystemExit):
        main(["template", "store", chart, flag])


@pytest.mark.parametrize(("given", "seconds"), [("90s", 90), ("2m30s", 150), ("1h", 3600)])
def test_durations_are_those_of_go(given: str, seconds: int) -> None:
    assert _seconds(given) == seconds


@pytest.mark.parametrize("given", ["", "90", "2 m", "1d"])
def test_other_durations_are_refused(given: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        _seconds(given)
