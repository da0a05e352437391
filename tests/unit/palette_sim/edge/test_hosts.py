"""Hosts tell what they are, as the documentation shows it and as the specification has it."""

import pytest

from palette_sim.edge import Generation, HostSeed, SimulatedSite
from palette_sim.edge.seed import SAMPLE_UID
from support.edge_api import CURRENT, UID, EdgeApi, host_seed, serve_site
from support.edge_sample import SAMPLE


async def test_a_host_of_the_old_generation_is_the_documentations_sample() -> None:
    async with serve_site(host_seed(), HostSeed(generation=Generation.OLD)) as api:
        told = await api.get(CURRENT, uid=SAMPLE_UID)

    assert told["metadata"].pop("creationTimestamp")
    documented = {name: value for name, value in SAMPLE["metadata"].items() if name != "creationTimestamp"}
    assert told == {**SAMPLE, "metadata": documented}


async def test_a_host_of_the_new_generation_tells_its_role_and_management_too(api: EdgeApi) -> None:
    told = await api.get(CURRENT)

    assert told["spec"]["nodeRole"] == "unknown"
    assert told["spec"]["managementMode"] == "local"
    assert told["spec"]["hostInfo"] == {"hostType": "appliance", "secureBoot": False, "hostState": "registration"}
    assert told["status"]["isClusterPhase"] is False
    assert "registrationStatus" not in told["status"]


async def test_settings_are_known_to_the_new_generation_alone() -> None:
    old, connected = host_seed("old", generation="old"), host_seed("connected", mode="connected")
    async with serve_site(host_seed(), old, connected) as api:
        settings = "/v1/edge-mgmt/settings"
        assert await api.get(settings) == {
            "installationMode": "airgap",
            "managementMode": "local",
            "featureFlags": {},
        }
        assert (await api.get(settings, uid="connected"))["installationMode"] == "connected"
        assert (await api.call("GET", settings, uid="old")).status_code == 404


async def test_hosts_differ_by_their_seed() -> None:
    gpus = [{"vendor": "NVIDIA", "model": "Tesla T4", "gpuCount": 2, "memory": "16GB"}]
    varied = host_seed(hardware={"archType": "arm64", "memory": {"sizeInMB": 65_536}, "gpus": gpus})
    async with serve_site(varied) as api:
        hardware = (await api.get(CURRENT))["spec"]["hardwareSpec"]

    assert hardware["archType"] == "arm64"
    assert hardware["memory"] == {"sizeInMB": 65_536}
    assert hardware["gpus"] == gpus


async def test_a_configuration_is_applied_after_a_while(api: EdgeApi) -> None:
    status = f"{CURRENT}/configurations/status"
    assert (await api.get(status))["state"] == "Not Configured"
    wanted = {"httpProxy": "http://proxy:3128", "caCerts": ["PEM"]}

    response = await api.call("PUT", f"{CURRENT}/configurations", wanted)

    assert response.status_code == 200
    assert await api.get(f"{CURRENT}/configurations") == wanted
    assert (await api.get(status))["state"] == "In Progress"
    assert (await api.get(CURRENT))["status"]["configurationStatus"] == "inprogress"
    await api.advance(20)
    assert (await api.get(status))["state"] == "Configured"
    assert (await api.get(CURRENT))["status"]["configurationStatus"] == "configured"


@pytest.mark.parametrize(
    "body", [{"httpProxi": "x"}, {"httpProxy": 1}, {"caCerts": "PEM"}, []], ids=["unknown", "number", "text", "list"]
)
async def test_a_body_that_the_definition_does_not_allow_is_refused_and_changes_nothing(
    api: EdgeApi, body: object
) -> None:
    response = await api.call("PUT", f"{CURRENT}/configurations", body)

    assert response.status_code == 400
    assert response.json()["code"] == "InvalidRequestPayload"
    assert await api.get(f"{CURRENT}/configurations") == {}


async def test_the_request_log_tells_methods_and_paths_but_no_secret(api: EdgeApi) -> None:
    await api.call("GET", "/v1/ping")
    await api.call("POST", f"{CURRENT}/link", {"token": "link-token"})
    await api.call("POST", f"{CURRENT}/unlink", params={"peerId": "peer"})

    assert [(each.method, each.path) for each in api.host.requests.entries] == [
        ("POST", "/v1/users/default/login"),
        ("GET", "/v1/ping"),
        ("POST", f"{CURRENT}/link"),
        ("POST", f"{CURRENT}/unlink"),
    ]
    assert [each.path for each in api.host.requests.writes] == [f"{CURRENT}/link", f"{CURRENT}/unlink"]
    shown = repr(list(api.host.requests.entries))
    assert not any(secret in shown for secret in ("kairos", "link-token", api.tokens[UID]))


async def test_a_uid_stands_for_one_host() -> None:
    with pytest.raises(ValueError, match=UID):
        SimulatedSite([host_seed(), host_seed()])
