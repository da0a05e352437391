"""Who is logged in at a host: tokens that count for a while, and what renews them.

Source: Edge Management OpenAPI, v1UserToken and `extendedSession`.
"""

import secrets
from dataclasses import dataclass
from uuid import uuid4

from palette_sim.common.jwt import signed
from palette_sim.edge.config import Durations


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login gives."""

    authorization: str
    refresh: str


@dataclass(frozen=True, slots=True)
class _Session:
    refresh: str
    ends_s: float


class Sessions:
    """The tokens that one host gave out."""

    def __init__(self, durations: Durations, secret: bytes | None = None) -> None:
        self._durations = durations
        self._secret = secret or secrets.token_bytes(32)
        self._held: dict[str, _Session] = {}

    def open(self, username: str, now_s: float, *, extended: bool) -> TokenPair:
        """Give out a token and what renews it."""
        ends_s = now_s + (self._durations.extended_token_s if extended else self._durations.token_s)
        claims = {"sub": username, "iat": now_s, "exp": ends_s, "jti": uuid4().hex}
        pair = TokenPair(signed(claims, self._secret), secrets.token_urlsafe(24))
        self._held = {token: held for token, held in self._held.items() if now_s < held.ends_s}
        self._held[pair.authorization] = _Session(pair.refresh, ends_s)
        return pair

    @property
    def held(self) -> frozenset[str]:
        """Every token that was given out and not taken back, and what renews it: for those who look for leaks."""
        return frozenset(self._held) | {held.refresh for held in self._held.values()}

    def is_valid(self, token: str, now_s: float) -> bool:
        """Tell whether a token counts."""
        held = self._held.get(token)
        return held is not None and now_s < held.ends_s

    def renew(self, refresh: str, username: str, now_s: float, *, extended: bool) -> TokenPair | None:
        """Give out a new pair in the place of the one that `refresh` belongs to; None when it belongs to none."""
        old = next((token for token, held in self._held.items() if held.refresh == refresh), None)
        if old is None or not self.is_valid(old, now_s):
            return None
        del self._held[old]
        return self.open(username, now_s, extended=extended)

    def close(self, token: str) -> None:
        """Let a token count no longer."""
        self._held.pop(token, None)

    def revoke_all(self) -> None:
        """Let no token count any longer."""
        self._held.clear()
