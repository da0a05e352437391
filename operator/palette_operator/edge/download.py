"""A file from a server of the site, streamed: fetched while it is sent on, kept nowhere, and judged by its SHA-256."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.edge.endpoint import LocalEndpoint
from palette_operator.edge.network import JudgedTransport, NoSuchName, NotAllowed, Resolve, http_client, resolved
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.edge.trust import tls_context
from palette_operator.http.network import is_certificate_error, no_answer

_TRUST = "its caSecretRef"


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that a server has."""

    url: str
    """https, without user and query."""
    sha256: str
    """In hexadecimal: a file with another is refused."""
    ca_pem: str = ""
    """PEM certificates to trust instead of the system's; "" for the system's."""


class Download:
    """Fetches one file, as often as `read` is called. Use it as a context manager."""

    def __init__(self, file: RemoteFile, ranges: AllowedRanges, *, resolve: Resolve = resolved) -> None:
        """Connect to nothing yet; raises Stalled("InvalidSpec") for a CA that can be none. `resolve` is for tests."""
        self._file = file
        transport = JudgedTransport(_tls(file), ranges, resolve=resolve)
        self._http = http_client(LocalEndpoint(_origin(file.url)), transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def read(self) -> AsyncIterator[bytes]:
        """Yield the file from its start; raises a ReconcileError that names the file, and what to do.

        The SHA-256 is known at the end only. Stalled("ChecksumMismatch") comes then in place of the end: whoever sends
        the file on breaks off before the receiver can take it for whole.
        """
        digest = hashlib.sha256()
        async with self._response() as response:
            async for chunk in response.aiter_raw():
                digest.update(chunk)
                yield chunk
        if digest.hexdigest() != self._file.sha256.lower():
            message = (
                f"{self._file.url}: the file has another SHA-256 than spec.local.uploads says, and was not brought "
                "onto the host: correct sha256, or the file"
            )
            raise Stalled("ChecksumMismatch", message)

    @asynccontextmanager
    async def _response(self) -> AsyncIterator[httpx.Response]:
        try:
            async with self._http.stream("GET", self._file.url, headers=_AS_IT_IS) as response:
                if response.status_code != HTTPStatus.OK:
                    raise self._refused(response.status_code)
                yield response
        except NotAllowed as error:
            message = (
                f"{self._file.url}: the server {error.why}; correct the url, or have the operator's local endpoint "
                "ranges widened"
            )
            raise Stalled("EndpointNotAllowed", message) from None
        except NoSuchName:
            raise Unavailable("SourceUnavailable", f"{self._file.url}: its name cannot be resolved") from None
        except httpx.HTTPError as error:
            if is_certificate_error(error):
                message = f"{self._file.url}: the server's certificate cannot be verified; see {_TRUST}"
                raise Stalled("CertificateInvalid", message) from None
            why = no_answer(error, 0.0, trust=_TRUST).why
            raise Unavailable("SourceUnavailable", f"{self._file.url}: no file from the server ({why})") from None

    def _refused(self, status: int) -> ReconcileError:
        said = f"{self._file.url}: the server answered {status}"
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return Stalled("SourceUnavailable", f"{said}; redirects are not followed: name the file itself")
        if (
            status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        ):
            return Unavailable("SourceUnavailable", f"{said}; it is tried again")
        return Stalled("SourceUnavailable", f"{said}; correct the url, or let the operator read the file")


_AS_IT_IS = {"Accept": "*/*", "Accept-Encoding": "identity"}


def _tls(file: RemoteFile) -> ssl.SSLContext:
    try:
        return tls_context(LocalEndpoint(file.url, ca_pem=file.ca_pem))
    except Stalled:
        raise Stalled("InvalidSpec", f"{file.url}: the CA of its caSecretRef holds no certificates in PEM") from None


def _origin(url: str) -> str:
    return str(httpx.URL(url).copy_with(raw_path=b"/"))
