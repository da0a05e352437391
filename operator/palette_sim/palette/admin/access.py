"""Keys, users and tokens, as an administrator of the tenant changes them."""

from pydantic import Field, SecretStr

from palette_sim.common.settings import Settings
from palette_sim.palette.accounts import User
from palette_sim.palette.admin.call import AdminCall, AdminEndpoint
from palette_sim.palette.call import NO_CONTENT, Reply, ok
from palette_sim.palette.errors import not_found


class KeyBody(Settings):
    """What becomes of a key; what is not given stays."""

    revoked: bool | None = None
    expires_in_s: float | None = Field(default=None, ge=0)


class UserBody(Settings):
    """What becomes of a user; what is not given stays."""

    password: SecretStr | None = None
    mfa: bool | None = None
    locked: bool | None = None


def show_keys(call: AdminCall) -> Reply:
    """List the keys by name, never the keys themselves."""
    return ok([{"name": key.name, "revoked": key.revoked} for key in call.levers.access.keys.all()])


def set_key(call: AdminCall) -> Reply:
    """Revoke or restore a key, or let it expire."""
    name, body = call.params["name"], call.body(KeyBody)
    named = call.levers.access.keys.named(name)
    if not named:
        raise not_found("key", name)
    for key in named:
        key.revoked = key.revoked if body.revoked is None else body.revoked
        if body.expires_in_s is not None:
            key.expires_s = call.levers.clock.now_s() + body.expires_in_s
    return NO_CONTENT


def show_users(call: AdminCall) -> Reply:
    """List the users, without their passwords."""
    now_s = call.levers.clock.now_s()
    users = call.levers.access.accounts.users.values()
    return ok([{"email": user.email, "mfa": user.mfa, "locked": user.is_locked(now_s)} for user in users])


def set_user(call: AdminCall) -> Reply:
    """Change a user's password, which revokes the user's tokens; ask for a second factor; lock, or unlock."""
    user, body, access = _user(call), call.body(UserBody), call.levers.access
    if body.password is not None:
        access.set_password(user, body.password.get_secret_value())
    user.mfa = user.mfa if body.mfa is None else body.mfa
    if body.locked is not None:
        user.wrong_in_a_row, user.locked_until_s = 0, float("inf") if body.locked else 0.0
    return NO_CONTENT


def revoke_tokens(call: AdminCall) -> Reply:
    """Let all tokens of a user count no longer."""
    call.levers.access.tokens.revoke(_user(call).uid)
    return NO_CONTENT


def _user(call: AdminCall) -> User:
    return call.levers.access.accounts.by_email(call.params["email"])


ENDPOINTS: dict[tuple[str, str], AdminEndpoint] = {
    ("GET", "/_sim/keys"): show_keys,
    ("PUT", "/_sim/keys/{name}"): set_key,
    ("GET", "/_sim/users"): show_users,
    ("PUT", "/_sim/users/{email}"): set_user,
    ("DELETE", "/_sim/users/{email}/tokens"): revoke_tokens,
}
