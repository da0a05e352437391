"""Tokens. Source: Edge Management OpenAPI, v1LoginSuccess, v1UserToken; capitals as they are sent."""

from __future__ import annotations

from pydantic import Field

from palette_operator.edge.wire.base import Switch, Wire


class UserToken(Wire):
    """v1UserToken."""

    authorization: str = Field(default="", alias="Authorization", repr=False)
    refresh_token: str = Field(default="", alias="RefreshToken", repr=False)


class Login(Wire):
    """v1LoginSuccess."""

    token: UserToken = Field(default_factory=UserToken, alias="Token")
    is_first_login: Switch = Field(default=None, alias="IsFirstLogin")
