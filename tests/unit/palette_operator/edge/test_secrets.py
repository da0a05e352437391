"""No secret that passes through the client of a host is in anything that it shows, even where the host repeats it."""

from __future__ import annotations

import json
import logging
import traceback
from urllib.parse import unquote

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.local import HostConfiguration, LinkToken, LocalVariable
from palette_operator.edge import operations
from palette_operator.edge.call import Call
from palette_operator.edge.client import EdgeClient, LocalEndpoint, OsLogin
from palette_operator.edge.multipart import Form
from palette_operator.edge.wire.hosts import TokenOfLink
from palette_operator.edge.wire.login import Login
from support.edge_calls import CALLS, LINK_TOKEN, PROXY, REGISTRY_PASSWORD, SIGNATURE, VALUE, upload
from support.edge_host import LOGIN, LOGOUT, RANGES, RENEWAL, SETTINGS, URL, FakeTime

PASSWORD, TOKEN, REFRESH = 'planted-"pass"/word', "planted-token-a+b", "planted-refresh-c+d"
CONTENT = "planted content of an archive"
SECRETS = (PASSWORD, TOKEN, REFRESH, VALUE, LINK_TOKEN, PROXY, REGISTRY_PASSWORD, SIGNATURE.decode(), CONTENT)
SPELLINGS = {secret: {secret, json.dumps(secret)[1:-1]} for secret in SECRETS}
USER = OsLogin("kairos", PASSWORD)
ISSUED = {"Authorization": TOKEN, "RefreshToken": REFRESH}
ANSWERS = {
    "that it was done": (200, "Fine"),
    "a bad request": (400, "InvalidRequest"),
    "401": (401, "Unauthorized"),
    "403": (403, "Forbidden"),
    "that there is none": (404, "ClusterNotFound"),
    "the router's 404": (404, 404),
    "a conflict": (409, "Busy"),
    "423": (423, "Locked"),
    "429": (429, "TooManyRequests"),
    "a 500 with a code": (500, "VariableInvalid"),
    "503": (503, "Busy"),
}


def found_in(text: str) -> list[str]:
    """Name the secrets that are in a text, as they are or quoted as in JSON."""
    return [secret for secret, spellings in SPELLINGS.items() if any(each in text for each in spellings)]


def shown(error: BaseException) -> str:
    """Return all that is ever shown of an error: its causes, and what the host said, too."""
    answer = getattr(error, "answer", None)
    causes = "".join(traceback.format_exception(error))
    return f"{error} {error!r} {error.args} {vars(error)} {answer} {answer!r} {causes}"


def texts(content: bytes) -> list[str]:
    """Return the texts in a body as a server reads them; a form is one text."""

    def walk(node: object) -> list[str]:
        if isinstance(node, dict):
            return [text for child in node.values() for text in walk(child)]
        if isinstance(node, list):
            return [text for child in node for text in walk(child)]
        return [node] if isinstance(node, str) else []

    try:
        return walk(json.loads(content)) if content else []
    except ValueError:
        return []  # what is uploaded is no secret of a message's: the client never holds it whole


class Parrot:
    """A host that repeats all that it was told, in each place where it has words."""

    def __init__(self) -> None:
        self.answer: tuple[int, str | int] = (200, "")
        self.answered: list[str] = []
        self.logs_in = True

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        content = await request.aread()
        if request.url.path in {LOGIN, RENEWAL, LOGOUT} and self.logs_in:
            return httpx.Response(200, json=ISSUED if request.url.path == RENEWAL else {"Token": ISSUED})
        if request.url.path == SETTINGS:
            return httpx.Response(200, json={"installationMode": "airgap"})
        status, code = self.answer
        sent = [request.headers.get("Authorization", ""), unquote(str(request.url)), *texts(content)]
        place = code if isinstance(code, int) or status == 404 else f"{code} {sent[0]}"
        body = {"code": place, "message": " ".join(sent), "ref": sent[0]}
        self.answered.append(json.dumps(body))
        return httpx.Response(status, json=body)

    def client(self) -> EdgeClient:
        clock = FakeTime().clock()
        return EdgeClient(LocalEndpoint(URL), USER, RANGES, clock=clock, network=httpx.MockTransport(self))


async def outcome(client: EdgeClient, name: str) -> str:
    """Return all that a call of the client shows, whatever comes of it."""
    try:
        return repr(await CALLS[name](client))
    except ReconcileError as error:
        return shown(error)


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"settings"}))
async def test_what_a_host_repeats_of_a_call_is_in_no_error_and_no_log(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="palette_operator")
    host, outcomes = Parrot(), {}

    for said, answer in ANSWERS.items():
        host.answer = answer
        outcomes[said] = await outcome(host.client(), name)

    assert all(TOKEN in text for text in host.answered)
    assert len(host.answered) >= len(ANSWERS)
    assert {said: found for said, text in outcomes.items() if (found := found_in(text))} == {}
    assert found_in(caplog.text) == []


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_what_a_host_repeats_of_a_login_or_a_renewal_is_in_no_error_and_no_log(
    answer: tuple[int, str | int], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="palette_operator")
    host = Parrot()
    host.answer, host.logs_in = answer, False

    with pytest.raises(ReconcileError) as caught:
        await host.client().host()

    assert PASSWORD in json.loads(host.answered[0])["message"]
    assert found_in(shown(caught.value) + caplog.text) == []


async def test_nothing_that_holds_a_secret_shows_it() -> None:
    client = Parrot().client()
    with pytest.raises(ReconcileError):
        await client.host()
    holders = {
        "a user": USER,
        "a login": Login.model_validate({"Token": ISSUED}),
        "a link token": LinkToken(LINK_TOKEN),
        "a link token's answer": TokenOfLink.model_validate({"token": LINK_TOKEN}),
        "a configuration": HostConfiguration(PROXY, PROXY),
        "a variable": LocalVariable("v", ProfileUid("p"), VALUE),
        "an upload": upload(CONTENT.encode()),
        "a form": Form(upload(CONTENT.encode())),
        "a call": Call("x", operations.LOG_IN, body={"password": PASSWORD}, secrets=(TOKEN,)),
        "a client": client,
        "what a client holds": vars(client),
        "what a transport holds": vars(client.transport),
        "a session": client.transport.session,
    }

    assert {name: found for name, holder in holders.items() if (found := found_in(f"{holder!r} {holder}"))} == {}
