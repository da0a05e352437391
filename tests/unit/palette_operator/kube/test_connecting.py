"""Whether the way to the API server leads through a proxy of the environment."""

from __future__ import annotations

import pytest

from palette_operator import handlers
from palette_operator.kube.connecting import asks_for_proxies

PROXY = {"HTTPS_PROXY": "http://proxy.example.com:3128"}
IN_A_POD = {"KUBERNETES_SERVICE_HOST": "10.96.0.1"}
AT_A_TERMINAL = {"KUBECONFIG": "/home/ops/.kube/config"}


@pytest.mark.parametrize(
    ("environment", "asks"),
    [
        (AT_A_TERMINAL, False),
        (AT_A_TERMINAL | PROXY, True),
        (PROXY, True),
        (IN_A_POD | PROXY, False),
        (IN_A_POD | PROXY | {"NO_PROXY": "10.0.0.0/8"}, False),
        (IN_A_POD | AT_A_TERMINAL | PROXY, True),
    ],
)
def test_a_proxy_leads_to_a_distant_api_server_and_never_to_that_of_the_own_cluster(
    environment: dict[str, str], asks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "KUBERNETES_SERVICE_HOST", "KUBECONFIG"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert asks_for_proxies() is asks
    assert handlers.settings().networking.trust_env is asks, "what kopf watches goes the same way"
