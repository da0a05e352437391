"""One look at a simulated host: what is asked, and what is known when a part is not shown."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.local import LinkStatus
from palette_operator.domain.observed import Unknown
from palette_operator.edge.client import AllowedRanges, EdgeClient, LocalEndpoint, OsLogin
from palette_operator.reconcile.local_hosts.looks import look_at_host
from palette_sim.edge import ContentSeed, HostSeed, Power, SimulatedHost, SimulatedSite

CURRENT, CLUSTER = "/v1/edge-mgmt/edgehosts/current", "/v1/edge-mgmt/cluster/details"


@pytest.fixture
async def host() -> AsyncIterator[SimulatedHost]:
    async with SimulatedSite([HostSeed(uid="edge-1", content=[ContentSeed(type="pack", name="edge-k3s")])]) as site:
        yield site.host("edge-1")


@pytest.fixture
async def client(host: SimulatedHost) -> AsyncIterator[EdgeClient]:
    endpoint = LocalEndpoint(host.url, fingerprint_sha256=host.fingerprint)
    async with EdgeClient(endpoint, OsLogin(host.username, host.password), AllowedRanges(loopback=True)) as opened:
        yield opened


async def test_the_first_look_shows_all(client: EdgeClient) -> None:
    seen = await look_at_host(client, None, False)

    assert seen.info.uid == "edge-1"
    assert seen.is_airgapped
    assert seen.cluster is None
    assert seen.links == LinkStatus()
    assert not isinstance(seen.configuration, Unknown)
    assert not isinstance(seen.content, Unknown)
    assert seen.content.counts == (("pack", 1),)


async def test_another_look_asks_for_little_and_keeps_the_rest(host: SimulatedHost, client: EdgeClient) -> None:
    first = await look_at_host(client, None, True)
    host.requests.reset()

    assert await look_at_host(client, first, False) == first
    assert {path for _, path in host.requests.counts} == {CURRENT, CLUSTER}


async def test_a_thorough_look_sees_what_rarely_changes(host: SimulatedHost, client: EdgeClient) -> None:
    first = await look_at_host(client, None, True)
    host.record.configuration.http_proxy = "http://a:3128"

    assert await look_at_host(client, first, False) == first
    assert (await look_at_host(client, first, True)).configuration != first.configuration


async def test_a_cluster_that_cannot_be_read_is_not_taken_for_none(host: SimulatedHost, client: EdgeClient) -> None:
    host.fail_next("GET", CLUSTER, status=500, message="the database is locked")

    seen = await look_at_host(client, None, True)

    assert isinstance(seen.cluster, Unknown)
    assert "the database is locked" in seen.cluster.why


async def test_a_host_without_power_raises_what_to_do(host: SimulatedHost, client: EdgeClient) -> None:
    await host.set_power(Power.OFF)

    with pytest.raises(Unavailable, match="cannot connect"):
        await look_at_host(client, None, True)


async def test_a_refused_login_raises_what_to_do(host: SimulatedHost) -> None:
    endpoint = LocalEndpoint(host.url, fingerprint_sha256=host.fingerprint)
    async with EdgeClient(endpoint, OsLogin(host.username, "wrong"), AllowedRanges(loopback=True)) as refused:
        with pytest.raises(Stalled) as caught:
            await look_at_host(refused, None, True)

    assert caught.value.reason == "Unauthorized"
