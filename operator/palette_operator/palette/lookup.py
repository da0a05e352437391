"""Does something of this name exist? Asked by many at once, answered by few searches.

The search's limit is five times scarcer than that of creates, and a create is preceded by a search: one search
therefore asks for many names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeVar

from palette_operator.domain.observed import ClusterRow, HostRow
from palette_operator.palette.batching import Batcher
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.scope import Scope
from palette_operator.palette.snapshot import Row

NAMES_PER_SEARCH = 40
"""Below the page size, so that as a rule one page answers them all."""
SEARCH_EVERY_S = 0.5
"""Of each kind: registrations that go out at nine a second would else take a search each, and with it the whole limit
that full passes live from as well."""

RowT = TypeVar("RowT", bound=Row)


class NameLookup:
    """Searches of one scope by name. Each answer is from a search that began after it was asked for."""

    def __init__(self, client: PaletteClient, scope: Scope) -> None:
        self._client = client
        self._scope = scope
        self._clusters: Batcher[str, list[ClusterRow]] = Batcher(
            self._search_clusters, most=NAMES_PER_SEARCH, every_s=SEARCH_EVERY_S
        )
        self._hosts: Batcher[str, list[HostRow]] = Batcher(
            self._search_hosts, most=NAMES_PER_SEARCH, every_s=SEARCH_EVERY_S
        )

    async def clusters(self, name: str) -> list[ClusterRow]:
        """Find the clusters of exactly this name that are not deleted; raises what the search raises."""
        return await self._clusters.ask(name)

    async def hosts(self, name: str) -> list[HostRow]:
        """Find the edge hosts of exactly this name; raises what the search raises."""
        return await self._hosts.ask(name)

    async def aclose(self) -> None:
        """Stop; whoever still waits is told so by Unavailable."""
        await self._clusters.aclose()
        await self._hosts.aclose()

    async def _search_clusters(self, names: frozenset[str]) -> Mapping[str, list[ClusterRow]]:
        return _by_name(names, await self._client.search_clusters(self._scope, names))

    async def _search_hosts(self, names: frozenset[str]) -> Mapping[str, list[HostRow]]:
        return _by_name(names, await self._client.search_hosts(self._scope, names))


def _by_name(names: Iterable[str], rows: Iterable[RowT]) -> dict[str, list[RowT]]:
    found: defaultdict[str, list[RowT]] = defaultdict(list)
    for row in rows:
        found[row.name].append(row)
    return {name: found[name] for name in names}
