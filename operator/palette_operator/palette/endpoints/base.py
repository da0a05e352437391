"""What the endpoints share: sending, reading, paging, and being sure that something is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.observed import WhoAmI
from palette_operator.palette import operations
from palette_operator.palette.batching import Batcher
from palette_operator.palette.failures import NotFound
from palette_operator.palette.lanes import Lane
from palette_operator.palette.paging import Breaks, Walk, check_whole
from palette_operator.palette.transport import Call, Transport
from palette_operator.palette.wire.base import check_acknowledged, decode
from palette_operator.palette.wire.catalogue import UserInfo
from palette_operator.palette.wire.search import PAGE_SIZE, ItemPage, Page

T = TypeVar("T")


class Endpoints:
    """Base of the endpoint groups: they differ in what they call, not in how."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._breaks = Breaks()
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

        Raises Unavailable when the pages do not end, rather than going round for ever; Waiting when the list broke off
        in the middle, as it does when a token expires: then it is to be read from the start.
        """
        walk = Walk(call.doing)
        following = replace(call, query={**call.query, "limit": str(PAGE_SIZE)})
        while True:
            try:
                page = await self._read(following, shape)
            except ReconcileError as error:
                if not walk.is_under_way:
                    raise
                raise self._breaks.broken(call.operation, call.doing, error) from error
            yield page
            token = walk.follow(page)
            if not token:
                self._breaks.whole(call.operation)
                return
            following = replace(following, query={**following.query, "continue": token})


async def read_whole(doing: str, pages: AsyncIterator[Page[T]], uid_of: Callable[[T], str]) -> list[T]:
    """Read a short list to its end, a row for each uid: what it does not show is not there.

    Raises Waiting when it moved meanwhile, Unavailable when the pages do not say how long it is.
    """
    rows: dict[str, T] = {}
    totals: list[int | None] = []
    async for page in pages:
        rows |= {uid_of(row): row for row in page.rows if uid_of(row)}
        totals.append(page.total)
    check_whole(doing, totals, len(rows))
    return list(rows.values())
