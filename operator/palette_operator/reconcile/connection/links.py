"""Opens and closes links: a client with its share of the limits, and a fleet poller for each project in use."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.leadership import Fence
from palette_operator.domain.observed import Project
from palette_operator.domain.resources import ConnectionSpec, RateLimit
from palette_operator.domain.resources.connection import Poll
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import Credentials
from palette_operator.palette.fleet import Fleet, PassResult
from palette_operator.palette.joint import JointListing
from palette_operator.palette.limiter import Caller, LimiterOptions
from palette_operator.palette.lookup import NameLookup
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.transport import Endpoint, Transport
from palette_operator.reconcile.connection.limiter_groups import LimiterGroups
from palette_operator.reconcile.sites import DeletionGuard, Link, ProfileCatalog, ProjectLink
from palette_operator.reconcile.sweeps import Sweeps

logger = logging.getLogger(__name__)

_POLL_AGAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Access:
    """What a connection's client and fleet are made of: while it stays the same, so do they."""

    endpoint: Endpoint
    project: str
    rate_limit: RateLimit
    poll: Poll
    credentials: Credentials = field(repr=False)

    @classmethod
    def of(cls, spec: ConnectionSpec, credentials: Credentials, ca_pem: str) -> Access:
        """Return the access that a spec and its Secrets describe."""
        endpoint = Endpoint(
            url=spec.endpoint.rstrip("/"),
            proxy=spec.proxy,
            ca_pem=ca_pem,
            insecure=spec.tls.insecure_skip_verify,
        )
        return cls(endpoint, spec.project, spec.rate_limit, spec.poll, credentials)

    @property
    def origin(self) -> str:
        """Where the credentials come from, for messages."""
        return self.credentials.origin

    def differs_in_credentials_only(self, other: Access) -> bool:
        """Whether only the credential was replaced."""
        return self != other and replace(self, credentials=other.credentials) == other


class Links:
    """Makes links, with one limiter per rate-limit group for the whole process."""

    def __init__(
        self,
        monotonic: Callable[[], float],
        on_pass: Callable[[str, ProjectLink, PassResult], None],
        search_lag_s: float,
        *,
        fence: Fence,
        replica: str,
    ) -> None:
        self._fence = fence
        self._replica = replica
        self._monotonic = monotonic
        self._on_pass = on_pass
        self._search_lag_s = search_lag_s
        self._groups = LimiterGroups()

    def client(self, connection: str, access: Access) -> PaletteClient:
        """Return a client for a connection; the caller closes it."""
        group = access.rate_limit.group or access.endpoint.url
        limiter = self._groups.limiter(group, connection, _options(access.rate_limit))
        caller = Caller(connection, access.endpoint.url)
        return PaletteClient(
            Transport(
                access.endpoint,
                access.credentials,
                limiter,
                caller=caller,
                fence=self._fence,
                replica=self._replica,
            )
        )

    def forget(self, connection: str) -> None:
        """Drop a connection's say in the limits of its group."""
        self._groups.leave(connection)

    def link(
        self,
        connection: str,
        spec: ConnectionSpec,
        access: Access,
        client: PaletteClient,
        project: Project | None,
        *,
        guard: DeletionGuard,
        former: Link | None = None,
    ) -> Link:
        """Return a link whose projects are opened when first used; `project` is the default, None in tenant scope.

        What the `former` link to the same Palette knew of their fleets is what they are compared with.
        """
        joint = JointListing(client, name=connection, settle_s=self._search_lag_s)
        fleets = {uid: known.fleet for uid, known in former.projects.items()} if former else {}

        def open_project(wanted: Project) -> ProjectLink:
            opened = self._open_project(connection, access.poll, client, joint, wanted)
            if wanted.uid in fleets:
                opened.fleet.go_on_from(fleets.pop(wanted.uid))
            return opened

        return Link(
            spec=spec,
            client=client,
            default_project=project,
            open_project=open_project,
            guard=guard,
        )

    def _open_project(
        self, connection: str, poll: Poll, client: PaletteClient, joint: JointListing, project: Project
    ) -> ProjectLink:
        scope = ProjectScope(project.uid)
        link: ProjectLink

        def passed(change: PassResult) -> None:
            self._on_pass(connection, link, change)

        fleet = Fleet(
            client,
            scope,
            name=f"{connection}/{project.name}",
            fleet_seconds=float(poll.fleet_seconds),
            joint=joint,
            on_change=passed,
            settle_s=self._search_lag_s,
        )
        link = ProjectLink(
            project=project,
            scope=scope,
            fleet=fleet,
            names=NameLookup(client, scope),
            catalog=ProfileCatalog(client, scope, self._monotonic),
            poller=asyncio.create_task(_poll(fleet), name=f"fleet {connection} {project.name}"),
            sweeps=Sweeps(poll.fleet_seconds),
        )
        return link


async def _poll(fleet: Fleet) -> None:
    """Keep the fleet's picture up to date until cancelled: a bug in one pass must not blind the operator for good."""
    while True:
        try:
            await fleet.run()
        except Exception:
            logger.exception("looking at the fleet failed; it is tried again")
            await asyncio.sleep(_POLL_AGAIN_S)


def _options(limit: RateLimit) -> LimiterOptions:
    return LimiterOptions(
        share=float(limit.share),
        capacity=float(limit.burst),
        global_per_second=float(limit.global_per_second),
        overrides={override.prefix: float(override.per_second) for override in limit.overrides},
    )


def take_over_session(link: Link, proven: PaletteClient) -> None:
    """Use the credential of a client that was proven, from the next request on; calls under way finish with the old."""
    link.client.transport.session = proven.transport.session


@asynccontextmanager
async def closed_on_failure(client: PaletteClient) -> AsyncIterator[None]:
    """Close a client if what is done with it fails or is cancelled."""
    try:
        yield
    except BaseException:
        await client.aclose()
        raise


async def close(link: Link, *, after_s: float = 0.0) -> None:
    """Stop a link's pollers; close its client once calls under way have had `after_s` seconds to finish."""
    pollers = [project.poller for project in link.projects.values()]
    for poller in pollers:
        poller.cancel()
    await asyncio.gather(*pollers, return_exceptions=True)
    try:
        await asyncio.sleep(after_s)
    finally:
        for project in link.projects.values():
            await project.names.aclose()
        await link.client.aclose()


def first_failure(link: Link) -> ReconcileError | None:
    """Return why the last pass of a project in use failed, if one did. A list that moved under a pass is no failure."""
    failures = (project.fleet.failure for project in link.projects.values())
    return next((failure for failure in failures if isinstance(failure, Stalled | Unavailable)), None)
