"""Keeps one token fresh for all who need it.

It is renewed at two thirds of its life, while the old one still serves. All who need a login share one, and it goes on
when one of them is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from palette_operator.domain.errors import ReconcileError
from palette_operator.http.tokens import Token

logger = logging.getLogger(__name__)

FORCED_AGAIN_S = 10.0
"""A token that is refused sooner after a forced renewal is not renewed again: it is not the token's age."""
RENEW_AGAIN_S = 10.0
"""Between two attempts to renew a token that still serves."""

Obtain: TypeAlias = Callable[[Token | None], Awaitable[Token]]
"""Gets a new token, given the one that still serves; raises ReconcileError."""


class TokenKeeper:
    """Holds a token; asks for nothing by itself, but when a call needs it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._token: Token | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._renew_not_before = -math.inf
        self._forced_at = -math.inf
        self._closed: ReconcileError | None = None

    @property
    def serving(self) -> Token | None:
        """The token that may be sent now; None when one must be obtained first."""
        return self._token if self._token is not None and self._monotonic() < self._token.ends_at else None

    async def prepare(self, obtain: Obtain) -> None:
        """Return once there is a token; raises what `obtain` raises, if that is needed, or what it was closed with."""
        now = self._monotonic()
        token = self.serving
        if token is None:
            await self._shared(self._begin(obtain, _retrieved))
        elif now >= token.renew_at and now >= self._renew_not_before:
            self._renew_not_before = now + RENEW_AGAIN_S
            self._begin(obtain, _noted)

    def refused(self, value: str) -> bool:
        """Let go of a token that was refused, unless that comes too soon after the last one was.

        Returns whether another one is worth a second try.
        """
        if self._token is None or self._token.value != value:
            return True
        now = self._monotonic()
        if now - self._forced_at < FORCED_AGAIN_S:
            return False
        self._forced_at = now
        self._token = None
        return True

    async def aclose(self, why: ReconcileError) -> None:
        """Let go of the token, and of a renewal that is under way: whoever waits for it gets `why`."""
        self._closed = why
        renewal, self._renewal, self._token = self._renewal, None, None
        if renewal is not None:
            renewal.cancel()
            await asyncio.gather(renewal, return_exceptions=True)

    async def _shared(self, renewal: asyncio.Task[None]) -> None:
        """Wait for a login that others may wait for too: neither is cancelled with the other."""
        await asyncio.wait({renewal})
        if renewal.cancelled() and self._closed is not None:
            raise self._closed.with_traceback(None)
        renewal.result()

    def _begin(self, obtain: Obtain, then: Callable[[asyncio.Task[None]], None]) -> asyncio.Task[None]:
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(obtain), name="renewing a token")
            self._renewal.add_done_callback(then)
        return self._renewal

    async def _renew(self, obtain: Obtain) -> None:
        self._token = await obtain(self.serving)
        self._renew_not_before = -math.inf


def _retrieved(renewal: asyncio.Task[None]) -> None:
    """Have a failure count as seen: whoever waits for the token raises it, unless all of them were cancelled."""
    if not renewal.cancelled():
        renewal.exception()


def _noted(renewal: asyncio.Task[None]) -> None:
    """Take note of a failure that nobody waits for: the next call that needs a token meets it again."""
    if not renewal.cancelled() and isinstance(error := renewal.exception(), ReconcileError):
        logger.warning("no new token: %s", error.message)
