"""Health, the caller, projects."""

from palette_sim.palette.call import Call, Endpoint, Reply, ok
from palette_sim.palette.errors import forbidden, not_found
from palette_sim.palette.views.meta import project_meta
from palette_sim.palette.views.profiles import project_view


def ping(call: Call) -> Reply:  # noqa: ARG001 - every endpoint has this shape
    """Answer that all is well."""
    return ok({"msg": "pong"})


def user_info(call: Call) -> Reply:
    """Tell who calls."""
    world = call.world
    return ok({"orgName": world.tenant_name, "tenantUid": world.tenant_uid, "userUid": call.caller.name})


def projects_metadata(call: Call) -> Reply:
    """List the projects that the caller may see, or those of one name; not paged."""
    name = call.query.get("name")
    return ok(
        {
            "items": [
                {"metadata": project_meta(project)}
                for project in call.world.projects.values()
                if call.caller.may_see(project.uid) and name in (None, "", project.name)
            ]
        }
    )


def projects(call: Call) -> Reply:
    """List the projects that the caller may see; deprecated."""
    seen = [project for project in call.world.projects.values() if call.caller.may_see(project.uid)]
    page = call.page(seen)
    return ok({"items": [project_view(project) for project in page.items], "listmeta": page.listmeta})


def project(call: Call) -> Reply:
    """Show one project."""
    found = call.world.projects.get(call.params["uid"])
    if found is None:
        raise not_found("project", call.params["uid"])
    if not call.caller.may_see(found.uid):
        raise forbidden("project.get")
    return ok(project_view(found))


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/health/ping"): ping,
    ("GET", "/v1/users/info"): user_info,
    ("GET", "/v1/dashboard/projects/metadata"): projects_metadata,
    ("GET", "/v1/projects"): projects,
    ("GET", "/v1/projects/{uid}"): project,
}
# These know no ProjectUid. Source: Palette OpenAPI 4.9, header parameters.
TENANT_ONLY = frozenset({("GET", "/v1/health/ping"), ("GET", "/v1/users/info"), ("GET", "/v1/projects/{uid}")})
# These need no rights in the scope of the request; every other endpoint does.
OPEN_TO_ALL = frozenset(ENDPOINTS)
