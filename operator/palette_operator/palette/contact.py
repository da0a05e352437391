"""First contact with an endpoint: one request without a credential, and all that is seen of it on the way.

The client proper says in one word why it cannot reach Palette. Here each obstacle is told apart, for a person who sets
a connection up: the name, the network, the proxy, the certificate, or somebody else who answers.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, TypeAlias

import httpx

from palette_operator.http.network import bounded_content
from palette_operator.palette import operations
from palette_operator.palette.lanes import Lane
from palette_operator.palette.limiter import Limiter
from palette_operator.palette.network import Endpoint, http_client


class Obstacle(Enum):
    """What stood in the way."""

    NAME = "its name cannot be resolved"
    CONNECTION = "it cannot be connected to"
    TIMEOUT = "it does not answer in time"
    PROXY = "the proxy does not let through"
    NO_TLS = "it does not speak TLS"
    CERTIFICATE_EXPIRED = "its certificate has expired"
    CERTIFICATE_NOT_YET_VALID = "its certificate is not valid yet"
    CERTIFICATE_OF_ANOTHER = "its certificate is for another name"
    CERTIFICATE_SELF_SIGNED = "its certificate is self-signed"
    CERTIFICATE_NOT_TRUSTED = "its certificate is by an authority that is not trusted"
    BROKEN = "the connection breaks"


_LONGEST_ANSWER = 2**20
# X509_V_ERR_* of OpenSSL.
_CERTIFICATE_OBSTACLES = {
    9: Obstacle.CERTIFICATE_NOT_YET_VALID,
    10: Obstacle.CERTIFICATE_EXPIRED,
    18: Obstacle.CERTIFICATE_SELF_SIGNED,
    62: Obstacle.CERTIFICATE_OF_ANOTHER,
    64: Obstacle.CERTIFICATE_OF_ANOTHER,
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was verified."""

    issuer: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody answered."""

    status: int
    is_json: bool
    """Whether the body is a JSON object or array, as every answer of Palette is."""
    location: str
    """Where a redirect leads, scheme and host alone; "" when it is none."""
    clock_ahead_s: float | None
    """How far the server's clock is certainly ahead of ours (behind: negative); None when it did not tell the time."""
    certificate: Certificate | None
    """None without TLS, and when certificates are not verified."""

    @property
    def is_redirect(self) -> bool:
        """Whether it is elsewhere; redirects are not followed."""
        return httpx.codes.is_redirect(self.status)

    @property
    def is_error(self) -> bool:
        """Whether the server, or something before it, failed."""
        return httpx.codes.is_server_error(self.status)

    @property
    def is_palette(self) -> bool:
        """Whether it may be Palette: worth sending a credential to."""
        return self.is_json and not self.is_redirect and not self.is_error


@dataclass(frozen=True, slots=True)
class NoContact:
    """Nobody answered."""

    obstacle: Obstacle


Attempt: TypeAlias = Contact | NoContact


async def make_contact(
    endpoint: Endpoint,
    limiter: Limiter,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    network: httpx.AsyncBaseTransport | None = None,
) -> Attempt:
    """Ask whether somebody is there, once; raises Stalled("InvalidSpec") for what can be no endpoint, proxy or CA.

    `now` and `network` are for tests.
    """
    path = operations.LIST_SIGN_INS.path()
    leads_to = [""]

    async def note(response: httpx.Response) -> None:
        leads_to.append(_origin(response.headers.pop("location", "")))

    async with http_client(endpoint, network) as http, limiter.permit(path, Lane.TRANSITION):
        http.event_hooks = {"response": [note]}
        began = now()
        try:
            async with http.stream("GET", path) as response:
                ended = now()
                certificate = _certificate(response)
                content = await bounded_content(response, _LONGEST_ANSWER)
        except httpx.HTTPError as error:
            return NoContact(_obstacle(error))
    return Contact(
        status=response.status_code,
        is_json=_is_json(content),
        location=leads_to[-1],
        clock_ahead_s=clock_ahead_s(response.headers.get("date", ""), began, ended),
        certificate=certificate,
    )


def clock_ahead_s(date: str, began: datetime, ended: datetime) -> float | None:
    """Tell by how much a server that said `date` between the two moments of our clock is ahead of it, at least.

    0 while both clocks may agree; `date` has whole seconds. None when it is no date.
    """
    try:
        server = parsedate_to_datetime(date)
    except ValueError:
        return None
    server = server.replace(tzinfo=UTC) if server.tzinfo is None else server
    earliest, latest = server, server + timedelta(seconds=1)
    if earliest > ended:
        return (earliest - ended).total_seconds()
    if latest < began:
        return (latest - began).total_seconds()
    return 0.0


def _obstacle(error: httpx.HTTPError) -> Obstacle:
    for cause in _causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return _CERTIFICATE_OBSTACLES.get(cause.verify_code, Obstacle.CERTIFICATE_NOT_TRUSTED)
            case ssl.SSLError():
                return Obstacle.NO_TLS
            case socket.gaierror():
                return Obstacle.NAME
    kinds = {
        httpx.ProxyError: Obstacle.PROXY,
        httpx.TimeoutException: Obstacle.TIMEOUT,
        httpx.ConnectError: Obstacle.CONNECTION,
    }
    return next((obstacle for kind, obstacle in kinds.items() if isinstance(error, kind)), Obstacle.BROKEN)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        yield error
        seen.append(error)
        error = error.__cause__ or error.__context__


def _certificate(response: httpx.Response) -> Certificate | None:
    stream = response.extensions.get("network_stream")
    tls = stream.get_extra_info("ssl_object") if stream is not None else None
    # Python shows no certificate that it did not verify.
    shown: Mapping[str, Any] = (tls.getpeercert() if tls is not None else None) or {}
    if "notAfter" not in shown:
        return None
    names = {key: value for part in shown.get("issuer", ()) for key, value in part}
    expires_at = datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
    issuer = names.get("organizationName") or names.get("commonName") or "an unnamed authority"
    return Certificate(str(issuer), expires_at)


def _is_json(content: bytes | None) -> bool:
    try:
        return isinstance(json.loads(content or b""), dict | list)
    except (ValueError, RecursionError):
        return False


def _origin(location: str) -> str:
    try:
        url = httpx.URL(location)
    except httpx.InvalidURL:
        return ""
    return f"{url.scheme}://{url.host}" if url.host else ""
