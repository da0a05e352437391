"""Registration tokens: listed, read, created and deleted. They belong to the tenant."""

from __future__ import annotations

from datetime import datetime

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.registration import RegistrationToken
from palette_operator.palette import operations
from palette_operator.palette.call import Call
from palette_operator.palette.endpoints.base import Endpoints
from palette_operator.palette.lanes import Lane
from palette_operator.palette.wire.base import Created, decode
from palette_operator.palette.wire.registration import ListedTokens, ReadToken, token_body


class RegistrationEndpoints(Endpoints):
    """`/v1/edgehosts/tokens`. Never in a project: many a credential may not use it, expect "Forbidden"."""

    async def registration_tokens(self, *, lane: Lane = Lane.ROUTINE) -> list[RegistrationToken]:
        """List the tenant's tokens, without their values."""
        call = Call("listing registration tokens", operations.LIST_EDGE_TOKENS, lane=lane)
        return [item.token() for item in (await self._read(call, ListedTokens)).items]

    async def registration_token(self, uid: str, *, lane: Lane = Lane.ROUTINE) -> str:
        """Return the value of a token: a secret."""
        call = Call("reading a registration token", operations.GET_EDGE_TOKEN, (uid,), lane=lane)
        return (await self._read(call, ReadToken)).spec.token

    async def create_registration_token(
        self, name: str, project: ProjectUid, expires_at: datetime, *, lane: Lane = Lane.USER_CHANGE
    ) -> str:
        """Create a token for a project and return its uid. Never repeated by itself."""
        body = token_body(name, project, expires_at)
        call = Call("creating a registration token", operations.CREATE_EDGE_TOKEN, body=body, lane=lane)
        return decode(call.doing, await self.transport.send(call), Created).uid

    async def delete_registration_token(self, uid: str, *, lane: Lane = Lane.DELETION) -> None:
        """Delete a token; one that is gone counts as deleted."""
        await self._remove(Call("deleting a registration token", operations.DELETE_EDGE_TOKEN, (uid,), lane=lane))
