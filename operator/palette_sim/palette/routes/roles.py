"""Roles of people, what they permit, the ways to sign in, and the version of the server.

Two of Palette's own roles are known: that of a tenant administrator, and that of whoever may work in a project.
Source: Palette docs, "Tenant Scope Roles and Permissions" and "Project Scope Roles and Permissions".
"""

from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.call import Call, Endpoint, Reply, ok
from palette_sim.palette.errors import forbidden, not_found

_CRUDL = ("create", "delete", "get", "list", "update")
_PERMISSIONS = tuple(
    f"{key}.{operation}"
    for key in ("cloudconfig", "cluster", "clusterProfile", "edgehost", "machine")
    for operation in _CRUDL
)
_ROLES = {
    "5f8a0000000000000000000a": ("Tenant Admin", (*_PERMISSIONS, *(f"project.{each}" for each in _CRUDL))),
    "5f8a0000000000000000000b": ("Project Admin", (*_PERMISSIONS, "project.get", "project.list")),
}
TENANT_ADMIN, PROJECT_ADMIN = _ROLES


def tenant_roles(call: Call) -> Reply:
    """List the roles that a user has in the tenant."""
    _require_self(call)
    return ok({"roles": [_reference(TENANT_ADMIN)], "inheritedRoles": []})


def project_roles(call: Call) -> Reply:
    """List the roles that a user has in each project."""
    _require_self(call)
    return ok(
        {
            "projects": [
                {"uid": project.uid, "name": project.name, "roles": [_reference(PROJECT_ADMIN)], "inheritedRoles": []}
                for project in call.world.projects.values()
                if call.caller.may_see(project.uid)
            ]
        }
    )


def role(call: Call) -> Reply:
    """Show one role."""
    call.caller.require_tenant("role.get")
    uid = call.params["uid"]
    if uid not in _ROLES:
        raise not_found("role", uid)
    name, permissions = _ROLES[uid]
    return ok({"metadata": {"uid": uid, "name": name}, "spec": {"permissions": list(permissions), "type": "system"}})


def installed_version(call: Call) -> Reply:
    """Tell the version, to those who may administer the whole system: none of a tenant's people."""
    if not call.world.config.installed_version:
        raise forbidden("system.get")
    return ok({"version": call.world.config.installed_version})


def sign_ins(call: Call) -> Reply:  # noqa: ARG001 - every endpoint has this shape
    """List the ways to sign in by way of others: there are none."""
    return ok([])


def _require_self(call: Call) -> None:
    """Let tenant administrators ask about themselves: only the caller of a key is known here as a user."""
    call.caller.require_tenant("user.get")
    if call.params["uid"] != call.caller.name:
        raise not_found("user", call.params["uid"])


def _reference(uid: str) -> JsonObject:
    return {"uid": uid, "name": _ROLES[uid][0]}


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/auth/sso/providers"): sign_ins,
    ("GET", "/v1/users/{uid}/roles"): tenant_roles,
    ("GET", "/v1/users/{uid}/projects"): project_roles,
    ("GET", "/v1/roles/{uid}"): role,
    ("GET", "/v1/system/version/installed"): installed_version,
}
# What a login page shows is asked for without credentials.
WITHOUT_CREDENTIALS = frozenset({("GET", "/v1/auth/sso/providers")})
# None of them knows a ProjectUid. Source: Palette OpenAPI 4.9, header parameters.
TENANT_ONLY = frozenset(ENDPOINTS)
# They judge by themselves who may ask.
OPEN_TO_ALL = frozenset(ENDPOINTS)
