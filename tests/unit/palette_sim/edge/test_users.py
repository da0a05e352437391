"""Logins at a host: tokens that count for a while, renewal, passwords."""

import pytest

from palette_sim.edge import SiteConfig
from support.edge_api import UID, EdgeApi, host_seed, serve_site

_HOUR_S = 3_600
_PING = "/v1/ping"
_RENEWAL = "/v1/users/default/token/renewal"


async def test_a_login_gives_a_token_under_the_documented_capitals(api: EdgeApi) -> None:
    reply = (await api.log_in()).json()

    assert set(reply) == {"Token", "IsFirstLogin"}
    assert set(reply["Token"]) == {"Authorization", "RefreshToken"}
    assert (await api.call("GET", _PING, token=reply["Token"]["Authorization"])).json() == {"msg": "pong"}


@pytest.mark.parametrize(("username", "password"), [("kairos", "wrong"), ("root", "kairos"), ("", "")])
async def test_a_wrong_login_is_refused_without_a_body(api: EdgeApi, username: str, password: str) -> None:
    response = await api.log_in(username=username, password=password)

    assert (response.status_code, response.content) == (400, b"")


async def test_a_wrong_login_is_answered_as_the_site_is_told() -> None:
    async with serve_site(config=SiteConfig(wrong_password_status=401)) as api:
        assert (await api.log_in(password="wrong")).status_code == 401


@pytest.mark.parametrize("token", ["", "Bearer x", "stranger"], ids=["none", "bearer", "unknown"])
async def test_without_a_token_of_this_host_nothing_is_told(api: EdgeApi, token: str) -> None:
    response = await api.call("GET", _PING, token=token)

    assert (response.status_code, response.content) == (401, b"")


@pytest.mark.parametrize(("query", "hours"), [({}, 2), ({"extendedSession": "true"}, 24)], ids=["usual", "extended"])
async def test_a_token_counts_for_its_hours(api: EdgeApi, query: dict[str, str], hours: int) -> None:
    token = (await api.log_in(**query)).json()["Token"]["Authorization"]

    await api.advance(hours * _HOUR_S - 1)
    assert (await api.call("GET", _PING, token=token)).status_code == 200
    await api.advance(1)
    assert (await api.call("GET", _PING, token=token)).status_code == 401


async def test_a_renewal_takes_the_place_of_the_old_token(api: EdgeApi) -> None:
    old = (await api.log_in()).json()["Token"]

    new = (await api.call("POST", _RENEWAL, {"refreshToken": old["RefreshToken"]}, token="")).json()

    assert (await api.call("GET", _PING, token=new["Authorization"])).status_code == 200
    assert (await api.call("GET", _PING, token=old["Authorization"])).status_code == 401
    again = await api.call("POST", _RENEWAL, {"refreshToken": old["RefreshToken"]}, token="")
    assert again.status_code == 401


async def test_a_renewal_needs_a_refresh_token(api: EdgeApi) -> None:
    assert (await api.call("POST", _RENEWAL, {}, token="")).status_code == 400


async def test_a_login_by_cookie_is_renewed_by_cookie(api: EdgeApi) -> None:
    await api.log_in(setCookie="true")

    assert (await api.call("GET", _PING, token="")).status_code == 200
    assert (await api.call("POST", _RENEWAL, token="")).status_code == 200


async def test_who_logs_out_is_out(api: EdgeApi) -> None:
    assert (await api.call("POST", "/v1/users/default/logout")).status_code == 200
    assert (await api.call("GET", _PING)).status_code == 401


async def test_a_password_reset_ends_the_first_login_and_every_session() -> None:
    async with serve_site(host_seed(first_login=True)) as api:
        first = (await api.log_in()).json()
        token = first["Token"]["Authorization"]
        body = {"oldPassword": "kairos", "newPassword": "better"}
        path = "/v1/users/default/password/reset"

        assert (await api.call("POST", path, {**body, "oldPassword": "no"}, token=token)).status_code == 400
        assert (await api.call("POST", path, body, token=token)).status_code == 204

        assert first["IsFirstLogin"] is True
        assert (await api.call("GET", _PING, token=token)).status_code == 401
        assert (await api.log_in()).status_code == 400
        assert (await api.log_in(password="better")).json()["IsFirstLogin"] is False


async def test_the_user_tells_and_takes_ssh_keys(api: EdgeApi) -> None:
    keys = ["ssh-ed25519 AAAA"]
    assert (await api.call("PATCH", "/v1/users/current", {"sshKeys": keys})).status_code == 202

    user = await api.get("/v1/users/current")

    assert (user["userName"], user["sshKeys"]) == ("kairos", keys)


async def test_revoked_tokens_count_no_longer(api: EdgeApi) -> None:
    await api.token()
    api.host.revoke_tokens()

    assert (await api.call("GET", _PING)).status_code == 401


async def test_tokens_of_one_host_mean_nothing_to_another() -> None:
    async with serve_site(host_seed(), host_seed("other")) as api:
        token = await api.token(UID)

        assert (await api.call("GET", _PING, uid="other", token=token)).status_code == 401
