"""Registration tokens of the tenant. Source: Palette OpenAPI 4.9, v1EdgeToken."""

from datetime import datetime

from palette_sim.common.clock import UNSET_TIME, timestamp
from palette_sim.common.errors import invalid
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.bodies.edge_tokens import EdgeTokenBody, EdgeTokenState
from palette_sim.palette.call import NO_CONTENT, Call, Endpoint, Reply, created, ok
from palette_sim.palette.errors import forbidden, not_found
from palette_sim.palette.views.meta import object_meta, project_meta
from palette_sim.palette.world.records import EdgeToken


def list_tokens(call: Call) -> Reply:
    """List all tokens, values included; not paged."""
    _require_tenant(call)
    return ok({"items": [_view(call, token) for token in call.world.edge_tokens.values()]})


def create(call: Call) -> Reply:
    """Make a token; only its uid is answered."""
    _require_tenant(call)
    body = call.body(EdgeTokenBody)
    name = body.metadata and body.metadata.name
    if not name:
        raise invalid("metadata.name in body is required")
    project_uid = (body.spec and body.spec.default_project_uid) or ""
    if project_uid and project_uid not in call.world.projects:
        raise not_found("project", project_uid)
    uid = call.world.mint_uid()
    token = EdgeToken(
        uid=uid,
        name=name,
        project_uid=project_uid,
        created_s=call.now_s,
        expires_s=_moment(body.spec.expiry if body.spec else None),
        token=f"simulated-edge-token-{uid}",
    )
    call.world.edge_tokens[uid] = token
    return created(uid)


def show(call: Call) -> Reply:
    """Show a token, its value included."""
    return ok(_view(call, _token(call)))


def set_state(call: Call) -> Reply:
    """Revoke a token, or let it work again."""
    _token(call).active = bool(call.body(EdgeTokenState).is_active)
    return NO_CONTENT


def remove(call: Call) -> Reply:
    """Delete a token."""
    del call.world.edge_tokens[_token(call).uid]
    return NO_CONTENT


def _require_tenant(call: Call) -> None:
    if call.project_uid:
        raise forbidden("edgeToken.get")


def _token(call: Call) -> EdgeToken:
    _require_tenant(call)
    found = call.world.edge_tokens.get(call.params["uid"])
    if found is None:
        raise not_found("edge token", call.params["uid"])
    return found


def _moment(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        raise invalid("spec.expiry in body must be of type date-time") from None


def _view(call: Call, token: EdgeToken) -> JsonObject:
    project = call.world.projects.get(token.project_uid)
    return {
        "metadata": object_meta(
            uid=token.uid,
            name=token.name,
            labels={},
            created_s=token.created_s,
            modified_s=token.created_s,
            scope="tenant",
        ),
        "spec": {
            "defaultProject": project_meta(project) if project else {},
            "expiry": UNSET_TIME if token.expires_s is None else timestamp(token.expires_s),
            "token": token.token,
        },
        "status": {"isActive": token.active},
    }


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/edgehosts/tokens"): list_tokens,
    ("POST", "/v1/edgehosts/tokens"): create,
    ("GET", "/v1/edgehosts/tokens/{uid}"): show,
    ("DELETE", "/v1/edgehosts/tokens/{uid}"): remove,
    ("PUT", "/v1/edgehosts/tokens/{uid}/state"): set_state,
}
