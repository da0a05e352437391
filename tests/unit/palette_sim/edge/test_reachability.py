"""Hosts go down and come up, lines are cut, certificates change, and things go wrong on purpose."""

import json
import ssl

import httpx
import pytest

from palette_sim.edge import Durations, FaultBody, Power, SiteConfig
from support.edge_api import CURRENT, UID, EdgeApi, host_seed, serve_site

_EMBEDDED = "/v1/edge-mgmt/clusters/archive/embedded/details"
_PING = "/v1/ping"
_REBOOT = f"{CURRENT}/actions/reboot"


async def test_a_reboot_refuses_connections_and_comes_back_at_the_same_address(api: EdgeApi) -> None:
    url = api.host.url
    assert (await api.call("POST", _REBOOT)).status_code == 202

    await api.advance(2)
    with pytest.raises(httpx.ConnectError):
        await api.call("GET", _PING)
    await api.advance(44)

    assert (await api.call("GET", _PING)).status_code == 200
    assert (api.host.url, api.host.record.boots) == (url, 1)


async def test_a_host_that_is_down_by_the_clock_answers_nobody_who_is_connected(api: EdgeApi) -> None:
    await api.call("POST", _REBOOT)

    api.site.clock.jump(2)

    with pytest.raises(httpx.TransportError):
        await api.call("GET", _PING)


async def test_a_host_that_is_shut_down_stays_so_until_it_is_switched_on(api: EdgeApi) -> None:
    await api.call("POST", f"{CURRENT}/actions/shutdown")

    await api.advance(86_400)
    with pytest.raises(httpx.ConnectError):
        await api.log_in()
    await api.host.set_power(Power.ON)

    assert (await api.log_in()).status_code == 200


async def test_a_silent_host_lets_its_callers_wait(api: EdgeApi) -> None:
    await api.host.set_power(Power.SILENT)

    with pytest.raises(httpx.ConnectTimeout):
        await api.call("GET", _PING, token="any", timeout=0.2)


async def test_a_reset_takes_a_host_back_to_how_it_was_delivered(linked: EdgeApi) -> None:
    await linked.call("PUT", f"{CURRENT}/configurations", {"httpProxy": "http://proxy:3128"})
    assert (await linked.call("POST", f"{CURRENT}/actions/reset")).status_code == 202

    await linked.advance(1)
    await linked.advance(45)

    assert await linked.get(f"{CURRENT}/configurations") == {}
    assert (await linked.call("GET", f"{CURRENT}/link/status")).status_code == 404


async def test_each_host_has_a_certificate_of_its_own_that_can_change() -> None:
    async with serve_site(host_seed(), host_seed("other")) as api:
        before = api.host.fingerprint
        assert before != api.site.host("other").fingerprint
        assert len(before.split(":")) == 32
        await api.token()

        await api.host.change_certificate()

        assert api.host.fingerprint != before
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await api.call("GET", _PING)
        context = ssl.create_default_context(cadata=api.host.ca_pem)
        async with httpx.AsyncClient(verify=context) as fresh:
            assert (await fresh.get(api.host.url + _PING)).status_code == 401


async def test_one_certificate_can_serve_all_hosts() -> None:
    async with serve_site(host_seed(), host_seed("other"), config=SiteConfig(shared_certificate=True)) as api:
        assert api.host.fingerprint == api.site.host("other").fingerprint


async def test_reading_an_archive_takes_the_time_of_a_slow_disk() -> None:
    async with serve_site(host_seed(archive_read_s=30)) as api:
        await api.token()

        with pytest.raises(httpx.ReadTimeout):
            await api.call("GET", _EMBEDDED, timeout=httpx.Timeout(5, read=0.1))
        assert (await api.call("GET", _PING, timeout=5)).status_code == 200


async def test_a_fault_is_met_once_by_what_it_matches(api: EdgeApi) -> None:
    await api.token()
    api.host.fail_next("GET", CURRENT, status=503, body=FaultBody.HTML)

    assert (await api.call("GET", _PING)).status_code == 200
    client = api._client(UID)
    headers = {"Authorization": api.tokens[UID]}
    assert (await client.get(CURRENT, headers=headers)).headers["Content-Type"].startswith("text/html")
    assert (await client.get(CURRENT, headers=headers)).status_code == 200


async def test_an_odd_answer_and_a_redirect_are_given_on_demand(api: EdgeApi) -> None:
    headers = {"Authorization": await api.token()}
    api.host.answer_next("GET", CURRENT, {"spec": ["odd"]})
    api.host.fail_next("GET", CURRENT, status=302, headers={"Location": "https://127.0.0.1:1/"})
    client = api._client(UID)

    assert json.loads((await client.get(CURRENT, headers=headers)).content) == {"spec": ["odd"]}
    assert (await client.get(CURRENT, headers=headers)).headers["Location"] == "https://127.0.0.1:1/"


async def test_a_lost_answer_was_processed(api: EdgeApi) -> None:
    await api.token()
    api.host.lose_next("PUT")

    with pytest.raises(httpx.RemoteProtocolError):
        await api.call("PUT", f"{CURRENT}/configurations", {"noProxy": "10.0.0.0/8"})

    assert await api.get(f"{CURRENT}/configurations") == {"noProxy": "10.0.0.0/8"}


async def test_hosts_come_back_by_the_clock_when_nobody_moves_it() -> None:
    config = SiteConfig(speed=1_000, durations=Durations(reboot_begins_s=0, reboot_s=100))
    async with serve_site(config=config) as api:
        await api.call("POST", _REBOOT)
        api.time.advance(1)
        boots = api.host.record.boots

        await api.site.settle()

        assert boots == 1
        assert (await api.log_in()).status_code == 200
