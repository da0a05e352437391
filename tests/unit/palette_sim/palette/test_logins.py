"""Tokens, users and API keys of the simulated Palette."""

import base64
import json
from datetime import datetime
from typing import Any

import httpx
import pytest

from palette_sim.palette.accounts import LOCKED_FOR_S, TRIES_BEFORE_LOCKOUT
from support.palette_api import ADMIN_KEY, OTHER_PROJECT, PROJECT_KEY, PaletteApi

OPS, EDITOR, CAREFUL = "ops@example.com", "editor@example.com", "careful@example.com"
PASSWORD = "demo-password"
ME = "/v1/users/info"


async def log_in(api: PaletteApi, email: str = OPS, password: str = PASSWORD, **more: str) -> httpx.Response:
    body = {"emailId": email, "password": password, **more}
    return await api.client.post("/v1/auth/authenticate?setCookie=false", json=body)


async def token(api: PaletteApi, email: str = OPS, password: str = PASSWORD) -> str:
    reply = await log_in(api, email, password)
    assert reply.status_code == 200, reply.text
    value: str = reply.json()["Authorization"]
    return value


async def refresh(api: PaletteApi, value: str) -> httpx.Response:
    return await api.client.get(f"/v1/auth/refresh/{value}?setCookie=false")


async def status_with(api: PaletteApi, value: str) -> int:
    return (await api.get(ME, key=None, project_uid=None, headers={"Authorization": value})).status_code


def claims(value: str) -> dict[str, Any]:
    middle = value.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    return found


async def test_a_login_gives_a_token_of_fifteen_minutes_that_is_sent_as_it_is(api: PaletteApi) -> None:
    value = await token(api)

    said = claims(value)
    assert said["exp"] - said["iat"] == 900
    assert await status_with(api, value) == 200
    assert await status_with(api, f"Bearer {value}") == 401
    api.palette.advance(899)
    assert await status_with(api, value) == 200
    api.palette.advance(1)
    assert await status_with(api, value) == 401


async def test_a_key_in_authorization_a_token_in_the_keys_header_and_both_are_refused(api: PaletteApi) -> None:
    value = await token(api)
    replies = [
        await api.get(ME, key=None, headers={"Authorization": ADMIN_KEY}),
        await api.get(ME, key=value),
        await api.get(ME, key=ADMIN_KEY, headers={"Authorization": value}),
    ]

    assert [(reply.status_code, reply.json()["code"]) for reply in replies] == [(401, "UnAuthorizedAccess")] * 3


async def test_a_token_is_renewed_within_its_life_and_keeps_its_session(api: PaletteApi) -> None:
    first = await token(api)
    api.palette.advance(600)
    second = (await refresh(api, first)).json()["Authorization"]
    api.palette.advance(600)

    assert second != first
    assert claims(second)["sessionUid"] == claims(first)["sessionUid"]
    assert [await status_with(api, value) for value in (first, second)] == [401, 200]
    assert (await refresh(api, first)).status_code == 401
    assert (await refresh(api, "nonsense")).status_code == 401


REFUSED = {
    "a wrong password": {"password": "wrong"},
    "an unknown user": {"email": "nobody@example.com"},
    "another organization": {"org": "elsewhere"},
    "no password": {"password": ""},
}


@pytest.mark.parametrize("login", REFUSED.values(), ids=REFUSED)
async def test_a_login_is_refused_for(api: PaletteApi, login: dict[str, str]) -> None:
    reply = await log_in(api, **login)

    assert (reply.status_code, reply.json()["code"]) == (401, "InvalidCredentials")


async def test_the_organization_may_be_named_or_left_out(api: PaletteApi) -> None:
    assert (await log_in(api, org="retail")).status_code == 200
    assert (await log_in(api, org="")).status_code == 200


async def test_too_many_wrong_passwords_lock_the_account_for_a_while(api: PaletteApi) -> None:
    for _ in range(TRIES_BEFORE_LOCKOUT):
        await log_in(api, password="wrong")
    locked = await log_in(api)
    api.palette.advance(LOCKED_FOR_S)

    assert (locked.status_code, locked.json()["code"]) == (401, "UserAccountLocked")
    assert (await log_in(api)).status_code == 200


async def test_a_right_password_forgives_the_wrong_ones_before(api: PaletteApi) -> None:
    for _ in range(TRIES_BEFORE_LOCKOUT * 2):
        await log_in(api, password="wrong")
        assert (await log_in(api)).status_code == 200


async def test_a_second_factor_makes_the_token_good_for_nothing(api: PaletteApi) -> None:
    reply = await log_in(api, CAREFUL)

    assert reply.json()["isMfa"] is True
    assert await status_with(api, reply.json()["Authorization"]) == 401


async def test_a_cookie_is_set_unless_it_is_not_wanted(api: PaletteApi) -> None:
    body = {"emailId": OPS, "password": PASSWORD}

    assert "Set-Cookie" in (await api.client.post("/v1/auth/authenticate", json=body)).headers
    assert "Set-Cookie" not in (await log_in(api)).headers


async def test_a_token_sees_what_its_user_may(api: PaletteApi) -> None:
    headers = {"Authorization": await token(api, EDITOR)}
    search = "/v1/dashboard/spectroclusters/search"
    codes = [
        (await api.call("POST", search, {}, key=None, headers=headers, project_uid=scope)).status_code
        for scope in ("", api.uid_of_project(OTHER_PROJECT), None)
    ]

    assert codes == [200, 403, 403]


async def test_a_new_password_and_a_revocation_end_the_users_tokens_alone(api: PaletteApi) -> None:
    mine, others = await token(api), await token(api, EDITOR)
    await api.client.put(f"/_sim/users/{OPS}", json={"password": "new-password"})
    assert [await status_with(api, value) for value in (mine, others)] == [401, 200]
    assert (await log_in(api)).status_code == 401

    mine = await token(api, password="new-password")
    await api.client.delete(f"/_sim/users/{OPS}/tokens")
    assert [await status_with(api, value) for value in (mine, others)] == [401, 200]


async def test_an_administrator_locks_unlocks_and_asks_for_a_second_factor(api: PaletteApi) -> None:
    await api.client.put(f"/_sim/users/{OPS}", json={"locked": True, "mfa": True})
    shown = {user["email"]: user for user in (await api.client.get("/_sim/users")).json()}
    assert shown[OPS] == {"email": OPS, "mfa": True, "locked": True}
    assert (await log_in(api)).status_code == 401

    await api.client.put(f"/_sim/users/{OPS}", json={"locked": False, "mfa": False})
    assert (await log_in(api)).json()["isMfa"] is False
    assert (await api.client.put("/_sim/users/nobody@x.y", json={})).status_code == 404


async def test_a_key_belongs_to_a_user_who_is_shown_to_admins_and_to_himself(api: PaletteApi) -> None:
    me = (await api.get(ME, key=PROJECT_KEY)).json()["userUid"]
    admin = (await api.get(ME)).json()["userUid"]
    mine = await api.get(f"/v1/users/{me}", key=PROJECT_KEY)

    assert mine.json()["spec"]["emailId"] == EDITOR
    assert (await api.get(f"/v1/users/{me}")).status_code == 200
    assert (await api.get(f"/v1/users/{admin}", key=PROJECT_KEY)).status_code == 403
    assert (await api.get("/v1/users/none")).status_code == 404


async def test_keys_are_listed_with_owner_and_expiry_all_to_an_admin_and_ones_own_to_others(api: PaletteApi) -> None:
    await api.client.put("/_sim/keys/admin", json={"expires_in_s": 3600})
    everything = (await api.get("/v1/apiKeys", project_uid=None)).json()["items"]
    own = (await api.get("/v1/apiKeys", project_uid=None, key=PROJECT_KEY)).json()["items"]

    shown = {item["metadata"]["name"]: item for item in everything}
    assert set(shown) == {"admin", "retail-prod-editor"}
    assert [item["metadata"]["name"] for item in own] == ["retail-prod-editor"]
    assert shown["admin"]["spec"]["user"]["firstName"] == "Ada"
    assert shown["retail-prod-editor"]["spec"]["expiry"].startswith("0001-01-01")
    left_s = datetime.fromisoformat(shown["admin"]["spec"]["expiry"]).timestamp() - api.palette.clock.now_s()
    assert left_s == pytest.approx(3600, abs=1)
    assert ADMIN_KEY not in json.dumps(everything)


async def test_a_key_that_has_expired_is_refused(api: PaletteApi) -> None:
    await api.client.put("/_sim/keys/admin", json={"expires_in_s": 60})
    assert (await api.get(ME)).status_code == 200
    api.palette.advance(60)

    assert (await api.get(ME)).status_code == 401


async def test_the_access_log_holds_no_token(api: PaletteApi) -> None:
    value = await token(api)
    await refresh(api, value)

    assert api.palette.requests.entries[-1].path == "/v1/auth/refresh/{token}"
    assert value not in repr(api.palette.requests.entries)
