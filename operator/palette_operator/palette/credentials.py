"""What proves to Palette who is calling. Nothing here may show a secret in its repr."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from palette_operator.domain.errors import Stalled


class Credentials(Protocol):
    """Whatever can be put into a request's headers to authenticate it."""

    async def headers(self) -> Mapping[str, str]:
        """Name the headers to send. May take time, for instance to fetch a token; raises ReconcileError."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key. Source: Palette docs, "API Key"."""

    key: str = field(repr=False)

    async def headers(self) -> Mapping[str, str]:
        """Name the header, without white space around the key; raises Stalled("Unauthorized") if it can be no key."""
        key = self.key.strip()
        if not (key and key.isascii() and key.isprintable()):
            raise Stalled(
                "Unauthorized", "the API key is empty or holds characters that no key has; correct its Secret"
            )
        return {"ApiKey": key}
