"""One look at a host through its own API: a few reads, one after the other."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.local import LinkStatus
from palette_operator.domain.local_host import HostContent, LocalHostSeen, Maybe
from palette_operator.domain.observed import Unknown
from palette_operator.edge.client import EdgeClient

FactT = TypeVar("FactT")


async def look_at_host(client: EdgeClient, before: LocalHostSeen | None, thorough: bool) -> LocalHostSeen:
    """Return what the host shows now; only a `thorough` look asks for what rarely changes, which else is as `before`.

    Raises a ReconcileError when the host does not answer at all; a part that it does not show is Unknown.
    """
    info = await client.host()
    cluster = await _maybe(client.cluster())
    if before is not None and not thorough:
        return replace(before, info=info, cluster=cluster)
    links = await _maybe(client.link_status())
    contents = await _maybe(client.contents())
    return LocalHostSeen(
        info=info,
        cluster=cluster,
        links=LinkStatus() if links is None else links,
        configuration=await _maybe(client.configuration()),
        content=contents if isinstance(contents, Unknown) else HostContent.of(contents),
    )


async def _maybe(reading: Awaitable[FactT]) -> Maybe[FactT]:
    try:
        return await reading
    except ReconcileError as error:
        return Unknown(error.message)
