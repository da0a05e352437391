"""The tenant's people and the server itself: what a doctor asks for, and the reconcilers never do."""

from __future__ import annotations

from collections.abc import Mapping

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import operations
from palette_operator.palette.endpoints.base import Endpoints
from palette_operator.palette.lanes import Lane
from palette_operator.palette.transport import Call
from palette_operator.palette.wire.tenant import InstalledVersion, ProjectRoles, Role, Roles


class TenantEndpoints(Endpoints):
    """`/v1/users`, `/v1/roles` and `/v1/system`. Many a credential may read none of these: expect "Forbidden"."""

    async def tenant_roles(self, user: str, *, lane: Lane = Lane.ROUTINE) -> Mapping[str, str]:
        """Return the roles that a user has in the whole tenant, alone or through a team: names by uid."""
        call = Call("reading the roles of the credential's user", operations.LIST_TENANT_ROLES, (user,), lane=lane)
        return (await self._read(call, Roles)).names()

    async def project_roles(self, user: str, *, lane: Lane = Lane.ROUTINE) -> Mapping[ProjectUid, Mapping[str, str]]:
        """Return the roles that a user has in each project, alone or through a team: names by uid."""
        doing = "reading the project roles of the credential's user"
        found = await self._read(Call(doing, operations.LIST_PROJECT_ROLES, (user,), lane=lane), ProjectRoles)
        return {ProjectUid(project.uid): project.names() for project in found.projects}

    async def role_permissions(self, role: str, *, lane: Lane = Lane.ROUTINE) -> frozenset[str]:
        """Return what a role permits, such as `cluster.create`."""
        call = Call("reading what a role permits", operations.GET_ROLE, (role,), lane=lane)
        return frozenset((await self._read(call, Role)).spec.permissions)

    async def installed_version(self, *, lane: Lane = Lane.ROUTINE) -> str:
        """Return the version of the server; "" when it does not say."""
        call = Call("asking for the server's version", operations.INSTALLED_VERSION, lane=lane)
        return (await self._read(call, InstalledVersion)).version
