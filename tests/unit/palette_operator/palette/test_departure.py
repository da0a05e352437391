"""A request that may not leave too late: whatever holds it up counts, up to its first byte on an open connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
import pytest

from palette_operator.domain.errors import Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import operations
from palette_operator.palette.call import Call
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED
from palette_operator.palette.transport import Endpoint, Transport

CREATE = Call(
    "creating cluster store", operations.CREATE_EDGE_NATIVE_CLUSTER, project=ProjectUid("p"), body={}, leave_within_s=30
)
REFUSED = httpx.Response(401, json={"code": "UnAuthorizedAccess", "message": "the token was revoked"})
CREATED = httpx.Response(201, json={"uid": "c-new"})

UNHURRIED = LimiterOptions(overrides={row.prefix: 1e6 for row in DOCUMENTED})


class Clock:
    """The event loop's clock, which a test puts forward."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead_s

    def call_at(self, when: float, callback: Callable[[], None]) -> asyncio.Handle:
        return asyncio.get_running_loop().call_at(when - self.ahead_s, callback)


class Network(httpx.AsyncBaseTransport):
    """Opens a connection for each request, which takes a while, and answers a create by script."""

    def __init__(self, *answers: httpx.Response, opens_in_s: float) -> None:
        self.clock = Clock()
        self.sent: list[str] = []
        self._answers = list(answers)
        self._opens_in_s = opens_in_s

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.clock.ahead_s += self._opens_in_s
        await request.extensions["trace"]("http11.send_request_headers.started", {})
        self.sent.append(request.url.path)
        if request.url.path == "/v1/auth/authenticate":
            return httpx.Response(200, json={"Authorization": f"token-{len(self.sent)}", "isMfa": False})
        return self._answers.pop(0)

    def transport(self, credentials: Credentials) -> Transport:
        """Return a transport that sends to it."""
        return Transport(
            Endpoint("https://palette.test"), credentials, Limiter(UNHURRIED, clock=self.clock), network=self
        )


@pytest.mark.parametrize(("opens_in_s", "leaves"), [(29, True), (30, False)], ids=["in time", "too late"])
async def test_a_create_leaves_only_if_its_connection_is_open(opens_in_s: float, leaves: bool) -> None:
    network = Network(CREATED, opens_in_s=opens_in_s)
    async with network.transport(ApiKey("key")) as transport:
        if leaves:
            await transport.send(CREATE)
        else:
            with pytest.raises(Waiting, match="creating cluster store: not sent"):
                await transport.send(CREATE)

    assert network.sent == [CREATE.path] * leaves


async def test_a_create_that_was_refused_for_its_token_has_no_more_time_the_second_time() -> None:
    network = Network(REFUSED, CREATED, opens_in_s=9)
    async with network.transport(UserLogin("ops@example.com", "very-secret")) as transport:
        with pytest.raises(Waiting, match="creating cluster store"):
            await transport.send(CREATE)

    assert network.sent == ["/v1/auth/authenticate", CREATE.path, "/v1/auth/authenticate"]
