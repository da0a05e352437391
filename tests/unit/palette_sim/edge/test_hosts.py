"""Hosts tell what they are, as the documentation shows it and as the specification has it."""

from typing import Any

import pytest

from palette_sim.edge import Generation, HostSeed, SimulatedSite
from palette_sim.edge.seed import SAMPLE_UID
from support.edge_api import CURRENT, UID, EdgeApi, host_seed, serve_site

# Source: Palette docs, "Edge Management API", the sample reply of GET /v1/edge-mgmt/edgehosts/current.
_DNS = "10.10.128.8"
_SPEC: dict[str, Any] = {
    "connectionMode": "airgap",
    "hardwareSpec": {
        "archType": "amd64",
        "cpu": {"cores": 4},
        "disks": [
            {
                "controller": "SCSI",
                "partitions": [
                    {
                        "fileSystemType": "ext4",
                        "freeSpace": 13,
                        "mountPoint": "/run/initramfs/cos-state",
                        "totalSpace": 24,
                        "usedSpace": 9,
                    }
                ],
                "size": 300,
                "vendor": "VMware",
            },
            {"controller": "SCSI", "partitions": [], "size": 4, "vendor": "NECVMWar"},
            {"controller": "SCSI", "partitions": [], "vendor": "NECVMWar"},
        ],
        "gpus": [],
        "memory": {"sizeInMB": 7930},
        "os": {"family": "kairos-core-sles", "version": "v2.4.3"},
    },
    "networkInfo": [
        {
            "dns": [_DNS],
            "gateway": "10.10.128.1",
            "ip": "10.10.135.182",
            "isDefault": True,
            "macAddr": "00:50:56:b8:9e:98",
            "nicName": "ens160",
            "subnet": "255.255.192.0",
        }
    ],
}
_STATUS = {
    "agentVersion": "4.3.0-rc4",
    "configurationStatus": "pending",
    "dns": {"nameservers": [_DNS], "options": [], "searchDomains": ["."]},
    "hostName": SAMPLE_UID,
    "ntp": {"fallbackNtpServers": [], "ntpServers": []},
    "registrationStatus": "not applicable",
}


async def test_a_host_of_the_old_generation_is_the_documentations_sample() -> None:
    async with serve_site(host_seed(), HostSeed(generation=Generation.OLD)) as api:
        told = await api.get(CURRENT, uid=SAMPLE_UID)

    assert told["spec"] == _SPEC
    assert told["status"] == _STATUS
    assert told["metadata"].pop("creationTimestamp")
    unset = "0001-01-01T00:00:00.000Z"
    assert told["metadata"] == {"id": SAMPLE_UID, "name": SAMPLE_UID, "lastModifiedTimestamp": unset}


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
