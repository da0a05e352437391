"""Hosts that are reached through their own API, under an operator of their own: what it is allowed, and its restart."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from palette_sim.edge import HostSeed, PauseSpec, SimulatedSite, SiteConfig
from support.scenarios.kubernetes import condition
from support.scenarios.local_site import local_host, login
from support.scenarios.manifests import edge_host, secret
from support.scenarios.operator_process import OperatorOptions
from support.scenarios.world import OpenWorld

_HOST = "/v1/edge-mgmt/edgehosts/current"
_REBOOT = "/v1/edge-mgmt/edgehosts/current/actions/reboot"
_LOCAL = OperatorOptions(local_loopback=True)


async def test_no_host_is_reached_while_no_network_is_named(open_own_world: OpenWorld) -> None:
    world = await open_own_world(connect=False)
    async with SimulatedSite([HostSeed(uid="edge-1")]) as site:
        host = site.host("edge-1")
        await world.apply(login("edge-a", host), local_host("edge-a", host))
        body = await world.until("EdgeHost", "edge-a", "CredentialsValid=LocalEndpointsOff")

        assert condition(body, "Stalled")["reason"] == "LocalEndpointsOff"
        assert host.requests.count() == 0


async def test_an_endpoint_outside_the_networks_is_not_connected_to(open_own_world: OpenWorld) -> None:
    world = await open_own_world(operator=OperatorOptions(local_endpoint_cidrs=("10.0.0.0/8",)), connect=False)
    connections: list[object] = []

    async def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.close()

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for number, address in enumerate(("127.0.0.1", "localhost", "[::ffff:127.0.0.1]")):
            name = f"edge-{number}"
            local = {"endpoint": f"https://{address}:{port}", "credentialsSecretRef": {"name": "os"}}
            await world.apply(secret("os", username="kairos", password="kairos"), edge_host(name, local=local))
            await world.until("EdgeHost", name, "CredentialsValid=EndpointNotAllowed")

    assert connections == []


async def test_a_reboot_is_asked_for_once_whatever_happens_to_the_operator(open_own_world: OpenWorld) -> None:
    world = await open_own_world(operator=_LOCAL, connect=False)
    async with SimulatedSite([HostSeed(uid="edge-1")], SiteConfig(speed=60)) as site:
        host = site.host("edge-1")
        await world.apply(login("edge-a", host), local_host("edge-a", host))
        await world.until("EdgeHost", "edge-a", "Ready")

        pause = host.pause(PauseSpec(method="POST", path=_REBOOT))
        # A little ahead of the clock: a resource's age counts whole seconds, and the time must be later.
        asked = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
        await world.annotate("EdgeHost", "edge-a", reboot_requested_at=asked)
        await pause.reached()
        await world.kill_operator()
        pause.release()
        await world.start_operator()
        looks = host.requests.count("GET", _HOST)
        await world.eventually(lambda: host.requests.count("GET", _HOST) > looks + 3, "the host is looked at again")
        body = await world.until("EdgeHost", "edge-a", "Ready")

        assert body["status"]["lastHandledRequests"] == {"reboot": asked}
        assert host.requests.count("POST", _REBOOT) == 1
