"""How a request travels: credentials -> retry -> limiter -> metrics -> network, from the outside in.

A retry passes the limiter again, so that it spends budget and is counted like any other request. So does a login, which
is over before the call that needs it asks for its permit: nothing waits for one permit while it holds another.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self, cast

import httpx

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.leadership import Fence, NotLeading, always
from palette_operator.http.network import at_departure, bounded_content, no_answer
from palette_operator.http.operation import Effect
from palette_operator.http.replies import NoAnswer, Outcome, Reply, retry_after_s
from palette_operator.palette import metrics
from palette_operator.palette.call import Call
from palette_operator.palette.credentials import Credentials
from palette_operator.palette.failures import failure, silence
from palette_operator.palette.lifecycle import Lifecycle
from palette_operator.palette.limiter import ANYONE, Caller, Limiter, Permit
from palette_operator.palette.network import TRUST, Endpoint, http_client
from palette_operator.palette.sessions import Anonymous, Session, SessionClock, open_session

__all__ = ["Bounds", "Call", "Endpoint", "Transport"]

logger = logging.getLogger(__name__)

MAX_TRIES = 3
TOTAL_S = 60.0
"""Network time and pauses of one call, all tries together. The wait for permits is not counted, nor is a login."""
FIRST_PAUSE_S = 0.5
TRANSIENT = frozenset({429, 502, 503, 504})
_ANONYMOUS = Anonymous()
_LEFT_TOO_LATE_RETRY_S = 5.0
_MAX_PREPARED = 3
"""How often headers are prepared for one try: they may grow old while it waits for its permit."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much one call may take before it is given up."""

    total_s: float = TOTAL_S
    """Of all tries, from connecting to the last byte: a server that sends a byte now and then is not waited for."""
    answer_bytes: int = 64 * 2**20
    """A page of 50 hosts with all their hardware takes a hundredth of it."""


class Transport:
    """Sends calls to one endpoint with one credential. Close it, or use it as a context manager."""

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        limiter: Limiter,
        *,
        read_only: bool = False,
        caller: Caller = ANYONE,
        fence: Fence = always,
        replica: str = "",
        network: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        bounds: Bounds = Bounds(),
        clock: SessionClock | None = None,
    ) -> None:
        """Prepare to send; raises Stalled("InvalidSpec") for an endpoint, proxy or CA that cannot be one.

        With `read_only`, calls that change anything in Palette are refused before anything is sent, and so is every
        call once `fence` says no. The limiter lets callers take turns, and holds them back while their endpoint does
        not answer. Palette is told the `replica`. `network`, `sleep`, `jitter` (0 to 1), `bounds` and `clock` are for
        tests.
        """
        self.lifecycle = Lifecycle()
        """What the answers said of operations that are going to end, or are not there."""
        self.session: Session = open_session(credentials, clock)
        """May be replaced at any time; calls under way finish with the old one."""
        self.limiter = limiter
        self._read_only = read_only
        self._caller = caller
        self._fence = fence
        self._sleep = sleep
        self._jitter = jitter
        self._bounds = bounds
        self._http = http_client(endpoint, network, replica=replica)

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

        Repeats what may be repeated, at most MAX_TRIES times and within the bounds, with growing pauses. Raises
        Stalled("NotAllowed") for a call that changes something where only reading is allowed, NotLeading at the fence.
        """
        if self._read_only and call.operation.effect is not Effect.READ:
            raise Stalled("NotAllowed", f"{call.doing}: not sent, since this client only reads")
        return await self._sent(call, self.session)

    async def _sent_anonymously(self, call: Call) -> Reply:
        return await self._sent(call, _ANONYMOUS)

    async def _sent(self, call: Call, session: Session) -> Reply:
        spent_s, tried, renewed = 0.0, 0, False
        leave_by = math.inf if call.leave_within_s is None else self.limiter.now() + call.leave_within_s
        while True:
            within_s = self._bounds.total_s - spent_s
            outcome, throttled_for_s, headers = await self._permitted(call, session, within_s, leave_by)
            error = failure(call.doing, outcome, secrets=(*call.secrets, *headers.values()))
            if error is None:
                return cast("Reply", outcome)
            if _is_unauthorized(outcome) and not renewed and session.refused(headers):
                # Palette did nothing: with other headers this is the first time, for a create too.
                spent_s, renewed = spent_s + outcome.took_s, True
                continue
            tried += 1
            # A pause after a 429 is the bucket's: the next try waits there, with everyone else.
            pause_s = throttled_for_s or FIRST_PAUSE_S * 2 ** (tried - 1) * (0.5 + self._jitter())
            spent_s += outcome.took_s + pause_s
            if tried == MAX_TRIES or spent_s > self._bounds.total_s or not _may_repeat(call, outcome):
                _log_ref(error)
                raise _final(error, throttled_for_s)
            if not throttled_for_s:
                await self._sleep(pause_s)

    async def _permitted(
        self, call: Call, session: Session, within_s: float, leave_by: float
    ) -> tuple[Outcome, float, Mapping[str, str]]:
        """Send once the limiter allows it, with headers that are valid then.

        Also tell how long a refusal makes everyone wait, 0 when not refused, and which headers went along.
        """
        patience_s = math.inf if call.permit_deadline_s is None else call.permit_deadline_s
        deadline = min(leave_by, self.limiter.now() + patience_s)
        for _ in range(_MAX_PREPARED):
            await session.prepare(self._sent_anonymously)
            async with self.limiter.permit(
                call.path,
                call.lane,
                doing=call.doing,
                caller=self._caller,
                deadline=deadline,
                may_probe=call.operation.effect is not Effect.ONCE,
            ) as permit:
                headers = session.headers()
                if headers is None:
                    continue
                outcome = await self._measured(call, headers, permit, within_s, leave_by)
                if not self._http.is_closed:
                    permit.heard(silence=silence(outcome))
            if isinstance(outcome, Reply) and outcome.status == httpx.codes.TOO_MANY_REQUESTS:
                return outcome, self.limiter.throttled(call.path, retry_after_s(outcome)), headers
            return outcome, 0.0, headers
        raise Unavailable("PaletteUnreachable", f"{call.doing}: Palette's tokens end before a request can be sent")

    async def _measured(
        self, call: Call, headers: Mapping[str, str], permit: Permit, within_s: float, leave_by: float
    ) -> Outcome:
        outcome = await self._network(call, headers, permit, within_s, leave_by)
        if isinstance(outcome, Reply):
            self.lifecycle.note(call.operation, outcome)
        code = str(outcome.status) if isinstance(outcome, Reply) else "none"
        metrics.REQUESTS.labels(self.limiter.prefix(call.path), call.operation.method, code).inc()
        return outcome

    async def _network(
        self, call: Call, headers: Mapping[str, str], permit: Permit, within_s: float, leave_by: float
    ) -> Outcome:
        def departs() -> None:
            # Not before: a connection may have to be opened first, while others wait for this request to have left.
            if not self._fence():
                raise NotLeading(call.doing)
            if self.limiter.now() >= leave_by:
                message = f"{call.doing}: not sent, since it could not leave in time; it is tried again"
                raise Waiting("PaletteUnreachable", message, retry_after_s=_LEFT_TOO_LATE_RETRY_S)
            permit.sent()

        if self._http.is_closed:
            return NoAnswer("the connection was closed meanwhile")
        scope = {} if call.project is None else {"ProjectUid": call.project}
        began = time.monotonic()
        try:
            async with (
                asyncio.timeout(within_s),
                self._http.stream(
                    call.operation.method,
                    call.path,
                    params=dict(call.query),
                    json=call.body,
                    headers={**headers, **scope},
                    extensions={"trace": at_departure(departs)},
                ) as response,
            ):
                content = await bounded_content(response, self._bounds.answer_bytes)
        except (httpx.HTTPError, TimeoutError) as error:
            return no_answer(error, time.monotonic() - began, trust=TRUST)
        if content is None:
            return NoAnswer("its answer is too large", time.monotonic() - began, passes=False)
        return Reply(response.status_code, response.headers, content, time.monotonic() - began)


def _may_repeat(call: Call, outcome: Outcome) -> bool:
    if call.operation.effect is Effect.ONCE:
        return False
    return outcome.passes if isinstance(outcome, NoAnswer) else outcome.status in TRANSIENT


def _is_unauthorized(outcome: Outcome) -> bool:
    return isinstance(outcome, Reply) and outcome.status == httpx.codes.UNAUTHORIZED


def _log_ref(error: ReconcileError) -> None:
    """Keep Palette's correlation id for support tickets: it differs each time, so conditions cannot hold it."""
    if error.answer is not None and error.answer.ref:
        level = logs.level_of(error.message)
        logger.log(level, "%s; Palette's ref: %s", error.message, error.answer.ref, extra=logs.cause(error))


def _final(error: ReconcileError, throttled_for_s: float) -> ReconcileError:
    """Give a refusal the pause that its bucket came to."""
    if isinstance(error, Waiting) and throttled_for_s:
        error.retry_after_s = throttled_for_s
    return error
