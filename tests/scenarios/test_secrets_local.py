"""Secrets of an air-gapped host are in nothing that the operator writes, though the host repeats each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from palette_sim.edge import Durations, HostSeed, SimulatedSite, SiteConfig
from support.scenarios.leaks import all_written, found_in
from support.scenarios.local_site import local_host, login
from support.scenarios.manifests import secret
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import OpenWorld

_PASSWORD, _WRONG_PASSWORD = "planted-os-password", "planted-wrong-os-password"
_LOG_IN, _RENEW = "/v1/users/default/login", "/v1/users/default/token/renewal"
_HOST = "/v1/edge-mgmt/edgehosts/current"
_REBOOT = f"{_HOST}/actions/reboot"
_CONTENT, _USER_DATA = f"{_HOST}/actions/upload-content", f"{_HOST}/userdata"
_TOKEN_LIFE_S = 9.0


async def test_no_secret_of_an_air_gapped_host_is_shown(open_own_world: OpenWorld) -> None:
    speaking = OperatorOptions(log_level="debug", metrics=True, local_loopback=True)
    world = await open_own_world(operator=speaking, connect=False)
    config = SiteConfig(durations=Durations(extended_token_s=_TOKEN_LIFE_S))
    async with SimulatedSite([HostSeed(uid="edge-1", password=SecretStr(_PASSWORD))], config) as site:
        host = site.host("edge-1")
        host.fail_next("POST", _LOG_IN, status=400, message=f"{host.username} is not {_WRONG_PASSWORD}")
        await world.apply(login("edge-a", host, password=_WRONG_PASSWORD), local_host("edge-a", host))
        await world.until("EdgeHost", "edge-a", "CredentialsValid=Unauthorized")
        await world.apply(login("edge-a", host))
        await world.until("EdgeHost", "edge-a", "Ready")
        tokens = host.tokens

        host.fail_next("GET", _HOST, status=500, message=f"no {' '.join(tokens)} {_PASSWORD}", count=None)
        await world.until("EdgeHost", "edge-a", "Connected=Unreachable")
        host.injections.clear()
        await world.until("EdgeHost", "edge-a", "Ready")

        await world.eventually(lambda: bool(host.tokens - tokens), "a token is renewed")
        renewed = host.tokens
        host.fail_next("POST", _RENEW, status=400, message=f"no {' '.join(renewed)}")
        await world.eventually(lambda: bool(host.tokens - renewed), "a login follows")
        latest = host.tokens - renewed
        host.fail_next("POST", _REBOOT, status=500, message=f"no {' '.join(latest)} {_PASSWORD}")
        asked = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        await world.annotate("EdgeHost", "edge-a", reboot_requested_at=asked)
        await world.until_event("edge-a", "RequestFailed")
        written = await all_written(world)

    assert len(tokens | renewed | latest) >= 6
    assert "palette_edge_requests_total" in written["metrics"]
    assert "edge-a" in written["the log"]
    assert "***" in written["events"]
    assert found_in(written, tokens | renewed | latest | {_PASSWORD, _WRONG_PASSWORD}) == []


async def test_nothing_of_a_secret_file_is_shown_though_the_host_repeats_it(open_own_world: OpenWorld) -> None:
    speaking = OperatorOptions(log_level="debug", metrics=True, local_loopback=True)
    world = await open_own_world(operator=speaking, connect=False)
    planted, user = "planted-in-a-bundle", "planted-in-user-data"
    uploads = [
        {"name": "bundle", "kind": "Content", "secretKeyRef": {"name": "files", "key": "bundle.yaml"}},
        {"name": "user", "kind": "UserData", "secretKeyRef": {"name": "files", "key": "user.yaml"}},
    ]
    content = {"bundle.yaml": f"token: {planted}\n", "user.yaml": f"hostName: edge-7\nstages: {user}\n"}
    async with SimulatedSite([HostSeed(uid="edge-1")]) as site:
        host = site.host("edge-1")
        for method, path, value in (("POST", _CONTENT, planted), ("PUT", _USER_DATA, user)):
            host.fail_next(method, path, status=500, message=f"cannot read {value}")
        await world.apply(secret("files", **content), login("edge-a", host))
        await world.apply(local_host("edge-a", host, local={"uploads": uploads}))
        await world.until("EdgeHost", "edge-a", "Ready")
        written = await all_written(world)
        assert host.record.user_data.host_name == "edge-7"

    assert "cannot read ***" in written["the log"] + written["events"]
    assert found_in(written, {planted, user}) == []
