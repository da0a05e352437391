import asyncio
from dataclasses import replace
from datetime import timedelta

from palette_operator.domain.errors import Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, HostUid, ProjectUid
from palette_operator.domain.observed import Known, Unknown
from palette_operator.palette.client import ProjectScope
from palette_operator.palette.glance import Glance
from palette_operator.palette.lanes import Lane
from palette_operator.palette.lookup import NAMES_PER_SEARCH, NameLookup
from palette_operator.palette.reach import Reach
from palette_operator.palette.snapshot import Snapshot
from palette_operator.palette.wire.search import PAGE_SIZE
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


def large_fleet(*projects: str) -> FleetBench:
    """Return fleets whose full pass takes so many pages that short looks are worth it."""
    hosts = [
        host_row(f"h-{project}-{n}", project=ProjectUid(project), modified_at=START - timedelta(minutes=n))
        for project in projects
        for n in range(7 * PAGE_SIZE)
    ]
    bench = FleetBench(*hosts, projects=projects)
    bench.client.page_size = PAGE_SIZE
    return bench


def ill(bench: FleetBench, index: int) -> str:
    """Let a host fall ill, and be marked as modified; return its uid."""
    row = bench.client.host_rows[index]
    bench.client.host_rows[index] = replace(row, health="unhealthy", modified_at=bench.now())
    return row.uid


async def test_between_full_passes_a_short_look_shows_what_changed() -> None:
    bench = large_fleet("p1")
    await bench.run(50.0)
    moment = bench.now()
    uid = ill(bench, 99)
    await bench.run(20.0)
    await bench.end()

    last = bench.results["p1"][-1]
    assert (last.hosts, last.complete, last.failure, last.outcome) == ({uid}, False, None, "short")
    assert bench.fleet.hosts()[HostUid(uid)].health == "unhealthy"
    assert bench.fleet.complete_passes_since(moment) == 0
    assert bench.fleet.looked_at == START + timedelta(seconds=60)


async def test_a_short_look_that_counts_less_than_is_known_is_followed_by_a_full_pass_at_once() -> None:
    bench = large_fleet("p1")
    await bench.run(50.0)
    gone = bench.client.host_rows.pop(99).uid
    await bench.run(15.0)
    await bench.end()

    assert bench.times["p1"] == [0, 60, 61]
    assert [result.outcome for result in bench.results["p1"]] == ["complete", "short", "complete"]
    assert bench.results["p1"][-1].hosts == {gone}


async def test_a_requested_pass_is_a_full_one() -> None:
    bench = large_fleet("p1")
    await bench.run(10.0)
    bench.fleet.request_pass()
    await bench.run(10.0)
    await bench.end()

    assert [result.outcome for result in bench.results["p1"]] == ["complete", "complete"]


async def test_short_looks_keep_the_picture_valid_while_full_passes_are_spaced_and_no_longer() -> None:
    bench = large_fleet("p1")
    await bench.run(1_500.0)  # four short looks between two full passes by now
    ages = []
    for _ in range(40):
        await bench.run(10.0)
        assert bench.fleet.doubt is None
        assert bench.fleet.snapshot is not None
        ages.append(bench.fleet.snapshot.age_s(bench.now()))
    assert max(ages) > 180.0

    bench.client.error = Unavailable("PaletteUnreachable", "no answer")
    await bench.run(250.0)
    await bench.end()
    assert bench.fleet.doubt is not None


async def test_projects_that_are_listed_together_are_looked_at_shortly_together() -> None:
    bench = large_fleet("p1", "p2", "p3")
    bench.client.host_rows = bench.client.host_rows[::3]
    await bench.run(70.0)
    assert bench.joint.reach is Reach.TENANT
    uid = ill(bench, -1)
    since, short = len(bench.client.asked), bench.client.short_looks
    await bench.run(55.0)
    await bench.end()

    assert bench.lists_since(since) == ["tenant"]
    assert bench.client.short_looks == short + 1
    assert bench.results["p3"][-1].hosts == {uid}
    assert bench.results["p1"][-1].hosts == frozenset()


async def test_who_asks_for_a_full_look_during_a_short_one_gets_one() -> None:
    bench = large_fleet("p1", "p2", "p3")
    bench.client.host_rows = bench.client.host_rows[::3]
    await bench.run(70.0)
    bench.client.page_takes = lambda _: bench.clock.sleep(3.0)
    short = asyncio.create_task(bench.joint.look(bench.fleets["p1"], Lane.ROUTINE, whole=False))
    await bench.clock.advance(1.0)
    whole = asyncio.create_task(bench.joint.look(bench.fleets["p2"], Lane.TRANSITION, whole=True))
    await bench.clock.advance(45.0)
    await bench.end()

    assert isinstance(await short, Glance)
    assert isinstance(await whole, Snapshot)


async def test_fleets_that_are_listed_one_by_one_again_begin_with_a_full_pass() -> None:
    projects = ("p1", "p2", "p3", "p4")
    bench = large_fleet(*projects)
    kept = [row for row in bench.client.host_rows if int(row.uid.rsplit("-", 1)[1]) <= 4 * PAGE_SIZE]
    bench.client.host_rows = kept
    await bench.run(400.0)
    assert bench.joint.reach is Reach.TENANT

    bench.client.tenant_error = Stalled("Forbidden", "not in tenant scope")
    seen = len(bench.results["p1"])
    await bench.run(70.0)
    await bench.end()
    assert bench.results["p1"][seen].outcome == "complete"
