"""Every method of the client of edge hosts, called against simulated hosts of both generations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import PoolName, ProfileUid
from palette_operator.domain.local import HostConfiguration, LocalVariable
from palette_operator.edge.client import EdgeClient, EdgeClock, LocalEndpoint, OsLogin
from palette_operator.edge.network import HostTransport
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.edge.sessions import EXTENDED_LIFE_S
from palette_sim.edge import Generation, SimulatedHost
from support.contract.exchanges import Exchange
from support.edge_api import INFRA_UID, PEER, UID, WORKER, EdgeApi, configuration, host_seed, serve_site
from support.edge_calls import upload
from support.virtual_clock import settle

_RANGES = AllowedRanges(loopback=True)
_WORKERS = PoolName("workers")
_DEFINITION = b'{"profiles": [{"name": "p", "uid": "p1"}]}'
_BUNDLE = b'{"content": [{"name": "nginx"}], "update": %s}' % _DEFINITION


class WitnessedNetwork(HostTransport):
    """The client's own way to a host; it keeps every exchange, as it was sent and as it was answered."""

    def __init__(self, endpoint: LocalEndpoint, exchanges: list[Exchange]) -> None:
        super().__init__(endpoint, _RANGES)
        self._exchanges = exchanges

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        request.stream = httpx.ByteStream(body)
        response = await super().handle_async_request(request)
        reply = await response.aread()
        self._exchanges.append(
            Exchange(
                method=request.method,
                path=request.url.raw_path.decode().partition("?")[0],
                query=list(request.url.params.multi_items()),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=body,
                status=response.status_code,
                reply_headers={name.lower(): value for name, value in response.headers.items()},
                reply=reply,
            )
        )
        return httpx.Response(response.status_code, headers=response.headers, content=reply)


class Stage:
    """Simulated hosts, and a client of each."""

    def __init__(self, api: EdgeApi, exchanges: list[Exchange]) -> None:
        self.api = api
        self._exchanges = exchanges
        self._clients: dict[str, EdgeClient] = {}
        self._ahead_s = 0.0

    def client(self, uid: str = UID) -> EdgeClient:
        """Return the client of a host; the same each time."""
        if uid not in self._clients:
            self._clients[uid] = self._client_of(self.api.site.host(uid))
        return self._clients[uid]

    async def run(self, *calls: Callable[[Stage], Awaitable[object]]) -> None:
        """Make calls, each some time after the last; that a host refuses one is an answer like others."""
        for call in calls:
            self._ahead_s += 10.0
            with suppress(ReconcileError):
                await call(self)

    async def wait(self, seconds: float) -> None:
        """Let simulated time pass, for hosts and clients."""
        self._ahead_s += seconds
        await self.api.advance(seconds)

    async def age(self, seconds: float) -> None:
        """Let time pass for the clients alone."""
        self._ahead_s += seconds

    async def aclose(self) -> None:
        """Log out everywhere."""
        for client in self._clients.values():
            await client.aclose()

    def _client_of(self, host: SimulatedHost) -> EdgeClient:
        endpoint = LocalEndpoint(host.url, fingerprint_sha256=host.fingerprint)
        return EdgeClient(
            endpoint,
            OsLogin(host.username, host.password),
            _RANGES,
            clock=EdgeClock(lambda: self._ahead_s, lambda: 0.0, _no_pause),
            network=WitnessedNetwork(endpoint, self._exchanges),
        )


async def _no_pause(_: float) -> None:
    return


def _pool(*uids: str, name: str = _WORKERS) -> dict[str, Any]:
    return {"name": name, "isControlPlane": False, "hosts": [{"hostUid": uid} for uid in uids]}


def _values(*values: str) -> list[LocalVariable]:
    return [LocalVariable("storeNumber", ProfileUid(INFRA_UID), value) for value in values]


async def _link_all(stage: Stage) -> None:
    for uid in (PEER, WORKER):
        await stage.client(uid).link(await stage.client().link_token())
        await stage.wait(60)


async def make_every_edge_call(generation: str, exchanges: list[Exchange]) -> None:
    """Make every call that the client knows, on hosts with and without a cluster."""
    async with _stage(Generation(generation), exchanges) as stage:
        await stage.run(*_READS, *_BEFORE)
        await stage.run(lambda s: s.client().create_cluster(configuration(UID)), *_READS)
        await stage.wait(3_600)
        await stage.run(*_READS, *_DURING)
        await stage.run(lambda s: s.client().delete_cluster())
        await stage.wait(3_600)
        await stage.run(*_AFTER)


@asynccontextmanager
async def _stage(generation: Generation, exchanges: list[Exchange]) -> AsyncIterator[Stage]:
    seeds = [host_seed(uid, generation=generation) for uid in (UID, PEER, WORKER)]
    async with serve_site(*seeds) as api:
        stage = Stage(api, exchanges)
        try:
            yield stage
        finally:
            await stage.aclose()


async def _update_profiles(stage: Stage) -> None:
    update = await stage.client().archive("update")
    assert update is not None
    await stage.client().update_profiles(update.path)


async def _renew(stage: Stage) -> None:
    await stage.age(EXTENDED_LIFE_S * 2 / 3)
    await stage.client().host()
    await settle()
    await stage.client().host()


_READS: tuple[Callable[[Stage], Awaitable[object]], ...] = (
    lambda s: s.client().host(),
    lambda s: s.client().settings(),
    lambda s: s.client().configuration(),
    lambda s: s.client().configuration_status(),
    lambda s: s.client().uploaded_content(),
    lambda s: s.client().link_status(),
    lambda s: s.client().cluster(),
    lambda s: s.client().cluster_config(),
    lambda s: s.client().kubeconfig(),
    lambda s: s.client().certificates(),
    lambda s: s.client().pools(),
    lambda s: s.client().nodes(),
    lambda s: s.client().archive("embedded"),
    lambda s: s.client().archive("overridden"),
    lambda s: s.client().archive("update"),
    lambda s: s.client().contents(),
    lambda s: s.client().registry_health(),
    lambda s: s.client().content_sync(),
)
_BEFORE: tuple[Callable[[Stage], Awaitable[object]], ...] = (
    _link_all,
    lambda s: s.client().link_status(),
    lambda s: s.client().set_configuration(HostConfiguration("http://10.0.0.1:3128", "", "10.0.0.0/8", ())),
    lambda s: s.client().set_user_data({"hostName": "store-42"}),
    lambda s: s.client().ping("10.0.0.1"),
    lambda s: s.client().traceroute("10.0.0.1"),
    lambda s: s.client().upload_content(upload(_BUNDLE)),
    lambda s: s.client(PEER).upload_cluster_config(upload(_DEFINITION, signature=b"")),
    lambda s: s.client(PEER).archive("overridden"),
    lambda s: s.client().archive("update"),
    lambda s: s.client().uploaded_content(),
    lambda s: s.client().validate_variables("", _values("0042", "wrong")),
)
_DURING: tuple[Callable[[Stage], Awaitable[object]], ...] = (
    lambda s: s.client().update_cluster("shop", configuration(UID)),
    lambda s: s.client().patch_cluster("shop", [{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]),
    lambda s: s.client().patch_cluster("shop", [], whole=configuration(UID)),
    _update_profiles,
    lambda s: s.client().update_settings(["10.0.0.1"], ["ssh-rsa x"]),
    lambda s: s.client().create_pool(_pool(PEER)),
    lambda s: s.wait(600),
    lambda s: s.client().update_pool(_WORKERS, _pool(PEER, WORKER)),
    lambda s: s.wait(600),
    lambda s: s.client().delete_node(_WORKERS, WORKER),
    lambda s: s.wait(600),
    lambda s: s.client().delete_pool(_WORKERS),
    lambda s: s.wait(600),
    lambda s: s.client().unlink(WORKER),
    lambda s: s.client().renew_certificates(),
    _renew,
)
_AFTER: tuple[Callable[[Stage], Awaitable[object]], ...] = (
    lambda s: s.client().delete_cluster(),
    lambda s: s.client(PEER).reboot(),
    lambda s: s.wait(600),
    lambda s: s.client(WORKER).reset(),
    lambda s: s.client(UID).shutdown(),
)
