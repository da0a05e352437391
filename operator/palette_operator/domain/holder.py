"""Whose credential a connection uses, and until when it is valid. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

EXPIRING_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class User:
    """A user as Palette describes one. Source: Palette OpenAPI 4.9, v1User."""

    uid: str
    email: str
    name: str
    """First and last name; "" where there is none."""


@dataclass(frozen=True, slots=True)
class ListedKey:
    """An API key in a listing, never the key itself. Source: Palette OpenAPI 4.9, v1ApiKey."""

    name: str
    user_uid: str
    user_name: str
    expires_at: datetime | None
    """None: never."""
    is_active: bool | None
    """None where the listing does not say."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose credential it is, as far as that could be found out."""

    method: Literal["ApiKey", "User"]
    user_uid: str
    user: str
    """For people: the e-mail address, else the name, else the uid."""
    organization: str
    key_name: str = ""
    """Name of the API key; "" where it is not certain which it is."""
    expires_at: datetime | None = None
    """None: never, or not known. A user's token, which is renewed, counts as never."""

    def expires_soon(self, now: datetime) -> bool:
        """Whether somebody should replace the credential now."""
        return self.expires_at is not None and self.expires_at - now < EXPIRING_WITHIN


def own_key(keys: Iterable[ListedKey], user_uid: str, now: datetime) -> ListedKey | None:
    """Return the key that a user's working request came with, where it can be but one of those listed.

    Palette does not say which key a request came with. A key whose state is not told may be active.
    """
    possible = [
        key
        for key in keys
        if key.user_uid == user_uid and key.is_active is not False and (key.expires_at is None or key.expires_at > now)
    ]
    return possible[0] if user_uid and len(possible) == 1 else None
