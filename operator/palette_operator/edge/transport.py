"""How a request to a host travels: session -> one write at a time -> retry -> limiter -> metrics -> network.

Reads are repeated a few times within a bounded time; writes never are, since a host has no idempotency keys.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import httpx

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.leadership import Fence, NotLeading, always
from palette_operator.edge import metrics
from palette_operator.edge.call import Call
from palette_operator.edge.clock import EdgeClock
from palette_operator.edge.endpoint import LocalEndpoint, OsLogin
from palette_operator.edge.failures import failure
from palette_operator.edge.idle import IdleCloser
from palette_operator.edge.limiter import HostLimiter
from palette_operator.edge.network import (
    IDLE_S,
    UPLOAD_TIMEOUT,
    HostTransport,
    NoSuchName,
    NotAllowed,
    Resolve,
    http_client,
    not_allowed,
    resolved,
)
from palette_operator.edge.operations import LOG_OUT
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.edge.sessions import HostSession
from palette_operator.edge.trust import CertificateChanged, pin_of, with_colons
from palette_operator.http.network import at_departure, bounded_content, is_certificate_error, no_answer
from palette_operator.http.operation import Effect
from palette_operator.http.replies import DEFAULT_RETRY_AFTER_S, NoAnswer, Outcome, Reply, retry_after_s

MAX_TRIES = 3
FIRST_PAUSE_S = 0.5
TRANSIENT = frozenset({429, 502, 503, 504})
LONGEST_PAUSE_S = 10.0
"""A host that asks for a longer pause is not waited for: whoever called hears when to come again."""
LOG_OUT_S = 3.0
TRUST = "spec.local.tls"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one call may take before it is given up."""

    total_s: float = 45.0
    """Of all tries, from connecting to the last byte: a server that sends a byte now and then is not waited for."""
    upload_s: float = 3600.0
    """Of an upload, and of the host unpacking it."""
    answer_bytes: int = 16 * 2**20
    """A list of ten thousand images takes a tenth of it."""


class Transport:
    """Sends calls to one host as one user. Close it: that logs out."""

    def __init__(
        self,
        endpoint: LocalEndpoint,
        login: OsLogin,
        ranges: AllowedRanges,
        *,
        extended_session: bool = True,
        fence: Fence = always,
        clock: EdgeClock | None = None,
        bounds: Bounds | None = None,
        resolve: Resolve = resolved,
        network: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare to send; raises Stalled("InvalidSpec") and Stalled("EndpointNotAllowed") as HostTransport does.

        Nothing is sent once `fence` says no. `clock`, `bounds`, `resolve` and `network` are for tests; the endpoint is
        judged with any network.
        """
        connections = HostTransport(endpoint, ranges, resolve)
        self.endpoint = endpoint
        self._clock = clock or EdgeClock()
        self._bounds = bounds or Bounds()
        self.session = HostSession(endpoint.url, login, self._clock, extended=extended_session)
        self._limiter = HostLimiter(self._clock)
        self._writing = asyncio.Lock()
        self._fence = fence
        self._http = http_client(endpoint, network or connections)
        self._idle = IdleCloser(connections.close_idle, IDLE_S)

    async def aclose(self) -> None:
        """Log out, as far as that is possible at once, and close the connections."""
        if self._http.is_closed:
            return
        headers = self.session.headers()
        try:
            if headers is not None:
                async with asyncio.timeout(LOG_OUT_S):
                    call = Call(f"{self.endpoint.url}: logging out", LOG_OUT, secrets=self.session.secrets)
                    await self._once(call, headers, LOG_OUT_S)
        except (ReconcileError, TimeoutError):
            pass  # the token ends by itself
        finally:
            await self.session.aclose()
            self._idle.cancel()
            await self._http.aclose()

    async def send(self, call: Call, *, confirm: Callable[[], Awaitable[None]] | None = None) -> Reply:
        """Send `call` and return its successful reply; raises ReconcileError, also what `confirm` raises.

        Reads are repeated where that may help, at most MAX_TRIES times and within the bounds. Writes are sent once, one
        at a time. `confirm` is awaited right before, when it is the call's turn.
        """
        async with self._turn(call):
            if confirm is not None:
                await confirm()
            return await self._sent(call, self.session)

    @asynccontextmanager
    async def _turn(self, call: Call) -> AsyncIterator[None]:
        if call.operation.effect is Effect.READ:
            yield
            return
        async with self._writing:
            yield

    async def _sent_anonymously(self, call: Call) -> Reply:
        return await self._sent(call, None)

    async def _sent(self, call: Call, session: HostSession | None) -> Reply:
        within_s = self._bounds.total_s if call.form is None else self._bounds.upload_s
        spent_s, tried, renewed = 0.0, 0, False
        while True:
            headers = await self._headers(call, session)
            outcome = await self._permitted(call, headers, within_s - spent_s)
            error = failure(call.doing, outcome, secrets=(*call.secrets, *self.session.secrets, *headers.values()))
            if error is None:
                return cast("Reply", outcome)
            if session is not None and not renewed and _is_unauthorized(outcome) and session.refused(headers):
                # The host did nothing: with another token this is the first time, for a write too.
                spent_s, renewed = spent_s + outcome.took_s, True
                continue
            tried += 1
            pause_s = self._pause_s(error, tried)
            spent_s += outcome.took_s + pause_s
            if tried == MAX_TRIES or spent_s > within_s or not _may_repeat(call, outcome) or pause_s > LONGEST_PAUSE_S:
                raise error
            await self._clock.sleep(pause_s)

    async def _headers(self, call: Call, session: HostSession | None) -> Mapping[str, str]:
        if session is None:
            return {}
        await session.prepare(self._sent_anonymously)
        headers = session.headers()
        if headers is None:
            raise Unavailable("Unreachable", f"{call.doing}: the host's tokens end before a request can be sent")
        return headers

    async def _permitted(self, call: Call, headers: Mapping[str, str], within_s: float) -> Outcome:
        """Send once the limiter allows it; a refusal makes everyone wait who asks this host."""
        if (paused_s := self._limiter.paused_s) > LONGEST_PAUSE_S:
            message = f"{call.doing}: not sent, since the host asks for a pause"
            raise Waiting("Throttled", message, retry_after_s=paused_s)
        async with self._limiter.permit():
            outcome = await self._once(call, headers, within_s)
        if isinstance(outcome, Reply) and outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
            patience_s = retry_after_s(outcome)
            self._limiter.pause(DEFAULT_RETRY_AFTER_S if patience_s is None else patience_s)
        return outcome

    async def _once(self, call: Call, headers: Mapping[str, str], within_s: float) -> Outcome:
        with self._idle.use():
            outcome = await self._network(call, headers, within_s)
        code = str(outcome.status) if isinstance(outcome, Reply) else "none"
        metrics.REQUESTS.labels(call.operation.method, call.operation.template, code).inc()
        return outcome

    async def _network(self, call: Call, headers: Mapping[str, str], within_s: float) -> Outcome:
        """Send once; raises Stalled for what a person must mend before anything is sent, and NotLeading."""
        if self._http.is_closed:
            return NoAnswer("the connection was closed meanwhile", passes=False)
        began = time.monotonic()
        leaving = {"trace": at_departure(lambda: self._check_fence(call))}
        try:
            async with (
                asyncio.timeout(within_s),
                self._http.stream(**_request(call, headers), extensions=leaving) as response,
            ):
                content = await bounded_content(response, self._bounds.answer_bytes)
        except (NotAllowed, CertificateChanged) as error:
            raise self._refusal(error) from None
        except NoSuchName:
            return NoAnswer("its name cannot be resolved", time.monotonic() - began)
        except (httpx.HTTPError, TimeoutError) as error:
            if is_certificate_error(error):
                message = f"{call.doing}: the host's certificate cannot be verified; see {TRUST}"
                raise Stalled("CertificateInvalid", message) from None
            return no_answer(error, time.monotonic() - began, trust=TRUST)
        if content is None:
            return NoAnswer("its answer is too large", time.monotonic() - began, passes=False)
        return Reply(response.status_code, response.headers, content, time.monotonic() - began)

    def _check_fence(self, call: Call) -> None:
        if not self._fence():
            raise NotLeading(call.doing)

    def _refusal(self, error: NotAllowed | CertificateChanged) -> Stalled:
        if isinstance(error, NotAllowed):
            return not_allowed(self.endpoint, error.why)
        message = (
            f"{self.endpoint.url}: the host presents another certificate than the pinned one, and nothing was sent to "
            f"it: expected {with_colons(pin_of(self.endpoint))}, presented {error.presented}; if the host was "
            "installed anew, correct spec.local.tls.fingerprintSHA256"
        )
        return Stalled("CertificateChanged", message)

    def _pause_s(self, error: ReconcileError, tried: int) -> float:
        growing_s: float = FIRST_PAUSE_S * 2 ** (tried - 1) * (0.5 + self._clock.jitter())
        return max(growing_s, error.retry_after_s) if isinstance(error, Waiting) else growing_s


def _request(call: Call, headers: Mapping[str, str]) -> dict[str, Any]:
    """Write a request as httpx takes it."""
    request: dict[str, Any] = {"method": call.operation.method, "url": call.path, "params": dict(call.query)}
    if call.form is None:
        return {**request, "json": call.body, "headers": dict(headers)}
    form_headers = {**headers, "Content-Type": call.form.content_type}
    return {**request, "content": call.form.chunks(), "headers": form_headers, "timeout": UPLOAD_TIMEOUT}


def _may_repeat(call: Call, outcome: Outcome) -> bool:
    if call.operation.effect is not Effect.READ:
        return False
    return outcome.passes if isinstance(outcome, NoAnswer) else outcome.status in TRANSIENT


def _is_unauthorized(outcome: Outcome) -> bool:
    return isinstance(outcome, Reply) and outcome.status == HTTPStatus.UNAUTHORIZED
