from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from palette_operator.domain.observed import ClusterRow
from palette_operator.palette.glance import LONG_AGO, Glance, Marks, Recent, Unhelpful, lay_over, missed, recent
from palette_operator.palette.snapshot import Listing, Snapshot
from palette_operator.palette.wire.search import PAGE_SIZE, Page
from support.listings import START
from support.rows import cluster_row, host_row

MARGIN = timedelta(seconds=60)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def modified(uid: str, seconds: float | None, **fields: Any) -> ClusterRow:  # noqa: ANN401 - any field of the row
    return cluster_row(uid, modified_at=None if seconds is None else at(seconds), **fields)


def look(*rows: ClusterRow) -> Snapshot:
    return Snapshot(START, Listing({row.uid: row for row in rows}))


@dataclass(frozen=True)
class Case:
    """A cluster as it was known, as a full look shows it, and whether a short one should have shown that."""

    known: ClusterRow | None
    fresh: ClusterRow | None
    missed: bool


# The newest row that the short looks have seen was modified at 1000 s, so they have shown all up to 940 s.
CASES = {
    "nothing changed": Case(modified("c1", 100), modified("c1", 100), False),
    "only its time was moved, by a heartbeat": Case(modified("c1", 100), modified("c1", 500), False),
    "it changed since": Case(modified("c1", 100), modified("c1", 1001, state="Error"), False),
    "it changed within the time that a search may lag": Case(
        modified("c1", 100), modified("c1", 941, state="Error"), False
    ),
    "it changed before that, and was not shown": Case(modified("c1", 100), modified("c1", 939, state="Error"), True),
    "it changed without its time being moved": Case(modified("c1", 990), modified("c1", 990, state="Error"), True),
    "its time was moved back": Case(modified("c1", 990), modified("c1", 980, state="Error"), True),
    "it changed and has lost its time": Case(modified("c1", 990), modified("c1", None, state="Error"), True),
    "it changed and has got a time": Case(modified("c1", None), modified("c1", 990, state="Error"), False),
    "it came since": Case(None, modified("c1", 1001), False),
    "it came before that, and was not shown": Case(None, modified("c1", 900), True),
    "it left": Case(modified("c1", 100), None, False),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_full_look_tells_what_the_short_ones_should_have_shown(case: Case) -> None:
    known, fresh = (look(row) if row else look() for row in (case.known, case.fresh))

    assert missed(known, fresh, Marks(cluster=at(1000)), MARGIN) is case.missed


def test_hosts_are_checked_like_clusters() -> None:
    known = Snapshot(START, host_listing=Listing({row.uid: row for row in [host_row("h1", modified_at=at(990))]}))
    fresh = Snapshot(
        START, host_listing=Listing({row.uid: row for row in [host_row("h1", modified_at=at(990), health="unhealthy")]})
    )

    assert missed(known, fresh, Marks(host=at(1000)), MARGIN)
    assert not missed(known, known, Marks(host=at(1000)), MARGIN)


async def pages(*rows: ClusterRow) -> AsyncGenerator[Page[ClusterRow], None]:
    for offset in range(0, max(1, len(rows)), PAGE_SIZE):
        yield Page(rows[offset : offset + PAGE_SIZE], len(rows))


def newest_first(count: int) -> list[ClusterRow]:
    return [modified(f"c{n}", 1000 - n) for n in range(count)]


async def test_pages_are_read_until_one_brings_nothing_new() -> None:
    rows = newest_first(200)
    known = {row.uid: row for row in rows[60:]}
    read = await recent(pages(*rows), known, LONG_AGO, most_pages=4)

    assert [row.uid for row in read.rows] == [f"c{n}" for n in range(60)]
    assert read.total == 200


async def test_pages_are_read_until_one_reaches_back_beyond_the_horizon() -> None:
    read = await recent(pages(*newest_first(200)), {}, at(1000 - 60), most_pages=3)

    assert len(read.rows) == 2 * PAGE_SIZE


async def test_many_that_were_modified_at_one_time_are_no_news_once_they_are_known() -> None:
    rows = [modified(f"c{n}", 1000) for n in range(200)]
    read = await recent(pages(*rows), {row.uid: row for row in rows}, at(940), most_pages=2)

    assert read.rows == ()


async def test_a_short_list_is_read_to_its_end_though_all_of_it_is_new() -> None:
    read = await recent(pages(*newest_first(50)), {}, LONG_AGO, most_pages=1)

    assert len(read.rows) == read.total == 50


UNHELPFUL = {
    "more is new than is worth reading": (newest_first(200), "no-gain"),
    "rows in another order": ([modified("c1", 10), modified("c2", 20)], "unordered"),
    "a row that does not say when it was modified": ([modified("c1", None)], "undated"),
}


@pytest.mark.parametrize(("rows", "why"), UNHELPFUL.values(), ids=UNHELPFUL)
async def test_a_short_look_that_is_of_no_use_says_why(rows: list[ClusterRow], why: str) -> None:
    with pytest.raises(Unhelpful, match=why):
        await recent(pages(*rows), {}, LONG_AGO, most_pages=2)


def glanced(*rows: ClusterRow, total: int) -> Glance:
    known = look(modified("c1", 10), modified("c2", 20))
    return lay_over(known, Recent(rows, total), Recent((), 0), at(90))


def test_what_a_short_look_shows_is_laid_over_what_was_known_and_takes_nothing_away() -> None:
    glance = glanced(modified("c2", 80, state="Error"), modified("c3", 85), total=3)

    assert {uid: row.state for uid, row in glance.snapshot.clusters.items()} == {
        "c1": "Running",
        "c2": "Error",
        "c3": "Running",
    }
    assert glance.snapshot.began_at == START
    assert glance.clusters == {"c2", "c3"}
    assert glance.whole


@pytest.mark.parametrize("total", [2, 4], ids=["one left", "one came unseen"])
def test_a_short_look_that_counts_another_number_than_is_known_is_not_the_whole_story(total: int) -> None:
    assert not glanced(modified("c3", 85), total=total).whole
