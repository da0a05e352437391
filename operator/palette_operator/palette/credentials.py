"""What proves to Palette who is calling: plain values, as a Secret holds them. None shows a secret in its repr.

Equal values are the same credential. How one is used on the way is in `sessions`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

_UNNAMED = "the credentials"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key. Source: Palette docs, "API Key"."""

    key: str = field(repr=False)
    origin: str = field(default=_UNNAMED, compare=False)
    """Where it comes from, for messages: `Secret 'a' in namespace 'b'`."""


@dataclass(frozen=True, slots=True)
class UserLogin:
    """A user, who logs in for a token. Source: Palette OpenAPI 4.9, v1AuthLogin."""

    email: str
    password: str = field(repr=False)
    organization: str = ""
    """Needed by a user of several organizations alone."""
    origin: str = field(default=_UNNAMED, compare=False)


Credentials: TypeAlias = ApiKey | UserLogin
