"""How credentials are used: the headers that a request carries, and the logging in that some of them need.

A session belongs to one credential and may serve several transports. It asks for nothing by itself: a login happens
when a call needs it, through the transport of that call, and passes the limiter like any other request.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.http.keeper import TokenKeeper
from palette_operator.http.replies import Reply
from palette_operator.http.tokens import Token, token_from
from palette_operator.palette import operations
from palette_operator.palette.call import Call
from palette_operator.palette.credentials import ApiKey, Credentials, UserLogin
from palette_operator.palette.lanes import Lane
from palette_operator.palette.wire.base import decode, without_empty
from palette_operator.palette.wire.identity import UserToken

logger = logging.getLogger(__name__)

DOCUMENTED_LIFE_S = 15 * 60.0
"""Of a token. Source: Palette docs, "Authorization Token"."""
REFUSAL_COUNTS_S = 60.0
"""A login that Palette refused is not tried again before: wrong passwords in a row lock an account."""

Send: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""Sends a call that carries no credentials; raises ReconcileError."""


@dataclass(frozen=True, slots=True)
class SessionClock:
    """The two clocks that tokens are read by."""

    monotonic: Callable[[], float] = time.monotonic
    epoch_s: Callable[[], float] = time.time


class Session(Protocol):
    """What a transport asks of credentials, for each call: first `prepare`, then `headers`."""

    async def prepare(self, send: Send) -> None:
        """Return once there are headers to send, logging in if need be; raises ReconcileError."""

    def headers(self) -> Mapping[str, str] | None:
        """Name the headers to send now; None when `prepare` must come first (again)."""

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Take note of a 401 to a request with these headers; return whether others are worth a second try."""


def open_session(credentials: Credentials, clock: SessionClock | None = None) -> Session:
    """Return a new session of a credential. Sends nothing."""
    match credentials:
        case ApiKey():
            return KeySession(credentials)
        case UserLogin():
            return TokenSession(credentials, clock or SessionClock())


class Anonymous:
    """No credentials: for logging in."""

    async def prepare(self, send: Send) -> None:
        """Nothing to do."""

    def headers(self) -> Mapping[str, str] | None:
        """None are needed."""
        return {}

    def refused(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - as the protocol says
        """Nothing else to try."""
        return False


class KeySession:
    """An API key, in the header `ApiKey`. Source: Palette docs, "API Key"."""

    def __init__(self, credentials: ApiKey) -> None:
        self._origin = credentials.origin
        self._key = credentials.key.strip()

    async def prepare(self, send: Send) -> None:  # noqa: ARG002 - as the protocol says
        """Raise Stalled("Unauthorized") for what can be no key."""
        if not (self._key and self._key.isascii() and self._key.isprintable()):
            message = f"the API key is empty or holds characters that no key has; correct {self._origin}"
            raise Stalled("Unauthorized", message)

    def headers(self) -> Mapping[str, str] | None:
        """Name the key."""
        return {"ApiKey": self._key}

    def refused(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - as the protocol says
        """There is but one key."""
        return False


class TokenSession:
    """A user's token, in the header `Authorization`. Source: Palette docs, "Authorization Token"."""

    def __init__(self, credentials: UserLogin, clock: SessionClock) -> None:
        self._user = credentials
        self._clock = clock
        self._keeper = TokenKeeper(clock.monotonic)
        self._refusal: ReconcileError | None = None
        self._refusal_counts_until = -math.inf

    async def prepare(self, send: Send) -> None:
        """Return once there is a token; raises ReconcileError, Stalled("Unauthorized") where Palette refuses."""
        await self._keeper.prepare(lambda token: self._obtain(token, send))

    def headers(self) -> Mapping[str, str] | None:
        """Name the token as it is: Palette takes it without `Bearer`."""
        token = self._keeper.serving
        return None if token is None else {"Authorization": token.value}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Let go of a token that was refused, unless that comes too soon after the last one was."""
        return self._keeper.refused(headers.get("Authorization", ""))

    async def _obtain(self, token: Token | None, send: Send) -> Token:
        """Refresh the token; log in where there is none, or where that fails."""
        fresh = None if token is None else await self._refreshed(token, send)
        return fresh or await self._logged_in(send)

    async def _refreshed(self, token: Token, send: Send) -> Token | None:
        try:
            return await self._refresh(token, send)
        except Waiting:
            raise
        except ReconcileError as error:
            logger.info("%s; logging in anew", error.message)
            return None

    async def _refresh(self, token: Token, send: Send) -> Token:
        call = Call(
            f"renewing the token of {self._user.email}",
            operations.REFRESH_TOKEN,
            (token.value,),
            query={"setCookie": "false"},
            lane=Lane.USER_CHANGE,
            secrets=(token.value,),
        )
        return await self._obtained(call, send)

    async def _logged_in(self, send: Send) -> Token:
        if self._refusal is not None and self._clock.monotonic() < self._refusal_counts_until:
            raise self._refusal.with_traceback(None)
        user = self._user
        call = Call(
            f"logging in as {user.email}",
            operations.AUTHENTICATE,
            query={"setCookie": "false"},
            body=without_empty({"emailId": user.email, "password": user.password, "org": user.organization}),
            lane=Lane.USER_CHANGE,
            secrets=(user.password,),
        )
        try:
            token = await self._obtained(call, send)
        except ReconcileError as error:
            raise self._judged(error) from error
        self._refusal = None
        return token

    async def _obtained(self, call: Call, send: Send) -> Token:
        asked_at = self._clock.monotonic()
        answer = decode(call.doing, await send(call), UserToken)
        if answer.is_mfa:
            raise Stalled("Unauthorized", self._mfa())
        value = answer.authorization.strip()
        if not (value and value.isascii() and value.isprintable()):
            raise Unavailable("PaletteUnreachable", f"{call.doing}: Palette's answer holds no token")
        return token_from(value, asked_at, self._clock.epoch_s(), documented_life_s=DOCUMENTED_LIFE_S)

    def _judged(self, error: ReconcileError) -> ReconcileError:
        """Say what a failed login means; what Palette refused is remembered.

        A 500 with a code of Palette's may be a wrong password as well: it is not repeated sooner either.
        """
        if isinstance(error, Stalled):
            error = Stalled("Unauthorized", self._said(error), answer=error.answer)
        elif error.reason != "RemoteRejected":
            return error
        self._refusal = error
        self._refusal_counts_until = self._clock.monotonic() + REFUSAL_COUNTS_S
        return error

    def _said(self, error: Stalled) -> str:
        answer = error.answer
        if answer is None:
            return error.message
        words = " ".join(filter(None, (str(answer.status), answer.code)))
        said = f"{words}: {answer.message.rstrip('.')}" if answer.message else words
        user = self._user
        return f"Palette refuses the login of {user.email} ({said}); correct {user.origin}, or the user in Palette"

    def _mfa(self) -> str:
        return (
            f"{self._user.email} needs a second factor to log in, which an operator cannot give; "
            f"put an API key, or a user without second factor, into {self._user.origin}"
        )
