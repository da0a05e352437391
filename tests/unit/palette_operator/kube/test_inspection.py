"""Inspection, against the embedded API server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio import client, config

from palette_operator.domain.errors import Stalled, Waiting
from palette_operator.kube.inspection import Inspection
from palette_sim.kube_api import EmbeddedKubernetes, Fault


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedKubernetes]:
    async with EmbeddedKubernetes(tmp_path) as running:
        yield running


@pytest.fixture
async def inspection(server: EmbeddedKubernetes) -> AsyncIterator[Inspection]:
    await config.load_kube_config(str(server.kubeconfig))  # type: ignore[no-untyped-call]  # left untyped there
    async with client.ApiClient() as api:
        yield Inspection(api, impersonate="system:serviceaccount:ops:palette-operator")


async def test_it_reads_and_leaves_nothing_behind(server: EmbeddedKubernetes, inspection: Inspection) -> None:
    assert inspection.server.startswith("https://127.0.0.1:")
    assert (await inspection.version()).startswith("v1.")
    assert await inspection.definition("widgets.shop.example.com") is None
    assert await inspection.may("patch", "palette.spectrocloud.com", "edgehosts/status")
    assert await inspection.leases("default") == []
    assert await inspection.deployments("default") == []

    assert set(server.requests()["writes"]) <= {"selfsubjectaccessreviews"}


async def test_rights_are_asked_for_whom_they_are_about(
    inspection: Inspection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Any] = []

    async def create(_: object, *given: Any, **options: object) -> dict[str, Any]:  # noqa: ANN401 - as they are
        sent.append((given[-1]["spec"]["resourceAttributes"], options["_headers"]))
        return {"status": {"allowed": True}}

    monkeypatch.setattr(client.CustomObjectsApi, "create_cluster_custom_object", create)

    assert await inspection.may("get", "", "secrets", "palette-system", "key")
    asked = {"verb": "get", "resource": "secrets", "namespace": "palette-system", "name": "key"}
    assert sent == [(asked, {"Impersonate-User": "system:serviceaccount:ops:palette-operator"})]


async def test_a_refusal_is_told(server: EmbeddedKubernetes, inspection: Inspection) -> None:
    server.inject(Fault(status=403))

    with pytest.raises(Stalled) as caught:
        await inspection.leases("default")

    assert caught.value.reason == "KubernetesForbidden"


async def test_a_server_out_of_reach_is_told(server: EmbeddedKubernetes, inspection: Inspection) -> None:
    server.inject(Fault(status=0, count=9))

    with pytest.raises(Waiting) as caught:
        await inspection.version()

    assert caught.value.reason == "KubernetesUnavailable"
