from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes.aio import client, config

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.domain.errors import Stalled, Waiting
from palette_operator.domain.resources import KINDS
from palette_operator.kube import api
from palette_operator.kube.api import KubeApi
from palette_operator.kube.connecting import CarefulClient
from palette_operator.kube.errors import Conflict, NotServed, Vanished
from palette_operator.kube.objects import key_of
from palette_sim.kube_api import EmbeddedKubernetes, Fault
from support.scenarios.kubernetes import Body, Kubernetes
from support.scenarios.manifests import edge_host


@pytest.mark.filterwarnings("ignore:kube_config_path not provided")  # the library warns before it looks for a pod
@pytest.mark.parametrize("kubeconfig", ["", "missing", "empty"])
async def test_where_there_is_no_cluster_the_error_says_what_to_do(
    kubeconfig: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / kubeconfig) if kubeconfig else "")
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)

    with pytest.raises(Stalled, match="set KUBECONFIG, or run in a pod") as caught:
        async with KubeApi.connect():
            pass

    assert caught.value.reason == "KubernetesUnavailable"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[EmbeddedKubernetes]:
    async with EmbeddedKubernetes(tmp_path) as running:
        yield running


@pytest.fixture
async def kubernetes(server: EmbeddedKubernetes) -> AsyncIterator[Kubernetes]:
    administrator = Kubernetes(server.kubeconfig)
    for kind in KINDS:
        await administrator.create(custom_resource_definition(kind))
    yield administrator
    await administrator.aclose()


@pytest.fixture
def pauses() -> list[float]:
    """What the client waited, in seconds; it takes no time here."""
    return []


@pytest.fixture
async def kube(server: EmbeddedKubernetes, pauses: list[float]) -> AsyncIterator[KubeApi]:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    await config.load_kube_config(str(server.kubeconfig))  # type: ignore[no-untyped-call]  # left untyped there
    async with CarefulClient(pause=pause) as connected:
        yield KubeApi(connected)


def placed(manifest: Body) -> Body:
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": "default"}}


async def test_a_listing_whose_next_page_is_no_longer_remembered_is_begun_anew(
    server: EmbeddedKubernetes, kubernetes: Kubernetes, kube: KubeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        await kubernetes.create(placed(edge_host(f"edge-{number}")))
    monkeypatch.setattr(api, "_PAGE", 2)
    read, pages = client.CustomObjectsApi.list_cluster_custom_object, 0

    async def compacted_after_the_first(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - passed on
        nonlocal pages
        page, pages = await read(*given, **options), pages + 1
        if pages == 1:
            server.compact()
        return page

    monkeypatch.setattr(client.CustomObjectsApi, "list_cluster_custom_object", compacted_after_the_first)
    listed = await kube.list_all("EdgeHost")

    assert sorted(body["metadata"]["name"] for body in listed) == [f"edge-{number}" for number in range(5)]


async def test_a_status_is_written_although_somebody_changed_the_resource_meanwhile(
    kubernetes: Kubernetes, kube: KubeApi
) -> None:
    seen = await kubernetes.create(placed(edge_host("edge-a")))
    await kubernetes.patch("EdgeHost", "edge-a", {"metadata": {"labels": {"site": "42"}}}, "default")

    written = await kube.patch_status(seen, {"state": "ready"})

    assert written["status"]["state"] == "ready"
    assert written["metadata"]["labels"] == {"site": "42"}


async def test_behind_a_fence_no_status_is_written_once_somebody_changed_the_resource(
    kubernetes: Kubernetes, kube: KubeApi
) -> None:
    seen = await kubernetes.create(placed(edge_host("edge-a")))
    changed = await kubernetes.patch("EdgeHost", "edge-a", {"metadata": {"labels": {"site": "42"}}}, "default")

    with pytest.raises(Conflict):
        await kube.patch_status(seen, {"state": "ready"}, fenced=True)
    assert await kubernetes.get("EdgeHost", "edge-a", "default") == changed


@pytest.mark.parametrize("fenced", [False, True])
async def test_a_status_is_not_written_onto_another_of_the_same_name(
    fenced: bool, kubernetes: Kubernetes, kube: KubeApi
) -> None:
    seen = await kubernetes.create(placed(edge_host("edge-a")))
    await kubernetes.delete("EdgeHost", "edge-a", "default")
    anew = await kubernetes.create(placed(edge_host("edge-a")))

    with pytest.raises(Conflict if fenced else Vanished):
        await kube.patch_status(seen, {"state": "ready"}, fenced=fenced)
    version = seen["metadata"]["resourceVersion"]
    with pytest.raises(Conflict):
        await kube.set_finalizers(key_of(seen), ["example.com/held"], resource_version=version)
    assert await kubernetes.get("EdgeHost", "edge-a", "default") == anew


async def test_a_kind_that_is_not_served_is_no_news_of_its_resources(kube: KubeApi) -> None:
    seen = {**placed(edge_host("edge-a"))}
    seen["metadata"] |= {"resourceVersion": "7", "uid": "u1"}

    for call in (kube.patch_status(seen, {"state": "ready"}), kube.list_all("EdgeHost")):
        with pytest.raises(NotServed, match="answered 404"):
            await call


async def test_of_a_resource_that_has_gone_no_status_is_written(kubernetes: Kubernetes, kube: KubeApi) -> None:
    seen = await kubernetes.create(placed(edge_host("edge-a")))
    await kubernetes.delete("EdgeHost", "edge-a", "default")

    with pytest.raises(Vanished):
        await kube.patch_status(seen, {"state": "ready"})


async def test_a_listing_that_is_forgotten_over_and_over_is_given_up(server: EmbeddedKubernetes, kube: KubeApi) -> None:
    server.inject(Fault(verb="list", status=410, count=100))

    with pytest.raises(Waiting, match="the API server answered 410"):
        await kube.list_all("EdgeHost")


@pytest.mark.parametrize("status", [401, 403])
async def test_that_it_may_not_is_believed_when_it_is_said_twice(
    status: int, server: EmbeddedKubernetes, kube: KubeApi, pauses: list[float]
) -> None:
    server.inject(Fault(verb="get", status=status))
    assert await kube.read_secret("default", "none") is None
    assert len(pauses) == 1

    server.inject(Fault(verb="get", status=status, count=2))
    with pytest.raises(Stalled, match="check its RBAC"):
        await kube.read_secret("default", "none")


async def test_a_secret_that_holds_no_hash_key_is_named_and_not_asked_for_over_and_over(
    kubernetes: Kubernetes, kube: KubeApi
) -> None:
    await kube.hash_key("default")
    await kubernetes.patch("Secret", "palette-operator-hash-key", {"data": None}, "default")

    with pytest.raises(Stalled, match="Secret default/palette-operator-hash-key holds no text under 'key'"):
        await kube.hash_key("default")
