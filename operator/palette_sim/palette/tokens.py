"""Tokens of logins: JWTs that count for a while.

Source: Palette docs, "Authorization Token"; Palette OpenAPI 4.9, v1UserToken.
"""

import secrets
from dataclasses import dataclass
from uuid import uuid4

from palette_sim.common.jwt import signed
from palette_sim.palette.errors import unauthorized


@dataclass(frozen=True, slots=True)
class _Session:
    user_uid: str
    session: str
    ends_s: float


class Tokens:
    """The tokens that were given out."""

    def __init__(self, life_s: float) -> None:
        self._life_s = life_s
        self._secret = secrets.token_bytes(32)
        self._known: dict[str, _Session] = {}

    def issue(self, user_uid: str, now_s: float, session: str = "") -> str:
        """Give out a token, of a new session unless one is given."""
        session, ends_s = session or uuid4().hex, now_s + self._life_s
        claims = {"sub": user_uid, "sessionUid": session, "iat": now_s, "exp": ends_s, "jti": uuid4().hex}
        token = signed(claims, self._secret)
        self._known = {known: held for known, held in self._known.items() if now_s < held.ends_s}
        self._known[token] = _Session(user_uid, session, ends_s)
        return token

    def half(self) -> str:
        """Give out what is good for nothing but showing a second factor."""
        return signed({"mfa": True, "jti": uuid4().hex}, self._secret)

    def identify(self, token: str, now_s: float) -> str:
        """Tell the uid of the user; raises ApiError 401 for a token that is unknown, revoked or past its end."""
        return self._valid(token, now_s).user_uid

    def refresh(self, token: str, now_s: float) -> str:
        """Give out a new token of the same session; the old one counts until its end. Raises ApiError 401."""
        held = self._valid(token, now_s)
        return self.issue(held.user_uid, now_s, held.session)

    def revoke(self, user_uid: str) -> None:
        """Let all tokens of a user count no longer."""
        self._known = {token: held for token, held in self._known.items() if held.user_uid != user_uid}

    def _valid(self, token: str, now_s: float) -> _Session:
        held = self._known.get(token)
        if held is None or now_s >= held.ends_s:
            raise unauthorized()
        return held
