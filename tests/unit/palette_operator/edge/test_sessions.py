"""Logging in to a host, keeping the token fresh, and logging out."""

import asyncio
import base64
import json

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.edge.sessions import DOCUMENTED_LIFE_S, EXTENDED_LIFE_S, FAULT_COUNTS_S, REFUSAL_COUNTS_S
from palette_operator.http.keeper import FORCED_AGAIN_S
from support.edge_host import HOST, LOGIN, LOGOUT, PASSWORD, RENEWAL, THIS_HOST, EdgeHost, answer
from support.virtual_clock import settle

LOG_IN, RENEW, LOG_OUT, READ = f"POST {LOGIN}", f"POST {RENEWAL}", f"POST {LOGOUT}", f"GET {HOST}"


def only(host: EdgeHost, call: str) -> list[httpx.Request]:
    return [each for each in host.requests if f"{each.method} {each.url.path}" == call]


async def test_a_login_comes_before_the_first_call_and_its_token_goes_along_as_it_is() -> None:
    host = EdgeHost()

    await host.client().host()

    assert host.asked(logins=True) == [LOG_IN, READ]
    assert json.loads(host.bodies[0]) == {"username": "kairos", "password": PASSWORD}
    assert "Authorization" not in host.requests[0].headers
    assert host.requests[1].headers["Authorization"] == "token-1-secret"


@pytest.mark.parametrize(("extended", "asked"), [(True, "true"), (False, None)])
async def test_a_session_is_extended_when_asked_to_and_no_cookie_is_set(extended: bool, asked: str | None) -> None:
    host = EdgeHost()

    await host.client(extended_session=extended).host()

    assert host.requests[0].url.params.get("extendedSession") == asked
    assert host.requests[0].url.params["setCookie"] == "false"


async def test_many_calls_share_one_login() -> None:
    host = EdgeHost()
    client = host.client()

    await asyncio.gather(*(client.host() for _ in range(5)))

    assert len(only(host, LOG_IN)) == 1
    assert len(only(host, READ)) == 5


@pytest.mark.parametrize(("extended", "life_s"), [(True, EXTENDED_LIFE_S), (False, DOCUMENTED_LIFE_S)])
async def test_a_token_is_renewed_at_two_thirds_of_its_life(extended: bool, life_s: float) -> None:
    host = EdgeHost()
    client = host.client(extended_session=extended)
    await client.host()

    host.time.now += life_s * 2 / 3 - 1
    await client.host()
    await settle()
    assert only(host, RENEW) == []

    host.time.now += 1
    await client.host()
    await settle()
    assert json.loads(host.bodies[host.requests.index(only(host, RENEW)[0])]) == {"refreshToken": "refresh-1-secret"}
    await client.host()
    assert only(host, READ)[-1].headers["Authorization"] == "token-2-secret"
    assert len(only(host, LOG_IN)) == 1


async def test_a_token_that_was_replaced_is_struck_out_of_messages_too() -> None:
    host = EdgeHost()
    client = host.client()
    await client.host()
    host.time.now += EXTENDED_LIFE_S * 2 / 3
    await client.host()
    await settle()
    host.answers[READ] = answer(500, {"code": "Odd", "message": "token-1-secret, refresh-1-secret"})

    with pytest.raises(Unavailable) as caught:
        await client.host()

    assert "Odd" in str(caught.value)
    assert "-1-secret" not in str(caught.value)


async def test_a_token_that_tells_its_life_is_believed() -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"iat": 1_000, "exp": 1_060}).encode()).decode().rstrip("=")
    token = {"Authorization": f"e30.{claims}.c2ln", "RefreshToken": "refresh-0"}
    host = EdgeHost({LOG_IN: answer(200, {"Token": token})})
    client = host.client()
    await client.host()

    host.time.now += 40
    await client.host()
    await settle()

    assert len(only(host, RENEW)) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 500])
async def test_where_a_renewal_fails_the_user_logs_in_again(status: int) -> None:
    host = EdgeHost({RENEW: answer(status)})
    client = host.client()
    await client.host()

    host.time.now += EXTENDED_LIFE_S * 2 / 3
    await client.host()
    await settle()
    await client.host()

    assert len(only(host, LOG_IN)) == 2
    assert only(host, READ)[-1].headers["Authorization"] == "token-2-secret"


async def test_a_login_without_a_refresh_token_is_followed_by_a_login() -> None:
    host = EdgeHost({LOG_IN: answer(200, {"Token": {"Authorization": "token-secret"}})})
    client = host.client()
    await client.host()

    host.time.now += EXTENDED_LIFE_S
    await client.host()

    assert len(only(host, LOG_IN)) == 2
    assert only(host, RENEW) == []


async def test_a_token_that_is_refused_is_renewed_once_also_for_a_write() -> None:
    reboot = "POST /v1/edge-mgmt/edgehosts/current/actions/reboot"
    host = EdgeHost({reboot: [answer(401), answer(202, {"message": "ok"})]})
    client = host.client()

    await client.reboot()

    assert len(only(host, LOG_IN)) == 2
    assert [each.headers["Authorization"] for each in only(host, reboot)] == ["token-1-secret", "token-2-secret"]


async def test_a_host_that_refuses_every_token_is_not_logged_in_to_for_ever() -> None:
    host = EdgeHost({READ: answer(401)})
    client = host.client()

    for _ in range(3):
        with pytest.raises(Stalled) as caught:
            await client.host()

    assert caught.value.reason == "Unauthorized"
    assert len(only(host, LOG_IN)) == 2
    host.time.now += FORCED_AGAIN_S
    with pytest.raises(Stalled):
        await client.host()
    assert len(only(host, LOG_IN)) == 3


REFUSALS = {
    "401": answer(401),
    "a bad request without a word": answer(400),
    "a bad request in words": answer(400, {"code": "X", "message": f"{PASSWORD} is wrong"}),
    "403": answer(403, {"code": "X", "message": "no"}),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
async def test_a_refused_login_names_the_secret_and_is_not_tried_again_soon(refusal: httpx.Response) -> None:
    host = EdgeHost({LOG_IN: refusal})
    client = host.client()

    for _ in range(3):
        with pytest.raises(Stalled) as caught:
            await client.host()

    assert caught.value.reason == "Unauthorized"
    assert "Secret 'edge-os' in namespace 'retail'" in caught.value.message
    assert PASSWORD not in caught.value.message
    assert len(only(host, LOG_IN)) == 1
    host.time.now += REFUSAL_COUNTS_S
    with pytest.raises(Stalled):
        await client.host()
    assert len(only(host, LOG_IN)) == 2


async def test_a_500_to_a_login_may_be_a_wrong_password_and_is_not_repeated_at_once() -> None:
    host = EdgeHost({LOG_IN: answer(500)})
    client = host.client()

    for _ in range(3):
        with pytest.raises(Unavailable):
            await client.host()

    assert len(only(host, LOG_IN)) == 1
    host.time.now += FAULT_COUNTS_S
    with pytest.raises(Unavailable):
        await client.host()
    assert len(only(host, LOG_IN)) == 2


@pytest.mark.parametrize("token", [{}, {"Authorization": " "}, {"Authorization": "é"}, {"RefreshToken": "refresh"}])
async def test_an_answer_without_a_token_is_none(token: object) -> None:
    host = EdgeHost({LOG_IN: answer(200, {"Token": token})})

    with pytest.raises(Unavailable, match="no token"):
        await host.client().host()


async def test_a_first_login_is_told_and_works() -> None:
    body = {"Token": {"Authorization": "token-secret"}, "IsFirstLogin": True}
    host = EdgeHost({LOG_IN: answer(200, body)})
    client = host.client()
    assert client.is_first_login is None

    await client.host()

    assert client.is_first_login


async def test_closing_logs_out_and_nothing_is_sent_afterwards() -> None:
    host = EdgeHost()
    client = host.client()
    await client.host()

    await client.aclose()
    await client.aclose()

    assert host.asked(logins=True) == [LOG_IN, READ, LOG_OUT]
    assert host.requests[-1].headers["Authorization"] == "token-1-secret"
    with pytest.raises(ReconcileError, match="closed"):
        await client.host()
    assert len(host.requests) == 3


async def test_closing_without_a_session_sends_nothing() -> None:
    host = EdgeHost()

    await host.client().aclose()

    assert host.requests == []


@pytest.mark.parametrize("trouble", [answer(500), answer(401), httpx.ConnectError("x"), httpx.ReadTimeout("x")])
async def test_a_logout_that_fails_does_not_matter(trouble: httpx.Response | Exception) -> None:
    host = EdgeHost({LOG_OUT: trouble})
    client = host.client()
    await client.host()

    await client.aclose()

    assert host.asked(logins=True)[-1] == LOG_OUT


async def test_the_host_is_the_one_of_the_sample() -> None:
    assert (await EdgeHost().client().host()).uid == THIS_HOST["metadata"]["id"]  # type: ignore[index]


async def test_who_waits_for_a_login_when_the_client_is_closed_gets_no_answer_and_is_not_cancelled() -> None:
    host, began = EdgeHost(), asyncio.Event()

    async def never_answered(_: httpx.Request) -> None:
        began.set()
        await asyncio.Event().wait()

    host.before = never_answered
    client = host.client()
    waiting = [asyncio.create_task(client.host()) for _ in range(2)]
    await began.wait()

    await client.aclose()

    for each in waiting:
        with pytest.raises(Unavailable, match="closed meanwhile"):
            await each
