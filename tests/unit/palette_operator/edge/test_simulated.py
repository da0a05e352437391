"""The client against simulated hosts of both generations, over TLS."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.local import LocalVariable
from palette_operator.edge.client import AllowedRanges, EdgeClient, LocalEndpoint, OsLogin
from palette_sim.edge import SimulatedHost
from support.edge_api import INFRA_UID, UID, EdgeApi, configuration, host_seed, serve_site
from support.edge_host import FakeTime

GENERATIONS = ("old", "new")
HERE = AllowedRanges(loopback=True)


@asynccontextmanager
async def client_of(host: SimulatedHost, *, password: str = "", **tls: object) -> AsyncIterator[EdgeClient]:
    trusted = tls or {"fingerprint_sha256": host.fingerprint}
    endpoint = LocalEndpoint(host.url, **trusted)  # type: ignore[arg-type]
    login, clock = OsLogin(host.username, password or host.password), FakeTime().clock()
    async with EdgeClient(endpoint, login, HERE, clock=clock) as client:
        yield client


async def grown(api: EdgeApi, client: EdgeClient) -> None:
    await client.create_cluster(configuration(UID))
    await api.advance(3_600)


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_cluster_is_created_followed_changed_and_deleted(generation: str) -> None:
    async with serve_site(host_seed(generation=generation)) as api, client_of(api.host) as client:
        assert await client.cluster() is None
        await client.create_cluster(configuration(UID))
        begun = await client.cluster()
        assert begun is not None
        assert begun.state == "Provisioning"
        await api.advance(3_600)
        cluster = await client.cluster()
        assert cluster is not None
        assert (cluster.name, cluster.state, cluster.health) == ("shop", "Running", "Healthy")
        kubeconfig = await client.kubeconfig()
        assert kubeconfig is not None
        assert "apiVersion" in kubeconfig

        await client.update_cluster("shop", configuration(UID, storeNumber="0043"))
        config = await client.cluster_config()
        assert config is not None
        assert "0043" in {variable.value for variable in config.variables}

        await client.delete_cluster()
        await api.advance(3_600)
        assert await client.cluster() is None


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_wrong_value_is_told_by_the_host_itself(generation: str) -> None:
    async with serve_site(host_seed(generation=generation)) as api, client_of(api.host) as client:
        variable = LocalVariable("storeNumber", ProfileUid(INFRA_UID), "not-a-number")
        verdict = {each.name: each for each in await client.validate_variables("", [variable])}["storeNumber"]

    assert not verdict.is_valid
    assert verdict.reason
    assert "not-a-number" not in verdict.reason


CHANGES: dict[str, Callable[[EdgeClient], Awaitable[object]]] = {
    "create": lambda c: c.create_cluster(configuration(UID)),
    "update": lambda c: c.update_cluster("shop", configuration(UID)),
    "patch": lambda c: c.patch_cluster("shop", [], whole=configuration(UID)),
    "profiles": lambda c: c.update_profiles("/archive"),
    "settings": lambda c: c.update_settings([], []),
    "variables": lambda c: c.validate_variables("", []),
}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_none_of_the_changes_arrives_at_a_connected_host(
    change: Callable[[EdgeClient], Awaitable[object]], generation: str
) -> None:
    async with serve_site(host_seed(generation=generation, mode="connected")) as api, client_of(api.host) as client:
        with pytest.raises(Stalled) as caught:
            await change(client)

        assert caught.value.reason == "HostIsConnected"
        assert api.host.requests.writes == []


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_a_connected_host_can_be_read(generation: str) -> None:
    async with serve_site(host_seed(generation=generation, mode="connected")) as api, client_of(api.host) as client:
        assert (await client.host()).uid == UID
        assert (await client.settings()).is_airgapped is False
        assert await client.cluster() is None


async def test_a_revoked_token_is_replaced_within_the_call() -> None:
    async with serve_site() as api, client_of(api.host) as client:
        await client.host()
        api.host.revoke_tokens()

        assert (await client.host()).uid == UID
        assert api.host.requests.count("POST", "/v1/users/default/login") == 2


async def test_a_host_that_shows_another_certificate_gets_nothing() -> None:
    async with serve_site() as api, client_of(api.host) as client:
        await client.host()
        seen = api.host.requests.count()
        await api.host.change_certificate()

        with pytest.raises(Stalled) as caught:
            await client.host()

        assert caught.value.reason == "CertificateChanged"
        assert api.host.requests.count() == seen


async def test_a_wrong_password_is_told_and_not_tried_again() -> None:
    async with serve_site() as api, client_of(api.host, password="a-wrong-one") as client:
        for _ in range(2):
            with pytest.raises(Stalled) as caught:
                await client.host()

        assert caught.value.reason == "Unauthorized"
        assert "a-wrong-one" not in caught.value.message
        assert api.host.requests.count("POST", "/v1/users/default/login") == 1


async def test_a_host_that_reboots_is_out_of_reach_and_comes_back() -> None:
    async with serve_site() as api, client_of(api.host) as client:
        await client.reboot()
        await api.advance(10)
        with pytest.raises(Unavailable):
            await client.host()

        await api.advance(600)
        assert (await client.host()).uid == UID


async def test_closing_ends_the_session_at_the_host() -> None:
    async with serve_site() as api:
        async with client_of(api.host) as client:
            await client.host()

        assert api.host.requests.count("POST", "/v1/users/default/logout") == 1
