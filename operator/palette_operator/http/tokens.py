"""The token of a login, and how long it serves. Pure."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

LONGEST_LIFE_S = 24 * 3600.0
"""Claims that make a token live longer are not believed."""
RENEWED_AT = 2 / 3
"""Part of its life after which a token is renewed."""
_LONGEST_MARGIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Token:
    """A token with the moments, in monotonic seconds, from which it is to be renewed and no longer to be sent."""

    value: str = field(repr=False)
    renew_at: float
    ends_at: float


def token_from(value: str, asked_at: float, now_epoch_s: float, *, documented_life_s: float) -> Token:
    """Return a token that was asked for at `asked_at`, in monotonic seconds; `now_epoch_s` is the wall clock.

    `documented_life_s` counts for a token that does not tell its life. Each ends a little early: a request takes its
    time to arrive.
    """
    life_s = token_life_s(value, now_epoch_s, documented_life_s)
    margin_s = min(_LONGEST_MARGIN_S, life_s / 10)
    return Token(value, asked_at + life_s * RENEWED_AT, asked_at + life_s - margin_s)


def token_life_s(value: str, now_epoch_s: float, documented_life_s: float) -> float:
    """Return for how many seconds a new token lives, by its own word, which is never verified; else as documented.

    Where it says when it was made too, that counts rather than our clock, which may be wrong.
    """
    claims = _claims(value)
    ends_s = _seconds(claims.get("exp"))
    if ends_s is None:
        return documented_life_s
    made_s = _seconds(claims.get("iat"))
    life_s = ends_s - (now_epoch_s if made_s is None else made_s)
    return life_s if 0 < life_s <= LONGEST_LIFE_S else documented_life_s


def _claims(value: str) -> dict[str, object]:
    """Read the claims of a JWT; nothing of anything else."""
    parts = value.split(".")
    if len(parts) != len(("header", "claims", "signature")):
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seconds(claim: object) -> float | None:
    is_number = isinstance(claim, (int, float)) and not isinstance(claim, bool)
    return float(claim) if is_number else None  # type: ignore[arg-type]
