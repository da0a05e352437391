"""Registration tokens: what a device shows to Palette when it registers itself, and which project it then is in.

The tokens that are ours are known by their name, which can be computed again from Git alone. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from palette_operator.domain.identifiers import ObjectKey, ProjectUid
from palette_operator.domain.marks import Identity


@dataclass(frozen=True, slots=True)
class RegistrationToken:
    """A token as Palette lists it, without its value. Source: Palette OpenAPI 4.9, v1EdgeToken."""

    uid: str
    name: str
    project: ProjectUid | None
    expires_at: datetime | None
    active: bool


def name_prefix(identity: Identity, connection: ObjectKey) -> str:
    """Return how the names of a connection's tokens begin; no other connection's begin so."""
    return f"palette-operator-{identity.owner(connection)}-"


def token_name(prefix: str, expires_at: datetime) -> str:
    """Return the name of a token that expires then."""
    return f"{prefix}{expires_at:%Y%m%d%H%M%S}"


def renewal_at(expires_at: datetime, valid_days: int) -> datetime:
    """Return when a token is to be followed by a new one: at two thirds of its life."""
    return expires_at - timedelta(days=valid_days) / 3


def best_token(
    listed: Iterable[RegistrationToken], prefix: str, project: ProjectUid, now: datetime
) -> RegistrationToken | None:
    """Return our token for a project that works the longest from now; None when none does."""
    ours = (token for token in listed if token.name.startswith(prefix) and token.project == project and token.active)
    working = [(token.expires_at, token.uid, token) for token in ours if token.expires_at and token.expires_at > now]
    return max(working)[2] if working else None


def expired_tokens(listed: Iterable[RegistrationToken], prefix: str, now: datetime) -> tuple[RegistrationToken, ...]:
    """Return those of ours that no device can register with any more.

    One that was merely followed by another stays: it may be on an installer's stick, on its way to a site.
    """
    ours = (token for token in listed if token.name.startswith(prefix))
    return tuple(token for token in ours if token.expires_at is not None and token.expires_at <= now)
