"""The way to a host: whose certificate counts, and where a connection may go at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.edge import network
from palette_operator.edge.client import EdgeClient
from palette_operator.edge.endpoint import LocalEndpoint
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.edge.transport import Transport
from palette_operator.edge.trust import tls_context
from palette_sim.edge.certificate import SelfSigned, self_signed
from support.edge_host import USER, FakeTime
from support.loopback import Loopback, serve_http

SIMULATED = AllowedRanges(loopback=True)


@pytest.fixture(scope="module")
def host_certificate() -> SelfSigned:
    return self_signed("edge-1", "127.0.0.1")


@pytest.fixture(scope="module")
def other_certificate() -> SelfSigned:
    return self_signed("edge-1", "127.0.0.1")


class Names:
    """A resolver that counts how often it is asked, and may answer differently each time."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(f"{host}:{port}")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@asynccontextmanager
async def client_of(
    endpoint: LocalEndpoint, ranges: AllowedRanges = SIMULATED, resolve: network.Resolve = network.resolved
) -> AsyncIterator[EdgeClient]:
    client = EdgeClient(endpoint, USER, ranges, clock=FakeTime().clock(), resolve=resolve)
    try:
        yield client
    finally:
        await client.transport._http.aclose()


async def outcome(client: EdgeClient) -> ReconcileError:
    """The server answers `{}` to everything: whoever comes as far as that has been let through."""
    with pytest.raises(ReconcileError) as caught:
        await client.host()
    return caught.value


def of(server: Loopback, host: str = "127.0.0.1") -> LocalEndpoint:
    return LocalEndpoint(f"https://{host}:{server.port}")


def spelled(fingerprint: str) -> dict[str, str]:
    return {
        "with colons": fingerprint,
        "in small letters": fingerprint.lower(),
        "without colons": fingerprint.replace(":", ""),
        "with blanks around": f" {fingerprint} ",
    }


@pytest.mark.parametrize("spelling", ["with colons", "in small letters", "without colons", "with blanks around"])
async def test_a_pinned_certificate_is_accepted_however_the_pin_is_spelled(
    host_certificate: SelfSigned, spelling: str
) -> None:
    async with serve_http(host_certificate.context) as server:
        pinned = replace(of(server), fingerprint_sha256=spelled(host_certificate.fingerprint)[spelling])
        async with client_of(pinned) as client:
            assert "no token" in str(await outcome(client))

    assert server.heads[0].startswith("POST /v1/users/default/login")


async def test_another_certificate_than_the_pinned_one_is_sent_nothing_and_both_are_named(
    host_certificate: SelfSigned, other_certificate: SelfSigned
) -> None:
    async with serve_http(other_certificate.context) as server:
        pinned = replace(of(server), fingerprint_sha256=host_certificate.fingerprint.lower())
        async with client_of(pinned) as client:
            error = await outcome(client)

    assert isinstance(error, Stalled)
    assert error.reason == "CertificateChanged"
    assert host_certificate.fingerprint in error.message
    assert other_certificate.fingerprint in error.message
    assert server.opened == 1
    assert server.heads == []


async def test_a_certificate_that_changes_later_is_refused_on_the_next_connection(
    host_certificate: SelfSigned, other_certificate: SelfSigned
) -> None:
    async with serve_http(host_certificate.context) as server:
        pinned = replace(of(server), fingerprint_sha256=host_certificate.fingerprint)
        async with client_of(pinned) as client:
            assert "no token" in str(await outcome(client))
            async with serve_http(other_certificate.context) as changed:
                client.transport._http.base_url = httpx.URL(of(changed).url)
                error = await outcome(client)
                assert changed.heads == []

    assert error.reason == "CertificateChanged"


async def test_an_authority_vouches_for_a_host(host_certificate: SelfSigned) -> None:
    async with (
        serve_http(host_certificate.context) as server,
        client_of(replace(of(server), ca_pem=host_certificate.pem)) as client,
    ):
        assert "no token" in str(await outcome(client))


@pytest.mark.parametrize("named", ["another one", "the system's"])
async def test_a_certificate_that_no_authority_vouches_for_is_refused_in_plain_words(
    host_certificate: SelfSigned, other_certificate: SelfSigned, named: str
) -> None:
    async with serve_http(host_certificate.context) as server:
        ca_pem = other_certificate.pem if named == "another one" else ""
        async with client_of(replace(of(server), ca_pem=ca_pem)) as client:
            error = await outcome(client)

    assert isinstance(error, Stalled)
    assert error.reason == "CertificateInvalid"
    assert "spec.local.tls" in error.message
    assert server.heads == []


async def test_any_certificate_is_accepted_when_told_so(host_certificate: SelfSigned) -> None:
    async with (
        serve_http(host_certificate.context) as server,
        client_of(replace(of(server), insecure=True)) as client,
    ):
        assert "no token" in str(await outcome(client))


@pytest.mark.parametrize("pin", ["AB:CD", "not a fingerprint", "z" * 64, "a" * 63, " "])
def test_what_can_be_no_fingerprint_is_refused(pin: str) -> None:
    with pytest.raises(Stalled, match="fingerprintSHA256") as caught:
        EdgeClient(LocalEndpoint("https://127.0.0.1:1", fingerprint_sha256=pin), USER, SIMULATED)

    assert caught.value.reason == "InvalidSpec"


def test_what_can_be_no_authority_is_refused() -> None:
    with pytest.raises(Stalled, match="PEM") as caught:
        EdgeClient(LocalEndpoint("https://127.0.0.1:1", ca_pem="no certificates"), USER, SIMULATED)

    assert caught.value.reason == "InvalidSpec"


def test_hosts_share_contexts(host_certificate: SelfSigned) -> None:
    def context(url: str, **tls: object) -> object:
        return tls_context(LocalEndpoint(url, **tls))  # type: ignore[arg-type]

    pin = host_certificate.fingerprint
    assert context("https://10.0.0.1") is context("https://10.0.0.2")
    assert context("https://10.0.0.1", ca_pem=host_certificate.pem) is context(
        "https://10.0.0.2", ca_pem=host_certificate.pem
    )
    assert context("https://10.0.0.1", fingerprint_sha256=pin) is context("https://10.0.0.2", insecure=True)
    assert context("https://10.0.0.1") is not context("https://10.0.0.1", ca_pem=host_certificate.pem)


async def test_connections_close_soon_after_they_were_used(
    host_certificate: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palette_operator.edge.transport.IDLE_S", 0.0)
    async with (
        serve_http(host_certificate.context) as server,
        client_of(replace(of(server), insecure=True)) as client,
    ):
        await outcome(client)
        async with asyncio.timeout(10):
            await server.closed.wait()
        await outcome(client)

    assert server.opened == 2


# Where requests may be sent to.

NOT_ALLOWED = {
    "loopback": "https://127.0.0.1:{port}",
    "loopback in decimal": "https://2130706433:{port}",
    "loopback in octal": "https://0177.0.0.1:{port}",
    "loopback in hexadecimal": "https://0x7f000001:{port}",
    "loopback in short": "https://127.1:{port}",
    "loopback of IPv6": "https://[::1]:{port}",
    "loopback mapped into IPv6": "https://[::ffff:127.0.0.1]:{port}",
    "loopback mapped into IPv6, in hexadecimal": "https://[::ffff:7f00:1]:{port}",
    "an address outside": "https://192.168.1.1:{port}",
    "the metadata of a cloud": "https://169.254.169.254:{port}",
}


@pytest.mark.parametrize("url", NOT_ALLOWED.values(), ids=NOT_ALLOWED)
async def test_no_client_is_made_for_an_endpoint_that_is_not_allowed(url: str) -> None:
    async with serve_http() as server:
        with pytest.raises(Stalled, match="the endpoint is ") as caught:
            EdgeClient(LocalEndpoint(url.format(port=server.port)), USER, AllowedRanges.of(("10.0.0.0/8", "::/0")))

    assert caught.value.reason == "EndpointNotAllowed"
    assert server.opened == 0


NAMES_THAT_LEAD_ASTRAY = {
    "to loopback": ["127.0.0.1"],
    "to loopback of IPv6": ["::1"],
    "to loopback mapped into IPv6": ["::ffff:127.0.0.1"],
    "to an address outside": ["192.168.1.1"],
    "to the metadata of a cloud": ["169.254.169.254"],
    "to an allowed address and to one that is not": ["10.0.0.7", "127.0.0.1"],
}


@pytest.mark.parametrize("addresses", NAMES_THAT_LEAD_ASTRAY.values(), ids=NAMES_THAT_LEAD_ASTRAY)
async def test_a_name_that_leads_astray_is_not_followed(
    addresses: list[str], host_certificate: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = no_connections(monkeypatch)
    names = Names(addresses)
    async with serve_http(host_certificate.context) as server:
        endpoint = replace(of(server, "edge-1.retail.test"), insecure=True)
        async with client_of(endpoint, AllowedRanges.of(("10.0.0.0/8",)), names) as client:
            error = await outcome(client)

    assert isinstance(error, Stalled)
    assert error.reason == "EndpointNotAllowed"
    assert "resolves to an address that is" in error.message
    assert connected == []
    assert server.opened == 0


async def test_a_name_is_resolved_once_and_the_connection_goes_to_the_judged_address(
    host_certificate: SelfSigned,
) -> None:
    """A second look at the name would lead elsewhere, as when somebody rebinds it between the look and the use."""
    names = Names(["127.0.0.1"], ["192.168.1.1"])
    async with serve_http(host_certificate.context) as server:
        endpoint = replace(of(server, "edge-1.retail.test"), fingerprint_sha256=host_certificate.fingerprint)
        async with client_of(endpoint, SIMULATED, names) as client:
            assert "no token" in str(await outcome(client))

    assert names.asked == [f"edge-1.retail.test:{server.port}"]
    assert "host: edge-1.retail.test" in server.heads[0].lower()


async def test_a_name_that_is_bound_anew_is_judged_anew(
    host_certificate: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palette_operator.edge.transport.IDLE_S", 0.0)
    names = Names(["127.0.0.1"], ["192.168.1.1"])
    async with serve_http(host_certificate.context) as server:
        endpoint = replace(of(server, "edge-1.retail.test"), insecure=True)
        async with client_of(endpoint, SIMULATED, names) as client:
            await outcome(client)
            async with asyncio.timeout(10):
                await server.closed.wait()
            assert (await outcome(client)).reason == "EndpointNotAllowed"

    assert server.opened == 1


async def test_the_next_address_is_tried_when_the_first_does_not_answer(host_certificate: SelfSigned) -> None:
    async with serve_http(host_certificate.context) as server:
        endpoint = replace(of(server, "edge-1.retail.test"), insecure=True)
        async with client_of(endpoint, SIMULATED, Names(["::1", "127.0.0.1"])) as client:
            assert "no token" in str(await outcome(client))


async def test_a_name_that_nobody_knows_is_said_to_be_one() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError(f"nobody knows {host}:{port}")

    async with client_of(LocalEndpoint("https://edge-1.retail.test:5080"), SIMULATED, nobody) as client:
        error = await outcome(client)

    assert isinstance(error, Unavailable)
    assert "its name cannot be resolved" in error.message


@pytest.mark.parametrize("location", ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "//127.0.0.1:{port}/"])
async def test_a_redirect_is_not_followed(location: str) -> None:
    async with serve_http() as elsewhere:
        headers = {"Location": location.format(port=elsewhere.port)}
        client = EdgeClient(
            LocalEndpoint("https://10.0.0.7:5080"),
            USER,
            AllowedRanges.of(("10.0.0.0/8",)),
            clock=FakeTime().clock(),
            network=httpx.MockTransport(lambda _: httpx.Response(307, headers=headers)),
        )
        error = await outcome(client)
        await client.aclose()

    assert "redirects are not followed" in error.message
    assert elsewhere.opened == 0


async def test_no_proxy_of_the_environment_is_used(
    host_certificate: SelfSigned, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve_http() as proxy, serve_http(host_certificate.context) as server:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with client_of(replace(of(server), insecure=True)) as client:
            await outcome(client)

    assert proxy.opened == 0
    assert server.opened == 1


def test_a_transport_judges_its_endpoint_with_any_network() -> None:
    with pytest.raises(Stalled, match="loopback"):
        Transport(LocalEndpoint("https://127.0.0.1"), USER, AllowedRanges(), network=httpx.MockTransport(print))


def no_connections(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Record every connection that is attempted, and let none succeed."""
    attempted: list[object] = []

    async def refuse(*args: object, **_: object) -> None:
        attempted.append(args)
        raise OSError("not in this test")

    monkeypatch.setattr("httpcore.AnyIOBackend.connect_tcp", refuse)
    return attempted
