import pytest
from prometheus_client import REGISTRY

from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.identifiers import ClusterUid, ProjectUid
from palette_operator.domain.observed import ClusterRow, HostRow, Known
from palette_operator.palette.joint import LOOK_WIDER_AGAIN_S, MISTRUST_S, MOST_MOVED, VETTED_FOR_S
from palette_operator.palette.reach import Reach
from support.listings import FleetBench
from support.rows import cluster_row, host_row

TWO = ("p1", "p2")
FORBIDDEN = Stalled("Forbidden", "listing clusters: not in tenant scope")


def rows() -> list[ClusterRow | HostRow]:
    """Two projects that are used, with one cluster and one host each, and another cluster beside."""
    return [
        *(cluster_row(f"c-{project}", project=ProjectUid(project)) for project in (*TWO, "p9")),
        *(host_row(f"h-{project}", project=ProjectUid(project)) for project in TWO),
    ]


async def joined(bench: FleetBench) -> FleetBench:
    """Let the fleets find out that they can be listed together."""
    await bench.run(61.0)
    assert bench.joint.reach is Reach.TENANT
    return bench


async def test_two_projects_are_listed_together_once_their_own_listings_agree_with_it() -> None:
    bench = FleetBench(*rows(), projects=TWO)
    await bench.run(61.0)
    assert bench.lists_since(0) == ["p1", "p2", "tenant", "tenant", "p1", "p2", "tenant"]  # counted, then tried out

    since = len(bench.client.asked)
    await bench.run(180.0)
    await bench.end()

    assert bench.lists_since(since) == ["tenant"] * 3
    assert bench.times == {"p1": [0, 60, 120, 180, 240], "p2": [0, 60, 120, 180, 240]}
    assert all(result.complete for results in bench.results.values() for result in results)


async def test_a_joint_pass_shows_each_project_its_own_and_counts_as_a_complete_one() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    moment = bench.now()
    bench.client.cluster_rows.append(cluster_row("c-new", project=ProjectUid("p2")))
    await bench.run(120.0)
    await bench.end()

    first, second = bench.fleets.values()
    assert set(first.clusters()) == {"c-p1"}
    assert set(second.clusters()) == {"c-p2", "c-new"}
    assert isinstance(second.cluster(ClusterUid("c-new")), Known)
    assert (first.complete_passes_since(moment), second.complete_passes_since(moment)) == (2, 2)
    assert [sorted(result.clusters) for result in bench.results["p2"]] == [["c-p2"], [], ["c-new"], []]
    assert not any(result.clusters for result in bench.results["p1"][1:])


async def test_one_project_is_never_looked_for_in_the_whole_tenant() -> None:
    bench = FleetBench(*rows())
    await bench.run(600.0)
    await bench.end()

    assert set(bench.lists_since(0)) == {"p1"}


async def test_a_tenant_that_holds_far_more_is_counted_now_and_then_and_not_listed() -> None:
    others = [cluster_row(f"c{n}", project=ProjectUid("p9")) for n in range(400)]
    bench = FleetBench(*rows(), *others, projects=TWO)
    await bench.run(LOOK_WIDER_AGAIN_S - 100.0)
    assert bench.lists_since(0).count("tenant") == 1

    del bench.client.cluster_rows[3:]
    await bench.run(200.0)
    assert bench.joint.reach is Reach.TENANT
    await bench.end()


async def test_a_tenant_that_has_grown_is_not_listed_any_more() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    bench.client.cluster_rows += [cluster_row(f"c{n}", project=ProjectUid("p9")) for n in range(400)]
    await bench.run(60.0)
    since = len(bench.client.asked)
    await bench.run(120.0)
    await bench.end()

    assert set(bench.lists_since(since)) == set(TWO)
    assert bench.fleet.failure is None


async def test_a_key_that_may_not_list_the_tenant_lists_by_project_and_asks_again_much_later() -> None:
    bench = FleetBench(*rows(), projects=TWO)
    bench.client.tenant_error = FORBIDDEN
    await bench.run(MISTRUST_S)
    assert bench.lists_since(0).count("tenant") == 1
    assert all(result.complete for results in bench.results.values() for result in results)

    await bench.run(120.0)
    await bench.end()
    assert bench.lists_since(0).count("tenant") == 2


async def test_a_key_that_loses_the_tenant_goes_on_by_project_without_a_pass_that_fails() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    bench.client.tenant_error = FORBIDDEN
    await bench.run(180.0)
    assert bench.joint.reach is Reach.PROJECT
    await bench.end()

    assert all(result.complete for results in bench.results.values() for result in results)


async def test_a_key_that_sees_part_in_tenant_scope_never_serves_a_project_by_it() -> None:
    bench = FleetBench(*rows(), projects=TWO)
    bench.client.hidden_in_tenant = {"h-p2"}
    await bench.run(600.0)
    assert bench.joint.reach is Reach.PROJECT
    await bench.end()

    assert set(bench.fleets["p2"].hosts()) == {"h-p2"}
    assert not any(result.hosts for result in bench.results["p2"][1:])


async def test_rows_that_do_not_name_their_project_are_as_good_as_none() -> None:
    bench = FleetBench(*rows(), projects=TWO)
    bench.client.tenant_rows_name_projects = False
    await bench.run(600.0)
    assert bench.joint.reach is Reach.PROJECT
    await bench.end()

    assert set(bench.fleets["p1"].clusters()) == {"c-p1"}


async def test_a_key_that_comes_to_see_part_is_found_out_by_a_listing_of_the_project() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    before = partial_fallbacks()
    bench.client.hidden_in_tenant = {"h-p2"}
    await bench.run(2 * VETTED_FOR_S)
    assert bench.joint.reach is Reach.PROJECT
    await bench.end()

    assert set(bench.fleets["p2"].hosts()) == {"h-p2"}
    assert partial_fallbacks() == before + 1


def partial_fallbacks() -> float:
    labels = {"connection": "connection", "why": "partial"}
    return REGISTRY.get_sample_value("palette_fleet_fallbacks_total", labels) or 0.0


async def test_projects_are_vetted_one_at_a_time_and_seldom() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    since = len(bench.client.asked)
    await bench.run(2 * VETTED_FOR_S)
    await bench.end()

    lists = bench.lists_since(since)
    assert (lists.count("p1"), lists.count("p2"), lists.count("tenant")) == (1, 1, 60)


async def test_a_project_that_is_opened_later_is_vetted_before_it_is_served() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    since = len(bench.client.asked)
    bench.open("p9")
    await bench.run(130.0)
    await bench.end()

    assert bench.lists_since(since) == ["p9", "p9", "tenant", "tenant"]
    assert set(bench.fleets["p9"].clusters()) == {"c-p9"}


async def test_a_pass_that_one_project_asks_for_serves_the_others_too() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    since = len(bench.client.asked)
    await bench.run(20.0)
    bench.fleets["p2"].request_pass()
    await bench.run(40.0)
    await bench.end()

    assert bench.lists_since(since) == ["tenant"]
    assert [len(bench.times[project]) for project in TWO] == [3, 3]


async def test_many_who_ask_while_a_round_is_under_way_share_it() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    since = len(bench.client.asked)
    bench.client.page_takes = lambda _: bench.clock.sleep(1.0)
    await bench.run(10.0)
    for fleet in bench.fleets.values():
        fleet.request_pass()
    await bench.run(20.0)
    await bench.end()

    assert bench.lists_since(since) == ["tenant"]
    assert all(result.complete for results in bench.results.values() for result in results)


async def test_a_project_that_was_opened_during_a_round_is_not_served_by_it() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    bench.client.page_takes = lambda scope: bench.clock.sleep(0.0 if scope.project else 10.0)
    bench.fleet.request_pass()
    await bench.run(5.0)
    since = len(bench.client.asked)
    bench.open("p9")
    await bench.run(3.0)
    bench.fleets["p9"].request_pass()
    await bench.run(40.0)
    await bench.end()

    assert bench.lists_since(since) == ["p9", "p9"]
    assert set(bench.fleets["p9"].clusters()) == {"c-p9"}


async def test_all_are_told_when_palette_cannot_be_reached() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    bench.client.error = Unavailable("PaletteUnreachable", "no answer")
    await bench.run(60.0)
    assert {fleet.failure for fleet in bench.fleets.values()} == {bench.client.error}
    assert bench.joint.reach is Reach.TENANT

    bench.client.error = None
    await bench.run(70.0)
    await bench.end()
    assert {fleet.failure for fleet in bench.fleets.values()} == {None}


async def test_a_tenant_that_moves_under_each_listing_is_listed_by_project() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    clusters = bench.client.cluster_rows
    clusters += [cluster_row(f"c{n}", project=ProjectUid("p9")) for n in range(45)]
    bench.client.between_pages = lambda: clusters.pop() if len(clusters) > len(TWO) else None
    await bench.run(90.0)
    assert bench.joint.reach is Reach.PROJECT
    await bench.end()

    failed = [result for results in bench.results.values() for result in results if not result.complete]
    assert len(failed) == 2 * (MOST_MOVED - 1)
    assert bench.fleet.failure is None


async def test_another_credential_is_tried_out_anew() -> None:
    bench = await joined(FleetBench(*rows(), projects=TWO))
    bench.client.hidden_in_tenant = {"h-p2"}
    for fleet in bench.fleets.values():
        fleet.credential_changed()
    await bench.run(120.0)
    assert bench.joint.reach is Reach.PROJECT
    await bench.end()

    assert set(bench.fleets["p2"].hosts()) == {"h-p2"}


@pytest.mark.parametrize("wide", [True, False], ids=["together", "one by one"])
async def test_a_metric_tells_how_projects_are_listed_and_goes_with_them(wide: bool) -> None:
    bench = FleetBench(*rows(), projects=TWO)
    bench.client.tenant_error = None if wide else FORBIDDEN
    await bench.run(61.0)
    assert REGISTRY.get_sample_value("palette_fleet_tenant_wide", {"connection": "connection"}) == float(wide)

    await bench.end()
    assert REGISTRY.get_sample_value("palette_fleet_tenant_wide", {"connection": "connection"}) is None
