"""What the Deployment tells the operator is what `palette-operator run` understands."""

from __future__ import annotations

import pytest
import typer
from typer.core import TyperGroup

from palette_operator.cli.main import app
from support.chart import Body, container, rendered

EVERYTHING: Body = {
    "leaseDurationSeconds": 30,
    "takeover": True,
    "watchNamespaces": ["retail", "labs"],
    "localEndpointCidrs": ["10.10.0.0/16"],
    "serviceCidrs": ["10.96.0.0/12"],
    "logFormat": "text",
    "logLevel": "debug",
    "extraArgs": ["--resync-seconds=60"],
}


def parsed(arguments: list[str]) -> Body:
    """Parse as the command line does; raises a UsageError for what it does not know."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    command, *options = arguments
    return dict(group.commands[command].make_context(command, list(options)).params)


def test_it_starts_with_the_operator_id_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PALETTE_OPERATOR_WATCH_NAMESPACES", "")
    parameters = parsed(container(rendered())["args"])

    assert parameters["operator_id"] == "emea-retail"
    assert parameters["namespace"] == "palette-system"
    assert not parameters["takeover"]
    assert not parameters["watch_namespace"]


def test_each_value_reaches_its_option(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered_container = container(rendered(EVERYTHING))
    for variable in rendered_container["env"]:
        monkeypatch.setenv(variable["name"], variable.get("value", ""))
    parameters = parsed(rendered_container["args"])

    assert parameters["lease_duration_seconds"] == 30
    assert parameters["takeover"]
    assert list(parameters["watch_namespace"]) == ["retail", "labs"]
    assert list(parameters["local_endpoint_cidr"]) == ["10.10.0.0/16"]
    assert list(parameters["service_cidr"]) == ["10.96.0.0/12"]
    assert (parameters["log_format"], parameters["log_level"]) == ("text", "debug")
    assert parameters["resync_seconds"] == 60


def test_the_ports_are_those_that_the_operator_serves() -> None:
    rendered_container = container(rendered())
    parameters = parsed(rendered_container["args"])
    ports = {port["name"]: port["containerPort"] for port in rendered_container["ports"]}

    assert ports == {"metrics": parameters["metrics_port"], "probes": parameters["probe_port"]}
    assert rendered_container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "probes"}
    assert rendered_container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "probes"}
