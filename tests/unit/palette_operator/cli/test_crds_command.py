"""`palette-operator crds`: against the embedded API server, or none."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.aio import client, config
from typer.testing import CliRunner

from palette_operator.cli.crds import definitions
from palette_operator.cli.main import app
from palette_operator.domain.errors import ReconcileError
from palette_operator.kube.definitions import Applied, Definitions
from palette_sim.kube_api import EmbeddedKubernetes, Fault

NAMES = ["paletteconnections", "edgehosts", "paletteclusters"]


async def api_of(server: EmbeddedKubernetes) -> client.ApiClient:
    await config.load_kube_config(str(server.kubeconfig))  # type: ignore[no-untyped-call]  # left untyped there
    return client.ApiClient()


def test_what_is_printed_is_what_the_repository_has() -> None:
    printed = CliRunner().invoke(app, ["crds", "print"])
    root = Path(__file__).parents[4]

    assert printed.exit_code == 0
    assert list(yaml.safe_load_all(printed.stdout)) == [
        yaml.safe_load((root / f"deploy/crds/{name}.yaml").read_text(encoding="utf-8")) for name in NAMES
    ]


async def test_definitions_are_created_brought_up_to_date_and_then_left_alone(tmp_path: Path) -> None:
    older = copy.deepcopy(definitions())
    for definition in older:
        definition["spec"]["names"]["shortNames"] = []

    async with EmbeddedKubernetes(tmp_path) as server, await api_of(server) as api:

        async def applied(wanted: list[dict[str, Any]]) -> set[Applied]:
            return {await Definitions(api).apply(definition) for definition in wanted}

        assert await applied(older) == {Applied.CREATED}
        assert await applied(definitions()) == {Applied.CONFIGURED}
        assert await applied(definitions()) == {Applied.UNCHANGED}


async def test_a_refusal_says_which_definition_could_not_be_applied(tmp_path: Path) -> None:
    async with EmbeddedKubernetes(tmp_path) as server, await api_of(server) as api:
        server.inject(Fault(verb="patch", status=403))

        with pytest.raises(ReconcileError, match=r"CustomResourceDefinition paletteconnections.*check its RBAC"):
            await Definitions(api).apply(definitions()[0])


def test_without_an_api_server_it_says_what_is_wrong_and_fails(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    done = CliRunner().invoke(app, ["crds", "apply"])

    assert done.exit_code == 1
    assert "crds: KUBECONFIG=" in done.output
    assert "Traceback" not in done.output
