"""The Helm chart on a genuine API server: installed, upgraded, uninstalled and installed again by Helm itself.

The server is this module's own: definitions come and go here. It has no controllers, so nothing runs in its pods; what
the Job of an install or upgrade would do, the scenario does as the Job's own account.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Mapping
from typing import Any

import helm_python
import pytest
import pytest_asyncio

from palette_operator.cli.crds import definitions
from support.chart import of_kind, rendered
from support.chart_values import VALUE_SETS, Values
from support.scenarios import manifests
from support.scenarios.control_plane import ControlPlane, running_control_plane
from support.scenarios.helm import Helm, exists, objection, path_of
from support.scenarios.kubernetes import GROUP, Body, Refused
from support.scenarios.waiting import eventually

_KIND = "CustomResourceDefinition"
JOB = ["crds", "apply", "--field-manager=helm"]
_GUARD = {"palette.spectrocloud.com/deletion-protection": "true"}
# Kinds of Prometheus operator, whose definitions are not at hand.
_UNKNOWN = frozenset({"ServiceMonitor", "PrometheusRule"})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def plane(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ControlPlane]:
    """An API server of this module's own."""
    if request.config.getoption("--control-plane") != "genuine":
        pytest.skip("the embedded API server has no Deployments, Jobs, admission policies or Pod Security")
    async with running_control_plane("genuine", tmp_path_factory.mktemp("chart")) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def helm(plane: ControlPlane) -> AsyncIterator[Helm]:
    """Helm in a namespace of its own, whose releases and connections go at the end."""
    namespace = plane.unique("chart")
    await plane.kubernetes.apply(manifests.namespace(namespace))
    helm = Helm(plane, namespace)
    yield helm
    for body in await plane.kubernetes.list("PaletteConnection"):
        await plane.kubernetes.delete("PaletteConnection", body["metadata"]["name"])


def connected(helm: Helm, **values: Any) -> Values:  # noqa: ANN401 - YAML
    """Return values with a connection of the namespace's name."""
    connection = copy.deepcopy(VALUE_SETS["a first connection"]["connection"])
    return {"connection": connection | {"name": helm.namespace}, **values}


async def definition(plane: ControlPlane, plural: str) -> Body:
    found = await plane.kubernetes.get(_KIND, f"{plural}.palette.spectrocloud.com")
    assert found is not None
    return found


def fields_of(body: Mapping[str, Any]) -> Body:
    (version,) = body["spec"]["versions"]
    spec: Body = version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
    return spec


async def test_the_api_server_takes_every_object_of_every_set_of_values(plane: ControlPlane, helm: Helm) -> None:
    for name in ("retail", "labs", "monitoring"):
        await plane.kubernetes.apply(manifests.namespace(name))
    objections = {
        name: said
        for name, values in VALUE_SETS.items()
        for body in rendered(values, namespace=helm.namespace)
        if body["kind"] not in _UNKNOWN and (said := await objection(plane, body))
    }

    assert objections == {}
    (deployment,) = of_kind(rendered(namespace=helm.namespace), "Deployment")
    deployment["spec"]["replikas"] = 1
    assert "replikas" in await objection(plane, deployment), "what nobody knows is refused"


async def test_its_pods_are_admitted_where_only_restricted_ones_are(plane: ControlPlane) -> None:
    namespace = plane.unique("restricted")
    await plane.kubernetes.apply(manifests.namespace(namespace, **{"pod-security.kubernetes.io/enforce": "restricted"}))
    pods = [
        pod_of(workload, f"{number}-{workload['kind'].lower()}")
        for number, values in enumerate(VALUE_SETS.values())
        for kind in ("Deployment", "Job")
        for workload in of_kind(rendered(values, namespace=namespace), kind)
    ]
    for pod in pods:
        assert await objection(plane, pod) == ""

    pods[0]["spec"]["containers"][0]["securityContext"].pop("capabilities")
    assert 'violates PodSecurity "restricted' in await objection(plane, pods[0])


def pod_of(workload: Body, name: str) -> Body:
    """Return the pod that a workload's controller would make."""
    template = copy.deepcopy(workload["spec"]["template"])
    namespace = workload["metadata"]["namespace"]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**template["metadata"], "name": name, "namespace": namespace},
        "spec": template["spec"],
    }


async def test_an_install_brings_the_definitions_and_then_a_connection_of_theirs(
    plane: ControlPlane, helm: Helm
) -> None:
    for kind in definitions():
        await plane.kubernetes.delete(_KIND, kind["metadata"]["name"])
    await eventually(lambda: no_definitions(plane), "the definitions are gone")

    release = await helm.install(connected(helm))

    assert release["status"] == "deployed"
    ((arguments, code, said),) = helm.ran
    assert (arguments, code, said.count("unchanged")) == (JOB, 0, 3), "the Job comes after what is in crds/"
    assert "kubectl wait --for=condition=Ready paletteconnection/" in release["notes"]
    assert [field for field in fields_of(await definition(plane, "paletteclusters")) if field == "machinePools"]
    assert await plane.kubernetes.get("PaletteConnection", helm.namespace) is not None


async def age(body: Body, plane: ControlPlane) -> None:
    """Make of the connections' definition one that has a field too many, and lacks one."""
    fields_of(body)["wasThereOnce"] = {"type": "string"}
    fields_of(body).pop("proxy")
    await plane.kubernetes.apply(body)


async def no_definitions(plane: ControlPlane) -> bool:
    return not [body for body in await plane.kubernetes.list(_KIND) if "palette" in body["spec"]["group"]]


async def test_an_upgrade_brings_the_definitions_up_to_date_and_leaves_no_rights_behind(
    plane: ControlPlane, helm: Helm
) -> None:
    await helm.install(connected(helm))
    await age(await definition(plane, "paletteconnections"), plane)
    values = connected(helm)
    values["connection"]["spec"]["proxy"] = "http://proxy.example.com:3128"

    release = await helm.upgrade(values)

    assert (release["status"], release["revision"]) == ("deployed", 2)
    assert [(arguments, code) for arguments, code, _ in helm.ran] == [(JOB, 0)] * 2
    assert "paletteconnections.palette.spectrocloud.com configured" in helm.ran[-1][2]
    now = fields_of(await definition(plane, "paletteconnections"))
    assert ("proxy" in now, "wasThereOnce" in now) == (True, False)
    connection = await plane.kubernetes.get("PaletteConnection", helm.namespace)
    assert connection is not None
    assert connection["spec"]["proxy"] == "http://proxy.example.com:3128", "what only the new definition knows"
    await an_install_by_helm_4_would_apply(plane, "paletteconnections")
    hooks = [body for body in rendered(namespace=helm.namespace) if body["metadata"]["name"].endswith("-crds")]
    assert {body["kind"] for body in hooks} == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Job"}
    assert [path_of(body) for body in hooks if await exists(plane, body)] == []

    await helm.upgrade(values)

    assert helm.ran[-1][2].count("unchanged") == 3


async def an_install_by_helm_4_would_apply(plane: ControlPlane, plural: str) -> None:
    """As the next version may have it. Helm 4 forces nothing: a field that another manager has would be a conflict."""
    (newer,) = (copy.deepcopy(kind) for kind in definitions() if kind["spec"]["names"]["plural"] == plural)
    fields_of(newer)["isThereNext"] = {"type": "string"}
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{newer['metadata']['name']}"
    headers = {"Content-Type": "application/apply-patch+yaml"}
    await plane.kubernetes.raw(
        "PATCH", path, json=newer, params={"fieldManager": "helm", "dryRun": "All"}, headers=headers
    )


async def test_an_upgrade_brings_a_definition_back_that_somebody_deleted(plane: ControlPlane, helm: Helm) -> None:
    await helm.install(connected(helm))
    await plane.kubernetes.delete(_KIND, "edgehosts.palette.spectrocloud.com")

    await helm.upgrade(connected(helm))

    assert "edgehosts.palette.spectrocloud.com created" in helm.ran[-1][2]
    assert fields_of(await definition(plane, "edgehosts"))


async def test_when_the_definitions_cannot_be_brought_up_to_date_the_operator_stays_as_it_is(
    plane: ControlPlane, helm: Helm
) -> None:
    await helm.install(connected(helm))
    (deployment,) = of_kind(rendered(namespace=helm.namespace), "Deployment")
    before = await plane.kubernetes.raw("GET", path_of(deployment))
    path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/edgehosts.{GROUP}/status"
    headers = {"Content-Type": "application/merge-patch+json"}

    async def store_versions(*versions: str) -> None:
        await plane.kubernetes.raw("PATCH", path, json={"status": {"storedVersions": versions}}, headers=headers)

    await store_versions("v1alpha0", "v1alpha1")  # a version that objects are stored in cannot be taken away
    try:
        with pytest.raises(helm_python.HelmError, match="pre-upgrade hooks failed"):
            await helm.upgrade(connected(helm, logLevel="debug"))
    finally:
        await store_versions("v1alpha1")

    _, code, said = helm.ran[-1]
    assert code == 1
    assert "applying CustomResourceDefinition edgehosts.palette.spectrocloud.com: refused as invalid" in said
    after = await plane.kubernetes.raw("GET", path_of(deployment))
    assert after["metadata"]["generation"] == before["metadata"]["generation"]


async def test_an_uninstall_keeps_definitions_connection_and_clusters_and_the_next_install_takes_them_up(
    plane: ControlPlane, helm: Helm
) -> None:
    await helm.install(connected(helm))
    store = manifests.cluster("store", manifests.control("edge-a"))
    store["metadata"]["namespace"] = helm.namespace
    store["spec"]["connectionRef"] = {"name": helm.namespace}
    cluster = await plane.kubernetes.create(store)
    connection = await plane.kubernetes.get("PaletteConnection", helm.namespace)
    uids = {kind["metadata"]["name"]: kind["metadata"]["uid"] for kind in await plane.kubernetes.list(_KIND)}

    said = await helm.uninstall()

    assert f"[PaletteConnection] {helm.namespace}" in said["info"]
    objects = rendered(connected(helm), namespace=helm.namespace)
    assert [body["kind"] for body in objects if await exists(plane, body)] == ["PaletteConnection"]
    assert {kind["metadata"]["name"]: kind["metadata"]["uid"] for kind in await plane.kubernetes.list(_KIND)} == uids
    assert await plane.kubernetes.get("PaletteCluster", "store", helm.namespace) == cluster
    assert await plane.kubernetes.get("PaletteConnection", helm.namespace) == connection

    await helm.install(connected(helm))

    again = await plane.kubernetes.get("PaletteConnection", helm.namespace)
    assert again is not None
    assert connection is not None
    assert (again["metadata"]["uid"], again["spec"]) == (connection["metadata"]["uid"], connection["spec"])
    assert await plane.kubernetes.get("PaletteCluster", "store", helm.namespace) == cluster


async def test_what_is_protected_cannot_be_deleted_until_its_annotation_is_taken_away(
    plane: ControlPlane, helm: Helm
) -> None:
    await helm.install(connected(helm, deletionProtection={"enabled": True}))
    for name, given in (("kept", _GUARD), ("free", {}), ("off", {next(iter(_GUARD)): "false"})):
        host = manifests.edge_host(name, connectionRef={"name": helm.namespace})
        host["metadata"] |= {"namespace": helm.namespace, "annotations": dict(given)}
        await plane.kubernetes.create(host)
    guarded: Body = {"metadata": {"annotations": _GUARD}}
    await plane.kubernetes.patch("PaletteConnection", helm.namespace, guarded)

    async def refusal(kind: str, name: str, namespace: str = "") -> str:
        try:
            await plane.kubernetes.delete(kind, name, namespace)
        except Refused as refused:
            return refused.message
        return ""

    async def is_enforced() -> bool:
        return bool(await refused_in_a_dry_run(plane, helm.namespace))

    await eventually(is_enforced, "the policy is enforced")
    assert await refusal("EdgeHost", "free", helm.namespace) == ""
    assert await refusal("EdgeHost", "off", helm.namespace) == ""
    assert (
        f"EdgeHost {helm.namespace}/kept is protected from deletion; to delete it, take its annotation "
        "palette.spectrocloud.com/deletion-protection away first"
    ) in await refusal("EdgeHost", "kept", helm.namespace)
    assert f"PaletteConnection {helm.namespace} is protected" in await refusal("PaletteConnection", helm.namespace)
    with pytest.raises(Refused, match=f"EdgeHost {helm.namespace}/kept is protected"):
        await plane.kubernetes.raw("DELETE", f"/apis/{GROUP}/v1alpha1/namespaces/{helm.namespace}/edgehosts")

    unguarded: Body = {"metadata": {"annotations": {next(iter(_GUARD)): None}}}
    await plane.kubernetes.patch("EdgeHost", "kept", unguarded, helm.namespace)
    await plane.kubernetes.patch("PaletteConnection", helm.namespace, unguarded)

    assert await refusal("EdgeHost", "kept", helm.namespace) == ""
    assert await refusal("PaletteConnection", helm.namespace) == ""


async def refused_in_a_dry_run(plane: ControlPlane, namespace: str) -> str:
    path = f"/apis/{GROUP}/v1alpha1/namespaces/{namespace}/edgehosts/kept"
    try:
        await plane.kubernetes.raw("DELETE", path, params={"dryRun": "All"})
    except Refused as refused:
        return refused.message
    return ""
