"""A session with one host: logging in as a user of its operating system, renewing the token, logging out.

A session asks for nothing by itself: a login happens when a call needs it. Source: Palette docs, "Edge Management API".
"""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeAlias

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.edge import operations
from palette_operator.edge.call import Call
from palette_operator.edge.clock import EdgeClock
from palette_operator.edge.endpoint import OsLogin
from palette_operator.edge.wire.base import decode
from palette_operator.edge.wire.login import Login, UserToken
from palette_operator.http.keeper import TokenKeeper
from palette_operator.http.replies import Reply
from palette_operator.http.tokens import Token, token_from

logger = logging.getLogger(__name__)

DOCUMENTED_LIFE_S = 2 * 3600.0
"""Of a token. Source: Palette docs, "Edge Management API"."""
EXTENDED_LIFE_S = 24 * 3600.0
REFUSAL_COUNTS_S = 600.0
"""A login that was refused is not tried again before: three wrong passwords within 15 minutes lock an account where
pam_faillock has its defaults."""
FAULT_COUNTS_S = 60.0
"""A login that the host answered with a 500, which may be a wrong password as well, is not tried again before."""
_ISSUED_KEPT = 8
"""Tokens and refresh tokens of the last four logins and renewals: a token is renewed at two thirds of its life."""
_REFUSALS = frozenset({400, 401, 403, 422})
"""400 without a word is what the specification declares."""

Send: TypeAlias = Callable[[Call], Awaitable[Reply]]
"""Sends a call that carries no token; raises ReconcileError."""


class HostSession:
    """The token of one user, in the header `Authorization`, as it is."""

    def __init__(self, url: str, login: OsLogin, clock: EdgeClock, *, extended: bool) -> None:
        """Log in when it is needed; `extended` asks for a token that lives for 24 hours rather than 2."""
        self.is_first_login: bool | None = None
        """Whether the host saw this user for the first time; None before a login."""
        self._url = url
        self._login = login
        self._clock = clock
        self._extended = extended
        self._keeper = TokenKeeper(clock.monotonic)
        self._refresh_token = ""
        self._issued: deque[str] = deque(maxlen=_ISSUED_KEPT)
        self._refusal: ReconcileError | None = None
        self._refusal_counts_until = -math.inf

    async def prepare(self, send: Send) -> None:
        """Return once there is a token; raises ReconcileError, Stalled("Unauthorized") where the host refuses."""
        await self._keeper.prepare(lambda token: self._obtain(token, send))

    def headers(self) -> Mapping[str, str] | None:
        """Name the token; None when `prepare` must come first (again)."""
        token = self._keeper.serving
        return None if token is None else {"Authorization": token.value}

    def refused(self, headers: Mapping[str, str]) -> bool:
        """Take note of a 401 to a request with these headers; return whether others are worth a second try."""
        return self._keeper.refused(headers.get("Authorization", ""))

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be repeated by any message: a token that was replaced may serve on the host for hours."""
        return (self._login.password, *self._issued)

    async def aclose(self) -> None:
        """Forget the token."""
        self._refresh_token = ""
        message = f"{self._url}: no answer from the host (the connection was closed meanwhile)"
        await self._keeper.aclose(Unavailable("Unreachable", message))

    async def _obtain(self, token: Token | None, send: Send) -> Token:
        """Renew the token; log in where there is none to renew, or where that fails."""
        renewed = await self._renewed(send) if token is not None and self._refresh_token else None
        return renewed or await self._logged_in(send)

    async def _renewed(self, send: Send) -> Token | None:
        refresh_token = self._refresh_token
        call = Call(
            f"{self._url}: renewing the token of {self._login.username}",
            operations.RENEW_TOKEN,
            query=self._query(),
            body={"refreshToken": refresh_token},
            secrets=self.secrets,
        )
        asked_at = self._clock.monotonic()
        try:
            return self._kept(call, decode(call.doing, await send(call), UserToken), asked_at)
        except Waiting:
            raise
        except ReconcileError as error:
            logger.info("%s; logging in anew", error.message)
            return None

    async def _logged_in(self, send: Send) -> Token:
        if self._refusal is not None and self._clock.monotonic() < self._refusal_counts_until:
            raise self._refusal.with_traceback(None)
        user = self._login
        call = Call(
            f"{self._url}: logging in as {user.username}",
            operations.LOG_IN,
            query={**self._query(), "setCookie": "false"},
            body={"username": user.username, "password": user.password},
            secrets=self.secrets,
        )
        asked_at = self._clock.monotonic()
        try:
            answer = decode(call.doing, await send(call), Login)
            token = self._kept(call, answer.token, asked_at)
        except ReconcileError as error:
            raise self._judged(error) from error
        self._refusal = None
        self.is_first_login = answer.is_first_login
        return token

    def _query(self) -> dict[str, str]:
        return {"extendedSession": "true"} if self._extended else {}

    def _kept(self, call: Call, answer: UserToken, asked_at: float) -> Token:
        value = answer.authorization.strip()
        if not (value and value.isascii() and value.isprintable()):
            raise Unavailable("Unreachable", f"{call.doing}: the host's answer holds no token")
        self._refresh_token = answer.refresh_token or self._refresh_token
        self._issued += (value, self._refresh_token)
        life_s = EXTENDED_LIFE_S if self._extended else DOCUMENTED_LIFE_S
        return token_from(value, asked_at, self._clock.epoch_s(), documented_life_s=life_s)

    def _judged(self, error: ReconcileError) -> ReconcileError:
        """Say what a failed login means; what the host refused is remembered."""
        answer = error.answer
        if answer is not None and answer.status in _REFUSALS:
            words = f"{answer.status}: {answer.message.rstrip('.')}" if answer.message else f"{answer.status}"
            message = (
                f"{self._url}: the host refuses the login of {self._login.username} ({words}); "
                f"correct {self._login.origin}, or the user on the host"
            )
            return self._remembered(Stalled("Unauthorized", message, answer=answer), REFUSAL_COUNTS_S)
        if answer is not None and answer.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._remembered(error, FAULT_COUNTS_S)
        return error

    def _remembered(self, error: ReconcileError, for_s: float) -> ReconcileError:
        self._refusal = error
        self._refusal_counts_until = self._clock.monotonic() + for_s
        return error
