"""A user's login, through a transport, against a Palette whose clock the test moves."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.http.keeper import FORCED_AGAIN_S, RENEW_AGAIN_S
from palette_operator.palette import operations
from palette_operator.palette.credentials import ApiKey, UserLogin
from palette_operator.palette.lanes import Lane
from palette_operator.palette.limiter import Limiter, LimiterOptions, Permit
from palette_operator.palette.sessions import (
    REFUSAL_COUNTS_S,
    SessionClock,
    TokenSession,
)
from palette_operator.palette.transport import Call, Endpoint, Transport
from support.virtual_clock import settle

USER = UserLogin("ops@example.com", "very-secret", "retail", origin="Secret 'palette-user' in namespace 'system'")
LIFE_S = 900.0
PROJECT = ProjectUid("p")
READ = Call("reading cluster c", operations.GET_CLUSTER, ("c",), PROJECT)
CREATE = Call("creating", operations.CREATE_EDGE_NATIVE_CLUSTER, project=PROJECT, body={"a": 1})
LOGIN = "POST /v1/auth/authenticate"
REFRESH = "GET /v1/auth/refresh"
CALL = "GET /v1/spectroclusters/c"
REFUSAL = httpx.Response(401, json={"code": "UnAuthorizedAccess", "message": "wrong: very-secret"})


class Palette:
    """Gives tokens `t1`, `t2`, ... and takes those that are neither 900 seconds old nor revoked."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.made: dict[str, float] = {}
        self.requests: list[httpx.Request] = []
        self.login_answer: httpx.Response | Exception | None = None
        self.refresh_answer: httpx.Response | Exception | None = None
        self.prefix = ""
        self.call_answer: httpx.Response | None = None
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path
        if path.startswith("/v1/auth/"):
            await self.open.wait()
        if path == "/v1/auth/authenticate":
            return self._answered(self.login_answer) or self._token()
        if path.startswith("/v1/auth/refresh/"):
            is_known = self._accepts(unquote(path.rsplit("/", 1)[1]))
            return self._answered(self.refresh_answer) or (self._token() if is_known else REFUSAL)
        if not self._accepts(request.headers.get("Authorization", "")):
            return REFUSAL
        return self.call_answer or httpx.Response(200, content=b"{}")

    def revoke(self) -> None:
        self.made.clear()

    @property
    def log(self) -> list[str]:
        lines = [f"{request.method} {request.url.path}" for request in self.requests]
        return [REFRESH if line.startswith(REFRESH) else line for line in lines]

    def _accepts(self, token: str) -> bool:
        return token in self.made and self.now < self.made[token] + LIFE_S

    def _token(self) -> httpx.Response:
        name = self.prefix + f"t{len(self.made) + 1}+{self.now:g}"
        self.made[name] = self.now
        return httpx.Response(200, json={"Authorization": name, "isMfa": False}, headers={"Set-Cookie": "session=x"})

    @staticmethod
    def _answered(answer: httpx.Response | Exception | None) -> httpx.Response | None:
        if isinstance(answer, Exception):
            raise answer
        return answer


@asynccontextmanager
async def served(
    palette: Palette, options: LimiterOptions | None = None, user: UserLogin = USER
) -> AsyncIterator[Transport]:
    async def no_pause(_: float) -> None:
        return

    clock = SessionClock(monotonic=lambda: palette.now, epoch_s=lambda: palette.now)
    unhurried = LimiterOptions(overrides=dict.fromkeys(["/v1/auth", "/v1/spectroclusters"], 1e6))
    async with Transport(
        Endpoint("https://palette.test"),
        user,
        Limiter(options or unhurried),
        network=httpx.MockTransport(palette),
        sleep=no_pause,
        clock=clock,
    ) as transport:
        yield transport


async def renewed(transport: Transport) -> None:
    """Return when the renewal that goes on in the background is over, whatever came of it."""
    assert isinstance(transport.session, TokenSession)
    assert transport.session._keeper._renewal is not None
    await asyncio.wait([transport.session._keeper._renewal])


async def test_a_call_is_made_with_the_token_of_a_login_as_palette_documents_it() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        await transport.send(READ)

    login, first, second = palette.requests
    assert (login.method, login.url.path, login.url.query) == ("POST", "/v1/auth/authenticate", b"setCookie=false")
    assert json.loads(login.content) == {"emailId": "ops@example.com", "password": "very-secret", "org": "retail"}
    assert not {"ProjectUid", "Authorization", "ApiKey"}.intersection(key.title() for key in login.headers)
    assert first.headers["Authorization"] == second.headers["Authorization"] == "t1+1000"
    assert first.headers["ProjectUid"] == "p"
    assert "ApiKey" not in first.headers
    assert "Cookie" not in first.headers


async def test_an_organization_that_is_not_given_is_not_sent() -> None:
    palette = Palette()
    async with served(palette, user=UserLogin("a@b.c", "pw-pw")) as transport:
        await transport.send(READ)

    assert json.loads(palette.requests[0].content) == {"emailId": "a@b.c", "password": "pw-pw"}


async def test_many_callers_share_one_login() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await asyncio.gather(*(transport.send(READ) for _ in range(50)))

    assert palette.log.count(LOGIN) == 1
    assert palette.log.count(CALL) == 50


async def test_a_caller_that_is_cancelled_does_not_take_the_login_from_the_others() -> None:
    palette = Palette()
    palette.open.clear()
    async with served(palette) as transport:
        first, second = (asyncio.create_task(transport.send(READ)) for _ in range(2))
        await settle()
        first.cancel()
        await settle()
        palette.open.set()
        assert (await second).status == 200

    assert first.cancelled()
    assert palette.log == [LOGIN, CALL]


async def test_a_token_is_renewed_at_two_thirds_of_its_life_while_calls_go_on_with_the_old_one() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        palette.now += LIFE_S * 2 / 3 - 1
        await transport.send(READ)
        assert palette.log == [LOGIN, CALL, CALL]
        palette.now += 1
        palette.open.clear()
        await asyncio.gather(*(transport.send(READ) for _ in range(20)))
        palette.open.set()
        await renewed(transport)
        await transport.send(READ)

    assert sorted(palette.log) == sorted([LOGIN, REFRESH, *[CALL] * 23])
    tokens = [r.headers["Authorization"] for r in palette.requests if r.url.path == "/v1/spectroclusters/c"]
    assert tokens == [*["t1+1000"] * 22, "t2+1600"]
    refresh = palette.requests[palette.log.index(REFRESH)]
    assert refresh.url.raw_path == b"/v1/auth/refresh/t1%2B1000?setCookie=false"
    assert "Authorization" not in refresh.headers


async def test_through_many_lives_of_a_token_no_call_is_refused_and_there_is_one_login() -> None:
    palette = Palette()
    async with served(palette) as transport:
        for _ in range(200):
            palette.now += 60
            await transport.send(READ)
            await renewed(transport)

    assert palette.log.count(LOGIN) == 1
    assert palette.log.count(REFRESH) == pytest.approx(12_000 / 600, abs=2)
    assert palette.log.count(CALL) == 200


async def test_tokens_that_say_that_they_live_for_seconds_are_renewed_in_time_too() -> None:
    palette = Palette()
    claims = base64.urlsafe_b64encode(json.dumps({"iat": 1_000, "exp": 1_006}).encode()).decode()
    palette.prefix = f"e30.{claims}."
    async with served(palette) as transport:
        for _ in range(40):
            palette.now += 1
            await transport.send(READ)
            await renewed(transport)

    assert palette.log.count(LOGIN) == 1
    assert palette.log.count(REFRESH) == pytest.approx(40 / 4, abs=2)


async def test_when_a_token_cannot_be_renewed_the_user_logs_in_again() -> None:
    palette = Palette()
    palette.refresh_answer = httpx.Response(500, json={"code": "RefreshFailed", "message": "t1+1000"})
    async with served(palette) as transport:
        await transport.send(READ)
        palette.now += 700
        await transport.send(READ)
        await renewed(transport)
        await transport.send(READ)

    assert [line for line in palette.log if line != CALL] == [LOGIN, REFRESH, LOGIN]
    assert palette.requests[-1].headers["Authorization"] == "t2+1700"


async def test_after_a_long_rest_the_user_logs_in_again() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        palette.now += 3_600
        await transport.send(READ)

    assert palette.log == [LOGIN, CALL, LOGIN, CALL]


async def test_while_renewal_fails_the_old_token_serves_and_attempts_keep_their_distance() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        palette.refresh_answer = palette.login_answer = httpx.ConnectError("x")
        palette.now += 700
        for _ in range(5):
            await transport.send(READ)
            await renewed(transport)
        tries = [palette.log.count(REFRESH), palette.log.count(LOGIN)]
        palette.now += RENEW_AGAIN_S
        palette.refresh_answer = None
        await transport.send(READ)
        await renewed(transport)

    assert tries == [3, 1 + 3]
    assert palette.log.count(REFRESH) == 3 + 1
    assert palette.log.count(CALL) == 1 + 5 + 1


@pytest.mark.parametrize("call", [READ, CREATE], ids=["a read", "a create"])
async def test_a_call_whose_token_was_revoked_is_made_again_after_one_login(call: Call) -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        palette.revoke()
        await transport.send(call)

    assert palette.log[2:] == [f"{call.operation.method} {call.path}", LOGIN, f"{call.operation.method} {call.path}"]


async def test_many_calls_whose_token_was_revoked_share_one_login() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        palette.revoke()
        await asyncio.gather(*(transport.send(READ) for _ in range(30)))

    assert palette.log.count(LOGIN) == 2
    assert 1 + 30 < palette.log.count(CALL) <= 1 + 30 + 30


async def test_a_token_that_is_refused_although_it_is_new_is_not_asked_for_over_and_over() -> None:
    palette = Palette()
    async with served(palette) as transport:
        palette.call_answer = REFUSAL
        for _ in range(5):
            with pytest.raises(Stalled, match="reading cluster c") as caught:
                await transport.send(READ)
        logins = palette.log.count(LOGIN)
        palette.now += FORCED_AGAIN_S
        with pytest.raises(Stalled):
            await transport.send(READ)

    assert caught.value.reason == "Unauthorized"
    assert logins == 2
    assert palette.log.count(LOGIN) == 3


@pytest.mark.parametrize("status", [401, 403, 400, 404])
async def test_a_login_that_is_refused_is_remembered_for_a_minute(status: int) -> None:
    palette = Palette()
    said = {"code": "InvalidCredentials", "message": "no: very-secret."}
    palette.login_answer = httpx.Response(status, json=said)
    async with served(palette) as transport:
        for _ in range(5):
            with pytest.raises(Stalled) as caught:
                await transport.send(READ)
        assert palette.log == [LOGIN]
        palette.now += REFUSAL_COUNTS_S
        palette.login_answer = None
        await transport.send(READ)

    assert caught.value.reason == "Unauthorized"
    assert caught.value.message == (
        f"Palette refuses the login of ops@example.com ({status} InvalidCredentials: no: ***); "
        "correct Secret 'palette-user' in namespace 'system', or the user in Palette"
    )


async def test_a_login_that_fails_with_a_code_of_palettes_is_not_hammered_either() -> None:
    palette = Palette()
    palette.login_answer = httpx.Response(500, json={"code": "UserPasswordMismatch", "message": "no"})
    async with served(palette) as transport:
        for _ in range(3):
            with pytest.raises(Unavailable, match="UserPasswordMismatch"):
                await transport.send(READ)

    assert palette.log == [LOGIN]


async def test_a_user_with_a_second_factor_is_told_what_to_do() -> None:
    palette = Palette()
    palette.login_answer = httpx.Response(200, json={"Authorization": "half", "isMfa": True})
    async with served(palette) as transport:
        for _ in range(2):
            with pytest.raises(Stalled, match=r"second factor.*API key.*without second factor") as caught:
                await transport.send(READ)

    assert caught.value.reason == "Unauthorized"
    assert palette.log == [LOGIN]


TROUBLES = {
    "no answer": (httpx.ConnectError("x"), Unavailable),
    "too many requests": (httpx.Response(429, headers={"Retry-After": "90"}), Waiting),
    "no token": (httpx.Response(200, json={}), Unavailable),
    "a token that no header can carry": (httpx.Response(200, json={"Authorization": "a\nb"}), Unavailable),
    "half an answer": (httpx.Response(200, content=b'{"Auth'), Unavailable),
}


@pytest.mark.parametrize(("answer", "error"), TROUBLES.values(), ids=TROUBLES)
async def test_trouble_on_the_way_to_a_login_is_not_the_credentials_fault(
    answer: httpx.Response | Exception, error: type[ReconcileError]
) -> None:
    palette = Palette()
    palette.login_answer = answer
    async with served(palette) as transport:
        with pytest.raises(error, match=r"logging in as ops@example\.com"):
            await transport.send(READ)
        palette.login_answer = None
        if error is Unavailable:
            await transport.send(READ)


async def test_a_login_needs_no_permit_that_a_call_holds() -> None:
    palette = Palette()
    one_at_a_time = LimiterOptions(share=1, capacity=1, global_per_second=1_000)
    async with served(palette, one_at_a_time) as transport, asyncio.timeout(5):
        await asyncio.gather(*(transport.send(READ) for _ in range(20)))

    assert palette.log == [LOGIN, *[CALL] * 20]


async def test_a_token_that_ends_while_a_call_waits_for_its_permit_is_not_sent() -> None:
    palette = Palette()
    async with served(palette) as transport:
        await transport.send(READ)
        prompt = transport.limiter.permit

        def slow(path: str, lane: Lane, **rest: Any) -> AbstractAsyncContextManager[Permit]:  # noqa: ANN401
            transport.limiter.permit = prompt  # type: ignore[method-assign]
            palette.now += LIFE_S
            return prompt(path, lane, **rest)

        transport.limiter.permit = slow  # type: ignore[method-assign, assignment]
        await transport.send(READ)

    assert palette.log == [LOGIN, CALL, LOGIN, CALL]
    assert palette.requests[-1].headers["Authorization"] == "t2+1900"


async def test_nothing_that_is_shown_holds_the_password_or_a_token(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="palette_operator")
    palette = Palette()
    shown = [repr(USER)]
    async with served(palette) as transport:
        await transport.send(READ)
        palette.refresh_answer = httpx.Response(404, json={"code": 404, "message": "/v1/auth/refresh/t1%2B1000: no"})
        palette.login_answer = REFUSAL
        palette.now += 700
        await transport.send(READ)
        await renewed(transport)
        palette.now += 3_600
        with pytest.raises(Stalled) as caught:
            await transport.send(READ)
        shown += [repr(transport.session), repr(vars(transport.session)), repr(caught.value), repr(caught.value.answer)]
    shown += [caplog.text]

    assert "renewing the token of ops@example.com" in caplog.text
    assert [text for text in shown for secret in ("very-secret", "t1+1000", "t1%2B1000") if secret in text] == []


async def test_a_key_is_one_header_and_nothing_else() -> None:
    requests = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return REFUSAL

    key = ApiKey(" k-e-y\n")
    async with Transport(
        Endpoint("https://palette.test"), key, Limiter(), network=httpx.MockTransport(answer)
    ) as transport:
        with pytest.raises(Stalled, match="credentials"):
            await transport.send(READ)

    (request,) = requests
    assert request.headers["ApiKey"] == "k-e-y"
    assert "Authorization" not in request.headers
