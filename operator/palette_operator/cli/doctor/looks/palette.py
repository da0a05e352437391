"""Looks at Palette through one connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol, TypeVar

from palette_operator.cli.doctor.observations import PaletteLook, ScopeLook, Seen, TenantLook, seen
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.holder import User
from palette_operator.domain.identifiers import ClusterUid, HostUid, ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow, Project, WhoAmI
from palette_operator.palette.client import TENANT, PaletteClient
from palette_operator.palette.contact import Contact, make_contact
from palette_operator.palette.credentials import Credentials
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.network import Endpoint
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.transport import Transport
from palette_operator.palette.wire.search import Page

_EXAMPLES = 3
_MOST_ROLES = 10


@dataclass(frozen=True, slots=True)
class Claims:
    """What resources of the management cluster stand for, in one project: the resource's name by uid in Palette."""

    clusters: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> Mapping[str, str]:
        """Both together."""
        return {**self.clusters, **self.hosts}


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to Palette, and what is of interest there."""

    endpoint: Endpoint
    credentials: Credentials | None
    """None when there are none."""
    projects: tuple[str, ...]
    """Names or uids of those to look into; "" and the word `tenant` name none."""
    claims: Mapping[str, Claims] = field(default_factory=dict)
    """By uid of the project."""


class _Row(Protocol):
    @property
    def uid(self) -> str: ...


RowT = TypeVar("RowT", bound=_Row)


async def look_at_palette(way: Way, limiter: Limiter, say: Callable[[str], None]) -> PaletteLook:
    """Look as far as it goes: what needs an answer that did not come is left out. `say` is told what takes its time."""
    say(f"reaching {way.endpoint.url}")
    contact = await seen(make_contact(way.endpoint, limiter))
    if not isinstance(contact, Contact) or not contact.is_palette or way.credentials is None:
        return PaletteLook(contact)
    async with PaletteClient(Transport(way.endpoint, way.credentials, limiter, read_only=True)) as client:
        who = await seen(client.who_am_i())
        if isinstance(who, ReconcileError):
            return PaletteLook(contact, who, throttled=_was_throttled(limiter))
        say("asking what the credential may see")
        projects, sees_tenant, version, user, keys = await asyncio.gather(
            seen(client.projects()),
            seen(_sees_tenant(client)),
            seen(client.installed_version()),
            seen(_user(client, who)),
            seen(client.api_keys()),
        )
        chosen = _chosen(way, projects)
        granted, scopes = await asyncio.gather(
            seen(_granted(client, who, chosen)),
            asyncio.gather(*(_look_into(client, each, way.claims.get(each.uid, Claims()), say) for each in chosen)),
        )
    tenant = TenantLook(projects, sees_tenant, version, granted, user, keys, scopes)
    return PaletteLook(contact, who, tenant, throttled=_was_throttled(limiter))


def _chosen(way: Way, found: Seen[Sequence[Project]]) -> list[Project]:
    """Return the projects to look into: those named, once each, and those that resources are of."""
    if isinstance(found, ReconcileError):
        return []
    named = {each.uid: each for wanted in way.projects for each in _named(wanted, found)}
    claimed = {each.uid: each for each in found if each.uid in way.claims}
    return list((named | claimed).values())


def _named(wanted: str, found: Sequence[Project]) -> list[Project]:
    fitting = [each for each in found if wanted == each.uid] or [each for each in found if wanted == each.name]
    return fitting if len(fitting) == 1 else []


async def _look_into(client: PaletteClient, project: Project, claims: Claims, say: Callable[[str], None]) -> ScopeLook:
    scope = ProjectScope(project.uid)
    clusters, hosts, profiles = await asyncio.gather(
        seen(_listed(client.cluster_pages(scope), f"clusters of {project.name}", say)),
        seen(_listed(client.host_pages(scope), f"edge hosts of {project.name}", say)),
        seen(_count_profiles(client, scope)),
    )
    cluster = next(iter(clusters.values()), None) if isinstance(clusters, Mapping) else None
    host = next(iter(hosts.values()), None) if isinstance(hosts, Mapping) else None
    missing_clusters, missing_hosts = _missing(claims.clusters, clusters), _missing(claims.hosts, hosts)
    whole_cluster, whole_host, *reads = await asyncio.gather(
        seen(_read_cluster(client, scope, cluster)),
        seen(_read_host(client, scope, host)),
        *(seen(_is_there(client.get_cluster(scope, ClusterUid(uid)))) for uid in missing_clusters),
        *(seen(_is_there(client.get_host(scope, HostUid(uid)))) for uid in missing_hosts),
    )
    missing = dict(zip([*missing_clusters, *missing_hosts], reads, strict=True))
    return ScopeLook(
        project=project,
        clusters=clusters,
        hosts=hosts,
        profiles=profiles,
        cluster=whole_cluster,
        host=whole_host,
        missing={uid: read for uid, read in missing.items() if read is not None},
    )


async def _listed(pages: AsyncIterator[Page[RowT]], what: str, say: Callable[[str], None]) -> Mapping[str, RowT]:
    rows: dict[str, RowT] = {}
    async for page in pages:
        rows |= {row.uid: row for row in page.rows}
        say(f"listing the {what}: {len(rows)} of {page.total or len(rows)}")
    return rows


async def _count_profiles(client: PaletteClient, scope: ProjectScope) -> int:
    return len(await client.cluster_profiles(scope))


async def _read_cluster(client: PaletteClient, scope: ProjectScope, row: ClusterRow | None) -> bool | None:
    """Read a cluster with all that goes with it; None when there is none."""
    if row is None:
        return None
    detail = await client.get_cluster(scope, row.uid)
    if detail is not None and detail.cloud_type == "edge-native":
        await client.get_variables(scope, row.uid)
        if detail.cloud_config_uid is not None:
            config = await client.get_edge_native_config(scope, detail.cloud_config_uid)
            for pool in config.pools[:1]:
                await client.get_machines(scope, config.uid, pool.name)
    return detail is not None


async def _read_host(client: PaletteClient, scope: ProjectScope, row: HostRow | None) -> bool | None:
    return None if row is None else await client.get_host(scope, row.uid) is not None


async def _is_there(read: object) -> bool:
    return await read is not None  # type: ignore[misc]


def _missing(claimed: Mapping[str, str], listed: Seen[Mapping[str, object]]) -> list[str]:
    if isinstance(listed, ReconcileError):
        return []
    return list(islice((uid for uid in claimed if uid not in listed), _EXAMPLES))


async def _sees_tenant(client: PaletteClient) -> bool:
    """Whether the whole tenant's clusters may be listed: by one page of them."""
    await anext(client.cluster_pages(TENANT))
    return True


async def _user(client: PaletteClient, who: WhoAmI) -> User:
    return await client.user(who.user_uid) if who.user_uid else User("", "", "")


async def _granted(
    client: PaletteClient, who: WhoAmI, projects: Iterable[Project]
) -> Mapping[ProjectUid, frozenset[str]]:
    """Return what the roles of the credential's user permit in each project."""
    everywhere = await client.tenant_roles(who.user_uid)
    by_project = await client.project_roles(who.user_uid)
    roles = {project.uid: {*everywhere, *by_project.get(project.uid, ())} for project in projects}
    asked = sorted(set().union(*roles.values()))[:_MOST_ROLES]
    permitted = dict(zip(asked, await asyncio.gather(*map(client.role_permissions, asked)), strict=True))
    return {
        project: frozenset[str]().union(*(permitted.get(role, frozenset()) for role in held))
        for project, held in roles.items()
    }


def _was_throttled(limiter: Limiter) -> bool:
    """Whether a limit was met: after a 429 the limiter pauses and slows down, and is slow to forget."""
    budget = limiter.budget()
    full = max((row.effective_per_second / row.documented_per_second for row in budget), default=1.0)
    return any(row.paused_s > 0 or row.effective_per_second < row.documented_per_second * full for row in budget)
