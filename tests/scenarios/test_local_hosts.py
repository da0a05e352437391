"""Hosts that are reached through their own API: air-gapped ones, and those that are in Palette as well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from palette_sim.edge import ContentSeed, HostSeed, Mode, Power, SimulatedHost, SimulatedSite, SiteConfig
from support.scenarios.kubernetes import Body, condition
from support.scenarios.local_site import definition, fast_site, local_cluster, local_host, login, reached
from support.scenarios.manifests import control, edge_host
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import World

OPERATOR = OperatorOptions(local_loopback=True)
_LOGIN = "/v1/users/default/login"
_CONFIGURATION = "/v1/edge-mgmt/edgehosts/current/configurations"
_PROXY = "http://proxy.example:3128"


@asynccontextmanager
async def one_host(**seed: Any) -> AsyncIterator[SimulatedHost]:  # noqa: ANN401 - as HostSeed takes them
    async with SimulatedSite([HostSeed(uid="edge-1", **seed)], SiteConfig(speed=60)) as site:
        yield site.host("edge-1")


async def bring_up(world: World, host: SimulatedHost, **spec: Any) -> Body:  # noqa: ANN401 - YAML
    await world.apply(login("edge-a", host), local_host("edge-a", host, **spec))
    return await world.until("EdgeHost", "edge-a", "Ready")


async def test_an_air_gapped_host_comes_up_and_its_facts_are_told(world: World) -> None:
    content = [ContentSeed(type="pack", name="edge-k3s", version="1.30.4"), ContentSeed(name="pause", version="3.9")]
    async with one_host(content=content) as host:
        body = await bring_up(world, host)

    status = body["status"]
    assert (status["uid"], status["state"], status["health"]) == ("edge-1", "ready", "healthy")
    assert status["connectionMode"] == "airgap"
    assert status["hardware"]["memoryMiB"] == 7930
    assert status["network"]["ip"] == "10.10.135.182"
    assert status["dns"]["nameservers"] == ["10.10.128.8"]
    assert status["content"]["counts"] == [{"type": "image", "count": 1}, {"type": "pack", "count": 1}]
    assert {c["type"] for c in status["conditions"]} == {"Ready", "CredentialsValid", "Connected", "Synced"}
    assert host.requests.writes == []
    assert world.traces() == []


async def test_a_host_that_is_unplugged_is_told_of_and_so_is_its_return(world: World) -> None:
    async with one_host() as host:
        await bring_up(world, host)

        await host.set_power(Power.OFF)
        lost = await world.until("EdgeHost", "edge-a", "Connected=Unreachable")
        assert host.url in condition(lost, "Connected")["message"]
        assert "the connection is refused" in condition(lost, "Connected")["message"]
        assert condition(lost, "Ready")["status"] == "False"
        assert condition(lost, "CredentialsValid")["status"] == "True"
        assert lost["status"]["health"] == "unhealthy"

        await host.set_power(Power.ON)
        back = await world.until("EdgeHost", "edge-a", "Ready")
        assert back["status"]["health"] == "healthy"


async def test_a_wrong_password_is_tried_once_and_healed_by_the_secret(world: World) -> None:
    async with one_host() as host:
        await world.apply(login("edge-a", host, password="wrong"), local_host("edge-a", host))
        await world.until("EdgeHost", "edge-a", "CredentialsValid=Unauthorized")

        await world.apply(login("edge-a", host))
        await world.until("EdgeHost", "edge-a", "Ready")

        assert host.requests.count("POST", _LOGIN) == 2


async def test_another_certificate_is_refused_until_the_spec_names_it(world: World) -> None:
    async with one_host() as host:
        await bring_up(world, host)

        await host.change_certificate()
        refused = await world.until("EdgeHost", "edge-a", "CredentialsValid=CertificateChanged")
        heard = host.requests.count()
        assert host.fingerprint in condition(refused, "CredentialsValid")["message"]

        await world.apply(local_host("edge-a", host))
        await world.until("EdgeHost", "edge-a", "Ready")
        assert host.requests.count() > heard


async def test_settings_are_sent_once_and_put_right_when_somebody_changes_them(world: World) -> None:
    async with one_host() as host:
        local = {"configuration": {"httpProxy": _PROXY}}
        await bring_up(world, host, local=local)
        assert host.requests.count("PUT", _CONFIGURATION) == 1

        host.record.configuration.http_proxy = "http://other.example:1"
        await world.until_event("edge-a", "Drifted")
        await world.eventually(lambda: host.record.configuration.http_proxy == _PROXY, "the proxy is put right")
        await world.until("EdgeHost", "edge-a", "Synced")
        assert host.requests.count("PUT", _CONFIGURATION) == 2


async def test_a_host_that_belongs_to_palette_is_read_and_not_written(world: World) -> None:
    async with one_host(mode=Mode.CONNECTED, palette_endpoint="https://palette.example") as host:
        body = await bring_up(world, host)
        assert body["status"]["connectionMode"] == "connected"

        await world.apply(local_host("edge-a", host, local={"configuration": {"httpProxy": _PROXY}}))
        refused = await world.until("EdgeHost", "edge-a", "Synced=HostIsConnected")

        assert condition(refused, "Stalled")["status"] == "True"
        assert host.requests.writes == []


async def test_another_device_at_the_address_is_refused(world: World) -> None:
    async with one_host() as host:
        configured = {"configuration": {"httpProxy": _PROXY}}
        await world.apply(login("edge-a", host), local_host("edge-a", host, uid="edge-2", local=configured))
        refused = await world.until("EdgeHost", "edge-a", "Connected=HostMismatch")

        assert "uid" not in refused["status"]
        assert host.requests.writes == []


async def test_a_host_is_let_go_as_it_is(world: World) -> None:
    async with one_host() as host:
        await bring_up(world, host)

        await world.delete("EdgeHost", "edge-a")
        await world.until_gone("EdgeHost", "edge-a")

        assert host.requests.writes == []


async def test_a_host_is_held_until_the_cluster_that_is_reached_through_it_has_gone(world: World) -> None:
    async with SimulatedSite([HostSeed(uid="edge-1", embedded=definition())], fast_site()) as site:
        host = site.host("edge-1")
        await bring_up(world, host)
        await world.apply(local_cluster("ship-7", control("edge-a"), deletion={"policy": "Delete"}))
        await world.until("PaletteCluster", "ship-7", "Ready")
        used = await world.until("EdgeHost", "edge-a", _is_in_use)
        assert used["status"]["localCluster"]["name"] == "ship-7"

        await world.delete("EdgeHost", "edge-a")
        held = await world.until("EdgeHost", "edge-a", "DeletionHeld=HostInUse")
        assert f"PaletteCluster {world.name}/ship-7" in condition(held, "DeletionHeld")["message"]

        await world.delete("PaletteCluster", "ship-7")
        await world.until_gone("PaletteCluster", "ship-7")
        await world.until_gone("EdgeHost", "edge-a")
        assert host.cluster is None


def _is_in_use(body: Body) -> bool:
    status = body.get("status") or {}
    reference = status.get("clusterRef") or {}
    return status.get("state") == "in-use" and reference.get("pool") == "control"


async def test_a_host_in_palette_shows_more_of_itself_through_its_own_api(world: World) -> None:
    async with one_host(mode=Mode.CONNECTED) as host:
        both = {"connectionRef": {"name": world.name}, "local": reached("edge-a", host)}
        await world.apply(login("edge-a", host), edge_host("edge-a", uid="edge-1", **both))
        body = await world.until("EdgeHost", "edge-a", "LocalReachable")
        await world.until("EdgeHost", "edge-a", "Ready")
        assert body["status"]["connectionMode"] == "connected"

        await host.set_power(Power.SILENT)
        body = await world.until("EdgeHost", "edge-a", "LocalReachable=Unreachable")
        assert condition(body, "Ready")["status"] == "True"
        assert host.requests.writes == []
