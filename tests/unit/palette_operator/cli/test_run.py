"""The `run` command: what it refuses before anything is started."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from palette_operator.cli.main import app

NETWORKS = {
    "no network": "10.0.0.0/33",
    "an address within a network": "10.10.135.182/18",
    "a name": "hosts.example",
}


@pytest.mark.parametrize("cidr", NETWORKS.values(), ids=NETWORKS)
def test_what_is_no_network_of_hosts_is_refused_at_once(cidr: str) -> None:
    result = CliRunner().invoke(app, ["run", "--operator-id", "x", "--local-endpoint-cidr", cidr])

    assert result.exit_code == 2
    assert "--local-endpoint-cidr" in result.output
    assert cidr in result.output
