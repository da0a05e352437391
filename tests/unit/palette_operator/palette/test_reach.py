from dataclasses import dataclass

import pytest

from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette.reach import Reach, agree, choose, pages_of
from palette_operator.palette.snapshot import Listing, Snapshot
from support.listings import START
from support.rows import cluster_row, host_row


@dataclass(frozen=True)
class Case:
    """How many pages the tenant takes, how many its projects in use, and what is chosen from either reach."""

    tenant: int
    projects: int
    from_project: Reach
    from_tenant: Reach


CASES = {
    "two small projects are listed together": Case(2, 4, Reach.TENANT, Reach.TENANT),
    "many small projects are listed together": Case(3, 20, Reach.TENANT, Reach.TENANT),
    "a tenant that holds far more than the projects in use is not listed": Case(400, 4, Reach.PROJECT, Reach.PROJECT),
    "one page less is not worth a switch, nor a switch back": Case(19, 20, Reach.PROJECT, Reach.TENANT),
    "as many pages are not worth a switch, nor a switch back": Case(20, 20, Reach.PROJECT, Reach.TENANT),
    "one page more is worth a switch back": Case(21, 20, Reach.PROJECT, Reach.PROJECT),
    "a quarter less is worth a switch": Case(15, 20, Reach.TENANT, Reach.TENANT),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_reach_that_takes_fewer_pages_is_chosen_and_kept(case: Case) -> None:
    counts = {"tenant_pages": case.tenant, "project_pages": case.projects}
    assert choose(Reach.PROJECT, **counts) is case.from_project
    assert choose(Reach.TENANT, **counts) is case.from_tenant


def look(uids: str) -> Snapshot:
    return Snapshot(
        START,
        Listing({row.uid: row for row in map(cluster_row, uids.split()) if row.uid.startswith("c")}),
        Listing({row.uid: row for row in map(host_row, uids.split()) if row.uid.startswith("h")}),
    )


LOOKS = {
    "three looks that show the same": ("c1 h1", "c1 h1", "c1 h1", True),
    "nothing at all": ("", "", "", True),
    "a cluster that came before the last look": ("c1", "c1", "c1 c2", True),
    "a cluster that came before the look between": ("c1", "c1 c2", "c1 c2", True),
    "a cluster that left before the last look": ("c1 c2", "c1 c2", "c1", True),
    "a cluster that left before the look between": ("c1 c2", "c1", "c1", True),
    "a cluster that the look between does not show": ("c1 c2", "c1", "c1 c2", False),
    "a cluster that only the look between shows": ("c1", "c1 c2", "c1", False),
    "a host that the look between does not show": ("h1 h2", "h1", "h1 h2", False),
    "a host that only the look between shows": ("c1", "c1 h1", "c1", False),
}


@pytest.mark.parametrize(("before", "between", "after", "agreed"), LOOKS.values(), ids=LOOKS)
def test_looks_of_two_kinds_disagree_when_one_lacks_what_the_other_must_have_seen(
    before: str, between: str, after: str, agreed: bool
) -> None:
    assert agree(look(before), look(between), look(after)) is agreed


def test_a_look_at_the_tenant_falls_into_projects_and_what_names_none_is_in_none() -> None:
    p2 = ProjectUid("p2")
    rows = [cluster_row("c1"), cluster_row("c2", project=p2), cluster_row("c3", project=None)]
    hosts = [host_row("h1", project=p2), host_row("h2", project=None)]
    whole = Snapshot(START, Listing({row.uid: row for row in rows}), Listing({row.uid: row for row in hosts}))

    assert (set(whole.part(ProjectUid("p1")).clusters), set(whole.part(ProjectUid("p1")).hosts)) == ({"c1"}, set())
    assert (set(whole.part(p2).clusters), set(whole.part(p2).hosts)) == ({"c2"}, {"h1"})
    assert whole.part(ProjectUid("p3")) == Snapshot(START)


def test_pages_are_counted_of_clusters_and_of_hosts_and_an_empty_list_takes_one() -> None:
    clusters = {row.uid: row for row in (cluster_row(f"c{n}") for n in range(51))}

    assert pages_of([Snapshot(START), Snapshot(START, Listing(clusters))]) == 2 + 3
