import asyncio
import contextlib
import json
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.http.operation import Effect
from palette_operator.palette import metrics, operations
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.operations import Within
from palette_operator.palette.sessions import open_session
from palette_operator.palette.transport import Bounds, Call, Endpoint, Transport
from support.virtual_clock import EagerClock

KEY = "very-secret-key"
Answer = httpx.Response | Exception


class Network:
    """Answers by script, the last entry for ever, and keeps the requests."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Bench:
    """A transport whose clock runs only while it waits."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.clock = EagerClock()
        self.limiter = Limiter(clock=self.clock, jitter=lambda: 0.0)
        self.pauses: list[float] = []
        self.transport = Transport(
            Endpoint("https://palette.test"),
            ApiKey(KEY),
            self.limiter,
            network=httpx.MockTransport(network),
            sleep=self._pause,
            jitter=lambda: 0.5,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)


@asynccontextmanager
async def bench(*script: Answer) -> AsyncIterator[Bench]:
    tested = Bench(Network(*script))
    async with tested.transport:
        yield tested


OK = httpx.Response(200, content=b"{}")
BUSY = httpx.Response(503)
THROTTLED = httpx.Response(429, headers={"Retry-After": "7"}, content=b"slow down")
PROJECT = ProjectUid("p")
READ = Call("reading cluster c", operations.GET_CLUSTER, ("c",), PROJECT)
CREATE = Call("creating", operations.CREATE_EDGE_NATIVE_CLUSTER, project=PROJECT, body={"a": 1})


async def test_a_request_carries_the_key_the_project_the_query_and_the_body() -> None:
    async with bench(OK) as tested:
        call = Call("d", operations.DELETE_CLUSTER, ("c",), PROJECT, {"force": "true"}, {"uids": ["ä"]})
        await tested.transport.send(call)

    (request,) = tested.network.requests
    assert str(request.url) == "https://palette.test/v1/spectroclusters/c?force=true"
    assert request.method == "DELETE"
    assert (request.headers["ApiKey"], request.headers["ProjectUid"]) == (KEY, "p")
    assert request.headers["User-Agent"].startswith("palette-operator/")
    assert json.loads(request.content) == {"uids": ["ä"]}


async def test_a_call_in_the_tenant_carries_no_project() -> None:
    async with bench(OK) as tested:
        await tested.transport.send(Call("asking", operations.WHO_AM_I))

    assert "ProjectUid" not in tested.network.requests[0].headers
    assert tested.network.requests[0].content == b""


@pytest.mark.parametrize(
    "trouble",
    [
        BUSY,
        httpx.Response(502),
        httpx.Response(504),
        httpx.ConnectError("x"),
        httpx.ReadError("x"),
        httpx.ReadTimeout("x"),
        httpx.RemoteProtocolError("x"),
    ],
    ids=["503", "502", "504", "no connection", "broken connection", "no answer in time", "cut answer"],
)
async def test_a_read_is_repeated_when_the_trouble_is_likely_to_pass(trouble: Answer) -> None:
    async with bench(trouble, trouble, OK) as tested:
        reply = await tested.transport.send(READ)

    assert reply.status == 200
    assert tested.pauses == [0.5, 1.0]


async def test_three_tries_are_enough() -> None:
    async with bench(BUSY) as tested:
        with pytest.raises(Unavailable):
            await tested.transport.send(READ)

    assert len(tested.network.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 302])
async def test_what_will_not_pass_by_itself_is_not_repeated(status: int) -> None:
    async with bench(httpx.Response(status)) as tested:
        with pytest.raises(ReconcileError):
            await tested.transport.send(READ)

    assert len(tested.network.requests) == 1


@pytest.mark.parametrize("trouble", [BUSY, THROTTLED, httpx.ReadTimeout("x"), httpx.ConnectError("x")])
async def test_a_create_is_never_sent_twice(trouble: Answer) -> None:
    async with bench(trouble, OK) as tested:
        with pytest.raises((Unavailable, Waiting)):
            await tested.transport.send(CREATE)

    assert len(tested.network.requests) == 1


async def test_a_throttled_create_says_how_long_to_wait() -> None:
    async with bench(THROTTLED) as tested:
        with pytest.raises(Waiting) as caught:
            await tested.transport.send(CREATE)

    assert caught.value.retry_after_s == 7.0


async def test_a_throttled_read_waits_where_everyone_waits_and_goes_again() -> None:
    async with bench(THROTTLED, OK) as tested:
        began = tested.clock.now()
        await tested.transport.send(READ)

    assert tested.pauses == []
    assert tested.clock.now() - began >= 7.0
    assert len(tested.network.requests) == 2


async def test_a_call_that_would_take_too_long_in_all_is_given_up() -> None:
    long = httpx.Response(429, headers={"Retry-After": "61"})
    async with bench(long, OK) as tested:
        with pytest.raises(Waiting) as caught:
            await tested.transport.send(READ)

    assert caught.value.retry_after_s == pytest.approx(61.0)
    assert len(tested.network.requests) == 1


async def test_every_request_is_counted_retries_too() -> None:
    counters = [metrics.REQUESTS.labels("/v1/spectroclusters", "GET", code) for code in ("503", "none", "200")]
    before = [counter._value.get() for counter in counters]
    async with bench(BUSY, httpx.ReadError("x"), OK) as tested:
        await tested.transport.send(READ)

    after = [counter._value.get() for counter in counters]
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 1, 1]


async def test_credentials_can_be_replaced_while_running() -> None:
    async with bench(OK) as tested:
        await tested.transport.send(READ)
        tested.transport.session = open_session(ApiKey("the-next"))
        await tested.transport.send(READ)

    assert [request.headers["ApiKey"] for request in tested.network.requests] == [KEY, "the-next"]


async def test_no_redirect_is_followed_lest_the_key_go_elsewhere() -> None:
    async with bench(httpx.Response(307, headers={"Location": "https://evil.test"})) as tested:
        with pytest.raises(Unavailable, match="redirects are not followed"):
            await tested.transport.send(READ)

    assert len(tested.network.requests) == 1


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (httpx.ConnectTimeout("10.0.0.1"), "cannot connect: nothing answers"),
        (httpx.PoolTimeout("x"), "timed out"),
        (httpx.ProxyError("407"), "the proxy refused"),
        (httpx.RemoteProtocolError("peer 0x7f"), "the connection broke"),
        (httpx.DecodingError("gzip"), "the connection broke"),
        (httpx.UnsupportedProtocol("ftp"), "the endpoint is no http or https address"),
    ],
)
async def test_why_no_answer_came_reads_the_same_each_time(trouble: Exception, words: str) -> None:
    async with bench(trouble) as tested:
        with pytest.raises(Unavailable) as caught:
            await tested.transport.send(CREATE)

    assert caught.value.message == f"creating: no answer from Palette ({words})"


async def test_a_key_is_neither_shown_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    registering = Call("c", operations.REGISTER_EDGE_HOST, project=PROJECT, body={}, secrets=("pairing-key-1",))
    echoed = httpx.Response(400, json={"code": "Invalid", "message": "pairing-key-1 is bad"})
    async with bench(echoed) as tested:
        with pytest.raises(Stalled) as caught:
            await tested.transport.send(registering)

    shown = f"{tested.transport.session!r} {caught.value!r} {caught.value.answer!r} {caplog.text}"
    assert KEY not in shown
    assert "pairing-key-1" not in shown
    assert "pairing-key-1" not in repr(registering)


@pytest.mark.parametrize("key", ["", "  \n", "clé", "two\nlines"])
async def test_what_cannot_be_a_key_is_not_sent(key: str) -> None:
    async with bench(OK) as tested:
        tested.transport.session = open_session(ApiKey(key))
        with pytest.raises(Stalled, match="API key"):
            await tested.transport.send(READ)

    assert tested.network.requests == []


@pytest.mark.parametrize(
    "endpoint",
    [Endpoint("http://[::bad"), Endpoint("https://x", proxy="gopher://u:pw@h"), Endpoint("https://x", ca_pem="no")],
    ids=["endpoint", "proxy", "CA"],
)
async def test_an_endpoint_that_cannot_be_one_is_a_persons_to_correct(endpoint: Endpoint) -> None:
    with pytest.raises(Stalled) as caught:
        Transport(endpoint, ApiKey(KEY), Limiter())

    assert caught.value.reason == "InvalidSpec"
    assert "pw" not in f"{caught.value} {endpoint!r}"


async def test_a_call_on_a_closed_transport_got_no_answer() -> None:
    async with bench(OK) as tested:
        await tested.transport.aclose()
        with pytest.raises(Unavailable, match="the connection was closed meanwhile"):
            await tested.transport.send(READ)


Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _serving(handle: Handle, bounds: Bounds) -> AsyncIterator[Transport]:
    """Serve raw HTTP on loopback, and give a transport to it."""
    handling: list[asyncio.Task[None]] = []

    async def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handling.append(cast("asyncio.Task[None]", asyncio.current_task()))
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            await handle(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    try:
        async with Transport(Endpoint(f"http://{host}:{port}"), ApiKey(KEY), Limiter(), bounds=bounds) as transport:
            yield transport
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)
        await server.wait_closed()


async def test_an_answer_that_comes_byte_by_byte_is_given_up_in_time() -> None:
    async def dribble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with _serving(dribble, Bounds(total_s=0.2)) as transport:
        with pytest.raises(Unavailable, match=r"^creating: no answer from Palette \(timed out\)$"):
            await transport.send(CREATE)


@pytest.mark.parametrize("packed", [False, True], ids=["as it is", "packed"])
async def test_no_more_of_an_answer_is_read_than_fits_and_it_is_not_asked_for_again(packed: bool) -> None:
    asked = 0

    async def pour_for_ever(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        encoding = b"Content-Encoding: gzip\r\n" if packed else b""
        writer.write(b"HTTP/1.1 200 OK\r\n" + encoding + b"Connection: close\r\n\r\n")
        packer = zlib.compressobj(wbits=31)
        chunk = b"x" * 2**20
        while True:
            writer.write(packer.compress(chunk) + packer.flush(zlib.Z_SYNC_FLUSH) if packed else chunk)
            await writer.drain()
            await asyncio.sleep(0)

    async with _serving(pour_for_ever, Bounds(answer_bytes=2**20)) as transport:
        with pytest.raises(Unavailable, match=r"no answer from Palette \(its answer is too large\)"):
            await transport.send(READ)

    assert asked == 1


ODD_HEADERS = {
    "a cookie": {"Set-Cookie": "session=1; Path=/"},
    "a cookie beyond all rules": {"Set-Cookie": "=;;expires=never;=\x01"},
    "a content type of no kind": {"Content-Type": "banana/; charset=klingon"},
    "an encoding that nobody knows": {"Content-Encoding": "rot13"},
    "dates that are none": {"Date": "yesterday", "Sunset": "soon", "Deprecation": "@many", "Link": "<<>>;;rel"},
}


@pytest.mark.parametrize("headers", ODD_HEADERS.values(), ids=ODD_HEADERS)
async def test_odd_headers_do_no_harm(headers: dict[str, str]) -> None:
    async with bench(httpx.Response(200, headers=headers, content=b"{}")) as tested:
        await tested.transport.send(READ)
        await tested.transport.send(READ)

    assert "Cookie" not in tested.network.requests[-1].headers


@pytest.mark.parametrize("location", ["http://[", "//", "http://\x00/", "https://ex ample", "", "http://xn--a/"])
async def test_a_redirect_to_nowhere_is_unavailable(location: str) -> None:
    async with bench(httpx.Response(302, headers={"Location": location})) as tested:
        with pytest.raises(Unavailable):
            await tested.transport.send(READ)


async def test_palettes_ref_goes_to_the_log_and_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    refusal = {"code": "Invalid", "message": "no", "ref": "r-\n42"}
    async with bench(httpx.Response(400, json=refusal)) as tested:
        with pytest.raises(Stalled) as caught:
            await tested.transport.send(READ)

    assert "Palette's ref: r- 42" in caplog.text
    assert "42" not in caught.value.message


async def test_what_an_answer_says_of_its_operations_end_is_kept_until_the_transport_is_closed() -> None:
    async with bench(httpx.Response(200, headers={"Deprecation": "true"}, content=b"{}")) as tested:
        await tested.transport.send(READ)
        assert set(tested.transport.lifecycle.outlook.announced) == {READ.operation}

    assert not tested.transport.lifecycle.outlook.announced


async def test_a_transport_that_only_reads_sends_nothing_that_changes_anything() -> None:
    network = Network(OK)
    writes = [each for each in operations.every_operation() if each.effect is not Effect.READ]
    async with Transport(
        Endpoint("https://palette.test"), ApiKey(KEY), Limiter(), read_only=True, network=httpx.MockTransport(network)
    ) as transport:
        for operation in writes:
            project = None if operation.within is Within.TENANT else PROJECT
            call = Call("changing", operation, ("x",) * operation.template.count("{"), project)
            with pytest.raises(Stalled, match="this client only reads") as caught:
                await transport.send(call)
            assert caught.value.reason == "NotAllowed"
        await transport.send(READ)

    assert len(writes) > 10
    assert [request.method for request in network.requests] == ["GET"]
