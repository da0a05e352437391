"""Projects and cluster profiles: what references resolve to."""

from __future__ import annotations

from palette_operator.domain.observed import ProfileVersion, Project
from palette_operator.palette.endpoints.base import Endpoints
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import Scope
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.catalogue import Profiles, Projects


class CatalogueEndpoints(Endpoints):
    """`/v1/dashboard/projects` and `/v1/dashboard/clusterprofiles`: whole lists, not paged."""

    async def projects(self, *, lane: Lane = Lane.TRANSITION) -> list[Project]:
        """List the tenant's projects that the credential may see. Never in a project."""
        call = Call("listing projects", "GET", "/v1/dashboard/projects/metadata", lane=lane)
        return [item.project() for item in (await self._read(call, Projects)).items]

    async def projects_named(self, name_or_uid: str, *, lane: Lane = Lane.TRANSITION) -> list[Project]:
        """List the projects with this name, or this uid: none, one, or many, since names are not declared unique."""
        return [project for project in await self.projects(lane=lane) if name_or_uid in (project.name, project.uid)]

    async def cluster_profiles(self, scope: Scope, *, lane: Lane = Lane.TRANSITION) -> list[ProfileVersion]:
        """List every version of every cluster profile that can be used in `scope`."""
        call = Call(
            "listing cluster profiles",
            "GET",
            "/v1/dashboard/clusterprofiles/metadata",
            project=scope.project,
            lane=lane,
        )
        return [item.profile_version() for item in (await self._read(call, Profiles)).items]
