"""The how-tos on Argo CD and Flux, followed: the test does what either does, the operator all else.

Argo CD's scripts and Flux's expressions judge the objects that come of it, as the followed steps installed them.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from support.chart import CHART, of_kind, rendered
from support.gitops.argocd import ArgoCD
from support.gitops.argocd_kinds import definitions
from support.gitops.flux import Flux
from support.gitops.flux_kinds import objection
from support.gitops.tools import ARGO_CD, argo_cd_syncs, flux_applies, manifests_in
from support.howto import ROOT, Followed, Reader, follow
from support.scenarios import manifests
from support.scenarios.control_plane import ControlPlane
from support.scenarios.kubectl import Kubectl
from support.scenarios.kubernetes import Body, Refused
from support.scenarios.operator_process import OperatorProcess
from support.scenarios.waiting import eventually
from support.scenarios.world import World, open_world

_PAGES = ROOT / "docs" / "how-to"
_CREATE = "/v1/spectroclusters/edge-native"
_APPLICATIONS = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"


def _in_place_of(world: World) -> dict[str, str]:
    """Return what a reader of this world has in place of the examples of either page."""
    return {
        "palette-system": world.operator.namespace,
        "palette-credentials": f"palette-{world.name}",
        "https://api.spectrocloud.com": world.palette.endpoint,
        "{names: [retail]}": f"{{names: [{world.name}]}}",
        "namespace: retail": f"namespace: {world.name}",
        "-n retail": f"-n {world.name}",
        "{name: default}": f"{{name: {world.name}}}",
        "pcon/default": f"pcon/{world.name}",
        "spectrocloud.com/default": f"spectrocloud.com/{world.name}",
        "retail namespace": f"{world.name} namespace",
    }


def _connection(world: World, release: str, namespace: str, values: Body) -> Body:
    """Return the connection that the chart makes of a page's values, under this world's name and quickly looking."""
    assert values["image"]["repository"], "the chart knows of none"
    objects = rendered(values, release=release, namespace=namespace)
    assert [body for body in objects if "helm.sh/hook" in body["metadata"].get("annotations", {})] == []
    (connection,) = of_kind(objects, "PaletteConnection")
    connection["metadata"]["name"] = world.name
    connection["spec"]["poll"] = {"fleetSeconds": 1}
    return connection


@pytest_asyncio.fixture(loop_scope="session")
async def argo_cd(control_plane: ControlPlane) -> AsyncIterator[None]:
    """Argo CD's namespace, ConfigMap and kinds, as its own installation leaves them."""
    kubernetes = control_plane.kubernetes
    metadata = {"name": "argocd-cm", "namespace": "argocd"}
    await kubernetes.apply(manifests.namespace("argocd"))
    await kubernetes.apply(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"url": "https://cd"}}
    )
    for definition in definitions():
        await kubernetes.create(definition)

    async def served() -> bool:
        with contextlib.suppress(Refused):
            return bool(await kubernetes.raw("GET", _APPLICATIONS))
        return False

    await eventually(served, "the API server serves Argo CD's kinds")
    yield
    for definition in definitions():
        await kubernetes.delete("CustomResourceDefinition", definition["metadata"]["name"])


@pytest.mark.usefixtures("argo_cd")
async def test_argo_cd(control_plane: ControlPlane, shared_operator: OperatorProcess, tmp_path: Path) -> None:
    kubernetes = control_plane.kubernetes
    async with open_world(control_plane, shared_operator, connect=False) as world:

        async def judge() -> ArgoCD:
            """Return Argo CD with the scripts that the reader gave it."""
            config_map = await kubernetes.get("ConfigMap", "argocd-cm", "argocd")
            assert config_map is not None
            assert config_map["data"]["url"] == "https://cd"
            return ArgoCD(config_map["data"])

        async def sync_the_operator() -> None:
            spec = (await kubernetes.raw("GET", f"{_APPLICATIONS}/palette-operator"))["spec"]
            helm, namespace = spec["source"]["helm"], spec["destination"]["namespace"]
            assert ROOT / spec["source"]["path"] == CHART
            await world.apply_as(ARGO_CD, _connection(world, helm["releaseName"], namespace, helm["valuesObject"]))
            told = await world.until("PaletteConnection", world.name, "CredentialsValid=SecretNotFound")
            assert (await judge()).health(told).status == "Progressing"

        async def create_an_api_key() -> None:
            (tmp_path / "key.txt").write_text(manifests.API_KEY)

        async def sync_retail() -> None:
            application = await kubernetes.raw("GET", f"{_APPLICATIONS}/retail")
            await argo_cd_syncs(world, application, tmp_path)

        async def approve_the_plan() -> None:
            planned = await world.until("PaletteCluster", "store", "Synced=PlanAwaitingApproval")
            argo_cd = await judge()
            assert argo_cd.health(planned).status == "Suspended"
            assert "apply profiles edge-base 1.5.0" in argo_cd.health(planned).message
            await world.patch("PaletteCluster", "store", argo_cd.patch_of("approve", planned))

        async def take_the_cluster_out_of_git() -> None:
            argo_cd = await judge()
            for kind, name in (("PaletteConnection", world.name), ("EdgeHost", "edge-a"), ("PaletteCluster", "store")):
                assert argo_cd.health(await world.until(kind, name, "Ready")).status == "Healthy"
            (tmp_path / "retail" / "store.yaml").unlink()
            await sync_retail()
            await world.delete("PaletteCluster", "store")

        by_hand = {
            "install Argo CD": judge,
            "let Argo CD sync the operator": sync_the_operator,
            "create an API key": create_an_api_key,
            "let Argo CD sync retail": sync_retail,
            "let Argo CD sync the change": sync_retail,
            "approve the plan in Argo CD": approve_the_plan,
            "take retail/store.yaml out of Git": take_the_cluster_out_of_git,
        }
        reader = Reader(tmp_path, control_plane.kubeconfig, in_place_of=_in_place_of(world), by_hand=by_hand)

        assert await follow(_PAGES / "argo-cd.md", reader) == Followed(
            commands=11, files=6, by_hand=tuple(by_hand), not_followed=("it takes an Argo CD",)
        )
        _assert_orphaned(world)


async def test_flux(control_plane: ControlPlane, shared_operator: OperatorProcess, tmp_path: Path) -> None:
    kubectl = Kubectl(control_plane.kubeconfig, "flux-system", tmp_path)
    judges: dict[str, Flux] = {}
    async with open_world(control_plane, shared_operator, connect=False) as world:

        async def install_the_operator() -> None:
            found = {body["kind"]: body for body in manifests_in(tmp_path / "palette-operator")}
            assert [wrong for body in found.values() if (wrong := objection(body))] == []
            spec = found["HelmRelease"]["spec"]
            assert ROOT / spec["chart"]["spec"]["chart"] == CHART
            assert spec["chart"]["spec"]["sourceRef"]["name"] == found["GitRepository"]["metadata"]["name"]
            assert [spec[action]["crds"] for action in ("install", "upgrade")] == ["CreateReplace"] * 2
            connection = _connection(world, spec["releaseName"], spec["targetNamespace"], spec["values"])
            await world.apply_as("helm-controller", connection)

        async def create_an_api_key() -> None:
            (tmp_path / "key.txt").write_text(manifests.API_KEY)

        async def apply_retail() -> None:
            built = yaml.safe_load_all(await kubectl("kustomize", str(tmp_path / "clusters" / "emea" / "palette")))
            found = {body["metadata"]["name"]: body for body in built}
            assert [wrong for body in found.values() if (wrong := objection(body))] == []
            assert [each["name"] for each in found["retail"]["spec"]["dependsOn"]] == ["palette-operator"]
            judges["retail"] = Flux(found["retail"])
            await flux_applies(world, found["retail"], tmp_path)
            planned = await world.until("PaletteCluster", "store", "Synced=PlanAwaitingApproval")
            assert judges["retail"].status(planned) == "InProgress"

        async def take_the_cluster_out_of_git() -> None:
            for kind, name in (("EdgeHost", "edge-a"), ("PaletteCluster", "store")):
                assert judges["retail"].status(await world.until(kind, name, "Ready")) == "Current"
            live = await world.until("PaletteCluster", "store", "Ready")
            assert live["status"]["lastHandledReconcileAt"].startswith("20")
            writers = {entry["manager"] for entry in live["metadata"].get("managedFields", ())}
            assert not {writer for writer in writers if writer.startswith("kubectl")}, "Flux would undo it"
            await world.delete("PaletteCluster", "store")

        by_hand = {
            "let Flux install the operator": install_the_operator,
            "create an API key": create_an_api_key,
            "let Flux apply retail": apply_retail,
            "take retail/store.yaml out of Git": take_the_cluster_out_of_git,
        }
        own_names = {"metadata: {name: retail}": f"metadata: {{name: {world.name}}}"}
        in_place_of = _in_place_of(world) | own_names
        reader = Reader(tmp_path, control_plane.kubeconfig, in_place_of=in_place_of, by_hand=by_hand)

        assert await follow(_PAGES / "flux.md", reader) == Followed(
            commands=13, files=7, by_hand=tuple(by_hand), not_followed=("a part of operator.yaml",)
        )
        _assert_orphaned(world)


def _assert_orphaned(world: World) -> None:
    """Fail unless the cluster was created once, and is still there."""
    assert world.requests_to("POST", _CREATE) == 1
    assert "DELETE" not in {entry.method for entry in world.requests()}
    assert [cluster.name for cluster in world.clusters("store")] == ["store"]
