"""The way to a host: every address is judged when it is connected to, and the certificate before a byte is sent.

A name is resolved once, by us, and the connection goes to an address that was judged: nothing resolves it again.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import ip_address
from typing import Any, TypeAlias

import httpcore
import httpx

from palette_operator import __version__
from palette_operator.domain.errors import Stalled
from palette_operator.edge.endpoint import LocalEndpoint
from palette_operator.edge.ranges import Address, AllowedRanges, literal
from palette_operator.edge.trust import check_pin, pin_of, tls_context
from palette_operator.http.network import NoCookies, forget_location

CONNECT_S = 5.0
READ_S = 30.0
"""Between two parts of an answer: a host with a slow disk takes its time."""
WRITE_S = 30.0
UNPACK_S = 1_800.0
"""From the last byte of an upload to the answer: the host unpacks many gigabytes first."""
MAX_CONNECTIONS = 2
"""To one host; see MOST_UNDER_WAY of the limiter."""
IDLE_S = 2.0
"""A connection that was not used for so long is closed: thousands of hosts are looked at in turn, each a few times in a
row, and an open TLS connection takes some 100 KB."""
TIMEOUT = httpx.Timeout(connect=CONNECT_S, read=READ_S, write=WRITE_S, pool=READ_S)
UPLOAD_TIMEOUT = httpx.Timeout(connect=CONNECT_S, read=UNPACK_S, write=WRITE_S, pool=READ_S)

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns the addresses of a name, best first; raises OSError."""


class NotAllowed(Exception):
    """The endpoint is, or resolves to, an address that the operator may not connect to."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoSuchName(httpx.ConnectError):
    """The endpoint's name cannot be resolved."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name, best first; raises OSError when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


def http_client(endpoint: LocalEndpoint, transport: httpx.AsyncBaseTransport) -> httpx.AsyncClient:
    """Return a client for `endpoint`; it follows nothing, keeps nothing and takes nothing from the environment."""
    return httpx.AsyncClient(
        base_url=endpoint.url,
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        cookies=NoCookies(),
        event_hooks={"response": [forget_location]},
        timeout=TIMEOUT,
        headers={"User-Agent": f"palette-operator/{__version__}", "Accept": "application/json"},
    )


def not_allowed(endpoint: LocalEndpoint, objection: str) -> Stalled:
    """Say that an endpoint may not be connected to, and who can change that."""
    message = (
        f"{endpoint.url}: the endpoint {objection}; correct spec.local.endpoint, "
        "or have the operator's local endpoint ranges widened"
    )
    return Stalled("EndpointNotAllowed", message)


class JudgedTransport(httpx.AsyncHTTPTransport):
    """Connections to one server, to allowed addresses alone, which close themselves when they are not used."""

    def __init__(
        self, context: ssl.SSLContext, ranges: AllowedRanges, *, pin: str = "", resolve: Resolve = resolved
    ) -> None:
        """Prepare to connect; what connecting raises is said of `JudgingBackend`."""
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=MAX_CONNECTIONS,
            max_keepalive_connections=MAX_CONNECTIONS,
            keepalive_expiry=IDLE_S,
            network_backend=JudgingBackend(ranges, pin, resolve),
        )


class HostTransport(JudgedTransport):
    """Connections to one host."""

    def __init__(self, endpoint: LocalEndpoint, ranges: AllowedRanges, resolve: Resolve = resolved) -> None:
        """Prepare to connect; raises Stalled("InvalidSpec") for what can be no CA or fingerprint.

        Stalled("EndpointNotAllowed") is for an endpoint that can be seen to lie outside the ranges. `resolve` is for
        tests.
        """
        if objection := ranges.url_objection(endpoint.url):
            raise not_allowed(endpoint, objection)
        super().__init__(tls_context(endpoint), ranges, pin=pin_of(endpoint), resolve=resolve)

    async def close_idle(self) -> None:
        """Close the connections, which must not be in use. New ones are opened when they are needed."""
        await self._pool.aclose()


class JudgingBackend(httpcore.AsyncNetworkBackend):
    """Connects to allowed addresses alone; raises NotAllowed, NoSuchName and, for a pin that fails, CertificateChanged.

    `pin` is a fingerprint in capital digits; "" leaves the certificate to the TLS context.
    """

    def __init__(self, ranges: AllowedRanges, pin: str = "", resolve: Resolve = resolved) -> None:
        self._ranges = ranges
        self._pin = pin
        self._resolve = resolve
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore says
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve the host, judge what it resolves to, and connect to the first that answers."""
        failure: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in await self._judged(host, port, timeout):
            try:
                stream = await self._network.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return PinnedStream(stream, self._pin) if self._pin else stream
        raise failure or httpcore.ConnectError("no address")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await self._network.sleep(seconds)

    async def _judged(self, host: str, port: int, timeout_s: float | None) -> Sequence[Address]:
        if objection := self._ranges.name_objection(host):
            raise NotAllowed(objection)
        if (address := literal(host)) is not None:
            return [address]
        try:
            async with asyncio.timeout(timeout_s):
                addresses = [ip_address(found) for found in await self._resolve(host, port)]
        except (OSError, ValueError) as error:
            raise NoSuchName("no such name") from error
        for address in addresses:
            # All of them: whoever answers for the name must not choose by which one it is reached.
            if objection := self._ranges.objection(address):
                raise NotAllowed(f"resolves to an address that {objection}")
        return addresses


class PinnedStream(httpcore.AsyncNetworkStream):
    """A connection that becomes a TLS connection with the pinned certificate, or none."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, pin: str) -> None:
        self._stream = stream
        self._pin = pin

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as httpcore says
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands and check the certificate; raises CertificateChanged with nothing else sent."""
        stream = await self._stream.start_tls(ssl_context, server_hostname, timeout)
        try:
            check_pin(self._pin, stream.get_extra_info("ssl_object").getpeercert(binary_form=True))
        except BaseException:
            await stream.aclose()
            raise
        return stream

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()
