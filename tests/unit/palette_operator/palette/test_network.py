"""The way to Palette over real sockets: TLS, proxies, connections that are kept and closed."""

import asyncio
import base64
import logging
import ssl
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from palette_operator import __version__
from palette_operator.domain.errors import Unavailable
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import network, operations
from palette_operator.palette.credentials import ApiKey
from palette_operator.palette.limiter import Limiter, LimiterOptions
from palette_operator.palette.limits import DOCUMENTED, LimitTable
from palette_operator.palette.network import Endpoint, http_client
from palette_operator.palette.transport import Bounds, Call, Transport
from palette_sim.controlplane.credentials import Credentials, create_credentials
from support.loopback import Loopback, serve_http, serve_proxy

KEY = "very-secret-key"
UNHURRIED = LimiterOptions(overrides={row.prefix: 1e6 for row in DOCUMENTED})
READ = Call("reading cluster c", operations.GET_CLUSTER, ("c",), ProjectUid("p"))
CREATE = Call("creating", operations.CREATE_EDGE_NATIVE_CLUSTER, project=ProjectUid("p"), body={"a": 1})


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return create_credentials(tmp_path / "server", datetime.now(UTC))


@pytest.fixture
def tls(credentials: Credentials) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(credentials.serving_certificate, credentials.serving_key)
    return context


def transport_to(endpoint: Endpoint, bounds: Bounds | None = None) -> Transport:
    return Transport(endpoint, ApiKey(KEY), Limiter(UNHURRIED), sleep=_no_pause, bounds=bounds or Bounds())


async def _no_pause(_: float) -> None:
    return


def https(server: Loopback, **more: object) -> Endpoint:
    return Endpoint(f"https://127.0.0.1:{server.port}", **more)  # type: ignore[arg-type]


# --- TLS ---


async def test_a_certificate_of_an_own_authority_is_accepted_when_that_is_named(
    credentials: Credentials, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    other = create_credentials(tmp_path / "other", datetime.now(UTC))
    bundle = other.ca.read_text() + credentials.ca.read_text()
    async with serve_http(tls) as server, transport_to(https(server, ca_pem=bundle)) as transport:
        assert (await transport.send(READ)).status == 200

    assert f"User-Agent: palette-operator/{__version__}\r\n" in server.heads[0]


async def test_a_certificate_that_nobody_vouches_for_is_refused_once_and_said_in_plain_words(
    tls: ssl.SSLContext,
) -> None:
    async with serve_http(tls) as server, transport_to(https(server)) as transport:
        with pytest.raises(Unavailable) as caught:
            await transport.send(READ)

    assert caught.value.message == (
        "reading cluster c: no answer from Palette (its certificate cannot be verified; see spec.tls of the connection)"
    )
    assert (server.opened, server.heads) == (0, [])  # the handshake failed, and nothing was sent


async def test_another_authority_does_not_vouch(tls: ssl.SSLContext, tmp_path: Path) -> None:
    other = create_credentials(tmp_path / "other", datetime.now(UTC))
    endpoint = {"ca_pem": other.ca.read_text()}
    async with serve_http(tls) as server, transport_to(https(server, **endpoint)) as transport:
        with pytest.raises(Unavailable, match="certificate cannot be verified"):
            await transport.send(READ)


async def test_any_certificate_is_accepted_when_told_so(tls: ssl.SSLContext) -> None:
    async with serve_http(tls) as server, transport_to(https(server, insecure=True)) as transport:
        assert (await transport.send(READ)).status == 200


# --- proxies ---

USER, PASSWORD = "proxy-user", "planted-proxy-password"
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.mark.parametrize("with_password", [False, True], ids=["as anybody", "with a password"])
async def test_https_goes_through_a_tunnel_of_the_proxy_which_sees_no_key(
    tls: ssl.SSLContext, with_password: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="palette_operator")
    who = f"{USER}:{PASSWORD}@" if with_password else ""
    async with serve_http(tls) as server, serve_proxy(credentials=BASIC if with_password else "") as proxy:
        endpoint = https(server, insecure=True, proxy=f"http://{who}127.0.0.1:{proxy.port}")
        async with transport_to(endpoint) as transport:
            assert (await transport.send(READ)).status == 200

    (head,) = proxy.heads
    assert head.startswith(f"CONNECT 127.0.0.1:{server.port} ")
    assert KEY not in head
    assert f"ApiKey: {KEY}" in server.heads[0]
    assert "Proxy-Authorization" not in server.heads[0]
    assert PASSWORD not in f"{endpoint!r} {transport!r} {caplog.text}"


async def test_plain_http_is_asked_of_the_proxy_by_the_whole_address() -> None:
    async with serve_proxy() as proxy:
        endpoint = Endpoint("http://palette.invalid", proxy=f"http://127.0.0.1:{proxy.port}")
        async with transport_to(endpoint) as transport:
            await transport.send(READ)

    assert proxy.heads[0].startswith("GET http://palette.invalid/v1/spectroclusters/c HTTP/1.1\r\n")


async def test_a_proxy_that_refuses_is_named_without_its_password(tls: ssl.SSLContext) -> None:
    async with serve_http(tls) as server, serve_proxy(credentials="Basic other") as proxy:
        endpoint = https(server, insecure=True, proxy=f"http://{USER}:{PASSWORD}@127.0.0.1:{proxy.port}")
        async with transport_to(endpoint) as transport:
            with pytest.raises(Unavailable) as caught:
                await transport.send(CREATE)

    assert caught.value.message == "creating: no answer from Palette (the proxy refused)"
    assert PASSWORD not in repr((caught.value, caught.value.__context__, caught.value.__cause__))
    assert server.heads == []


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve_http() as server, serve_proxy() as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with transport_to(Endpoint(f"http://127.0.0.1:{server.port}")) as transport:
            await transport.send(READ)

    assert proxy.heads == []


# --- connections ---


async def test_one_connection_serves_call_after_call_and_ends_with_the_transport() -> None:
    async with serve_http() as server:
        async with transport_to(Endpoint(f"http://127.0.0.1:{server.port}")) as transport:
            for _ in range(20):
                await transport.send(READ)
            assert not server.closed.is_set()
        await asyncio.wait_for(server.closed.wait(), 5)

    assert (server.opened, len(server.heads)) == (1, 20)


async def test_a_server_that_says_nothing_is_given_up_in_time() -> None:
    async with serve_http(answers=False) as server:
        endpoint = Endpoint(f"http://127.0.0.1:{server.port}")
        async with transport_to(endpoint, Bounds(total_s=0.2)) as transport:
            with pytest.raises(Unavailable, match="timed out"):
                await transport.send(READ)


async def test_a_call_that_is_cancelled_gives_its_connection_up_and_harms_no_other() -> None:
    async with (
        serve_http(answers=False) as server,
        transport_to(Endpoint(f"http://127.0.0.1:{server.port}")) as transport,
    ):
        call = asyncio.create_task(transport.send(READ))
        await server.asked.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.wait_for(server.closed.wait(), 5)
        server.answers = True
        assert (await transport.send(READ)).status == 200


async def test_each_part_of_a_call_has_its_own_limit_of_time() -> None:
    async with http_client(Endpoint("https://palette.test")) as http:
        assert http.timeout == httpx.Timeout(connect=5, read=30, write=30, pool=5)


def test_connections_suffice_for_all_limits_that_are_used_and_slow_answers() -> None:
    table = LimitTable({})
    # The widest limit that each call counts against: what lies under it shares its rate.
    widest = {
        limit.prefix: limit.per_second
        for operation in operations.every_operation()
        for limit in table.route(operation.path(*["x"] * operation.template.count("{")))[-1:]
    }

    at_once = sum(widest.values()) * network.SLOW_ANSWER_S
    assert at_once <= network.MAX_CONNECTIONS <= 2 * at_once
