"""The simulated Palette as a server, for use in a process of its own or inside a test."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Middleware

from palette_sim.common.clock import Clock, Monotonic
from palette_sim.common.injection import (
    AnnouncementSpec,
    FaultBody,
    FaultKind,
    FaultSpec,
    Injections,
    Pause,
    PauseSpec,
)
from palette_sim.palette.access import Access
from palette_sim.palette.access_log import AccessLog
from palette_sim.palette.admin import ENDPOINTS as ADMIN_ENDPOINTS
from palette_sim.palette.admin.call import Levers, admin_handler
from palette_sim.palette.call import Endpoint
from palette_sim.palette.config import ApiVersion, PaletteConfig
from palette_sim.palette.gate import Admission, Gate
from palette_sim.palette.limits.buckets import Limiter
from palette_sim.palette.paging import ListSettings
from palette_sim.palette.people import People
from palette_sim.palette.queries import QUERIES
from palette_sim.palette.routes import (
    cloud_configs,
    cluster_profiles,
    clusters,
    dashboard,
    edge_hosts,
    edge_tokens,
    events,
    identity,
    logins,
    profiles,
    roles,
)
from palette_sim.palette.seed import Seed, default_seed
from palette_sim.palette.world.records import Cluster, EdgeHost
from palette_sim.palette.world.world import World

# A request that is paused or delayed when the server stops is not waited for.
_SHUTDOWN_S = 0.2
_LARGEST_BODY = 16 * 2**20

ENDPOINTS = (
    identity.ENDPOINTS
    | logins.ENDPOINTS
    | profiles.ENDPOINTS
    | edge_hosts.ENDPOINTS
    | edge_tokens.ENDPOINTS
    | events.ENDPOINTS
    | clusters.ENDPOINTS
    | cluster_profiles.ENDPOINTS
    | cloud_configs.ENDPOINTS
    | dashboard.ENDPOINTS
    | roles.ENDPOINTS
)
_WITHOUT_CREDENTIALS = logins.WITHOUT_CREDENTIALS | roles.WITHOUT_CREDENTIALS
_OPEN_TO_ALL = identity.OPEN_TO_ALL | logins.OPEN_TO_ALL | roles.OPEN_TO_ALL
# The specification of 4.8 does not have these. Source: Palette OpenAPI 4.8 and 4.9.
SINCE_4_9 = frozenset({("GET", "/v1/edgehosts"), ("GET", "/v1/projects")})


def endpoints(version: ApiVersion) -> dict[tuple[str, str], Endpoint]:
    """Return what a Palette of `version` serves, by method and path; all else is the router's 404 or 405."""
    return {call: found for call, found in ENDPOINTS.items() if version is not ApiVersion.V4_8 or call not in SINCE_4_9}


TENANT_ONLY = logins.TENANT_ONLY | identity.TENANT_ONLY | roles.TENANT_ONLY


def admission(method: str, path: str) -> Admission:
    """Return what an endpoint asks of a request before it looks at it."""
    call = (method, path)
    return Admission(
        open_to_all=call in _OPEN_TO_ALL,
        anonymous=call in _WITHOUT_CREDENTIALS,
        tenant_only=call in TENANT_ONLY,
        query=QUERIES.get(call, {}),
    )


class SimulatedPalette:
    """A simulated Palette: an async context manager that serves while it is open.

    `monotonic` is the real time in seconds; tests inject their own. Limits follow it as it is, the simulated clock
    `speed` times as fast. `middlewares` see each request before all else, and each reply last.
    """

    def __init__(
        self,
        config: PaletteConfig | None = None,
        seed: Seed | None = None,
        *,
        monotonic: Monotonic = time.monotonic,
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        self.config = config or PaletteConfig()
        planted = seed or default_seed()
        self.clock = Clock(speed=self.config.speed, monotonic=monotonic)
        self.state = World(self.config, planted, self.clock)
        self.access = Access(self.clock, self.config.durations.token_life_s)
        project_uids = {project.name: project.uid for project in self.state.projects.values()}
        for user in planted.users:
            self.access.add_user(user, project_uids)
        for key in planted.keys:
            self.access.add_key(key, project_uids)
        self.requests = AccessLog(self.config.access_log)
        self.injections = Injections(self.config.random_seed)
        self.people = People(self.state)
        limiter = Limiter(self.config.limits, monotonic)
        self._gate = Gate(
            config=self.config,
            world=self.state,
            access=self.access,
            limiter=limiter,
            log=self.requests,
            injections=self.injections,
        )
        self._middlewares = middlewares
        self._runner: web.AppRunner | None = None
        self._port = self.config.port

    @property
    def endpoint(self) -> str:
        """The base URL, once it serves."""
        return f"http://{self.config.host}:{self._port}"

    @property
    def clusters(self) -> dict[str, Cluster]:
        """All clusters by uid, as of now; Deleted ones are among them until they are forgotten."""
        self.state.settle()
        return self.state.clusters

    @property
    def hosts(self) -> dict[str, EdgeHost]:
        """All edge hosts by uid, as of now."""
        self.state.settle()
        return self.state.hosts

    @property
    def lists(self) -> ListSettings:
        """How the paged lists behave; may be set at any time."""
        return self.state.lists.settings

    @lists.setter
    def lists(self, settings: ListSettings) -> None:
        self.state.lists.settings = settings

    def announce(self, headers: dict[str, str], method: str = ".*", path: str = ".*") -> None:
        """Send headers, such as `Deprecation` and `Sunset`, with every answer to matching requests from now on."""
        self.injections.announce(AnnouncementSpec(method=method, path=path, headers=headers))

    def mangle(self, method: str = ".*", path: str = ".*", *, seed: int = 0, count: int | None = None) -> None:
        """Damage the answers to matching requests, each differently; the same seed does the same damage."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.MANGLE, seed=seed, count=count))

    def omit(self, method: str = ".*", path: str = ".*", *, seed: int = 0, count: int | None = None) -> None:
        """Leave one field out of the answers to matching requests, never the same of two answers in a row to one."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.OMIT, seed=seed, count=count))

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward; limits do not notice."""
        self.clock.jump(seconds)
        self.state.settle()

    def fail_next(
        self,
        method: str = ".*",
        path: str = ".*",
        *,
        status: int = 500,
        code: str | int = "InternalError",
        message: str = "An injected fault.",
        body: FaultBody = FaultBody.JSON,
        retry_after_s: int | None = None,
        count: int | None = 1,
    ) -> None:
        """Answer the next `count` matching requests with an error instead of processing them.

        `method` and `path` are regular expressions for the whole method and the whole path.
        """
        self.injections.add_fault(
            FaultSpec(
                method=method,
                path=path,
                status=status,
                code=code,
                message=message,
                body=body,
                retry_after_s=retry_after_s,
                count=count,
            )
        )

    def drop_next(self, method: str = ".*", path: str = ".*", *, count: int | None = 1) -> None:
        """Close the connection of the next `count` matching requests before they are processed."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.DROP, count=count))

    def lose_next(self, method: str = ".*", path: str = ".*", *, count: int | None = 1) -> None:
        """Process the next `count` matching requests, then close the connection instead of answering."""
        self.injections.add_fault(FaultSpec(method=method, path=path, kind=FaultKind.LOSE, count=count))

    def pause(self, spec: PauseSpec) -> Pause:
        """Stop matching requests at a point; see `Pause` for how to wait for one and to let it go on."""
        return self.injections.add_pause(spec)

    async def start(self) -> None:
        """Begin to serve; the port is known afterwards."""
        self.requests.open()
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.config.host, self.config.port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop serving; requests that are paused are dropped. Safe to repeat."""
        for pause in self.injections.pauses.values():
            pause.abandon()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self.requests.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _application(self) -> web.Application:
        middlewares = [*self._middlewares, self._gate.middleware()]
        application = web.Application(middlewares=middlewares, client_max_size=_LARGEST_BODY)
        for (method, path), endpoint in endpoints(self.config.version).items():
            handler = self._gate.handler(endpoint, admission(method, path))
            application.router.add_route(method, path, handler)
        levers = Levers(
            world=self.state,
            clock=self.clock,
            access=self.access,
            log=self.requests,
            injections=self.injections,
            people=self.people,
        )
        for (method, path), admin_endpoint in ADMIN_ENDPOINTS.items():
            application.router.add_route(method, path, admin_handler(levers, admin_endpoint))
        return application
