"""Networks in the values: what `run` would refuse, in pods that start again and again, the chart refuses first."""

from __future__ import annotations

import contextlib
from ipaddress import ip_network

import helm_python
import pytest

from support.chart import container, rendered

NETWORKS = (
    "10.0.0.0/8",
    "10.10.128.0/17",
    "192.0.2.7/32",
    "192.0.2.254/31",
    "0.0.0.0/0",
    "255.255.255.255/32",
    "128.0.0.0/1",
    "2001:db8::/32",
    "::/0",
    "fd00::1/128",
    "fd00:0:0:0:0:0:0:0/8",
)
OTHERS = (
    "10.0.0.1/8",
    "10.10.128.0/16",
    "192.0.2.255/31",
    "128.0.0.0/0",
    "999.1.1.1/8",
    "256.0.0.0/8",
    "10.0.0/8",
    "010.0.0.0/8",
    "10.0.0.0/33",
    "fd00:::/8",
    "fd000::/8",
    "fd00:1:2/48",
    "fd00::/129",
)
VALUES = ("localEndpointCidrs", "serviceCidrs")


def is_network(text: str) -> bool:
    """As `palette-operator run` judges."""
    with contextlib.suppress(ValueError):
        return bool(ip_network(text))
    return False


@pytest.mark.parametrize("value", VALUES)
def test_what_run_takes_reaches_it(value: str) -> None:
    assert [text for text in NETWORKS if not is_network(text)] == []
    arguments = container(rendered({value: list(NETWORKS)}))["args"]

    assert [argument.partition("=")[2] for argument in arguments if "-cidr=" in argument] == list(NETWORKS)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("text", OTHERS)
def test_what_run_refuses_is_refused_by_its_name_before(text: str, value: str) -> None:
    assert not is_network(text)
    with pytest.raises(helm_python.HelmError, match=f"{value}(: {text} is an address within a network|/0)"):
        rendered({value: [text]})
