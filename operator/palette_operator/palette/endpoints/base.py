"""What the endpoints share: sending, reading, paging, and being sure that something is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TypeVar

from palette_operator.domain.errors import Unavailable
from palette_operator.domain.observed import WhoAmI
from palette_operator.palette import operations
from palette_operator.palette.batching import Batcher
from palette_operator.palette.failures import NotFound
from palette_operator.palette.lanes import Lane
from palette_operator.palette.transport import Call, Transport
from palette_operator.palette.wire.base import check_acknowledged, decode
from palette_operator.palette.wire.catalogue import UserInfo
from palette_operator.palette.wire.search import PAGE_SIZE, ItemPage

T = TypeVar("T")

SPARE_PAGES = 20
"""How many pages beyond those that `count` announces a growing list may take."""


class Endpoints:
    """Base of the endpoint groups: they differ in what they call, not in how."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._probe: Batcher[str, WhoAmI] = Batcher(self._probe_once)

    async def who_am_i(self, *, lane: Lane = Lane.TRANSITION) -> WhoAmI:
        """Tell whose credential it is. The cheapest proof that it works; never in a project."""
        call = Call("asking whose credential it is", operations.WHO_AM_I, lane=lane)
        return (await self._read(call, UserInfo)).who_am_i()

    async def _send(self, call: Call) -> None:
        """Do a write of which nothing is to be learned but that it was done."""
        check_acknowledged(call.doing, await self.transport.send(call))

    async def _read(self, call: Call, shape: type[T]) -> T:
        return decode(call.doing, await self.transport.send(call), shape)

    async def _read_or_gone(self, call: Call, shape: type[T]) -> T | None:
        """Read something; None only when Palette says that it is not there and the credential works."""
        try:
            return await self._read(call, shape)
        except NotFound:
            await self._confirm_credential()
            return None

    async def _remove(self, call: Call) -> None:
        """Delete something; what is not there any more counts as deleted."""
        try:
            await self._send(call)
        except NotFound:
            await self._confirm_credential()

    async def _confirm_credential(self) -> None:
        """Return if the credential works now; raises what the probe raises.

        Palette has been seen to answer ResourceNotFound to a credential that it did not accept. Many who ask at once
        share one probe, which begins after their own answers came.
        """
        await self._probe.ask("credential")

    async def _probe_once(self, keys: frozenset[str]) -> dict[str, WhoAmI]:
        return dict.fromkeys(keys, await self.who_am_i())

    async def _pages(self, call: Call, shape: type[ItemPage[T]]) -> AsyncIterator[ItemPage[T]]:
        """Follow the continue tokens to the end.

        Raises Unavailable when a token comes back or the pages do not end, rather than going round for ever.
        """
        seen: set[str] = set()
        most = SPARE_PAGES
        following = replace(call, query={**call.query, "limit": str(PAGE_SIZE)})
        while True:
            page = await self._read(following, shape)
            yield page
            token = page.listmeta.continue_
            if not token:
                return
            if not seen:
                most += (page.listmeta.count or 0) // PAGE_SIZE
            if token in seen or len(seen) >= most:
                raise Unavailable("PaletteUnreachable", f"{call.doing}: Palette's pages do not come to an end")
            seen.add(token)
            following = replace(following, query={**following.query, "continue": token})
