"""The whole examination, against the embedded API server and the simulated Palette."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from palette_operator.cli.crd import custom_resource_definition
from palette_operator.cli.doctor.examination import examine_endpoint, examine_management, way_of
from palette_operator.cli.doctor.findings import Report, Verdict
from palette_operator.cli.doctor.looks.management import ManagementCluster
from palette_operator.cli.kubeconfig import CannotRead
from palette_operator.domain.resources import KINDS, ConnectionSpec
from palette_operator.http.operation import Effect
from palette_operator.kube.inspection import Inspection
from palette_operator.kube.rights import RIGHTS, Where
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.operations import every_operation
from palette_sim.kube_api import EmbeddedKubernetes, Fault
from palette_sim.palette import PaletteConfig, SimulatedPalette
from palette_sim.palette.people import ClusterOrder, HostOrder
from support.scenarios import manifests
from support.scenarios.kubernetes import Kubernetes

NAMESPACE = "palette-system"
PROJECT_KEY = "demo-project-key"
SHARE = 1.0


@dataclass
class Stage:
    server: EmbeddedKubernetes
    kubernetes: Kubernetes
    palette: SimulatedPalette

    async def connect(self, name: str = "default", api_key: str = manifests.API_KEY, **spec: Any) -> None:  # noqa: ANN401
        secret = manifests.secret(name, apiKey=api_key)
        secret["metadata"]["namespace"] = NAMESPACE
        await self.kubernetes.create(secret)
        given = {"poll": {"fleetSeconds": 60}, **spec}
        connection = manifests.connection(name, self.palette.endpoint, ["retail"])
        connection["spec"] |= given
        await self.kubernetes.create(connection)

    async def claim(self, name: str, uid: str, project: str) -> None:
        body = manifests.edge_host(name, connectionRef={"name": "default"})
        body["metadata"]["namespace"] = "retail"
        await self.kubernetes.create(body)
        path = f"/apis/palette.spectrocloud.com/v1alpha1/namespaces/retail/edgehosts/{name}/status"
        await self.kubernetes.raw(
            "PATCH",
            path,
            json={"status": {"uid": uid, "projectUid": project}},
            headers={"Content-Type": "application/merge-patch+json"},
        )

    async def examine(self, only: str = "", watched: tuple[str, ...] | None = None) -> Report:
        async with ManagementCluster.connect(NAMESPACE, "", watched) as cluster:
            return await examine_management(cluster, only, SHARE, lambda _: None)


@asynccontextmanager
async def open_stage(folder: Path, monkeypatch: pytest.MonkeyPatch, *, crds: bool = True) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(EmbeddedKubernetes(folder))
        palette = await stack.enter_async_context(SimulatedPalette(PaletteConfig.model_validate({"limits": "off"})))
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
        kubernetes = Kubernetes(server.kubeconfig)
        stack.push_async_callback(kubernetes.aclose)
        for kind in KINDS if crds else ():
            await kubernetes.create(custom_resource_definition(kind))
        await kubernetes.create(manifests.namespace(NAMESPACE))
        await kubernetes.create(manifests.namespace("retail"))
        server.switchboard.reset_counts()
        yield Stage(server, kubernetes, palette)


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, monkeypatch) as opened:
        yield opened


def verdicts(report: Report, subject: str = "PaletteConnection default") -> Mapping[str, Verdict]:
    """Return the worst verdict of each check on a subject."""
    order = [Verdict.OK, Verdict.SKIPPED, Verdict.WARNING, Verdict.FAILURE]
    found: dict[str, Verdict] = {}
    for section in report.sections:
        for finding in section.findings if section.subject == subject else ():
            found[finding.check] = max(finding.verdict, found.get(finding.check, Verdict.OK), key=order.index)
    return found


def said(report: Report, check: str) -> str:
    return " | ".join(
        finding.message for section in report.sections for finding in section.findings if finding.check == check
    )


async def test_a_healthy_connection_has_no_failure(stage: Stage) -> None:
    await stage.connect()
    project = stage.palette.state.project_named(manifests.PROJECT)
    stage.palette.people.add_hosts(HostOrder(project=manifests.PROJECT))
    stage.palette.people.add_cluster(ClusterOrder(project=manifests.PROJECT, name="store"))
    await stage.claim("edge-1", "edge-0001", project.uid)

    found = await stage.examine()

    assert found.counts.failure == 0, found
    assert verdicts(found, "Kubernetes")["crds"] is Verdict.OK
    assert verdicts(found)["credential"] is Verdict.OK
    assert verdicts(found)["write-permissions"] is Verdict.OK
    assert verdicts(found)["fleet"] is Verdict.OK
    assert "EdgeHosts: 2 edge hosts listed, one of them whole" in said(found, "read-permissions")
    assert "PaletteClusters: 1 clusters and" in said(found, "read-permissions")


async def test_nothing_is_written_anywhere(stage: Stage) -> None:
    await stage.connect()
    before = dict(stage.server.requests()["writes"])

    await stage.examine()

    written = {key: n for key, n in stage.server.requests()["writes"].items() if n != before.get(key)}
    assert set(written) == {"selfsubjectaccessreviews"}
    reads = {(each.method, each.template) for each in every_operation() if each.effect is Effect.READ}
    assert stage.palette.requests.entries
    assert {entry.method for entry in stage.palette.requests.entries} <= {"GET", "POST"}
    posted = {entry.path for entry in stage.palette.requests.entries if entry.method == "POST"}
    assert {("POST", path) for path in posted} <= reads


async def test_a_dead_key_is_a_failure_and_what_hangs_on_it_is_skipped(stage: Stage) -> None:
    await stage.connect(api_key="planted-dead-key-7f3a")

    found = await stage.examine()

    assert verdicts(found)["credential"] is Verdict.FAILURE
    assert verdicts(found)["project"] is Verdict.SKIPPED
    assert verdicts(found)["endpoint"] is Verdict.OK
    assert "planted-dead-key-7f3a" not in found.model_dump_json()


async def test_a_user_is_named_and_has_no_key_that_expires(stage: Stage) -> None:
    user = manifests.secret("user", emailId="ops@example.com", password="demo-password", org="retail")
    user["metadata"]["namespace"] = NAMESPACE
    await stage.kubernetes.create(user)
    await stage.connect(auth={"userSecretRef": {"name": "user"}})

    found = await stage.examine()

    assert verdicts(found)["credential"] is Verdict.OK
    assert "it works: ops@example.com (" in said(found, "credential")
    assert "key-expiry" not in verdicts(found)
    assert verdicts(found)["read-permissions"] is Verdict.OK
    assert "demo-password" not in found.model_dump_json()


async def test_a_key_that_expires_soon_is_a_warning(stage: Stage) -> None:
    await stage.connect()
    stage.palette.access.keys.named("admin")[0].expires_s = stage.palette.clock.now_s() + 3 * 86_400

    found = await stage.examine()

    assert verdicts(found)["key-expiry"] is Verdict.WARNING
    assert "API key admin expires on" in said(found, "key-expiry")


async def test_a_key_that_palette_repeats_is_struck_out(stage: Stage) -> None:
    await stage.connect(api_key="planted-dead-key-7f3a")
    stage.palette.fail_next(path="/v1/users/info", status=500, message="no such key planted-dead-key-7f3a", count=9)

    found = await stage.examine()

    assert verdicts(found)["credential"] is Verdict.FAILURE
    assert "planted-dead-key-7f3a" not in found.model_dump_json()


async def test_a_key_of_one_project_does_not_see_what_resources_of_another_stand_for(stage: Stage) -> None:
    await stage.connect(api_key=PROJECT_KEY)
    await stage.claim("edge-1", "edge-1", stage.palette.state.project_named("retail-lab").uid)

    found = await stage.examine()

    assert verdicts(found)["fleet"] is Verdict.FAILURE
    assert "1 resources are of project" in said(found, "fleet")
    assert "who sees 1 project" in said(found, "credential")
    assert verdicts(found)["write-permissions"] is Verdict.SKIPPED


async def test_what_is_gone_from_palette_is_a_warning(stage: Stage) -> None:
    await stage.connect()
    await stage.claim("edge-1", "edge-1", stage.palette.state.project_named(manifests.PROJECT).uid)

    found = await stage.examine()

    assert verdicts(found)["fleet"] is Verdict.WARNING
    assert "EdgeHost retail/edge-1; Palette says that they are gone" in said(found, "fleet")


async def test_a_listing_that_is_forbidden_tells_which(stage: Stage) -> None:
    await stage.connect()
    stage.palette.fail_next(
        "POST",
        "/v1/dashboard/edgehosts/search",
        status=403,
        code="OperationForbidden",
        message="edgehost.list",
        count=9,
    )

    found = await stage.examine()

    assert verdicts(found)["read-permissions"] is Verdict.FAILURE
    assert "edgehost.list" in said(found, "read-permissions")


async def test_a_429_is_told(stage: Stage) -> None:
    await stage.connect()
    stage.palette.fail_next("GET", "/v1/dashboard/projects/metadata", status=429, retry_after_s=1)

    found = await stage.examine()

    assert verdicts(found)["throttled"] is Verdict.WARNING
    assert found.counts.failure == 0


async def test_missing_crds_are_failures_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stage(tmp_path, monkeypatch, crds=False) as stage:
        found = await stage.examine()

    assert found.counts.failure == len(KINDS)
    assert verdicts(found, "Kubernetes")["crds"] is Verdict.FAILURE
    assert verdicts(found, "Kubernetes")["api-server"] is Verdict.OK


CONNECTIONS: dict[str, tuple[dict[str, Any], str, Verdict]] = {
    "a Secret that is not there": (
        {"auth": {"apiKeySecretRef": {"name": "other", "key": "apiKey"}}},
        "secrets",
        Verdict.FAILURE,
    ),
    "a key that is not in it": (
        {"auth": {"apiKeySecretRef": {"name": "default", "key": "key"}}},
        "secrets",
        Verdict.FAILURE,
    ),
    "a CA that is not there": ({"tls": {"caSecretRef": {"name": "ca", "key": "ca.crt"}}}, "secrets", Verdict.FAILURE),
    "a CA that is none": ({"tls": {"caSecretRef": {"name": "default", "key": "apiKey"}}}, "endpoint", Verdict.FAILURE),
    "a project that is not there": ({"project": "nowhere"}, "project", Verdict.FAILURE),
    "a further project that is not there": ({"allowedProjects": ["nowhere"]}, "project", Verdict.FAILURE),
    "an endpoint where nobody is": ({"endpoint": "http://127.0.0.1:1"}, "endpoint", Verdict.FAILURE),
    "passes that leave no room": (
        {"poll": {"fleetSeconds": 1}, "rateLimit": {"share": "0.1"}},
        "rate-limit",
        Verdict.WARNING,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spec", "check", "verdict"), CONNECTIONS.values(), ids=CONNECTIONS)
async def test_a_connection_at_fault(stage: Stage, spec: dict[str, Any], check: str, verdict: Verdict) -> None:
    await stage.connect(**spec)

    assert verdicts(await stage.examine())[check] is verdict


async def test_a_secret_in_another_namespace_is_found(stage: Stage) -> None:
    secret = manifests.secret("mislaid", apiKey="planted")
    secret["metadata"]["namespace"] = "retail"
    await stage.kubernetes.create(secret)
    await stage.connect(auth={"apiKeySecretRef": {"name": "mislaid", "key": "apiKey"}})

    assert "there is one in retail" in said(await stage.examine(), "secrets")


async def test_only_watched_namespaces_are_listed_and_asked_about(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[tuple[str, str]] = set()

    async def may(*review: str) -> bool:
        resource, namespace, _ = review[3:]
        asked.add((resource, namespace))
        return True

    monkeypatch.setattr(Inspection, "may", may)
    await stage.connect()
    await stage.claim("edge-1", "edge-1", stage.palette.state.project_named(manifests.PROJECT).uid)

    there, elsewhere = await stage.examine(watched=("retail", "labs")), await stage.examine(watched=("labs",))

    places = {resource: {place for each, place in asked if each == resource} for resource, _ in asked}
    assert places["edgehosts"] == places["paletteclusters/status"] == {"retail", "labs"}
    assert places["paletteconnections"] == {""}
    assert places["events"] == {"retail", "labs", "default"}
    assert verdicts(there)["fleet"] is Verdict.WARNING
    assert verdicts(elsewhere)["fleet"] is Verdict.OK


async def test_an_operator_that_may_all_where_it_watches_and_nothing_beyond_is_well(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def may(*asked: str) -> bool:
        resource, namespace, name = asked[3:]
        watched = {right.resource for right in RIGHTS if right.where is Where.WATCHED}
        return bool(namespace) or (resource, name) == ("namespaces", "kube-system") or resource not in watched

    monkeypatch.setattr(Inspection, "may", may)

    namespaced, unsaid = await stage.examine(watched=("retail",)), await stage.examine()

    assert verdicts(namespaced, "Kubernetes")["rbac"] is Verdict.OK
    assert verdicts(unsaid, "Kubernetes")["rbac"] is Verdict.WARNING, "a person who asks says nothing of the operator"


async def test_a_namespace_that_may_not_be_listed_leaves_the_fleet_in_doubt(stage: Stage) -> None:
    await stage.connect()
    stage.server.inject(Fault(verb="list", resource="edgehosts", status=403))

    found = await stage.examine(watched=("retail",))

    assert verdicts(found)["fleet"] is Verdict.SKIPPED
    assert "EdgeHosts in namespace retail cannot be listed" in said(found, "fleet")


async def test_only_the_named_connection_is_examined(stage: Stage) -> None:
    await stage.connect("one")
    await stage.connect("two")

    found = await stage.examine("two")

    assert [section.subject for section in found.sections] == ["Kubernetes", "PaletteConnection two"]


async def test_a_connection_that_is_not_there_is_a_failure_that_names_the_others(stage: Stage) -> None:
    await stage.connect("one")

    found = await stage.examine("two")

    assert found.verdict is Verdict.FAILURE
    assert "there is no PaletteConnection two; there are one" in said(found, "connections")


async def test_without_connections_there_is_something_to_do(stage: Stage) -> None:
    found = await stage.examine()

    assert verdicts(found, "Kubernetes")["connections"] is Verdict.FAILURE


async def test_connections_that_may_not_be_read_are_skipped(stage: Stage) -> None:
    stage.server.inject(Fault(verb="list", resource="paletteconnections", status=403))

    found = await stage.examine()

    assert verdicts(found, "Kubernetes")["connections"] is Verdict.SKIPPED


async def test_an_api_server_that_does_not_answer_cannot_be_looked_at(stage: Stage) -> None:
    config = yaml.safe_load(stage.server.kubeconfig.read_text())
    config["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    stage.server.kubeconfig.write_text(yaml.safe_dump(config))

    with pytest.raises(CannotRead, match=r"https://127\.0\.0\.1:1: .* could not be reached"):
        await stage.examine()


async def test_palette_alone_is_examined_without_kubernetes() -> None:
    async with SimulatedPalette(PaletteConfig.model_validate({"limits": "off"})) as palette:
        spec = ConnectionSpec.model_validate(
            {
                "endpoint": palette.endpoint,
                "project": manifests.PROJECT,
                "allowedNamespaces": {"names": []},
                "auth": {"apiKeySecretRef": {"name": "none", "key": "none"}},
            }
        )
        found = await examine_endpoint(way_of(spec, ApiKey(manifests.API_KEY), "", {}), spec, SHARE, lambda _: None)

    assert [section.subject for section in found.sections] == ["Palette"]
    assert found.verdict is Verdict.OK
    assert "fleet" not in verdicts(found, "Palette")
