from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.errors import Unavailable, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette.lanes import Lane
from palette_operator.palette.paging import is_whole
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.sweep import count_pages, sweep
from support.listings import ListingClient
from support.rows import cluster_row, host_row

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
    "an empty page that does not say how long the list is": ([None], 0, False),
    "a last page that does not say how long the list is": ([2, None], 2, False),
}


@pytest.mark.parametrize(("totals", "distinct", "whole"), WHOLE.values(), ids=WHOLE)
def test_pages_that_moved_are_not_taken_for_the_whole(totals: list[int | None], distinct: int, whole: bool) -> None:
    assert is_whole(totals, distinct) is whole


async def test_the_pages_of_a_scope_are_counted_from_what_its_first_pages_announce() -> None:
    client = ListingClient(*(cluster_row(f"c{n}") for n in range(101)), host_row("h1"))

    assert await count_pages(client, SCOPE, Lane.ROUTINE) == 4  # type: ignore[arg-type]


Step = tuple[int, tuple[int, ...]]
"""What happens between two pages: how many rows come, and which of those that are there leave."""
STEPS = st.lists(st.tuples(st.integers(0, 3), st.lists(st.integers(0, 20), max_size=3).map(tuple)), max_size=8)


class MovingList:
    """Clusters that come at the end and leave anywhere, between any two pages."""

    def __init__(self, rows: int, page_size: int, steps: list[Step]) -> None:
        self.client = ListingClient(*(cluster_row(f"c{n}") for n in range(rows)))
        self.client.page_size = page_size
        self.client.between_pages = self._move
        self._steps = list(steps)
        self.throughout = self._uids()
        self.came = self.left = 0
        self._named = rows

    def _uids(self) -> set[str]:
        return {row.uid for row in self.client.cluster_rows}

    def _move(self) -> None:
        coming, leaving = self._steps.pop(0) if self._steps else (0, ())
        rows = self.client.cluster_rows
        for index in leaving:
            if index < len(rows):
                del rows[index]
                self.left += 1
        rows += [cluster_row(f"c{self._named + n}") for n in range(coming)]
        self._named += coming
        self.came += coming
        self.throughout &= self._uids()

    async def read(self) -> set[str] | None:
        """Return the uids that a sweep shows; None when it does not take itself for whole."""
        try:
            snapshot = await sweep(self.client, SCOPE, Lane.ROUTINE, lambda: datetime(2026, 1, 1, tzinfo=UTC))  # type: ignore[arg-type]
        except Waiting:
            return None
        return set(snapshot.clusters)


@given(rows=st.integers(0, 20), page_size=st.integers(1, 6), steps=STEPS)
async def test_a_sweep_hides_nothing_unless_as_much_left_and_came_while_it_was_made(
    rows: int, page_size: int, steps: list[Step]
) -> None:
    moving = MovingList(rows, page_size, steps)
    shown = await moving.read()

    if shown is not None:
        assert len(moving.throughout - shown) <= min(moving.left, moving.came)


@given(rows=st.integers(0, 20), page_size=st.integers(1, 6), coming=st.lists(st.integers(0, 3), max_size=8))
async def test_a_sweep_over_a_list_that_only_grows_shows_all_that_was_there_at_its_beginning(
    rows: int, page_size: int, coming: list[int]
) -> None:
    moving = MovingList(rows, page_size, [(number, ()) for number in coming])
    shown = await moving.read()

    assert shown is not None
    assert {f"c{n}" for n in range(rows)} <= shown


async def test_one_that_leaves_while_another_comes_hides_a_third_as_the_reads_of_absence_must_expect() -> None:
    moving = MovingList(4, 2, [(1, (0,))])

    assert await moving.read() == {"c0", "c1", "c3", "c4"}


async def test_a_list_that_does_not_say_how_long_it_is_is_not_counted() -> None:
    client = ListingClient()
    client.announces = False

    with pytest.raises(Unavailable, match="the list of clusters does not say how long it is"):
        await count_pages(client, SCOPE, Lane.ROUTINE)  # type: ignore[arg-type]
