"""A client that lists rows kept in memory, for what looks at fleets; and fleets over it on a virtual clock."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow
from palette_operator.palette.fleet import Fleet, PassResult
from palette_operator.palette.joint import JointListing
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import ProjectScope, Scope
from palette_operator.palette.wire.search import Page
from support.virtual_clock import VirtualClock

START = datetime(2026, 1, 1, tzinfo=UTC)


async def _at_once(_: Scope) -> None:
    return


class ListingClient:
    """Serves the rows of a scope, by pages of two; `between_pages` is called after each."""

    def __init__(self, *rows: ClusterRow | HostRow) -> None:
        self.cluster_rows = [row for row in rows if isinstance(row, ClusterRow)]
        self.host_rows = [row for row in rows if isinstance(row, HostRow)]
        self.page_size = 2
        self.announces = True
        self.existing: set[str] = set()
        self.error: ReconcileError | None = None
        self.tenant_error: ReconcileError | None = None
        self.hidden_in_tenant: set[str] = set()
        self.tenant_rows_name_projects = True
        self.asked: list[tuple[Scope, Lane]] = []
        """Listings of clusters that were begun."""
        self.asked_for_hosts: list[tuple[Scope, Lane]] = []
        self.short_looks = 0
        self.pages = 0
        self.reads: list[tuple[str, str]] = []
        self.searched: list[tuple[Scope, set[str]]] = []
        self.between_pages: Callable[[], object] = lambda: None
        self.page_takes: Callable[[Scope], Awaitable[None]] = _at_once

    async def cluster_pages(
        self, scope: Scope, *, latest_first: bool = False, lane: Lane
    ) -> AsyncGenerator[Page[ClusterRow], None]:
        self.asked.append((scope, lane))
        self.short_looks += latest_first
        async for page in self._pages(self.cluster_rows, scope, latest_first):
            yield page

    async def host_pages(
        self, scope: Scope, *, latest_first: bool = False, lane: Lane
    ) -> AsyncGenerator[Page[HostRow], None]:
        self.asked_for_hosts.append((scope, lane))
        async for page in self._pages(self.host_rows, scope, latest_first):
            yield page

    async def _pages(self, rows: list[Any], scope: Scope, latest_first: bool) -> AsyncGenerator[Page[Any], None]:
        offset = 0
        while True:
            await self.page_takes(scope)
            error = self.error or (self.tenant_error if scope.project is None else None)
            if error:
                raise error
            self.pages += 1
            seen = [row for row in rows if self._sees(row, scope)]
            if latest_first:
                seen.sort(key=lambda row: row.modified_at or START, reverse=True)
            if scope.project is None and not self.tenant_rows_name_projects:
                seen = [replace(row, project=None) for row in seen]
            yield Page(tuple(seen[offset : offset + self.page_size]), len(seen) if self.announces else None)
            self.between_pages()
            offset += self.page_size
            if offset >= len(seen):
                return

    def _sees(self, row: ClusterRow | HostRow, scope: Scope) -> bool:
        return row.uid not in self.hidden_in_tenant if scope.project is None else row.project == scope.project

    async def get_cluster(self, scope: ProjectScope, uid: str) -> object:
        self.reads.append((scope.project, uid))
        return object() if uid in self.existing else None

    async def get_host(self, scope: ProjectScope, uid: str) -> object:
        return await self.get_cluster(scope, uid)

    async def search_clusters(self, scope: Scope, names: frozenset[str]) -> list[ClusterRow]:
        self.searched.append((scope, set(names)))
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        return [row for row in self.cluster_rows if row.name in names]

    async def search_hosts(self, scope: Scope, names: frozenset[str]) -> list[HostRow]:
        self.searched.append((scope, set(names)))
        return [row for row in self.host_rows if row.name in names]


class FleetBench:
    """Fleets of some projects of one connection, over one client, on a virtual clock."""

    def __init__(self, *rows: ClusterRow | HostRow, projects: tuple[str, ...] = ("p1",)) -> None:
        self.client = ListingClient(*rows)
        self.clock = VirtualClock()
        self.results: dict[str, list[PassResult]] = {}
        self.times: dict[str, list[float]] = {}
        self.joint = JointListing(
            self.client,  # type: ignore[arg-type]
            name="connection",
            now=self.now,
            monotonic=self.clock.now,
        )
        self.fleets: dict[str, Fleet] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        for project in projects:
            self.open(project)

    @property
    def fleet(self) -> Fleet:
        """The first project's."""
        return next(iter(self.fleets.values()))

    def now(self) -> datetime:
        return START + timedelta(seconds=self.clock.now() - 1_000.0)

    def open(self, project: str) -> Fleet:
        """Add a project's fleet, not running yet."""
        self.results[project], self.times[project] = [], []

        def note(result: PassResult) -> None:
            self.results[project].append(result)
            self.times[project].append(self.clock.now() - 1_000.0)

        self.fleets[project] = Fleet(
            self.client,  # type: ignore[arg-type]
            ProjectScope(ProjectUid(project)),
            name=f"connection/{project}",
            fleet_seconds=60.0,
            joint=self.joint,
            on_change=note,
            now=self.now,
            monotonic=self.clock.now,
            sleep=self.clock.sleep,
            jitter=lambda: 0.5,
        )
        return self.fleets[project]

    async def run(self, seconds: float) -> None:
        """Let all fleets run for some time more."""
        for project, fleet in self.fleets.items():
            if project not in self._running:
                self._running[project] = asyncio.create_task(fleet.run())
        await self.clock.advance(seconds)

    async def end(self) -> None:
        """Stop the fleets."""
        for running in self._running.values():
            running.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def lists_since(self, index: int) -> list[str]:
        """Name the scopes of the cluster listings begun since the first `index` listings, `tenant` or a project."""
        return [scope.project or "tenant" for scope, _ in self.client.asked[index:]]
