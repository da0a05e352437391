"""Roles of a user, what they permit, and the server's version. Source: Palette OpenAPI 4.9."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from palette_operator.palette.wire.base import Reference, Texts, Wire


class Roles(Wire):
    """v1UserRolesEntity."""

    roles: list[Reference] = Field(default_factory=list)
    inherited_roles: list[Reference] = Field(default_factory=list)
    """Through a team."""

    def names(self) -> Mapping[str, str]:
        """Return the names of all roles by uid."""
        return {role.uid: role.name for role in (*self.roles, *self.inherited_roles) if role.uid}


class RolesInProject(Roles):
    """v1UidRoleSummary: the roles in one project."""

    uid: str = Field(min_length=1)
    name: str = ""


class ProjectRoles(Wire):
    """v1ProjectRolesEntity."""

    projects: list[RolesInProject] = Field(default_factory=list)


class RoleSpec(Wire):
    """v1RoleSpec."""

    permissions: Texts = Field(default_factory=list)


class Role(Wire):
    """v1Role."""

    spec: RoleSpec


class InstalledVersion(Wire):
    """v1SystemVersionInfo."""

    version: str = ""
