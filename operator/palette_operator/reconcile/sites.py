"""Sites: what a resource may use of a connection, namely one project of one Palette through one shared client.

The connection reconciler opens and closes links; the others only ask for their site, and are told in a condition's
terms why they get none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.holder import Holder
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.observed import ProfileVersion, Project
from palette_operator.domain.resources import ConnectionSpec
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.fleet import Fleet
from palette_operator.palette.lookup import NameLookup
from palette_operator.palette.scope import ProjectScope
from palette_operator.reconcile.findings import NotSeenYet
from palette_operator.reconcile.projects import find_project
from palette_operator.reconcile.sweeps import Sweeps

_PROFILES_FRESH_S = 60.0
_PROFILES_RETRY_S = 5.0
_HOUR_S = 3600.0


class ProfileCatalog:
    """The cluster profiles of one project: one listing serves every cluster."""

    def __init__(self, client: PaletteClient, scope: ProjectScope, now: Callable[[], float]) -> None:
        self._client = client
        self._scope = scope
        self._now = now
        self._profiles: tuple[ProfileVersion, ...] = ()
        self._read_at: float | None = None
        self._reading = asyncio.Lock()
        self._scoped: dict[tuple[str, str, str], tuple[float, tuple[ProfileVersion, ...]]] = {}

    async def profiles_in(self, profile_scope: str, name: str, version: str) -> tuple[ProfileVersion, ...]:
        """Return the profiles of one name and version that belong to a scope, asked for at most once in a while."""
        wanted = (profile_scope, name, version)
        async with self._reading:
            read_at, found = self._scoped.get(wanted, (None, ()))
            limit_s = _PROFILES_FRESH_S if found else _PROFILES_RETRY_S
            if read_at is None or self._now() - read_at >= limit_s:
                found = tuple(await self._client.cluster_profiles_in(self._scope, *wanted))
                self._scoped[wanted] = (self._now(), found)
            return found

    async def profiles(self, *, missing: bool = False) -> tuple[ProfileVersion, ...]:
        """Return the profiles, read anew when older than a minute, or than 5 s when one was `missing`."""
        async with self._reading:
            limit_s = _PROFILES_RETRY_S if missing else _PROFILES_FRESH_S
            if self._read_at is None or self._now() - self._read_at >= limit_s:
                self._profiles = tuple(await self._client.cluster_profiles(self._scope))
                self._read_at = self._now()
            return self._profiles


class DeletionGuard:
    """How many objects a connection still lets be deleted within the hour.

    Objects count, not attempts: one that Palette keeps refusing to delete does not use up what the others need.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._begun_at: dict[str, float] = {}
        """By uid, when its deletion was first attempted within the hour."""

    def left(self, per_hour: int, uid: str) -> int:
        """Return how many deletions may still be started, that of `uid` included; one that was attempted is free."""
        return max(0, per_hour - len(self._within_the_hour().keys() - {uid}))

    def spend(self, uid: str, *, ago_s: float = 0.0) -> None:
        """Count the deletion of one object, once however often it is attempted; it was begun `ago_s` seconds ago."""
        self._within_the_hour().setdefault(uid, self._now() - ago_s)

    def _within_the_hour(self) -> dict[str, float]:
        since = self._now() - _HOUR_S
        self._begun_at = {uid: at for uid, at in self._begun_at.items() if at > since}
        return self._begun_at


@dataclass(slots=True)
class ProjectLink:
    """One project as seen through a connection."""

    project: Project
    scope: ProjectScope
    fleet: Fleet
    names: NameLookup
    catalog: ProfileCatalog
    poller: asyncio.Task[None]
    sweeps: Sweeps
    unreachable_since: float | None = None
    """Monotonic seconds; None while passes succeed."""
    away: bool = False
    """Those who use the project were told that Palette cannot be reached."""


@dataclass(slots=True)
class Link:
    """A working connection: its client, and the projects that are in use."""

    spec: ConnectionSpec
    client: PaletteClient
    default_project: Project | None
    """None for a connection in tenant scope: each resource names its project."""
    open_project: Callable[[Project], ProjectLink]
    guard: DeletionGuard
    projects: dict[str, ProjectLink] = field(default_factory=dict)
    """By project uid."""
    holder: Holder | None = None
    """Whose credential it is; None until that was asked."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where one resource lives in Palette, and what it may do there."""

    connection: str
    spec: ConnectionSpec
    client: PaletteClient
    link: ProjectLink
    guard: DeletionGuard
    unreachable: bool

    @property
    def scope(self) -> ProjectScope:
        """The project's scope, for every call."""
        return self.link.scope

    @property
    def fleet(self) -> Fleet:
        """What was listed of the project."""
        return self.link.fleet

    @property
    def project(self) -> Project:
        """The project."""
        return self.link.project


class Sites:
    """All links by connection name, or why there is none."""

    def __init__(
        self,
        exists: Callable[[str], bool],
        namespace_labels: Callable[[str], Awaitable[Mapping[str, str]]],
        now: Callable[[], float],
        unreachable_after_s: float,
    ) -> None:
        self._exists = exists
        self._namespace_labels = namespace_labels
        self._now = now
        self._unreachable_after_s = unreachable_after_s
        self._links: dict[str, Link] = {}
        self._failures: dict[str, ReconcileError] = {}

    def open(self, connection: str, link: Link) -> None:
        """Offer a link that works."""
        self._links[connection] = link
        self._failures.pop(connection, None)

    def refuse(self, connection: str, error: ReconcileError) -> bool:
        """Say why a connection cannot be used now; return whether that is news."""
        known = self._failures.get(connection)
        self._failures[connection] = error
        return known is None or known.message != error.message

    def restore(self, connection: str) -> bool:
        """Withdraw a refusal; return whether there was one."""
        return self._failures.pop(connection, None) is not None

    def close(self, connection: str) -> Link | None:
        """Take a link away; the caller stops its pollers."""
        self._failures.pop(connection, None)
        return self._links.pop(connection, None)

    def link(self, connection: str) -> Link | None:
        """Return a connection's link, if there ever was a working one."""
        return self._links.get(connection)

    async def site(self, connection: str, user: ObjectKey, project: str, *, leaving: bool = False) -> Site:
        """Return the site for a resource; `project` is a name or uid, "" for the connection's default.

        One that is `leaving` may finish with a project, and from a namespace, that were allowed once. Raises Stalled
        or Waiting with a reason of CredentialsValid when the resource may not use the connection, or when the
        connection does not work.
        """
        if connection in self._failures:
            raise self._failures[connection].with_traceback(None)
        link = self._links.get(connection)
        if link is None:
            raise self._no_link(connection)
        if not leaving:
            await self._check_namespace(connection, link, user.namespace)
        project_link = await self._project(connection, link, project, leaving=leaving)
        return Site(
            connection=connection,
            spec=link.spec,
            client=link.client,
            link=project_link,
            guard=link.guard,
            unreachable=self.is_unreachable(project_link),
        )

    def _no_link(self, connection: str) -> Waiting:
        if self._exists(connection):
            message = f"PaletteConnection {connection!r} is being looked at for the first time"
            return NotSeenYet("ConnectionNotReady", message, retry_after_s=15)
        message = f"PaletteConnection {connection!r} does not exist; create it, or correct spec.connectionRef"
        return Waiting("ConnectionNotFound", message, retry_after_s=60)

    def is_unreachable(self, link: ProjectLink) -> bool:
        """Whether Palette has been out of reach for longer than the grace period."""
        since = link.unreachable_since
        return since is not None and self._now() - since >= self._unreachable_after_s

    async def _check_namespace(self, connection: str, link: Link, namespace: str) -> None:
        allowed = link.spec.allowed_namespaces
        labels = await self._namespace_labels(namespace) if allowed.selector is not None else {}
        if allowed.permit(namespace, labels):
            return
        raise Stalled(
            "NamespaceNotAllowed",
            f"namespace {namespace!r} may not use PaletteConnection {connection!r}; an admin can add it to "
            "spec.allowedNamespaces there",
        )

    async def _project(self, connection: str, link: Link, wanted: str, *, leaving: bool) -> ProjectLink:
        default = link.default_project
        if default is not None and wanted in {"", default.name, default.uid}:
            return self._opened(link, default)
        if not wanted:
            raise Stalled(
                "ProjectNotFound",
                f"the resource names no project, and PaletteConnection {connection!r} has no default: set spec.project "
                "to one of its allowedProjects",
            )
        if wanted not in link.spec.allowed_projects and not leaving:
            raise Stalled(
                "NotAllowed",
                f"project {wanted!r} may not be used through PaletteConnection {connection!r}; an admin can add it to "
                "spec.allowedProjects there",
            )
        for known in link.projects.values():
            if wanted in {known.project.name, known.project.uid}:
                return known
        return self._opened(link, await find_project(link.client, wanted))

    @staticmethod
    def _opened(link: Link, project: Project) -> ProjectLink:
        if project.uid not in link.projects:
            link.projects[project.uid] = link.open_project(project)
        return link.projects[project.uid]


def failing_since(previous: float | None, failed: bool, now: float) -> float | None:
    """Return since when passes have failed without a success between."""
    if not failed:
        return None
    return now if previous is None else previous


def moment(now: Callable[[], datetime]) -> str:
    """Return the current time as Kubernetes writes it, UTC with seconds."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")
