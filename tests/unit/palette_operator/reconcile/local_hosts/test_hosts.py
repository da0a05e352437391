"""The fleet of local hosts as it is put together: who it may connect to, and what is measured."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import REGISTRY

from palette_operator.domain.errors import Stalled
from palette_operator.edge.endpoint import LocalEndpoint, OsLogin
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.reconcile.local_hosts.access import LocalAccess
from palette_operator.reconcile.local_hosts.hosts import local_hosts
from palette_sim.edge import HostSeed, Power, SimulatedSite
from support.builders import key

A, B = key("edge-a", "EdgeHost"), key("edge-b", "EdgeHost")


def measured(reach: str) -> float | None:
    return REGISTRY.get_sample_value("palette_local_hosts", {"reach": reach})


async def test_hosts_are_reached_in_the_named_networks_alone() -> None:
    fleet = local_hosts(AllowedRanges.of(("10.0.0.0/8",)), poll_s=60.0)

    with pytest.raises(Stalled) as caught:
        fleet.enroll(A, LocalAccess(LocalEndpoint("https://127.0.0.1:5080"), OsLogin("kairos", "pw")))

    assert caught.value.reason == "EndpointNotAllowed"
    assert fleet.client(A) is None


async def test_hosts_are_measured_by_whether_they_answer() -> None:
    fleet = local_hosts(AllowedRanges(loopback=True), poll_s=60.0)
    looked_at = {each: asyncio.Event() for each in (A, B)}
    fleet.on_change = lambda changed: looked_at[changed].set()
    async with SimulatedSite([HostSeed(uid="edge-1"), HostSeed(uid="edge-2", power=Power.OFF)]) as site:
        for each, uid in ((A, "edge-1"), (B, "edge-2")):
            host = site.host(uid)
            endpoint = LocalEndpoint(host.url, fingerprint_sha256=host.fingerprint)
            fleet.enroll(each, LocalAccess(endpoint, OsLogin(host.username, host.password)))
        running = asyncio.create_task(fleet.run())
        await asyncio.gather(*(event.wait() for event in looked_at.values()))

        assert (measured("answering"), measured("silent")) == (1.0, 1.0)

        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
