import asyncio

from palette_operator.domain.errors import Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, ProjectUid
from palette_operator.domain.observed import Known, Unknown
from palette_operator.palette.client import ProjectScope
from palette_operator.palette.lanes import Lane
from palette_operator.palette.lookup import NAMES_PER_SEARCH, NameLookup
from palette_operator.palette.snapshot import Snapshot
from support.listings import START, FleetBench, ListingClient
from support.rows import cluster_row, host_row
from support.virtual_clock import settle

SCOPE = ProjectScope(ProjectUid("p1"))


async def test_a_pass_takes_in_all_pages_of_clusters_and_hosts() -> None:
    bench = FleetBench(*(cluster_row(f"c{n}") for n in range(5)), *(host_row(f"h{n}") for n in range(3)))
    result = await bench.fleet.make_pass()

    assert result.complete
    assert result.clusters == {f"c{n}" for n in range(5)}
    assert result.hosts == {f"h{n}" for n in range(3)}
    assert bench.fleet.snapshot is not None
    assert set(bench.fleet.snapshot.clusters) == result.clusters


async def test_a_row_that_leaves_while_the_list_is_paged_makes_the_pass_incomplete() -> None:
    bench = FleetBench(*(cluster_row(f"c{n}") for n in range(5)))
    bench.client.between_pages = lambda: len(bench.client.cluster_rows) == 5 and bench.client.cluster_rows.pop(0)
    result = await bench.fleet.make_pass()

    assert not result.complete
    assert isinstance(result.failure, Waiting)
    assert result.failure.message == "the list of clusters changed while it was read; it is read again"
    assert bench.fleet.snapshot is None
    assert isinstance(bench.fleet.cluster(ClusterUid("c1")), Unknown)


async def test_a_failed_pass_leaves_the_last_complete_one_in_place() -> None:
    bench = FleetBench(cluster_row("c1"))
    await bench.fleet.make_pass()
    bench.client.error = Unavailable("PaletteUnreachable", "listing clusters: no answer")
    result = await bench.fleet.make_pass()

    assert (result.complete, result.failure) == (False, bench.client.error)
    assert bench.fleet.failure is bench.client.error
    assert isinstance(bench.fleet.cluster(ClusterUid("c1")), Known)


async def test_passes_go_on_a_minute_apart() -> None:
    bench = FleetBench(cluster_row("c1"))
    await bench.run(185.0)
    await bench.end()

    assert bench.times["p1"] == [0, 60, 120, 180]
    assert [bool(result.clusters) for result in bench.results["p1"]] == [True, False, False, False]
    assert set(bench.client.asked) == {(SCOPE, Lane.ROUTINE)}


async def test_a_requested_pass_comes_soon_and_many_requests_are_one() -> None:
    bench = FleetBench()
    await bench.run(10.0)
    for _ in range(5):
        bench.fleet.request_pass()
    await bench.run(20.0)
    await bench.end()

    assert bench.times["p1"] == [0, 10]
    assert [lane for _, lane in bench.client.asked] == [Lane.ROUTINE, Lane.TRANSITION]


async def test_requests_do_not_make_passes_follow_each_other_without_a_rest() -> None:
    bench = FleetBench()
    bench.client.between_pages = bench.fleet.request_pass
    await bench.run(5.5)
    await bench.end()

    assert bench.times["p1"] == [0, 1, 2, 3, 4, 5]


async def test_pauses_grow_while_palette_cannot_be_reached_and_everyone_is_told() -> None:
    bench = FleetBench()
    bench.client.error = Unavailable("PaletteUnreachable", "no")
    await bench.run(15.0)
    bench.client.error = None
    await bench.run(20.0)
    await bench.end()

    assert bench.times["p1"] == [0, 2, 6, 14, 30]
    assert [result.complete for result in bench.results["p1"]] == [False, False, False, False, True]


async def test_a_fleet_that_shrank_is_looked_for_and_found_to_be_gone() -> None:
    bench = FleetBench(*(cluster_row(f"c{n}") for n in range(40)))
    await bench.fleet.make_pass()
    del bench.client.cluster_rows[20:]
    await bench.fleet.make_pass()

    assert len(bench.client.reads) == 10
    assert bench.fleet.shrank is None


async def test_a_fleet_that_shrank_in_the_listing_alone_stays_suspect_until_it_is_back() -> None:
    bench = FleetBench(*(host_row(f"h{n}") for n in range(40)))
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


async def test_a_look_handed_over_is_taken_unless_it_began_before_the_last_one() -> None:
    bench = FleetBench(cluster_row("c1"))
    await bench.run(10.0)
    bench.fleet.hand(Snapshot(START), took_s=1.0)
    await bench.run(10.0)
    assert set(bench.fleet.clusters()) == {"c1"}

    bench.fleet.hand(Snapshot(bench.now()), took_s=1.0)
    await bench.run(10.0)
    await bench.end()
    assert set(bench.fleet.clusters()) == set()
    assert len(bench.client.asked) == 1


async def test_many_lookups_at_once_take_few_searches() -> None:
    client = ListingClient(cluster_row("c1", name="store-7"), cluster_row("c2", name="store-7"))
    lookup = NameLookup(client, SCOPE)  # type: ignore[arg-type]

    found = await asyncio.gather(*(lookup.clusters(f"store-{n}") for n in range(100)))

    assert [len(rows) for rows in found] == [2 if n == 7 else 0 for n in range(100)]
    assert [(scope, len(names)) for scope, names in client.searched] == [(SCOPE, NAMES_PER_SEARCH)] * 2 + [(SCOPE, 20)]


async def test_hosts_are_looked_up_by_name_too() -> None:
    lookup = NameLookup(ListingClient(host_row("h1", name="edge-1")), SCOPE)  # type: ignore[arg-type]

    assert [row.uid for row in await lookup.hosts("edge-1")] == ["h1"]
    assert await lookup.hosts("edge-2") == []
    await lookup.aclose()


async def test_a_lookup_that_failed_is_never_taken_for_nothing_found() -> None:
    client = ListingClient()
    client.error = Unavailable("PaletteUnreachable", "no")
    lookup = NameLookup(client, SCOPE)  # type: ignore[arg-type]

    results = await asyncio.gather(lookup.clusters("a"), lookup.clusters("b"), return_exceptions=True)

    assert results == [client.error, client.error]
    await settle()
