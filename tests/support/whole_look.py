"""A cluster and an edge host in agreement with a simulated Palette, looked at whole, over answers that lack a field."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeAlias, cast

import httpx

from palette_operator.domain.identifiers import ObjectKey, ProjectUid
from palette_operator.domain.leadership import always
from palette_operator.domain.observed import Project
from palette_operator.domain.resources import ConnectionSpec
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.fleet import Fleet
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.lookup import NameLookup
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.reconcile.cluster.reconciler import ClusterReconciler
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.reconciler import EdgeHostReconciler
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.local_hosts.hosts import local_hosts
from palette_operator.reconcile.local_hosts.transfers import Transfers
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import DeletionGuard, ProfileCatalog, ProjectLink, Site
from palette_operator.reconcile.sweeps import Sweeps
from palette_operator.reconcile.waking import WakeIndex
from support.builders import IDENTITY, NOW, key
from support.fake_kube import FakeKubeApi, resource_body
from support.palette_api import ADMIN_KEY, PROJECT, PaletteApi
from support.virtual_clock import EagerClock

Place: TypeAlias = tuple[str | int, ...]
Loss: TypeAlias = Callable[[str, Any], Any]
"""What becomes of the answer to a request, given as `METHOD path`."""

STORE, HOST = key("store"), key("edge-a", "EdgeHost")


class Network(httpx.AsyncBaseTransport):
    """Passes requests on, and writes what was sent down; `loss` has its way with each answer."""

    def __init__(self) -> None:
        self._network = httpx.AsyncHTTPTransport()
        self.loss: Loss | None = None
        self.asked: list[str] = []
        self.answers: dict[str, Any] = {}
        """The latest whole answer to each request."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._network.handle_async_request(request)
        content = await response.aread()
        asked = f"{request.method} {request.url.path}"
        self.asked.append(asked)
        if content.startswith((b"{", b"[")):
            self.answers[asked] = json.loads(content)
            if self.loss is not None:
                content = json.dumps(self.loss(asked, self.answers[asked])).encode()
        return httpx.Response(response.status_code, content=content, request=request)

    async def aclose(self) -> None:
        await self._network.aclose()

    @property
    def writes(self) -> list[str]:
        """What was sent but reads and searches."""
        return [asked for asked in self.asked if not asked.startswith("GET ") and "/search" not in asked]


class WholeLook:
    """Both reconcilers over one project of a simulated Palette."""

    def __init__(self, api: PaletteApi, network: Network, *bodies: Body, clock: Callable[[], datetime]) -> None:
        self.network = network
        self._clock = clock
        transport = Transport(
            Endpoint(api.palette.endpoint),
            ApiKey(ADMIN_KEY),
            Limiter(clock=EagerClock(), jitter=lambda: 0.0),
            network=network,
        )
        self.client = PaletteClient(transport)
        self._project = Project(ProjectUid(api.project_uid), PROJECT)
        self.kube = FakeKubeApi(*bodies)
        self._minutes = 0
        self.start_anew()

    def start_anew(self, bodies: Mapping[ObjectKey, Body] | None = None) -> None:
        """Forget all that was kept, as a restart does; with `bodies` the resources are what they were then."""
        if bodies is not None:
            self.kube.bodies = dict(deepcopy(bodies))
        scope = ProjectScope(self._project.uid)
        self._fleet = Fleet(self.client, scope, name="test", fleet_seconds=60, now=self._clock)
        context = self._context(self._site(self._fleet, scope))
        self._reconcilers = {HOST: EdgeHostReconciler(context), STORE: ClusterReconciler(context)}

    async def look(self) -> None:
        """List the fleet and look at each resource once."""
        await self.list_fleet()
        for each in self._reconcilers:
            await self.look_at(each)

    async def list_fleet(self) -> None:
        """Make a complete pass over the fleet."""
        self._minutes += 2
        await self._fleet.make_pass()

    async def look_at(self, key: ObjectKey) -> Findings:
        """Look at one resource, as the fleet was listed last."""
        return await self._reconcilers[key].reconcile(key)

    def condition(self, of: ObjectKey, type_: str) -> dict[str, Any]:
        """Return a condition of a resource; empty when it has none."""
        conditions = self.kube.bodies[of]["status"].get("conditions", ())
        return next((each for each in conditions if each["type"] == type_), {})

    def _site(self, fleet: Fleet, scope: ProjectScope) -> Site:
        link = ProjectLink(
            project=self._project,
            scope=scope,
            fleet=fleet,
            names=NameLookup(self.client, scope),
            catalog=ProfileCatalog(self.client, scope, lambda: self._minutes * 60.0 + 1.0),
            poller=cast("asyncio.Task[None]", None),
            sweeps=cast(Sweeps, None),
        )
        spec = ConnectionSpec.model_validate(
            {
                "endpoint": "https://palette.test",
                "project": PROJECT,
                "allowedNamespaces": {"all": True},
                "auth": {"apiKeySecretRef": {"name": "key", "key": "apiKey"}},
                "allow": {"adoptForeign": True},
            }
        )
        return Site("default", spec, self.client, link, DeletionGuard(lambda: 0.0), unreachable=False)

    def _context(self, site: Site) -> Context:
        self.objects = objects = ObjectCache()
        for body in self.kube.bodies.values():
            objects.put(body)

        async def site_of(*_: object, **__: object) -> Site:
            return site

        async def no_values(*_: object) -> dict[tuple[str, str], str]:
            return {}

        parts = SimpleNamespace(
            settings=SimpleNamespace(search_lag_s=60.0),
            identity=IDENTITY,
            hash_key=b"key",
            leads=always,
            api=self.kube,
            objects=objects,
            secrets=SimpleNamespace(values=no_values),
            finalizer=Finalizer(self.kube, objects),
            reporter=Reporter(self.kube, objects, lambda *_: None, lambda: NOW),
            reservations=Reservations(),
            wakes=WakeIndex(),
            sites=SimpleNamespace(site=site_of),
            local_hosts=local_hosts(AllowedRanges(), poll_s=60.0),
            local_ranges=AllowedRanges(),
            transfers=Transfers(lambda: 0.0),
            now=self._clock,
            monotonic=lambda: self._clock().timestamp(),
        )
        return cast(Context, parts)


@asynccontextmanager
async def open_look(
    api: PaletteApi, *bodies: Body, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> AsyncIterator[WholeLook]:
    """Open a look at these resources."""
    network = Network()
    look = WholeLook(api, network, *bodies, clock=clock)
    try:
        yield look
    finally:
        await look.client.aclose()


def cluster_of(host: str, **spec: object) -> Body:
    """Return a PaletteCluster of one device."""
    pool = {"name": "control", "controlPlane": True, "useControlPlaneAsWorker": True, "edgeHosts": [{"uid": host}]}
    cluster = {
        "connectionRef": {"name": "default"},
        "profiles": [{"name": "edge-base", "version": "1.4.0"}],
        "cloud": {"edgeNative": {"controlPlaneEndpoint": {"type": "VIP", "host": "10.4.2.10"}}},
        "machinePools": [pool],
    }
    return resource_body(STORE) | {"spec": cluster | spec}


def places(value: Any, here: Place = ()) -> list[Place]:  # noqa: ANN401 - JSON
    """Name every field of a JSON value, however deep."""
    found: list[Place] = []
    if isinstance(value, dict):
        for name, item in value.items():
            found += [(*here, name), *places(item, (*here, name))]
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*here, index))
    return found


def without(value: Any, place: Place) -> Any:  # noqa: ANN401 - JSON
    """Return a JSON value without one field."""
    copy = deepcopy(value)
    *above, name = place
    found = copy
    for step in above:
        found = found[step]
    del found[name]
    return copy
