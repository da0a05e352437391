"""Projects and cluster profiles: what references resolve to."""

from __future__ import annotations

from collections.abc import AsyncIterator

from palette_operator.domain.observed import ProfileVersion, Project
from palette_operator.palette import operations
from palette_operator.palette.endpoints.base import Endpoints, read_whole
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import Scope
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.catalogue import Profiles, ProfileSummary, Projects
from palette_operator.palette.wire.search import ItemPage, Page


class CatalogueEndpoints(Endpoints):
    """`/v1/dashboard/projects` and `/v1/dashboard/clusterprofiles`."""

    async def projects(self, *, lane: Lane = Lane.TRANSITION) -> list[Project]:
        """List the tenant's projects that the credential may see. Never in a project."""
        call = Call("listing projects", operations.LIST_PROJECTS, lane=lane)
        return [item.project() for item in (await self._read(call, Projects)).items]

    async def projects_named(self, name_or_uid: str, *, lane: Lane = Lane.TRANSITION) -> list[Project]:
        """List the projects with this name, or this uid: none, one, or many, since names are not declared unique."""
        return [project for project in await self.projects(lane=lane) if name_or_uid in (project.name, project.uid)]

    async def cluster_profiles(self, scope: Scope, *, lane: Lane = Lane.TRANSITION) -> list[ProfileVersion]:
        """List every version of every cluster profile that can be used in `scope`."""
        call = Call("listing cluster profiles", operations.LIST_PROFILES, project=scope.project, lane=lane)
        return [item.profile_version() for item in (await self._read(call, Profiles)).items]

    async def cluster_profiles_in(
        self, scope: Scope, profile_scope: str, name: str, version: str, *, lane: Lane = Lane.TRANSITION
    ) -> list[ProfileVersion]:
        """List the profiles of this name and version that belong to `profile_scope`: project, tenant or system.

        The whole list does not say whose a profile is.
        """
        wanted = {"profileName": {"eq": name}, "version": {"eq": version}, "scope": profile_scope}
        call = Call(
            f"looking for {profile_scope} profile {name} {version}",
            operations.SEARCH_PROFILES,
            project=scope.project,
            body={"filter": wanted},
            lane=lane,
        )
        rows = await read_whole(call.doing, self._profile_pages(call), lambda row: row.metadata.uid)
        found = [profile for row in rows for profile in row.profile_versions()]
        # Several rows may list the same version.
        return list({p.uid: p for p in found if (p.name, p.version) == (name, version)}.values())

    async def _profile_pages(self, call: Call) -> AsyncIterator[Page[ProfileSummary]]:
        async for page in self._pages(call, ItemPage[ProfileSummary]):
            yield Page(tuple(page.items), page.listmeta.count)
