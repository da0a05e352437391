"""Logins, users and API keys. Source: Palette OpenAPI 4.9."""

from __future__ import annotations

from pydantic import Field

from palette_operator.domain.holder import ListedKey, User
from palette_operator.palette.wire.base import Reference, Time, Wire, with_zone


class UserToken(Wire):
    """v1UserToken."""

    authorization: str = Field(default="", alias="Authorization", repr=False)
    is_mfa: bool = False


class UserSpec(Wire):
    """v1UserSpec."""

    email_id: str = ""
    first_name: str = ""
    last_name: str = ""


class UserDetail(Wire):
    """v1User."""

    metadata: Reference = Field(default_factory=Reference)
    spec: UserSpec

    def user(self) -> User:
        """As the domain knows it."""
        name = f"{self.spec.first_name} {self.spec.last_name}".strip()
        return User(self.metadata.uid, self.spec.email_id.strip(), name)


class ApiKeyUser(Wire):
    """v1ApiKeyUser."""

    uid: str = ""
    first_name: str = ""
    last_name: str = ""


class ApiKeySpec(Wire):
    """v1ApiKeySpec, without the deprecated field that held the key."""

    expiry: Time = None
    user: ApiKeyUser = Field(default_factory=ApiKeyUser)


class ApiKeyState(Wire):
    """v1ApiKeyStatus."""

    is_active: bool | None = None


class ApiKeyItem(Wire):
    """v1ApiKey."""

    metadata: Reference = Field(default_factory=Reference)
    spec: ApiKeySpec = Field(default_factory=ApiKeySpec)
    status: ApiKeyState = Field(default_factory=ApiKeyState)

    def listed_key(self) -> ListedKey:
        """As the domain knows it."""
        owner = self.spec.user
        return ListedKey(
            name=self.metadata.name,
            user_uid=owner.uid,
            user_name=f"{owner.first_name} {owner.last_name}".strip(),
            expires_at=with_zone(self.spec.expiry),
            is_active=self.status.is_active,
        )


class ApiKeys(Wire):
    """v1ApiKeys."""

    items: list[ApiKeyItem]
