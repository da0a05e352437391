import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow, Known, Unknown
from palette_operator.palette.client import TENANT, ProjectScope, Scope
from palette_operator.palette.fleet import Fleet, PassResult, is_whole
from palette_operator.palette.lanes import Lane
from palette_operator.palette.lookup import NAMES_PER_SEARCH, NameLookup
from palette_operator.palette.wire.search import Page
from support.rows import cluster_row, host_row
from support.virtual_clock import VirtualClock, settle

SCOPE = ProjectScope(ProjectUid("p1"))
WHOLE = {
    "one full page": ([3], 3, True),
    "nothing at all": ([0], 0, True),
    "several pages that agree": ([120, 120, 120], 120, True),
    "a list that grew at its end while it was read": ([100, 101, 103], 103, True),
    "a row too few": ([120, 120, 120], 119, False),
    "a row too many": ([120, 120, 120], 121, False),
    "a row that left": ([120, 119, 119], 119, False),
    "one that left and others that came": ([120, 119, 121], 121, False),
    "a newcomer at the front, which shows old rows twice": ([100, 101, 101], 100, False),
    "no page": ([], 0, False),
}


@pytest.mark.parametrize(("totals", "distinct", "whole"), WHOLE.values(), ids=WHOLE)
def test_pages_that_moved_are_not_taken_for_the_whole(totals: list[int], distinct: int, whole: bool) -> None:
    assert is_whole(totals, distinct) is whole


class FakeClient:
    """Serves rows by pages of two; `between_pages` is called after each."""

    def __init__(self, *rows: ClusterRow | HostRow) -> None:
        self.cluster_rows = [row for row in rows if isinstance(row, ClusterRow)]
        self.host_rows = [row for row in rows if isinstance(row, HostRow)]
        self.existing: set[str] = set()
        self.error: ReconcileError | None = None
        self.asked: list[tuple[Scope, Lane]] = []
        self.reads: list[tuple[str, str]] = []
        self.searched: list[tuple[Scope, set[str]]] = []
        self.between_pages = lambda: None

    async def cluster_pages(self, scope: Scope, *, lane: Lane) -> AsyncIterator[Page[ClusterRow]]:
        self.asked.append((scope, lane))
        async for page in self._pages(self.cluster_rows):
            yield page

    async def host_pages(self, scope: Scope, *, lane: Lane) -> AsyncIterator[Page[HostRow]]:
        self.asked.append((scope, lane))
        async for page in self._pages(self.host_rows):
            yield page

    async def _pages(self, rows: list[Any]) -> AsyncIterator[Page[Any]]:
        offset = 0
        while True:
            if self.error:
                raise self.error
            page = Page(tuple(rows[offset : offset + 2]), len(rows))
            yield page
            self.between_pages()
            offset += 2
            if offset >= len(rows):
                return

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


class Bench:
    """A fleet over a fake client, on a virtual clock."""

    def __init__(self, *rows: ClusterRow | HostRow, scope: Scope = SCOPE) -> None:
        self.client = FakeClient(*rows)
        self.clock = VirtualClock()
        self.results: list[PassResult] = []
        self.times: list[float] = []
        self.fleet = Fleet(
            self.client,  # type: ignore[arg-type]
            scope,
            name="test",
            fleet_seconds=60.0,
            on_change=self._note,
            now=lambda: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.clock.now()),
            monotonic=self.clock.now,
            sleep=self.clock.sleep,
            jitter=lambda: 0.5,
        )

    def _note(self, result: PassResult) -> None:
        self.results.append(result)
        self.times.append(self.clock.now() - 1_000.0)


async def test_a_pass_takes_in_all_pages_of_clusters_and_hosts() -> None:
    bench = Bench(*(cluster_row(f"c{n}") for n in range(5)), *(host_row(f"h{n}") for n in range(3)))
    result = await bench.fleet.make_pass()

    assert result.complete
    assert result.clusters == {f"c{n}" for n in range(5)}
    assert result.hosts == {f"h{n}" for n in range(3)}
    assert bench.fleet.snapshot is not None
    assert set(bench.fleet.snapshot.clusters) == result.clusters


async def test_a_row_that_leaves_while_the_list_is_paged_makes_the_pass_incomplete() -> None:
    bench = Bench(*(cluster_row(f"c{n}") for n in range(5)))
    bench.client.between_pages = lambda: len(bench.client.cluster_rows) == 5 and bench.client.cluster_rows.pop(0)
    result = await bench.fleet.make_pass()

    assert not result.complete
    assert isinstance(result.failure, Waiting)
    assert result.failure.message == "the list of clusters changed while it was read; it is read again"
    assert bench.fleet.snapshot is None
    assert isinstance(bench.fleet.cluster(ClusterUid("c1")), Unknown)


async def test_a_failed_pass_leaves_the_last_complete_one_in_place() -> None:
    bench = Bench(cluster_row("c1"))
    await bench.fleet.make_pass()
    bench.client.error = Unavailable("PaletteUnreachable", "listing clusters: no answer")
    result = await bench.fleet.make_pass()

    assert (result.complete, result.failure) == (False, bench.client.error)
    assert bench.fleet.failure is bench.client.error
    assert isinstance(bench.fleet.cluster(ClusterUid("c1")), Known)


async def test_passes_go_on_a_minute_apart() -> None:
    bench = Bench(cluster_row("c1"))
    running = asyncio.create_task(bench.fleet.run())
    await bench.clock.advance(185.0)
    await end(running)

    assert bench.times == [0, 60, 120, 180]
    assert [bool(result.clusters) for result in bench.results] == [True, False, False, False]
    assert set(bench.client.asked) == {(SCOPE, Lane.ROUTINE)}


async def test_a_requested_pass_comes_soon_and_many_requests_are_one() -> None:
    bench = Bench()
    running = asyncio.create_task(bench.fleet.run())
    await bench.clock.advance(10.0)
    for _ in range(5):
        bench.fleet.request_pass()
    await bench.clock.advance(20.0)
    await end(running)

    assert bench.times == [0, 10]
    assert [lane for _, lane in bench.client.asked] == [Lane.ROUTINE] * 2 + [Lane.TRANSITION] * 2


async def test_requests_do_not_make_passes_follow_each_other_without_a_rest() -> None:
    bench = Bench()
    bench.client.between_pages = bench.fleet.request_pass
    running = asyncio.create_task(bench.fleet.run())
    await bench.clock.advance(5.5)
    await end(running)

    assert bench.times == [0, 1, 2, 3, 4, 5]


async def test_pauses_grow_while_palette_cannot_be_reached_and_everyone_is_told() -> None:
    bench = Bench()
    bench.client.error = Unavailable("PaletteUnreachable", "no")
    running = asyncio.create_task(bench.fleet.run())
    await bench.clock.advance(15.0)
    bench.client.error = None
    await bench.clock.advance(20.0)
    await end(running)

    assert bench.times == [0, 2, 6, 14, 30]
    assert [result.complete for result in bench.results] == [False, False, False, False, True]


async def end(running: asyncio.Task[None]) -> None:
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_fleet_that_shrank_is_looked_for_and_found_to_be_gone() -> None:
    bench = Bench(*(cluster_row(f"c{n}") for n in range(40)))
    await bench.fleet.make_pass()
    del bench.client.cluster_rows[20:]
    await bench.fleet.make_pass()

    assert len(bench.client.reads) == 10
    assert bench.fleet.shrank is None


async def test_a_fleet_that_shrank_in_the_listing_alone_stays_suspect_until_it_is_back() -> None:
    bench = Bench(*(host_row(f"h{n}") for n in range(40)))
    await bench.fleet.make_pass()
    hidden = bench.client.host_rows[20:]
    bench.client.existing = {row.uid for row in hidden}
    del bench.client.host_rows[20:]
    await bench.fleet.make_pass()
    await bench.fleet.make_pass()
    assert bench.fleet.shrank is not None

    bench.client.host_rows += hidden
    await bench.fleet.make_pass()
    assert bench.fleet.shrank is None


async def test_over_a_whole_tenant_what_is_missing_is_looked_for_in_the_project_it_was_in() -> None:
    bench = Bench(
        *(cluster_row(f"c{n}", project=ProjectUid("p7")) for n in range(5)),
        cluster_row("c9", project=None),
        scope=TENANT,
    )
    await bench.fleet.make_pass()
    bench.client.cluster_rows.clear()
    await bench.fleet.make_pass()

    assert {project for project, _ in bench.client.reads} == {"p7"}
    assert bench.fleet.shrank is not None


async def test_many_lookups_at_once_take_few_searches() -> None:
    client = FakeClient(cluster_row("c1", name="store-7"), cluster_row("c2", name="store-7"))
    lookup = NameLookup(client, SCOPE)  # type: ignore[arg-type]

    found = await asyncio.gather(*(lookup.clusters(f"store-{n}") for n in range(100)))

    assert [len(rows) for rows in found] == [2 if n == 7 else 0 for n in range(100)]
    assert [(scope, len(names)) for scope, names in client.searched] == [(SCOPE, NAMES_PER_SEARCH)] * 2 + [(SCOPE, 20)]


async def test_hosts_are_looked_up_by_name_too() -> None:
    lookup = NameLookup(FakeClient(host_row("h1", name="edge-1")), SCOPE)  # type: ignore[arg-type]

    assert [row.uid for row in await lookup.hosts("edge-1")] == ["h1"]
    assert await lookup.hosts("edge-2") == []
    await lookup.aclose()


async def test_a_lookup_that_failed_is_never_taken_for_nothing_found() -> None:
    client = FakeClient()
    client.error = Unavailable("PaletteUnreachable", "no")
    lookup = NameLookup(client, SCOPE)  # type: ignore[arg-type]

    results = await asyncio.gather(lookup.clusters("a"), lookup.clusters("b"), return_exceptions=True)

    assert results == [client.error, client.error]
    await settle()
