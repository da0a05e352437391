"""A site of simulated edge hosts with a hand on its clock, and a bare HTTPS client. Knows nothing of the operator.

Every answer of a host of the new generation is held against the official specification, where that is at hand.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from palette_sim.edge import Generation, HostSeed, SimulatedHost, SimulatedSite, SiteConfig, SiteSeed, sample_definition
from support.contract.specification import edge_specification
from support.palette_api import FakeTime

UID = "edge-0042-a"
PEER = "edge-0042-b"
WORKER = "edge-0042-c"
INFRA_UID = "66a1f0d2c7e3b4a59c81d001"
CURRENT = "/v1/edge-mgmt/edgehosts/current"
CLUSTER = "/v1/edge-mgmt/cluster"

# What a server answers before or beside its endpoints is declared nowhere: unreadable bodies, missing tokens, the mode
# of the host, paths that there are not.
_UNDECLARED = frozenset({400, 401, 403, 404, 405})


def host_seed(uid: str = UID, **given: Any) -> HostSeed:  # noqa: ANN401 - as HostSeed takes them
    """Return a host with the sample definition on its disk."""
    return HostSeed.model_validate({"uid": uid, "embedded": sample_definition(), **given})


def configuration(*uids: str, name: str = "shop", **variables: str) -> dict[str, Any]:
    """Return a valid v1ClusterConfiguration: the first host is the control plane, the others are workers."""
    pools = [{"name": "control-plane", "isControlPlane": True, "hosts": [{"hostUid": (uids or (UID,))[0]}]}]
    if uids[1:]:
        pools.append({"name": "workers", "isControlPlane": False, "hosts": [{"hostUid": uid} for uid in uids[1:]]})
    values = {"storeNumber": "0042", **variables}
    return {
        "metadata": {"name": name},
        "spec": {
            "cloudConfig": {
                "spec": {
                    "clusterConfig": {"controlPlaneEndpoint": {"host": "10.10.135.200", "type": "VIP"}},
                    "machinePoolConfig": pools,
                }
            },
            "profileVariables": [
                {"profileUid": INFRA_UID, "name": name, "value": value} for name, value in values.items()
            ],
        },
    }


class EdgeApi:
    """A client of each host of a site, logged in at each as its OS user when it first calls."""

    def __init__(self, site: SimulatedSite, time: FakeTime) -> None:
        self.site = site
        self.time = time
        self.tokens: dict[str, str] = {}
        self._clients: dict[str, httpx.AsyncClient] = {}

    @property
    def host(self) -> SimulatedHost:
        """The host that calls go to by default."""
        return self.site.host(UID)

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        uid: str = UID,
        token: str | None = None,
        **more: Any,  # noqa: ANN401 - as httpx takes them
    ) -> httpx.Response:
        """Send one request, by default with a valid token; `token` "" sends none."""
        sent = await self.token(uid) if token is None else token
        headers = {"Authorization": sent} if sent else {}
        if body is not None:
            more["json"] = body
        response = await self._client(uid).request(method, path, headers=headers, **more)
        if self.site.host(uid).record.seed.generation is Generation.NEW:
            judge(response)
        return response

    async def get(self, path: str, *, uid: str = UID) -> Any:  # noqa: ANN401 - JSON
        """Read something that is there."""
        response = await self.call("GET", path, uid=uid)
        assert response.status_code == 200, response.text
        return response.json()

    async def token(self, uid: str = UID) -> str:
        """Return a token of the host; logs in for the first one."""
        if uid not in self.tokens:
            host = self.site.host(uid)
            response = await self.log_in(uid=uid, username=host.username, password=host.password)
            self.tokens[uid] = response.json()["Token"]["Authorization"]
        return self.tokens[uid]

    async def log_in(
        self, *, uid: str = UID, username: str = "kairos", password: str = "kairos", **query: str
    ) -> httpx.Response:
        """Log in."""
        body = {"username": username, "password": password}
        return await self.call("POST", "/v1/users/default/login", body, uid=uid, token="", params=query)

    async def details(self, uid: str = UID) -> Any:  # noqa: ANN401 - JSON
        """Read the cluster's details."""
        return await self.get(f"{CLUSTER}/details", uid=uid)

    async def advance(self, seconds: float) -> None:
        """Let simulated time pass."""
        await self.site.advance(seconds)

    def _client(self, uid: str) -> httpx.AsyncClient:
        if uid not in self._clients:
            host = self.site.host(uid)
            context = ssl.create_default_context(cadata=host.ca_pem)
            self._clients[uid] = httpx.AsyncClient(
                base_url=host.url,
                verify=context,
                timeout=5,
                trust_env=False,
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._clients[uid]

    async def aclose(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            await client.aclose()


def judge(response: httpx.Response) -> None:
    """Hold an answer against the specification: a declared status, and a body as declared for it."""
    specification = edge_specification()
    if specification is None:
        return
    operation = specification.called(response.request.method, response.request.url.path)
    status = str(response.status_code)
    declared = operation.responses.get(status) if operation else None
    if operation is None or declared is None:
        assert response.status_code in _UNDECLARED, f"{response.request} may not answer {status}"
        schema: dict[str, Any] = {"$ref": "#/definitions/v1Error"}
        schema = schema if isinstance(response.content and response.json().get("code"), str) else {}
    else:
        schema = declared.get("schema", {})
    if response.content:
        assert specification.invalid(schema, response.json()) == [], f"{response.request} answers {status}"


@asynccontextmanager
async def serve_site(
    *seeds: HostSeed, links: Iterable[list[str]] = (), config: SiteConfig | None = None
) -> AsyncIterator[EdgeApi]:
    """Serve a site whose time stands still, by default of one host."""
    time = FakeTime()
    seed = SiteSeed(hosts=list(seeds or (host_seed(),)), links=list(links))
    async with SimulatedSite(seed, config, monotonic=time) as site:
        api = EdgeApi(site, time)
        try:
            yield api
        finally:
            await api.aclose()
