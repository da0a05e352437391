"""Logging in, users and API keys. Source: Palette OpenAPI 4.9."""

from palette_sim.common.bodies import Body
from palette_sim.common.clock import timestamp
from palette_sim.common.errors import ApiError
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.accounts import User
from palette_sim.palette.api_keys import ApiKey
from palette_sim.palette.call import Call, Endpoint, Reply
from palette_sim.palette.errors import forbidden, not_found
from palette_sim.palette.views.meta import object_meta


class AuthLogin(Body):
    """v1AuthLogin."""

    email_id: str | None = None
    password: str | None = None
    org: str | None = None


def authenticate(call: Call) -> Reply:
    """Log a user in. One with a second factor gets a token that opens nothing yet."""
    login = call.body(AuthLogin)
    if login.org and login.org != call.world.tenant_name:
        raise ApiError(401, "InvalidCredentials", "The e-mail address, the password or the organization is wrong.")
    user = call.access.accounts.log_in(login.email_id or "", login.password or "", call.now_s)
    tokens = call.access.tokens
    return _token(call, tokens.half() if user.mfa else tokens.issue(user.uid, call.now_s), mfa=user.mfa)


def refresh(call: Call) -> Reply:
    """Renew a token that has not ended; the session stays the same."""
    return _token(call, call.access.tokens.refresh(call.params["token"], call.now_s), mfa=False)


def show_user(call: Call) -> Reply:
    """Show a user: to a tenant admin, and to the user."""
    uid = call.params["uid"]
    if uid != call.caller.name and not call.caller.tenant_admin:
        raise forbidden("user.get")
    user = call.access.accounts.users.get(uid)
    if user is None:
        raise not_found("user", uid)
    return Reply(200, _user_view(user))


def list_api_keys(call: Call) -> Reply:
    """List the API keys: all to a tenant admin, to others their own. The keys themselves are not shown."""
    keys = call.access.keys.all()
    if not call.caller.tenant_admin:
        keys = [key for key in keys if key.owner is not None and key.owner.uid == call.caller.name]
    return Reply(200, {"items": [_key_view(key) for key in keys]})


def _token(call: Call, token: str, *, mfa: bool) -> Reply:
    """Give a token out, as a cookie too unless `setCookie` says no."""
    sets_cookie = call.query.get("setCookie", "true").lower() != "false"
    headers = {"Set-Cookie": f"Authorization={token}; Path=/; HttpOnly"} if sets_cookie else {}
    return Reply(200, {"Authorization": token, "isMfa": mfa}, headers)


def _user_view(user: User) -> JsonObject:
    return {
        "metadata": object_meta(
            uid=user.uid,
            name=f"{user.first_name} {user.last_name}".strip(),
            labels={},
            created_s=user.created_s,
            modified_s=user.created_s,
            scope="tenant",
        ),
        "spec": {"emailId": user.email, "firstName": user.first_name, "lastName": user.last_name, "roles": []},
        "status": {
            "activationLink": "",
            "isActive": True,
            "isPasswordResetting": False,
            "lastSignIn": timestamp(user.last_sign_in_s),
        },
    }


def _key_view(key: ApiKey) -> JsonObject:
    spec: JsonObject = {"expiry": timestamp(key.expires_s)}
    if key.owner is not None:
        owner = key.owner
        spec["user"] = {"uid": owner.uid, "firstName": owner.first_name, "lastName": owner.last_name}
    return {
        "metadata": object_meta(
            uid=key.uid,
            name=key.name,
            labels={},
            created_s=key.created_s,
            modified_s=key.created_s,
            scope="tenant",
        ),
        "spec": spec,
        "status": {"isActive": not key.revoked},
    }


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("POST", "/v1/auth/authenticate"): authenticate,
    ("GET", "/v1/auth/refresh/{token}"): refresh,
    ("GET", "/v1/users/{uid}"): show_user,
    ("GET", "/v1/apiKeys"): list_api_keys,
}
# These are asked for without credentials.
WITHOUT_CREDENTIALS = frozenset(key for key in ENDPOINTS if key[1].startswith("/v1/auth/"))
# None of them knows a ProjectUid. Source: Palette OpenAPI 4.9, header parameters.
TENANT_ONLY = frozenset(ENDPOINTS)
# They judge by themselves who may ask.
OPEN_TO_ALL = frozenset(ENDPOINTS)
