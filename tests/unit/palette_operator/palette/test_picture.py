from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from palette_operator.domain.errors import Unavailable
from palette_operator.domain.identifiers import ClusterUid, HostUid
from palette_operator.domain.marks import OWNER_LABEL
from palette_operator.domain.observed import Absent, ClusterRow, HostRow, Known, Unknown
from palette_operator.palette.glance import Glance
from palette_operator.palette.picture import PassResult, Picture
from palette_operator.palette.snapshot import Listing, Snapshot
from support.rows import cluster_row, host_row

START = datetime(2026, 1, 1, tzinfo=UTC)
C1, H1 = ClusterUid("c1"), HostUid("h1")


@dataclass
class Bench:
    """A picture with a wall clock that is set by hand."""

    now_s: float = 0.0
    picture: Picture = field(init=False)

    def __post_init__(self) -> None:
        self.picture = Picture(stale_after_s=180.0, settle_s=60.0, now=self.now, most_vouched_s=300.0)

    def now(self) -> datetime:
        return START + timedelta(seconds=self.now_s)

    def look(self, *rows: ClusterRow | HostRow, began_s: float | None = None) -> PassResult:
        began_at = START + timedelta(seconds=self.now_s if began_s is None else began_s)
        clusters = Listing({row.uid: row for row in rows if isinstance(row, ClusterRow)})
        hosts = Listing({row.uid: row for row in rows if isinstance(row, HostRow)})
        return self.picture.adopt(Snapshot(began_at, clusters, hosts))

    def glance(self, *rows: HostRow, whole: bool = True) -> PassResult:
        assert self.picture.snapshot is not None
        known = Snapshot(self.picture.snapshot.began_at, Listing(), Listing({row.uid: row for row in rows}))
        hosts = frozenset(row.uid for row in rows)
        return self.picture.glance(Glance(self.now(), known, frozenset(), hosts, whole))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_before_the_first_complete_pass_nothing_is_known() -> None:
    bench = Bench()

    assert bench.picture.cluster(C1) == Unknown("Palette has not been looked at completely yet")
    assert bench.picture.host(H1) == Unknown("Palette has not been looked at completely yet")
    assert bench.picture.clusters_named("name-c1") == ()


def test_a_picture_that_goes_on_from_another_knows_nothing_yet_and_misses_what_vanished_between_them() -> None:
    former, bench = Bench(), Bench()
    former.look(*(host_row(f"h{n}") for n in range(5)))
    former.picture.forget_host(HostUid("h0"))

    bench.picture.go_on_from(former.picture)
    assert bench.picture.doubt is not None
    assert bench.picture.shrank is None
    bench.look(host_row("h4"))
    assert bench.picture.shrank is not None

    later = Bench()
    later.picture.go_on_from(bench.picture)
    assert later.picture.shrank is not None
    later.look(*(host_row(f"h{n}") for n in range(1, 5)))
    assert later.picture.shrank is None


def test_a_picture_that_goes_on_from_one_of_which_all_that_vanished_is_explained_misses_nothing() -> None:
    former, bench = Bench(), Bench()
    former.look(*(host_row(f"h{n}") for n in range(5)))
    for gone in ("h0", "h1", "h2"):
        former.picture.forget_host(HostUid(gone))

    bench.picture.go_on_from(former.picture)
    bench.look(host_row("h3"), host_row("h4"))
    assert bench.picture.shrank is None


def test_a_complete_pass_tells_what_is_there_and_what_is_not() -> None:
    bench = Bench()
    bench.look(cluster_row("c1"), host_row("h1"))

    assert bench.picture.cluster(C1) == Known(cluster_row("c1"), at(0))
    assert bench.picture.cluster(ClusterUid("c2")) == Absent(at(0))
    assert bench.picture.host(H1) == Known(host_row("h1"), at(0))
    assert bench.picture.host(HostUid("h2")) == Absent(at(0))
    assert bench.picture.doubt is None


def test_a_snapshot_that_is_too_old_says_nothing_any_more_and_why() -> None:
    bench = Bench()
    bench.look(cluster_row("c1"))
    bench.now_s = 180.0
    assert isinstance(bench.picture.cluster(C1), Known)

    bench.now_s = 181.0
    assert bench.picture.cluster(C1) == Unknown("the last complete look at Palette is too old")
    assert bench.picture.cluster(ClusterUid("c2")) == Unknown("the last complete look at Palette is too old")

    bench.picture.failure = Unavailable("PaletteUnreachable", "listing clusters: no answer")
    assert bench.picture.doubt == "the last complete look at Palette is too old: listing clusters: no answer"


def test_what_was_just_created_is_known_though_no_listing_shows_it_yet() -> None:
    bench = Bench()
    bench.look()
    bench.now_s = 10.0
    bench.picture.note_cluster(cluster_row("c1", state="Pending", labels={OWNER_LABEL: "m"}))
    bench.look(began_s=40.0)

    assert bench.picture.cluster(C1) == Known(cluster_row("c1", state="Pending", labels={OWNER_LABEL: "m"}), at(10))
    assert [row.uid for row in bench.picture.clusters_named("name-c1")] == ["c1"]
    assert [row.uid for row in bench.picture.clusters_marked("m")] == ["c1"]
    assert set(bench.picture.clusters()) == {"c1"}


def test_a_listing_that_began_later_and_shows_it_is_believed_at_once() -> None:
    bench = Bench(now_s=10.0)
    bench.picture.note_cluster(cluster_row("c1", state="Pending"))
    bench.look(cluster_row("c1", state="Provisioning"), began_s=11.0)

    assert bench.picture.cluster(C1) == Known(cluster_row("c1", state="Provisioning"), at(11))


def test_a_listing_that_began_earlier_is_not_believed_over_what_we_read_since() -> None:
    bench = Bench(now_s=10.0)
    bench.picture.note_host(host_row("h1", state="in-use"))
    bench.look(host_row("h1", state="ready"), began_s=9.0)

    assert bench.picture.host(H1) == Known(host_row("h1", state="in-use"), at(10))


def test_what_a_listing_says_against_a_younger_note_is_a_change_as_soon_as_the_next_listing_confirms_it() -> None:
    bench = Bench(now_s=10.0)
    bench.picture.note_host(host_row("h1", state="unpaired"))
    bench.picture.note_cluster(cluster_row("c1", state="Pending"))
    shown = (host_row("h1", state="ready"), cluster_row("c1", state="Provisioning"))
    bench.look(*shown, began_s=9.0)

    confirmed = bench.look(*shown, began_s=20.0)

    assert (confirmed.hosts, confirmed.clusters) == ({"h1"}, {"c1"})
    assert bench.picture.host(H1) == Known(host_row("h1", state="ready"), at(20))
    assert bench.look(*shown, began_s=30.0).hosts == frozenset()


def test_a_listing_that_must_have_caught_up_and_does_not_show_it_is_believed() -> None:
    bench = Bench(now_s=10.0)
    bench.picture.note_cluster(cluster_row("c1"))
    bench.look(began_s=70.0)

    assert bench.picture.cluster(C1) == Absent(at(70))


def test_what_is_gone_for_certain_stays_gone_while_a_listing_may_lag() -> None:
    bench = Bench()
    bench.look(cluster_row("c1"), host_row("h1"))
    bench.now_s = 10.0
    bench.picture.forget_cluster(C1)
    bench.picture.forget_host(H1)
    bench.look(cluster_row("c1"), host_row("h1"), began_s=60.0)

    assert bench.picture.cluster(C1) == Absent(at(10))
    assert bench.picture.clusters_named("name-c1") == ()
    assert bench.picture.hosts_named("name-h1") == ()
    assert bench.picture.clusters() == {}
    assert bench.picture.hosts() == {}

    bench.look(cluster_row("c1"), host_row("h1"), began_s=71.0)
    assert isinstance(bench.picture.cluster(C1), Known)
    assert isinstance(bench.picture.host(H1), Known)


def test_what_we_know_ourselves_outlives_a_stale_snapshot_but_not_for_ever() -> None:
    bench = Bench()
    bench.look()
    bench.now_s = 150.0
    bench.picture.note_cluster(cluster_row("c1"))
    bench.now_s = 300.0
    assert bench.picture.cluster(C1) == Known(cluster_row("c1"), at(150))
    assert isinstance(bench.picture.cluster(ClusterUid("c2")), Unknown)

    bench.now_s = 331.0
    assert isinstance(bench.picture.cluster(C1), Unknown)


def test_an_older_note_does_not_replace_a_newer_one() -> None:
    bench = Bench(now_s=10.0)
    bench.look()
    bench.picture.note_cluster(cluster_row("c1", state="Running"))
    bench.picture.note_cluster(cluster_row("c1", state="Pending"), at=at(5))

    assert bench.picture.cluster(C1) == Known(cluster_row("c1", state="Running"), at(10))


def test_names_and_marks_find_all_that_share_them() -> None:
    bench = Bench()
    mine = {OWNER_LABEL: "m"}
    bench.look(
        cluster_row("c1", name="n", labels=mine), cluster_row("c2", name="n"), host_row("h1", name="n", labels=mine)
    )
    bench.picture.note_cluster(cluster_row("c3", name="n", labels=mine))
    bench.picture.note_cluster(cluster_row("c2", name="renamed"))

    assert uids(bench.picture.clusters_named("n")) == ["c1", "c3"]
    assert uids(bench.picture.clusters_named("renamed")) == ["c2"]
    assert uids(bench.picture.clusters_marked("m")) == ["c1", "c3"]
    assert uids(bench.picture.hosts_named("n")) == ["h1"]
    assert uids(bench.picture.hosts_marked("m")) == ["h1"]
    assert uids(bench.picture.hosts_marked("other")) == []


def uids(rows: Iterable[ClusterRow | HostRow]) -> list[str]:
    return sorted(row.uid for row in rows)


def test_passes_are_counted_from_when_they_began() -> None:
    bench = Bench()
    for began_s in (0.0, 60.0, 120.0):
        bench.look(began_s=began_s)

    assert [bench.picture.complete_passes_since(at(s)) for s in (0, 60, 61, 121)] == [3, 2, 1, 0]


CHANGES = {
    "a newcomer": ([], [cluster_row("c1")], {"c1"}),
    "one that left": ([cluster_row("c1")], [], {"c1"}),
    "a changed state": ([cluster_row("c1")], [cluster_row("c1", state="Error")], {"c1"}),
    "a changed tag": ([cluster_row("c1")], [cluster_row("c1", labels={"a": "b"})], {"c1"}),
    "a heartbeat": ([cluster_row("c1")], [cluster_row("c1", modified_at=START)], set()),
    "nothing": ([cluster_row("c1")], [cluster_row("c1")], set()),
    "a host that fell ill": ([host_row("h1")], [host_row("h1", health="unhealthy")], {"h1"}),
    "a host as before": ([host_row("h1")], [host_row("h1")], set()),
}


@pytest.mark.parametrize(("before", "after", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_pass_tells_what_changed_but_for_heartbeats(
    before: list[ClusterRow | HostRow], after: list[ClusterRow | HostRow], changed: set[str]
) -> None:
    bench = Bench()
    bench.look(*before)
    result = bench.look(*after, began_s=60.0)

    assert result.clusters | result.hosts == changed
    assert (result.complete, result.failure) == (True, None)


def test_a_fleet_that_shrinks_says_so_and_one_that_is_being_deleted_does_not() -> None:
    bench = Bench()
    bench.look(*(cluster_row(f"c{n}") for n in range(20)), *(host_row(f"h{n}") for n in range(20)))
    assert bench.picture.shrank is None
    bench.look(*(cluster_row(f"c{n}") for n in range(20)), began_s=60.0)
    assert bench.picture.shrank is not None
    assert "edge hosts" in bench.picture.shrank

    bench = Bench()
    bench.look(*(cluster_row(f"c{n}", state="Deleting") for n in range(20)))
    bench.look(began_s=60.0)
    assert bench.picture.shrank is None


def test_a_short_look_that_counts_what_is_known_keeps_the_picture_valid() -> None:
    bench = Bench()
    bench.look(host_row("h1"))
    bench.now_s = 100.0
    bench.glance(host_row("h1"))

    bench.now_s = 280.0
    assert bench.picture.doubt is None
    assert bench.picture.host(H1) == Known(host_row("h1"), at(0))

    bench.now_s = 281.0
    assert bench.picture.doubt is not None


def test_a_short_look_that_counts_another_number_keeps_nothing_valid() -> None:
    bench = Bench()
    bench.look(host_row("h1"))
    bench.now_s = 100.0
    bench.glance(host_row("h1"), whole=False)

    bench.now_s = 181.0
    assert bench.picture.doubt is not None


def test_short_looks_alone_keep_a_picture_valid_for_so_long_and_no_longer() -> None:
    bench = Bench()
    bench.look(host_row("h1"))
    for bench.now_s in (100.0, 200.0, 300.0, 400.0, 480.0):
        bench.glance(host_row("h1"))
    assert bench.picture.doubt is None

    bench.now_s = 481.0
    assert bench.picture.doubt is not None


def test_a_short_look_answers_the_notes_on_what_it_shows_and_on_nothing_else() -> None:
    bench = Bench()
    bench.look()
    bench.now_s = 10.0
    bench.picture.note_host(host_row("h1", health=""))
    bench.picture.note_host(host_row("h2", health=""))
    bench.now_s = 20.0
    result = bench.glance(host_row("h1"))

    assert {uid: row.health for uid, row in bench.picture.hosts().items()} == {"h1": "healthy", "h2": ""}
    assert (result.hosts, result.complete) == ({"h1"}, False)
    assert bench.picture.complete_passes_since(at(1)) == 0


def test_a_short_look_never_brings_back_what_is_known_to_be_gone() -> None:
    bench = Bench()
    bench.look(host_row("h1"))
    bench.now_s = 10.0
    bench.picture.forget_host(H1)
    bench.now_s = 20.0
    bench.glance(host_row("h1"))

    assert bench.picture.host(H1) == Absent(at(10))


def test_hosts_are_found_by_all_of_their_labels_with_what_was_noted_since() -> None:
    bench = Bench()
    tills = {"site": "42", "role": "till"}
    listed = (host_row("h1", labels=tills), host_row("h2", labels={"site": "42"}), host_row("h3", labels=tills))
    bench.look(*listed)
    bench.picture.note_host(host_row("h3", labels={}))
    bench.picture.note_host(host_row("h4", labels={**tills, "more": "1"}))

    assert {row.uid for row in bench.picture.hosts_labelled(tills)} == {"h1", "h4"}
    assert {row.uid for row in bench.picture.hosts_labelled({"site": "42"})} == {"h1", "h2", "h4"}
    assert bench.picture.hosts_labelled({"site": "43"}) == ()
    assert bench.picture.hosts_labelled({}) == ()
