"""First contact: each obstacle told apart, over real sockets where only these can tell."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from aiohttp import web

from palette_operator.domain.errors import Stalled
from palette_operator.palette.contact import Contact, NoContact, Obstacle, clock_ahead_s, make_contact
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.network import Endpoint
from palette_sim.controlplane.credentials import Credentials, create_credentials
from palette_sim.palette import SimulatedPalette

NOW = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)


async def attempt(answer: Callable[[httpx.Request], httpx.Response]) -> Contact | NoContact:
    endpoint = Endpoint("https://palette.test")
    return await make_contact(endpoint, Limiter(), now=lambda: NOW, network=httpx.MockTransport(answer))


ANSWERS: dict[str, tuple[httpx.Response, tuple[bool, bool, bool, str]]] = {
    "Palette": (httpx.Response(200, json={"msg": "pong"}), (True, False, False, "")),
    "Palette's refusal": (httpx.Response(401, json={"code": "UnAuthorizedAccess"}), (True, False, False, "")),
    "a web page": (httpx.Response(200, html="<html>"), (False, False, False, "")),
    "Palette's list of ways to sign in": (httpx.Response(200, json=[]), (True, False, False, "")),
    "a word that is JSON by chance": (httpx.Response(200, text="42"), (False, False, False, "")),
    "a redirect, of which only the origin is kept": (
        httpx.Response(302, json={}, headers={"location": "https://sso.test/login?token=hidden"}),
        (False, True, False, "https://sso.test"),
    ),
    "a failing server": (httpx.Response(503, json={"code": 503}), (False, False, True, "")),
}


@pytest.mark.parametrize(("answer", "wanted"), ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_is_told_for_what_it_is(answer: httpx.Response, wanted: tuple[bool, bool, bool, str]) -> None:
    made = await attempt(lambda _: answer)

    assert isinstance(made, Contact)
    assert (made.is_palette, made.is_redirect, made.is_error, made.location) == wanted


async def test_no_credential_is_sent() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={})

    await attempt(answer)

    (request,) = sent
    assert not {"apikey", "authorization", "projectuid"} & set(request.headers)


FAULTS: dict[str, tuple[httpx.HTTPError, Obstacle]] = {
    "a proxy that refuses": (httpx.ProxyError("403"), Obstacle.PROXY),
    "silence": (httpx.ReadTimeout(""), Obstacle.TIMEOUT),
    "a broken connection": (httpx.ReadError(""), Obstacle.BROKEN),
}


@pytest.mark.parametrize(("fault", "obstacle"), FAULTS.values(), ids=FAULTS)
async def test_no_answer_is_told_for_what_it_is(fault: httpx.HTTPError, obstacle: Obstacle) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise fault

    assert await attempt(fail) == NoContact(obstacle)


CLOCKS = {
    "the same second": ("Sun, 01 Mar 2026 12:00:00 GMT", 0.0),
    "a second that has just passed": ("Sun, 01 Mar 2026 11:59:59 GMT", -0.5),
    "an hour ahead": ("Sun, 01 Mar 2026 13:00:00 GMT", 3599.0),
    "an hour behind": ("Sun, 01 Mar 2026 11:00:00 GMT", -3599.5),
    "no date": ("yesterday", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("date", "ahead_s"), CLOCKS.values(), ids=CLOCKS)
def test_clocks_differ_by_what_is_certain(date: str, ahead_s: float | None) -> None:
    assert clock_ahead_s(date, NOW, NOW + timedelta(seconds=0.5)) == ahead_s


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    return create_credentials(tmp_path, datetime.now(UTC))


@asynccontextmanager
async def served(credentials: Credentials) -> AsyncIterator[int]:
    """Answer every request over TLS as Palette would, on a free port of loopback."""

    async def pong(_: web.Request) -> web.Response:
        return web.json_response({"msg": "pong"})

    application = web.Application()
    application.router.add_get("/{path:.*}", pong)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(credentials.serving_certificate, credentials.serving_key)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def test_a_certificate_is_verified_and_described(credentials: Credentials) -> None:
    async with served(credentials) as port:
        made = await make_contact(Endpoint(f"https://127.0.0.1:{port}", ca_pem=credentials.ca.read_text()), Limiter())

    assert isinstance(made, Contact)
    assert made.certificate is not None
    assert made.certificate.issuer
    assert made.certificate.expires_at > datetime.now(UTC) + timedelta(days=300)


async def test_an_unknown_authority_is_not_trusted(credentials: Credentials) -> None:
    async with served(credentials) as port:
        made = await make_contact(Endpoint(f"https://127.0.0.1:{port}"), Limiter())

    assert made == NoContact(Obstacle.CERTIFICATE_NOT_TRUSTED)


async def test_a_certificate_of_another_name_is_told(credentials: Credentials) -> None:
    async with served(credentials) as port:
        endpoint = Endpoint(f"https://127.0.0.2:{port}", ca_pem=credentials.ca.read_text())
        made = await make_contact(endpoint, Limiter(), network=_to_loopback(endpoint, port))

    assert made == NoContact(Obstacle.CERTIFICATE_OF_ANOTHER)


def _to_loopback(endpoint: Endpoint, port: int) -> httpx.AsyncBaseTransport:
    """Go to loopback, but expect the certificate of another name there."""

    class Rerouted(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            request.url = httpx.URL(f"https://127.0.0.1:{port}{request.url.path}")
            request.extensions = {**request.extensions, "sni_hostname": "palette.test"}
            return await super().handle_async_request(request)

    return Rerouted(verify=ssl.create_default_context(cadata=endpoint.ca_pem))


async def test_without_verification_nothing_is_known_of_the_certificate(credentials: Credentials) -> None:
    async with served(credentials) as port:
        made = await make_contact(Endpoint(f"https://127.0.0.1:{port}", insecure=True), Limiter())

    assert isinstance(made, Contact)
    assert made.certificate is None


async def test_plain_http_where_tls_is_expected_is_told() -> None:
    async with SimulatedPalette() as palette:
        made = await make_contact(Endpoint(palette.endpoint.replace("http:", "https:")), Limiter())

    assert made == NoContact(Obstacle.NO_TLS)


async def test_a_port_where_nobody_listens_cannot_be_connected_to() -> None:
    async with SimulatedPalette() as palette:
        free = palette.endpoint

    assert await make_contact(Endpoint(free), Limiter()) == NoContact(Obstacle.CONNECTION)


async def test_a_name_that_cannot_be_resolved_is_told() -> None:
    made = await make_contact(Endpoint("https://palette.invalid"), Limiter())

    assert made == NoContact(Obstacle.NAME)


async def test_a_ca_that_is_none_is_refused() -> None:
    with pytest.raises(Stalled) as caught:
        await make_contact(Endpoint("https://palette.test", ca_pem="no PEM"), Limiter())

    assert caught.value.reason == "InvalidSpec"


async def test_the_simulated_palette_is_taken_for_palette() -> None:
    async with SimulatedPalette() as palette:
        made = await make_contact(Endpoint(palette.endpoint), Limiter())

    assert isinstance(made, Contact)
    assert made.is_palette
    assert made.clock_ahead_s == 0
