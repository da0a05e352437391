"""Finds out whose credential a connection uses and when it expires, and asks no more often than it must."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.holder import Holder, ListedKey, User, own_key
from palette_operator.domain.observed import WhoAmI
from palette_operator.palette import metrics
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.credentials import Credentials, UserLogin

# The expiry of a key can be moved in Palette.
KNOWN_FOR_S = 24 * 3600.0
# Palette did not answer; that says nothing of what it would have said.
UNANSWERED_FOR_S = 600.0

AnswerT = TypeVar("AnswerT")


@dataclass(slots=True)
class _Answer:
    """What one of the calls last said."""

    user: User | None = None
    keys: list[ListedKey] = field(default_factory=list)
    ask_after: float = -math.inf
    """Monotonic seconds; infinite once Palette refused: it does so for this credential."""


@dataclass(slots=True)
class _Known:
    credentials: Credentials = field(repr=False)
    who: WhoAmI
    user: _Answer = field(default_factory=_Answer)
    keys: _Answer = field(default_factory=_Answer)


class Identities:
    """What is known of each connection's credential."""

    def __init__(self, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._now = now
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}
        self._expiries: dict[str, Callable[[], float]] = {}

    def prove(self, connection: str, credentials: Credentials, who: WhoAmI) -> None:
        """Take note that `who` was let in with these credentials; what was known of others is forgotten."""
        self._known[connection] = _Known(credentials, who)

    def forget(self, connection: str) -> None:
        """Drop all that is known of a connection."""
        self._known.pop(connection, None)
        self._show_expiry(connection, None)

    async def holder(self, connection: str, client: PaletteClient) -> Holder | None:
        """Return whose credential it is, asking Palette what is not known yet; None for one that was not proven.

        Raises nothing: what Palette does not tell stays unknown.
        """
        known = self._known.get(connection)
        if known is None:
            return None
        holder = await self._holder(known, client)
        self._show_expiry(connection, holder.expires_at)
        return holder

    async def _holder(self, known: _Known, client: PaletteClient) -> Holder:
        who, credentials = known.who, known.credentials
        if isinstance(credentials, UserLogin):
            return Holder("User", who.user_uid, credentials.email, who.organization)
        await self._ask(known, client)
        key = own_key(known.keys.keys, who.user_uid, self._now())
        names = {listed.user_name for listed in known.keys.keys if listed.user_uid == who.user_uid}
        user = known.user.user or User(who.user_uid, "", "")
        return Holder(
            "ApiKey",
            who.user_uid,
            user.email or user.name or max(names, default="") or who.user_uid,
            who.organization,
            key.name if key else "",
            key.expires_at if key else None,
        )

    async def _ask(self, known: _Known, client: PaletteClient) -> None:
        """Bring up to date what may have changed."""
        now = self._monotonic()
        if now >= known.user.ask_after and known.who.user_uid:
            try:
                known.user = _Answer(user=await client.user(known.who.user_uid), ask_after=now + KNOWN_FOR_S)
            except ReconcileError as error:
                known.user.ask_after = _patience(error, now)
        if now >= known.keys.ask_after:
            try:
                known.keys = _Answer(keys=await client.api_keys(), ask_after=now + KNOWN_FOR_S)
            except ReconcileError as error:
                known.keys.ask_after = _patience(error, now)

    def _show_expiry(self, connection: str, expires_at: datetime | None) -> None:
        shown = self._expiries.pop(connection, None)
        if expires_at is not None:
            self._expiries[connection] = expires_at.timestamp
            metrics.CREDENTIAL_EXPIRY.watch(connection, expires_at.timestamp)
        elif shown is not None:
            metrics.CREDENTIAL_EXPIRY.unwatch(connection, shown)


def expiry_warning(holder: Holder | None, origin: str, now: datetime) -> str:
    """Say that the credential, which comes from `origin`, expires soon; "" when it does not. The same every day."""
    if holder is None or holder.expires_at is None or not holder.expires_soon(now):
        return ""
    day = holder.expires_at.astimezone(UTC).strftime("%Y-%m-%d")
    return f"API key {holder.key_name!r} of {holder.user} expires on {day}; put another one into {origin}"


def _patience(error: ReconcileError, now: float) -> float:
    return math.inf if isinstance(error, Stalled) else now + UNANSWERED_FOR_S
