"""Reading bodies within bounds, saying why no answer came, and keeping nothing of a server's wishes."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from http.cookiejar import CookieJar

import httpx

from palette_operator.http.replies import NoAnswer


def at_departure(departs: Callable[[], None]) -> Callable[[str, object], Awaitable[None]]:
    """Return a trace of a request that calls `departs` right before its first byte leaves, on an open connection.

    What `departs` raises calls the request off, and is raised to whoever sends it. Source: httpcore, the extension
    `trace`.
    """

    async def trace(event: str, _: object) -> None:
        if event.endswith("send_request_headers.started"):
            departs()

    return trace


async def bounded_content(response: httpx.Response, most_bytes: int) -> bytes | None:
    """Read a body, unpacked; None when it is larger than `most_bytes`, of which no more is read."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > most_bytes:
            return None
    return bytes(content)


def no_answer(error: Exception, took_s: float, *, trust: str) -> NoAnswer:
    """Say why no answer came, and whether it may come when asked again at once.

    `trust` is where a person says which certificates to trust.
    """
    if is_certificate_error(error):
        why = f"its certificate cannot be verified; see {trust}"
        return NoAnswer(why, took_s, passes=False)
    return NoAnswer(_reason(error), took_s)


def _reason(error: Exception) -> str:
    """Say it in words that are the same each time: httpx's own may hold addresses and ports."""
    match error:
        case httpx.ConnectTimeout():
            return "cannot connect: nothing answers"
        case httpx.ConnectError():
            return _not_connected(error)
        case httpx.ProxyError():
            return "the proxy refused"
        case httpx.TimeoutException() | TimeoutError():
            return "timed out"
        case httpx.UnsupportedProtocol():
            return "the endpoint is no http or https address"
    return "the connection broke"


def _not_connected(error: Exception) -> str:
    """Name the step that failed, where the causes tell it."""
    for cause in _causes(error):
        match cause:
            case ConnectionRefusedError():
                return "cannot connect: the connection is refused"
            case socket.gaierror():
                return "cannot connect: the name cannot be resolved"
            case ssl.SSLError():
                return "cannot connect: the TLS handshake fails"
            case OSError(errno=errno.EHOSTUNREACH | errno.ENETUNREACH):
                return "cannot connect: there is no route"
    return "cannot connect"


def is_certificate_error(error: BaseException) -> bool:
    """Whether somewhere in the chain of causes a certificate was found wanting."""
    return any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came of; where several addresses were tried, what came of the first."""
    while error is not None:
        yield error
        error = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__ or error.__context__


class NoCookies(CookieJar):
    """Keeps none: a session that a cookie holds would outlive the credential that it came with."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Pass over what the server would have kept."""


async def forget_location(response: httpx.Response) -> None:
    """Drop where a redirect leads: httpx reads it though it does not follow, and fails over an odd one."""
    response.headers.pop("Location", None)
