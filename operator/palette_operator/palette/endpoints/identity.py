"""Users and API keys: whose credential it is, and until when. A credential may be forbidden to read either."""

from __future__ import annotations

from palette_operator.domain.holder import ListedKey, User
from palette_operator.palette import operations
from palette_operator.palette.call import Call
from palette_operator.palette.endpoints.base import Endpoints
from palette_operator.palette.lanes import Lane
from palette_operator.palette.wire.identity import ApiKeys, UserDetail


class IdentityEndpoints(Endpoints):
    """`/v1/users/{uid}` and `/v1/apiKeys`."""

    async def user(self, uid: str, *, lane: Lane = Lane.ROUTINE) -> User:
        """Describe a user. Never in a project."""
        call = Call("asking who the credential's user is", operations.GET_USER, (uid,), lane=lane)
        return (await self._read(call, UserDetail)).user()

    async def api_keys(self, *, lane: Lane = Lane.ROUTINE) -> list[ListedKey]:
        """List the API keys that the credential may see, without the keys themselves. Never in a project."""
        call = Call("listing API keys", operations.LIST_API_KEYS, lane=lane)
        return [item.listed_key() for item in (await self._read(call, ApiKeys)).items]
