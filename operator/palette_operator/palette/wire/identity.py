"""Logins, users and API keys. Source: Palette OpenAPI 4.9."""

from __future__ import annotations

from pydantic import Field

from palette_operator.palette.wire.base import Wire


class UserToken(Wire):
    """v1UserToken."""

    authorization: str = Field(default="", alias="Authorization", repr=False)
    is_mfa: bool = False
