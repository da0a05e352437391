"""One full look at a scope: every page of its clusters and of its edge hosts, or nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime
from typing import TypeVar

from palette_operator.domain.errors import Unavailable, Waiting
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.lanes import Lane
from palette_operator.palette.pace import FIRST_RETRY_S
from palette_operator.palette.paging import is_whole
from palette_operator.palette.scope import Scope
from palette_operator.palette.snapshot import Listing, Row, Snapshot, page_count
from palette_operator.palette.wire.search import Page

MOVED = "AwaitingFleet"
"""Reason of the Waiting that a list raises when it moved while it was read."""

UidT = TypeVar("UidT", bound=str)
RowT = TypeVar("RowT", bound=Row)


async def sweep(client: PaletteClient, scope: Scope, lane: Lane, now: Callable[[], datetime]) -> Snapshot:
    """List all clusters and edge hosts of a scope. Raises Waiting when a list moved while it was read."""
    began_at = now()
    clusters = await _listed(client.cluster_pages(scope, lane=lane), "clusters", lambda row: row.uid)
    hosts = await _listed(client.host_pages(scope, lane=lane), "edge hosts", lambda row: row.uid)
    return Snapshot(began_at, clusters, hosts)


async def count_pages(client: PaletteClient, scope: Scope, lane: Lane) -> int:
    """Tell how many pages a sweep of this scope takes now, from the first page of each list."""
    clusters = await _announced(client.cluster_pages(scope, lane=lane), "clusters")
    hosts = await _announced(client.host_pages(scope, lane=lane), "edge hosts")
    return page_count(clusters) + page_count(hosts)


async def _announced(pages: AsyncGenerator[Page[RowT], None], what: str) -> int:
    async with aclosing(pages):
        async for page in pages:
            if page.total is not None:
                return page.total
            break
    raise Unavailable("PaletteUnreachable", f"the list of {what} does not say how long it is")


async def _listed(pages: AsyncGenerator[Page[RowT]], what: str, uid_of: Callable[[RowT], UidT]) -> Listing[UidT, RowT]:
    rows: dict[UidT, RowT] = {}
    totals: list[int | None] = []
    async for page in pages:
        rows |= {uid_of(row): row for row in page.rows if uid_of(row)}
        totals.append(page.total)
    if not is_whole(totals, len(rows)):
        message = f"the list of {what} changed while it was read; it is read again"
        raise Waiting(MOVED, message, retry_after_s=FIRST_RETRY_S)
    return Listing(rows)
