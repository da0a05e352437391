"""A local cluster: created with reboots, validated, changed in every spelling, deleted."""

from typing import Any

import pytest
import yaml

from palette_sim.edge import Generation, KubeconfigForm, SiteConfig
from support.edge_api import (
    CLUSTER,
    CURRENT,
    INFRA_UID,
    PEER,
    UID,
    WORKER,
    EdgeApi,
    configuration,
    host_seed,
    serve_site,
)

_EMBEDDED = "/v1/edge-mgmt/clusters/archive/embedded/details"


async def _create(api: EdgeApi, *uids: str) -> None:
    """Create a cluster and see it healthy."""
    response = await api.call("POST", CLUSTER, configuration(*uids))
    assert response.status_code == 202, response.text
    await api.advance(60)
    await api.advance(60)
    await api.advance(60)
    await api.advance(30)


def _with_variables(**values: str) -> dict[str, Any]:
    body = configuration()
    variables = [{"profileUid": INFRA_UID, "name": name, "value": value} for name, value in values.items()]
    body["spec"]["profileVariables"] = variables
    return body


async def test_a_cluster_is_provisioned_with_a_reboot_and_becomes_healthy(api: EdgeApi) -> None:
    assert (await api.call("POST", CLUSTER, configuration())).status_code == 202
    status = (await api.details())["status"]
    assert (status["clusterState"], status["health"]["status"]) == ("Provisioning", "Unhealthy")
    assert status["kubeconfig"] == ""

    await api.advance(41)
    assert api.host.record.power == "off"
    await api.advance(45)
    await api.advance(94)
    assert (await api.details())["status"]["clusterState"] == "Running"
    await api.advance(30)

    details = await api.details()
    assert details["status"]["health"] == {"status": "Healthy", "reason": ""}
    assert details["status"]["k8sVersion"] == "1.30.4"
    assert details["metadata"]["name"] == "shop"
    assert details["spec"]["vip"] == "10.10.135.200"
    assert [condition["status"] for condition in details["status"]["clusterConditions"]] == ["True", "True"]
    host = await api.get(CURRENT)
    assert (host["spec"]["nodeRole"], host["spec"]["hostInfo"]["hostState"]) == ("init", "cluster")
    assert host["status"]["isClusterPhase"] is True


async def test_without_a_cluster_details_are_an_empty_404(api: EdgeApi) -> None:
    response = await api.call("GET", f"{CLUSTER}/details")

    assert (response.status_code, response.content) == (404, b"")
    assert (await api.call("GET", CLUSTER)).json()["code"] == "ClusterNotFound"


@pytest.mark.parametrize("form", KubeconfigForm)
async def test_a_kubeconfig_comes_once_the_cluster_runs(form: KubeconfigForm) -> None:
    async with serve_site(config=SiteConfig(kubeconfig=form)) as api:
        await _create(api)
        text = (await api.details())["status"]["kubeconfig"]

    assert ("apiVersion" in text) is (form is KubeconfigForm.PLAIN)
    if form is KubeconfigForm.PLAIN:
        assert yaml.safe_load(text)["clusters"][0]["cluster"]["server"] == "https://10.10.135.200:6443"


REFUSED = {
    "no name": ({"metadata": {}}, "InvalidClusterConfiguration"),
    "a required variable without a value": (_with_variables(), "InvalidProfileVariable"),
    "a variable that does not match": (_with_variables(storeNumber="x"), "InvalidProfileVariable"),
    "a variable that is none of its options": (configuration(logLevel="loud"), "InvalidProfileVariable"),
    "a variable that nobody knows": (configuration(stray="x"), "InvalidProfileVariable"),
    "a host that is not linked": (configuration(UID, PEER), "EdgeHostNotLinked"),
    "a stranger alone": (configuration("stranger"), "EdgeHostNotLinked"),
}


@pytest.mark.parametrize(("body", "code"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_a_cluster_is_refused(api: EdgeApi, body: dict[str, Any], code: str) -> None:
    response = await api.call("POST", CLUSTER, body)

    assert (response.status_code, response.json()["code"]) == (500, code)
    assert api.host.cluster is None


async def test_an_archive_that_is_not_there_is_refused(api: EdgeApi) -> None:
    body = configuration()
    body["spec"]["archiveUploadPath"] = "/nowhere"

    assert (await api.call("POST", CLUSTER, body)).json()["code"] == "ArchiveNotFound"


async def test_a_host_has_one_cluster(api: EdgeApi) -> None:
    await _create(api)

    assert (await api.call("POST", CLUSTER, configuration(name="two"))).json()["code"] == "ClusterAlreadyExists"


async def test_a_cluster_of_linked_hosts_is_seen_from_each_of_them(linked: EdgeApi) -> None:
    await _create(linked, UID, PEER, WORKER)

    roles = [(await linked.get(CURRENT, uid=uid))["spec"]["nodeRole"] for uid in (UID, PEER, WORKER)]
    assert roles == ["init", "worker", "worker"]
    assert (await linked.details(PEER))["metadata"] == (await linked.details())["metadata"]
    assert sorted((await linked.details())["spec"]["hostIDs"]) == [UID, PEER, WORKER]
    nodes = (await linked.get("/v1/edge-mgmt/clusters/current/nodes"))["nodes"]
    assert [node["edgeHostID"] for node in nodes] == [UID, PEER, WORKER]


async def test_the_embedded_definition_tells_profiles_packs_and_variables(api: EdgeApi) -> None:
    told = await api.get(_EMBEDDED)

    assert [profile["profileName"] for profile in told["clusterProfileDetails"]] == ["edge-infra", "point-of-sale"]
    assert told["clusterProfileDetails"][0]["packs"][1] == {
        "name": "edge-k3s",
        "version": "1.30.4",
        "values": "",
        "logo": "",
    }
    variable = told["clusterProfileDetails"][0]["variables"][0]
    assert (variable["name"], variable["required"], variable["regex"]) == ("storeNumber", True, "^[0-9]{4}$")
    assert told["archiveUploadPath"]


@pytest.mark.parametrize("which", ["overridden", "update"])
async def test_there_is_no_other_definition_at_first(api: EdgeApi, which: str) -> None:
    assert (await api.call("GET", f"/v1/edge-mgmt/clusters/archive/{which}/details")).status_code == 404


async def test_a_verdict_is_given_on_every_variable(api: EdgeApi) -> None:
    given = {"storeNumber": "x", "stray": "1"}
    body = {"variables": [{"profileUid": INFRA_UID, "name": name, "value": value} for name, value in given.items()]}

    reply = await api.call("POST", f"{CLUSTER}/profiles/variables/validate", body)

    verdicts = {each["name"]: each for each in reply.json()["variables"]}
    assert {name: each["isValid"] for name, each in verdicts.items()} == {
        "storeNumber": False,
        "logLevel": True,
        "licenseKey": True,
        "stray": False,
    }
    assert "does not match" in verdicts["storeNumber"]["validationFailureReason"]


async def test_settings_are_applied_after_a_while(api: EdgeApi) -> None:
    await _create(api)

    body = {"ntpServers": ["ntp.example.org"], "sshKeys": ["ssh-ed25519 AAAA"]}
    assert (await api.call("PUT", f"{CLUSTER}/settings", body)).status_code == 202

    details = await api.details()
    assert (details["spec"]["ntpServers"], details["spec"]["sshKeys"]) == (body["ntpServers"], body["sshKeys"])
    assert details["status"]["ntpServersApplied"] is False
    await api.advance(60)
    assert (await api.details())["status"]["ntpServersApplied"] is True
    assert (await api.get(CURRENT))["status"]["ntp"]["ntpServers"] == body["ntpServers"]


@pytest.mark.parametrize(("generation", "path"), [("new", f"{CLUSTER}/shop"), ("old", CLUSTER)])
async def test_a_cluster_is_replaced_in_the_spelling_of_its_generation(generation: str, path: str) -> None:
    async with serve_site(host_seed(generation=generation)) as api:
        await _create(api)
        body = configuration(logLevel="debug")

        assert (await api.call("PUT", path, body)).status_code == 202

        variables = (await api.get(CLUSTER))["spec"]["profileVariables"]
        assert {each["name"]: each["value"] for each in variables} == {"storeNumber": "0042", "logLevel": "debug"}


@pytest.mark.parametrize(
    ("generation", "method", "path", "status"),
    [("new", "PUT", CLUSTER, 405), ("old", "PUT", f"{CLUSTER}/shop", 404), ("old", "PATCH", f"{CLUSTER}/shop", 404)],
)
async def test_the_other_spelling_does_not_exist(generation: str, method: str, path: str, status: int) -> None:
    async with serve_site(host_seed(generation=generation)) as api:
        await _create(api)

        assert (await api.call(method, path, configuration())).status_code == status


async def test_a_cluster_is_patched_in_places(api: EdgeApi) -> None:
    await _create(api)
    place = "/spec/cloudConfig/spec/clusterConfig/ntpServers"
    patches = [{"op": "add", "path": place, "value": ["ntp.example.org"]}]

    assert (await api.call("PATCH", f"{CLUSTER}/shop", {"clusterConfigPatches": patches})).status_code == 202
    assert (await api.details())["spec"]["ntpServers"] == ["ntp.example.org"]
    nowhere = {"clusterConfigPatches": [{"op": "remove", "path": "/spec/nowhere/else"}]}
    assert (await api.call("PATCH", f"{CLUSTER}/shop", nowhere)).json()["code"] == "InvalidPatch"


async def test_another_clusters_name_changes_nothing(api: EdgeApi) -> None:
    await _create(api)

    response = await api.call("PUT", f"{CLUSTER}/stranger", configuration(name="stranger"))

    assert (response.status_code, response.json()["code"]) == (500, "ClusterNotFound")


async def test_certificates_are_renewed(api: EdgeApi) -> None:
    await _create(api)
    year_s = 31_536_000
    await api.advance(year_s * 0.9)
    api.tokens.clear()
    assert (await api.get(f"{CLUSTER}/certificates"))["needsRenewal"] is True
    before = (await api.details())["status"]["kubeconfig"]

    assert (await api.call("POST", f"{CLUSTER}/renew-certificates")).status_code == 201

    assert (await api.get(f"{CLUSTER}/certificates"))["needsRenewal"] is False
    assert (await api.details())["status"]["kubeconfig"] != before


async def test_a_deleted_cluster_goes_after_a_while_and_its_hosts_are_free(linked: EdgeApi) -> None:
    await _create(linked, UID, PEER)
    assert (await linked.call("DELETE", CLUSTER)).status_code == 202

    assert (await linked.details(PEER))["status"]["clusterState"] == "Deleting"
    await linked.advance(60)

    assert (await linked.call("GET", f"{CLUSTER}/details")).status_code == 404
    assert (await linked.get(CURRENT, uid=PEER))["spec"]["nodeRole"] == "unknown"
    assert (await linked.call("DELETE", CLUSTER)).status_code == 500


SPELLINGS = {
    "create": ("POST", CLUSTER, configuration()),
    "update, introduction": ("PUT", CLUSTER, configuration()),
    "update, specification": ("PUT", f"{CLUSTER}/shop", configuration()),
    "patch, introduction": ("PATCH", CLUSTER, configuration()),
    "patch, specification": ("PATCH", f"{CLUSTER}/shop", {"clusterConfigPatches": []}),
    "profiles": ("PUT", f"{CLUSTER}/profiles", {"spec": {"archiveUploadPath": "/a"}}),
    "settings": ("PUT", f"{CLUSTER}/settings", {"ntpServers": []}),
    "variables": ("POST", f"{CLUSTER}/profiles/variables/validate", {"variables": []}),
}


@pytest.mark.parametrize("generation", Generation)
@pytest.mark.parametrize(("method", "path", "body"), SPELLINGS.values(), ids=SPELLINGS)
async def test_a_connected_host_refuses_what_palette_must_do(
    generation: Generation, method: str, path: str, body: dict[str, Any]
) -> None:
    """Source: Palette docs, "List of Endpoints Unavailable to Connected Edge Hosts"."""
    async with serve_site(host_seed(mode="connected", generation=generation)) as api:
        response = await api.call(method, path, body)

        assert (response.status_code, response.json()["code"]) == (403, "OperationForbidden")
        assert api.host.cluster is None


async def test_a_connected_host_tells_what_it_is_all_the_same() -> None:
    async with serve_site(host_seed(mode="connected", palette_endpoint="palette.example.com")) as api:
        spec = (await api.get(CURRENT))["spec"]

    assert (spec["connectionMode"], spec["managementMode"]) == ("connected", "central")
    assert spec["paletteEndpointURL"] == "palette.example.com"
