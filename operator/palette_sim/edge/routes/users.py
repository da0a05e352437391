"""`/v1/users` and `/v1/ping`."""

from palette_sim.common.jsonvalue import JsonObject
from palette_sim.edge.bodies.users import Login, PasswordReset, Renewal, User
from palette_sim.edge.call import Call, Empty, Endpoint, Reply, accepted
from palette_sim.edge.sessions import TokenPair

_REFRESH_COOKIE = "RefreshToken"


def ping(_: Call) -> Reply:
    """v1Ping."""
    return Reply(200, {"msg": "pong"})


def log_in(call: Call) -> Reply:
    """v1LoginSuccess; a wrong password is answered as the settings say, without a body."""
    login, host = call.body(Login), call.host
    password = login.password.get_secret_value() if login.password else ""
    if (login.username, password) != (host.seed.username, host.password):
        raise Empty(call.world.config.wrong_password_status)
    pair = call.sessions.open(host.seed.username, call.now_s, extended=_flag(call, "extendedSession"))
    return Reply(
        200,
        {"Token": _written(pair), "IsFirstLogin": host.first_login},
        _cookies(pair) if _flag(call, "setCookie") else {},
    )


def renew(call: Call) -> Reply:
    """v1UserToken for the refresh token in the body or in the cookie."""
    given = call.body(Renewal).refresh_token if call.raw_body else None
    refresh = given or call.cookies.get(_REFRESH_COOKIE, "")
    if not refresh:
        raise Empty(400)
    extended = _flag(call, "extendedSession")
    pair = call.sessions.renew(refresh, call.host.seed.username, call.now_s, extended=extended)
    if pair is None:
        raise Empty(401)
    return Reply(200, _written(pair), _cookies(pair) if not given else {})


def log_out(call: Call) -> Reply:
    """Let the token of the request count no longer."""
    call.sessions.close(call.token)
    return Reply(200)


def reset_password(call: Call) -> Reply:
    """Change the password, after which nobody is logged in."""
    reset = call.body(PasswordReset)
    old = reset.old_password.get_secret_value() if reset.old_password else ""
    new = reset.new_password.get_secret_value() if reset.new_password else ""
    if old != call.host.password or not new:
        raise Empty(400)
    call.host.password, call.host.first_login = new, False
    call.sessions.revoke_all()
    return Reply(204)


def user(call: Call) -> Reply:
    """v1UserSpec."""
    keys = list(call.host.ssh_keys)
    return Reply(200, {"userName": call.host.seed.username, "sshKeys": [*keys], "disablePasswordUpdate": False})


def change_user(call: Call) -> Reply:
    """Set the user's SSH keys."""
    wanted = call.body(User)
    if wanted.ssh_keys is not None:
        call.host.ssh_keys = wanted.ssh_keys
    return accepted("The user is updated.")


def _flag(call: Call, name: str) -> bool:
    return call.query.get(name, "").lower() == "true"


def _written(pair: TokenPair) -> JsonObject:
    return {"Authorization": pair.authorization, "RefreshToken": pair.refresh}


def _cookies(pair: TokenPair) -> dict[str, str]:
    return {"Authorization": pair.authorization, _REFRESH_COOKIE: pair.refresh}


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/ping"): ping,
    ("POST", "/v1/users/default/login"): log_in,
    ("POST", "/v1/users/default/token/renewal"): renew,
    ("POST", "/v1/users/default/logout"): log_out,
    ("POST", "/v1/users/default/password/reset"): reset_password,
    ("GET", "/v1/users/current"): user,
    ("PATCH", "/v1/users/current"): change_user,
}
WITHOUT_TOKEN = frozenset({("POST", "/v1/users/default/login"), ("POST", "/v1/users/default/token/renewal")})
