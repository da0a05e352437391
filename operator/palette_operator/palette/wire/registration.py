"""Registration tokens, as listed and as read. Source: Palette OpenAPI 4.9, v1EdgeToken.

Only the reading of one token declares its value: a listing gives out the value of every token of the tenant.
"""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import Field

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.registration import RegistrationToken
from palette_operator.palette.wire.base import Metadata, Reference, Time, Wire, with_zone


class TokenSpec(Wire):
    """v1EdgeTokenSpec, without the token."""

    default_project: Reference = Field(default_factory=Reference)
    expiry: Time = None


class TokenStatus(Wire):
    """v1EdgeTokenStatus; a token that does not say so is taken to be inactive."""

    is_active: bool = False


class ListedToken(Wire):
    """v1EdgeToken, as listed."""

    metadata: Metadata
    spec: TokenSpec = Field(default_factory=TokenSpec)
    status: TokenStatus = Field(default_factory=TokenStatus)

    def token(self) -> RegistrationToken:
        """As the domain knows it."""
        project = self.spec.default_project.uid
        return RegistrationToken(
            uid=self.metadata.uid,
            name=self.metadata.name,
            project=ProjectUid(project) if project else None,
            expires_at=with_zone(self.spec.expiry),
            active=self.status.is_active,
        )


class ListedTokens(Wire):
    """v1EdgeTokens."""

    items: list[ListedToken] = Field(default_factory=list)


class TokenValue(Wire):
    """The spec of v1EdgeToken, of which only the value is read."""

    token: str = Field(min_length=1, repr=False)


class ReadToken(Wire):
    """v1EdgeToken, as read for its value."""

    spec: TokenValue = Field(repr=False)


def token_body(name: str, project: ProjectUid, expires_at: datetime) -> dict[str, object]:
    """Write a v1EdgeTokenEntity."""
    expiry = expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {"metadata": {"name": name}, "spec": {"defaultProjectUid": project, "expiry": expiry}}
