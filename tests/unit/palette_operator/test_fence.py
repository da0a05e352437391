"""Nothing leaves a replica that does not lead any more: to Palette, to a host, to the management cluster."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.leadership import NotLeading
from palette_operator.edge.client import AllowedRanges, EdgeClient, LocalEndpoint, OsLogin
from palette_operator.kube.api import KubeApi
from palette_operator.palette import operations
from palette_operator.palette.call import Call
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.transport import Endpoint, Transport
from palette_sim.kube_api import EmbeddedKubernetes
from support.builders import key as key_for
from support.edge_api import host_seed, serve_site
from support.edge_host import FakeTime
from support.fake_kube import resource_body
from support.loopback import serve_http

READ = Call("reading cluster c", operations.GET_CLUSTER, ("c",), ProjectUid("p"))
UNHURRIED = LimiterOptions(overrides={row.prefix: 1e6 for row in DOCUMENTED})


class Lead:
    """Whether this replica leads; `looks` counts how often that was asked."""

    def __init__(self) -> None:
        self.holds = True
        self.looks = 0

    def __call__(self) -> bool:
        self.looks += 1
        return self.holds


async def test_no_request_to_palette_leaves_after_the_lead_is_lost() -> None:
    lead = Lead()
    async with (
        serve_http() as palette,
        Transport(
            Endpoint(f"http://127.0.0.1:{palette.port}"), ApiKey("key"), Limiter(UNHURRIED), fence=lead, replica="pod-1"
        ) as transport,
    ):
        await transport.send(READ)
        lead.holds = False
        with pytest.raises(NotLeading, match="reading cluster c: not sent"):
            await transport.send(READ)
        lead.holds = True
        await transport.send(READ)

        assert len(palette.heads) == 2
        assert lead.looks == 3, "asked right before each departure, and never tried again after a no"
        assert "(pod-1)" in palette.heads[0]


async def test_a_request_that_waited_for_its_permit_while_the_lead_was_lost_does_not_leave() -> None:
    lead, slow = Lead(), LimiterOptions(overrides={row.prefix: 20.0 for row in DOCUMENTED}, capacity=1)
    async with (
        serve_http() as palette,
        Transport(Endpoint(f"http://127.0.0.1:{palette.port}"), ApiKey("key"), Limiter(slow), fence=lead) as transport,
    ):
        calls = [asyncio.create_task(transport.send(READ)) for _ in range(4)]
        await palette.asked.wait()
        lead.holds = False
        await asyncio.wait(calls)

        assert [type(call.exception()) for call in calls[1:]] == [NotLeading] * 3
        assert len(palette.heads) == 1


async def test_no_request_to_a_host_leaves_after_the_lead_is_lost() -> None:
    lead = Lead()
    async with serve_site(host_seed()) as api:
        endpoint = LocalEndpoint(api.host.url, fingerprint_sha256=api.host.fingerprint)
        login = OsLogin(api.host.username, api.host.password)
        async with EdgeClient(
            endpoint, login, AllowedRanges(loopback=True), fence=lead, clock=FakeTime().clock()
        ) as client:
            await client.cluster()
            lead.holds = False
            before = len(api.host.requests.entries)
            with pytest.raises(NotLeading):
                await client.cluster()

        assert len(api.host.requests.entries) == before, "not even to log out"


async def test_no_write_to_the_management_cluster_leaves_after_the_lead_is_lost_and_reads_still_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lead = Lead()
    async with EmbeddedKubernetes(tmp_path) as server:
        monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig))
        async with KubeApi.connect(lead) as api:
            key = await api.hash_key("default")
            lead.holds = False
            with pytest.raises(NotLeading):
                await api.patch_status(resource_body(key_for("a", "EdgeHost")), {"state": "ready"})

            assert await api.hash_key("default") == key
