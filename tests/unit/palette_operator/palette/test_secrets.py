"""No secret that passes through the client is in anything that it shows, even where Palette repeats it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError
from palette_operator.http.replies import Reply
from palette_operator.http.secrets import variable_values, without_secrets
from palette_operator.http.tokens import token_from
from palette_operator.palette import operations
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.sessions import Session, TokenSession, open_session
from palette_operator.palette.transport import Call, Endpoint, Transport
from palette_operator.palette.wire.identity import UserToken
from support.client_calls import CALLS, CLUSTER, REGISTRATION, SCOPE
from support.client_calls import Call as ClientCall
from support.virtual_clock import EagerClock

KEY, PASSWORD, TOKEN = "planted-api-key", 'planted-"pass"/word', "planted-token-a+b"
NEW_TOKEN = "planted-token-c+d"
PROXY_PASSWORD = "planted-proxy-password"
VALUE = 'planted "value"\nin two lines é'
PAIRING_KEY = REGISTRATION.pairing_key
SECRETS = (KEY, PASSWORD, TOKEN, NEW_TOKEN, PROXY_PASSWORD, VALUE, PAIRING_KEY)
SPELLINGS = {secret: {secret, json.dumps(secret)[1:-1]} for secret in SECRETS}
USER = UserLogin("ops@example.com", PASSWORD, "retail")
TOKEN_REPLY = Reply(200, {}, json.dumps({"Authorization": NEW_TOKEN}).encode())
Handler = Callable[[httpx.Request], httpx.Response]

_VARIABLES: dict[str, Any] = {"variables": [{"name": "password", "value": VALUE}]}
WITH_VALUES: dict[str, ClientCall] = {
    "create_edge_native_cluster": lambda c: c.create_edge_native_cluster(SCOPE, {"spec": {"profiles": [_VARIABLES]}}),
    "validate_edge_native_cluster": lambda c: c.validate_edge_native_cluster(
        SCOPE, {"spec": {"profiles": [_VARIABLES]}}
    ),
    "patch_profiles": lambda c: c.patch_profiles(SCOPE, CLUSTER, [{"uid": "p", **_VARIABLES}]),
    "set_variables": lambda c: c.set_variables(SCOPE, CLUSTER, [{"profileUid": "p", **_VARIABLES}]),
}
CREDENTIALS: dict[str, Credentials] = {"an API key": ApiKey(KEY), "a user's token": USER}
ANSWERS: dict[str, tuple[int, str | int]] = {
    "that it was done": (200, "Fine"),
    "a bad request": (400, "InvalidRequest"),
    "401": (401, "UnAuthorizedAccess"),
    "403": (403, "OperationForbidden"),
    "that there is none": (404, "ResourceNotFound"),
    "the router's 404": (404, 404),
    "a conflict": (409, "ResourceLocked"),
    "423": (423, "Locked"),
    "429": (429, "TooManyRequests"),
    "a 500 with a code": (500, "VariableInvalid"),
    "503": (503, "Busy"),
}


def found_in(text: str) -> list[str]:
    """Name the secrets that are in a text, as they are or quoted as in JSON."""
    return [secret for secret, spellings in SPELLINGS.items() if any(each in text for each in spellings)]


def shown(error: BaseException) -> str:
    """Return all that is ever shown of an error: its causes, and what Palette said, too."""
    answer = getattr(error, "answer", None)
    causes = "".join(traceback.format_exception(error))
    return f"{error} {error!r} {error.args} {vars(error)} {answer} {answer!r} {causes}"


def said_again(request: httpx.Request, status: int, code: str | int) -> httpx.Response:
    """Refuse a request with everything that was in it, in each place where Palette has words."""
    headers = [request.headers[name] for name in ("ApiKey", "Authorization") if name in request.headers]
    values = [*headers, str(request.url), request.content.decode(), *_texts(request.content)]
    place = code if isinstance(code, int) else f"{code} {headers[0]}" if headers and status != 404 else code
    return httpx.Response(status, json={"code": place, "message": " ".join(values), "ref": " ".join(headers)})


def _texts(content: bytes) -> list[str]:
    """Return the texts in a body as a server reads them."""

    def walk(node: object) -> list[str]:
        if isinstance(node, dict):
            return [text for child in node.values() for text in walk(child)]
        if isinstance(node, list):
            return [text for child in node for text in walk(child)]
        return [node] if isinstance(node, str) else []

    return walk(json.loads(content)) if content else []


@asynccontextmanager
async def client_of(credentials: Credentials, handler: Handler) -> AsyncIterator[PaletteClient]:
    async def no_pause(_: float) -> None:
        return

    transport = Transport(
        Endpoint("https://palette.test"),
        credentials,
        unhurried(),
        network=httpx.MockTransport(handler),
        sleep=no_pause,
    )
    async with PaletteClient(transport) as client:
        yield client


def unhurried() -> Limiter:
    """Return a limiter that remembers nothing and takes no time."""
    return Limiter(clock=EagerClock(), jitter=lambda: 0.0)


async def outcome(client: PaletteClient, call: ClientCall) -> str:
    """Return all that a call of the client shows, whatever comes of it."""
    try:
        return repr(await call(client))
    except ReconcileError as error:
        return shown(error)


@pytest.mark.parametrize("credentials", CREDENTIALS.values(), ids=CREDENTIALS)
@pytest.mark.parametrize("name", CALLS)
async def test_what_palette_repeats_of_a_call_is_in_no_error_and_no_log(
    name: str, credentials: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="palette_operator")
    answer: tuple[int, str | int] = (200, "")
    answered: list[str] = []

    def palette(request: httpx.Request) -> httpx.Response:
        if request.url.path == operations.AUTHENTICATE.template:
            return httpx.Response(200, json={"Authorization": TOKEN})
        reply = said_again(request, *answer)
        answered.append(reply.text)
        return reply

    outcomes = {}
    async with client_of(credentials, palette) as client:
        for said, answer in ANSWERS.items():  # noqa: B007 - palette reads it
            # What was refused before would hold the next call back.
            client.transport.limiter = unhurried()
            outcomes[said] = await outcome(client, {**CALLS, **WITH_VALUES}[name])

    assert all(any(sent in text for sent in (KEY, TOKEN)) for text in answered)
    assert len(answered) >= len(ANSWERS)
    assert {said: found for said, text in outcomes.items() if (found := found_in(text))} == {}
    assert found_in(caplog.text) == []


async def test_what_palette_repeats_in_events_is_struck_out_of_them() -> None:
    words = f"login with {KEY} failed, so did {VALUE}"

    def palette(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"items": [{"reason": words, "message": words, "severity": "Warning"}]})

    async with client_of(ApiKey(KEY), palette) as client:
        [event] = await client.cluster_events(SCOPE, CLUSTER, secrets=[VALUE])

    assert event.message == event.reason == "login with *** failed, so did ***"


@pytest.mark.parametrize(("status", "code"), ANSWERS.values(), ids=ANSWERS)
async def test_what_palette_repeats_of_a_login_is_in_no_error_and_no_log(
    status: int, code: str | int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="palette_operator")
    async with client_of(USER, lambda request: said_again(request, status, code)) as client:
        with pytest.raises(ReconcileError) as caught:
            await client.who_am_i()

    assert found_in(shown(caught.value) + caplog.text) == []


async def test_a_complaint_about_a_value_does_not_repeat_it() -> None:
    complaint = {"displayName": "Store", "errors": [{"code": "Bad", "message": f"the value {VALUE} is not welcome"}]}
    body = {"profiles": [{"packs": {"results": [complaint]}}]}
    async with client_of(ApiKey(KEY), lambda _: httpx.Response(200, json=body)) as client:
        complaints = await WITH_VALUES["validate_edge_native_cluster"](client)

    assert complaints == ("pack Store: the value *** is not welcome",)


async def a_session_with_a_token() -> tuple[TokenSession, list[Call]]:
    """Return a session that logged in, with the calls of it and of a renewal."""
    session, calls = open_session(USER), []
    assert isinstance(session, TokenSession)

    async def send(call: Call) -> Reply:
        calls.append(call)
        return TOKEN_REPLY

    await session.prepare(send)
    await session._refresh(token_from(TOKEN, 0.0, 0.0, documented_life_s=900.0), send)
    return session, calls


async def test_nothing_that_holds_a_secret_shows_it() -> None:
    key_session: Session = open_session(ApiKey(KEY))
    session, calls = await a_session_with_a_token()
    endpoint = Endpoint("https://palette.test", proxy=f"http://me:{PROXY_PASSWORD}@127.0.0.1:3128")
    async with client_of(USER, lambda _: httpx.Response(200)) as client:
        holders = {
            "a key": ApiKey(KEY),
            "a user": USER,
            "a token": token_from(TOKEN, 0.0, 0.0, documented_life_s=900.0),
            "a token's answer": UserToken.model_validate({"Authorization": TOKEN}),
            "a reply": TOKEN_REPLY,
            "the session of a key": key_session,
            "the session of a user": session,
            "what the session of a user holds": vars(session),
            "the call of a login": calls[0],
            "the call of a renewal": calls[1],
            "a registration": REGISTRATION,
            "an endpoint": endpoint,
            "a transport": client.transport,
            "what a transport holds": vars(client.transport),
            "a client": client,
            "what a client holds": vars(client),
        }
        found = {name: found_in(f"{holder!r} {holder}") for name, holder in holders.items()}

    assert [call.operation for call in calls] == [operations.AUTHENTICATE, operations.REFRESH_TOKEN]
    assert (calls[0].secrets, calls[1].secrets) == ((PASSWORD,), (TOKEN,))
    assert {name: secrets for name, secrets in found.items() if secrets} == {}


STRUCK: dict[str, tuple[str, list[str], str]] = {
    "a secret": ("the key hunter22 is bad", ["hunter22"], "the key *** is bad"),
    "one that is quoted as in JSON": (r"\"a\nb\" is bad", ['"a\nb"'], "*** is bad"),
    "one with other letters, quoted": (r"caf\u00e9 and café", ["café"], "*** and ***"),
    "one that is quoted as in a URL": ("/refresh/a%2Fb%2B1?x=1", ["a/b+1"], "/refresh/***?x=1"),
    "one that holds another one": ("pass-word and pass", ["pass", "pass-word"], "*** and ***"),
    "not one that is too short": ("it is on", ["on"], "it is on"),
    "none": ("all is well", [], "all is well"),
}


@pytest.mark.parametrize(("text", "secrets", "struck"), STRUCK.values(), ids=STRUCK)
def test_secrets_are_struck_out(text: str, secrets: list[str], struck: str) -> None:
    assert without_secrets(text, secrets) == struck


def test_the_values_of_variables_are_found_wherever_they_are() -> None:
    body = {"spec": {"profiles": [{"variables": [{"name": "a", "value": "1"}, {"name": "b"}]}]}, "variables": "x"}

    assert variable_values(body) == ("1",)
