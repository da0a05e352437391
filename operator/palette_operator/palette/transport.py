"""How a request travels: retry -> limiter -> metrics -> network, from the outside in.

A retry passes the limiter again, so that it spends budget and is counted like any other request.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from types import TracebackType
from typing import Self, cast

import httpx

from palette_operator import __version__
from palette_operator.domain.errors import ReconcileError, Stalled, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import metrics
from palette_operator.palette.credentials import Credentials
from palette_operator.palette.failures import NoAnswer, Outcome, Reply, failure, retry_after_s
from palette_operator.palette.lanes import Lane
from palette_operator.palette.lifecycle import Lifecycle
from palette_operator.palette.limiter import Limiter, Permit
from palette_operator.palette.operations import Effect, Operation, Within

logger = logging.getLogger(__name__)

MAX_TRIES = 3
TOTAL_S = 60.0
"""Network time and pauses of one call, all tries together; the wait for permits is not counted."""
FIRST_PAUSE_S = 0.5
TRANSIENT = frozenset({429, 502, 503, 504})
CONNECT_S = 5.0
READ_S = 30.0
KEEP_ALIVE_S = 55.0
MAX_CONNECTIONS = 200
"""Twice what the largest bucket sends in two seconds: a request that has its permit never waits for a connection."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request to Palette."""

    doing: str
    """In plain words, for messages: `reading cluster 5f...`."""
    operation: Operation
    names: tuple[str, ...] = field(default=(), repr=False)
    """What fills the placeholders of the operation's path; one of them may be a token."""
    project: ProjectUid | None = None
    """Sent as ProjectUid; None asks in the tenant's scope."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    """Sent as JSON unless None; any method may carry one."""
    lane: Lane = Lane.TRANSITION
    permit_deadline_s: float | None = None
    """How long to wait for the permit of each try; None for as long as it takes."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values in the body that may not appear in a message, should Palette repeat them."""
    path: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fill in the path; raises ValueError for a scope or names that are not the operation's."""
        if self.operation.within is Within.PROJECT and not (self.project and self.project.strip()):
            raise ValueError(f"{self.doing}: a call in a project needs the project's uid")
        if self.operation.within is Within.TENANT and self.project is not None:
            raise ValueError(f"{self.doing}: a call in the tenant carries no project")
        object.__setattr__(self, "path", self.operation.path(*self.names))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one answer may take before it is given up."""

    total_s: float = TOTAL_S
    """Of one try, from connecting to the last byte: a server that sends a byte now and then is not waited for."""
    answer_bytes: int = 64 * 2**20
    """A page of 50 hosts with all their hardware takes a hundredth of it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Palette is and how to get there."""

    url: str
    proxy: str = field(default="", repr=False)
    """May hold a password."""
    ca_pem: str = ""
    """PEM certificates to trust instead of the system's; "" for the system's."""
    insecure: bool = False
    """Accept any certificate."""


class Transport:
    """Sends calls to one endpoint with one credential. Close it, or use it as a context manager."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        limiter: Limiter,
        *,
        network: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        bounds: Bounds = Bounds(),
    ) -> None:
        """Prepare to send; raises Stalled("InvalidSpec") for an endpoint, proxy or CA that cannot be one.

        `network`, `sleep`, `jitter` (0 to 1) and `bounds` are for tests.
        """
        self.lifecycle = Lifecycle()
        """What the answers said of operations that are going to end, or are not there."""
        self.credentials = credentials
        """May be replaced at any time; calls under way finish with the old one."""
        self.limiter = limiter
        self._sleep = sleep
        self._jitter = jitter
        self._bounds = bounds
        self._http = _http_client(endpoint, network)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        self.lifecycle.forget()
        await self._http.aclose()

    async def send(self, call: Call) -> Reply:
        """Send `call` and return its successful reply; raises ReconcileError.

        Repeats what may be repeated, at most MAX_TRIES times and TOTAL_S seconds, with growing pauses.
        """
        spent_s = 0.0
        for tried in range(1, MAX_TRIES + 1):
            outcome, throttled_for_s = await self._permitted(call)
            error = failure(call.doing, outcome, secrets=call.secrets)
            if error is None:
                return cast("Reply", outcome)
            # A pause after a 429 is the bucket's: the next try waits there, with everyone else.
            pause_s = throttled_for_s or FIRST_PAUSE_S * 2 ** (tried - 1) * (0.5 + self._jitter())
            spent_s += outcome.took_s + pause_s
            if tried == MAX_TRIES or spent_s > TOTAL_S or not _may_repeat(call, outcome):
                _log_ref(error)
                raise _final(error, throttled_for_s)
            if not throttled_for_s:
                await self._sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    async def _permitted(self, call: Call) -> tuple[Outcome, float]:
        """Send once the limiter allows it; also tell how long a refusal makes everyone wait, 0 when not refused."""
        deadline = None if call.permit_deadline_s is None else self.limiter.now() + call.permit_deadline_s
        async with self.limiter.permit(call.path, call.lane, deadline=deadline) as permit:
            outcome = await self._measured(call, await self._headers(call), permit)
        if isinstance(outcome, Reply) and outcome.status == httpx.codes.TOO_MANY_REQUESTS:
            return outcome, self.limiter.throttled(call.path, retry_after_s(outcome))
        return outcome, 0.0

    async def _measured(self, call: Call, headers: Mapping[str, str], permit: Permit) -> Outcome:
        outcome = await self._network(call, headers, permit)
        if isinstance(outcome, Reply):
            self.lifecycle.note(call.operation, outcome)
        code = str(outcome.status) if isinstance(outcome, Reply) else "none"
        metrics.REQUESTS.labels(self.limiter.prefix(call.path), call.operation.method, code).inc()
        return outcome

    async def _network(self, call: Call, headers: Mapping[str, str], permit: Permit) -> Outcome:
        async def traced(event: str, _: object) -> None:
            # Not before: a connection may have to be opened first, while others wait for this request to have left.
            if event.endswith("send_request_headers.started"):
                permit.sent()

        if self._http.is_closed:
            return NoAnswer("the connection was closed meanwhile")
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(self._bounds.total_s),
                self._http.stream(
                    call.operation.method,
                    call.path,
                    params=dict(call.query),
                    json=call.body,
                    headers=dict(headers),
                    extensions={"trace": traced},
                ) as response,
            ):
                content = await _bounded(response, self._bounds.answer_bytes)
        except (httpx.HTTPError, TimeoutError) as error:
            return NoAnswer(_reason(error), time.monotonic() - began)
        if content is None:
            return NoAnswer("its answer is too large", time.monotonic() - began, passes=False)
        return Reply(response.status_code, response.headers, content, time.monotonic() - began)

    async def _headers(self, call: Call) -> dict[str, str]:
        headers = dict(await self.credentials.headers())
        if call.project is not None:
            headers["ProjectUid"] = call.project
        return headers


def _may_repeat(call: Call, outcome: Outcome) -> bool:
    if call.operation.effect is Effect.ONCE:
        return False
    return outcome.passes if isinstance(outcome, NoAnswer) else outcome.status in TRANSIENT


async def _bounded(response: httpx.Response, most_bytes: int) -> bytes | None:
    """Read a body, unpacked; None when it is larger than `most_bytes`, of which no more is read."""
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > most_bytes:
            return None
    return bytes(content)


def _log_ref(error: ReconcileError) -> None:
    """Keep Palette's correlation id for support tickets: it differs each time, so conditions cannot hold it."""
    if error.answer is not None and error.answer.ref:
        logger.info("%s; Palette's ref: %s", error.message, error.answer.ref)


def _final(error: ReconcileError, throttled_for_s: float) -> ReconcileError:
    """Give a refusal the pause that its bucket came to."""
    if isinstance(error, Waiting) and throttled_for_s:
        error.retry_after_s = throttled_for_s
    return error


def _reason(error: Exception) -> str:
    """Say why no answer came in words that are the same each time: httpx's own may hold addresses and ports."""
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "cannot connect"
        case httpx.ProxyError():
            return "the proxy refused"
        case httpx.TimeoutException() | TimeoutError():
            return "timed out"
        case httpx.UnsupportedProtocol():
            return "the endpoint is no http or https address"
    return "the connection broke"


class _NoCookies(CookieJar):
    """Keeps none: a session that a cookie holds would outlive the credential that it came with."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Pass over what the server would have kept."""


async def _forget_location(response: httpx.Response) -> None:
    """Drop where a redirect leads: httpx reads it though it does not follow, and fails over an odd one."""
    response.headers.pop("Location", None)


def _http_client(endpoint: Endpoint, network: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            base_url=endpoint.url,
            verify=_verification(endpoint),
            proxy=endpoint.proxy or None,
            transport=network,
            trust_env=False,
            follow_redirects=False,
            cookies=_NoCookies(),
            event_hooks={"response": [_forget_location]},
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            limits=httpx.Limits(
                max_connections=MAX_CONNECTIONS,
                max_keepalive_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEP_ALIVE_S,
            ),
            headers={"User-Agent": f"palette-operator/{__version__}", "Accept": "application/json"},
        )
    except (httpx.InvalidURL, ValueError):
        # The cause is left out: a proxy's address may hold a password.
        raise Stalled("InvalidSpec", "the connection's endpoint or proxy is no http or https address") from None


def _verification(endpoint: Endpoint) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=endpoint.ca_pem or None)
    except (ssl.SSLError, ValueError):
        raise Stalled("InvalidSpec", "the connection's CA holds no certificates in PEM") from None
    if endpoint.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
