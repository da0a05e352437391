"""Uploads of cluster definitions and content, user data, the registry, and what a host can reach."""

import hashlib

import pytest

from support.edge_api import CLUSTER, CURRENT, UID, EdgeApi, configuration, host_seed, serve_site

_DEFINITION = b"profiles: [{name: uploaded, uid: profile-2, packs: [{name: edge-k3s, version: 1.31.1}]}]"
_BUNDLE = b"content: [{name: nginx, version: '1.27', type: image}]\nupdate: {profiles: [{name: newer, uid: profile-3}]}"
_ACTIONS = f"{CURRENT}/actions"
_ARCHIVES = "/v1/edge-mgmt/clusters/archive"
_REGISTRY = f"{CLUSTER}/registry"


async def _upload(api: EdgeApi, what: str, content: bytes, **more: bytes) -> dict[str, str]:
    files = {"uploadFile": ("file.tar", content), **{name: (name, part) for name, part in more.items()}}
    response = await api.call("POST", f"{_ACTIONS}/{what}", files=files)
    reply: dict[str, str] = response.json()
    return {**reply, "status": str(response.status_code)}


async def test_an_uploaded_definition_counts_for_the_next_cluster(api: EdgeApi) -> None:
    reply = await _upload(api, "upload-clusterconfig", _DEFINITION)
    details = await api.get(f"{_ARCHIVES}/overridden/details")
    body = configuration()
    body["spec"] |= {"archiveUploadPath": reply["uploadPath"], "profileVariables": []}

    assert (await api.call("POST", CLUSTER, body)).status_code == 202

    assert reply["status"] == "201"
    assert details["archiveUploadPath"] == reply["uploadPath"]
    assert [profile["profileName"] for profile in details["clusterProfileDetails"]] == ["uploaded"]
    assert (await api.details())["status"]["k8sVersion"] == "1.31.1"


async def test_what_is_no_definition_is_refused(api: EdgeApi) -> None:
    assert (await _upload(api, "upload-clusterconfig", b"\x1f\x8b binary"))["code"] == "InvalidArchive"


async def test_content_is_in_the_registry_after_a_while(api: EdgeApi) -> None:
    await _upload(api, "upload-content", _BUNDLE)

    pending = (await api.get(f"{_REGISTRY}/content/sync-status/details"))["pendingItems"]
    assert [(item["name"], item["status"]) for item in pending] == [("nginx", "pending")]
    assert (await api.get(f"{_REGISTRY}/content/details"))["status"] == []
    await api.advance(30)
    content = (await api.get(f"{_REGISTRY}/content/details"))["status"]
    assert [(each["contentType"], each["name"], each["version"]) for each in content] == [("image", "nginx", "1.27")]
    assert (await api.get(f"{_REGISTRY}/content/sync-status/details"))["pendingItems"] == []


async def test_the_last_upload_is_told_by_its_hash(api: EdgeApi) -> None:
    assert (await api.call("GET", f"{CURRENT}/uploaded-content/details")).status_code == 404
    opaque = bytes(range(256)) * 8

    await _upload(api, "upload-content", opaque)

    told = await api.get(f"{CURRENT}/uploaded-content/details")
    assert (told["fileName"], told["sizeInBytes"]) == ("file.tar", len(opaque))
    assert told["sha256Hash"] == hashlib.sha256(opaque).hexdigest()


async def test_an_update_that_came_with_content_is_taken_or_rejected(api: EdgeApi) -> None:
    await api.call("POST", CLUSTER, configuration())
    for _ in range(4):
        await api.advance(60)
    path = (await _upload(api, "upload-content", _BUNDLE))["uploadPath"]
    assert (await api.get(f"{_ARCHIVES}/update/details"))["archiveUploadPath"] == path

    reply = await api.call("PUT", f"{CLUSTER}/profiles", {"spec": {"archiveUploadPath": path}})

    assert reply.status_code == 202
    assert (await api.call("GET", f"{_ARCHIVES}/update/details")).status_code == 404
    applications = (await api.get(f"{CLUSTER}/applications"))["clusterProfileTemplates"]
    assert [profile["name"] for profile in applications] == ["newer"]
    await _upload(api, "upload-content", _BUNDLE)
    assert (await api.call("DELETE", f"{_ARCHIVES}/update")).status_code == 202
    assert (await api.call("GET", f"{_ARCHIVES}/update/details")).status_code == 404


async def test_profiles_of_an_archive_that_is_not_there_are_refused(api: EdgeApi) -> None:
    await api.call("POST", CLUSTER, configuration())

    response = await api.call("PUT", f"{CLUSTER}/profiles", {"spec": {"archiveUploadPath": "/nowhere"}})

    assert response.json()["code"] == "ArchiveNotFound"


@pytest.mark.parametrize(("signature", "status"), [({}, "500"), ({"signature": b"signed"}, "201")], ids=["no", "yes"])
async def test_a_host_with_a_signing_key_takes_what_is_signed(signature: dict[str, bytes], status: str) -> None:
    async with serve_site(host_seed(signing_key="cHVibGlj")) as api:
        assert (await _upload(api, "upload-content", _BUNDLE, **signature))["status"] == status
        assert (await api.get(f"{_ACTIONS}/content/signing-public-key"))["key"] == "cHVibGlj"


async def test_an_upload_needs_a_file(api: EdgeApi) -> None:
    assert (await api.call("POST", f"{_ACTIONS}/upload-content", {})).json()["code"] == "InvalidUpload"
    files = {"other": ("file", b"x")}
    assert (await api.call("POST", f"{_ACTIONS}/upload-content", files=files)).json()["code"] == "InvalidUpload"


@pytest.mark.parametrize(("method", "status"), [("POST", 201), ("PUT", 200)])
async def test_user_data_is_told_with_its_password_masked(api: EdgeApi, method: str, status: int) -> None:
    body = {
        "hostName": "till-1",
        "network": {"interfaces": {"eth0": {"type": "dhcp"}}},
        "registryCredentials": {"domain": "registry.example.org", "password": "registry-password"},
        "v1Management": {"type": "local"},
    }

    assert (await api.call(method, f"{CURRENT}/userdata", body)).status_code == status

    told = await api.get(f"{CURRENT}/userdata")
    assert told.pop("registryCredentials") == {"domain": "registry.example.org", "password": "********"}
    assert told == {name: value for name, value in body.items() if name != "registryCredentials"}


async def test_the_registry_tells_its_health(api: EdgeApi) -> None:
    assert (await api.get(f"{_REGISTRY}/health"))["State"] == "Healthy"


@pytest.mark.parametrize(("kind", "field"), [("ping", "pingHostStatus"), ("traceroute", "traceRouteStatus")])
async def test_a_host_tells_what_it_reaches(kind: str, field: str) -> None:
    async with serve_site(host_seed(unreachable=["10.0.0.9"])) as api:
        path = f"/v1/edge-mgmt/edgehosts/connectivity/{kind}"
        for endpoint, told in (("10.0.0.8", "10.0.0.8 is reachable"), ("10.0.0.9", "10.0.0.9 is unreachable")):
            assert (await api.call("GET", path, params={"endpoint": endpoint})).json() == {field: told}


async def test_events_and_lifecycle_are_of_the_cluster(api: EdgeApi) -> None:
    assert await api.get(f"{CLUSTER}/events") == {"items": []}
    await api.call("POST", CLUSTER, configuration())

    assert [event["reason"] for event in (await api.get(f"{CLUSTER}/events"))["items"]] == ["Created"]
    elsewhere = await api.call("GET", f"{CLUSTER}/events", params={"namespace": "elsewhere"})
    assert elsewhere.json() == {"items": []}
    lifecycle = await api.get("/v1/edge-mgmt/events/lifecycle")
    assert [event["type"] for event in lifecycle["clusterEvents"]] == ["ClusterProvisioned", "ProfilesApplied"]


async def test_a_sensitive_value_is_not_told_by_applications(api: EdgeApi) -> None:
    body = configuration()
    secret = {"profileUid": "66a1f0d2c7e3b4a59c81d002", "name": "licenseKey", "value": "license-secret"}
    body["spec"]["profileVariables"].append(secret)
    await api.call("POST", CLUSTER, body)

    assert "license-secret" not in (await api.call("GET", f"{CLUSTER}/applications", uid=UID)).text
