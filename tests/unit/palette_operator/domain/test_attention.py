"""When a cluster deserves a request of its own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.attention import LastDetail, detail_is_due
from palette_operator.domain.observed import ClusterRow
from support.builders import NOW
from support.rows import cluster_row

DEEP_S = 6 * 3600.0
RUNNING = cluster_row("c1", modified_at=NOW)


def last(row: ClusterRow = RUNNING, *, age_s: float = 600, **fields: object) -> LastDetail:
    plain = LastDetail(NOW - timedelta(seconds=age_s), row.projection, row.modified_at, generation=3, settled=True)
    return replace(plain, **fields)  # type: ignore[arg-type]  # any field of it


def due(row: ClusterRow, before: LastDetail | None, *, pass_began_at: datetime = NOW, deep_s: float = DEEP_S) -> bool:
    return detail_is_due(row, before, generation=3, now=NOW, pass_began_at=pass_began_at, deep_s=deep_s)


def state(word: str) -> ClusterRow:
    return cluster_row("c1", state=word, modified_at=NOW)


touched = cluster_row("c1", modified_at=NOW + timedelta(seconds=1))

DUE: dict[str, tuple[ClusterRow, LastDetail | None]] = {
    "a running cluster that was never read": (RUNNING, None),
    "a cluster in error that was never read": (state("Error"), None),
    "a changed spec": (RUNNING, last(generation=2)),
    "a changed spec while it is provisioned": (state("Provisioning"), last(generation=2)),
    "another health": (cluster_row("c1", health="UnHealthy", modified_at=NOW), last()),
    "another state": (RUNNING, last(state("Provisioning"))),
    "a bumped timestamp": (touched, last()),
    "a transition, at each pass": (RUNNING, last(settled=False, age_s=1)),
    "six hours without a look": (RUNNING, last(age_s=DEEP_S)),
}


@pytest.mark.parametrize(("row", "before"), DUE.values(), ids=DUE)
def test_a_request_is_deserved_by(row: ClusterRow, before: LastDetail | None) -> None:
    assert due(row, before)


NOT_DUE: dict[str, tuple[ClusterRow, LastDetail | None]] = {
    "a cluster that nothing happened to": (RUNNING, last()),
    "a cluster that is pending": (state("Pending"), None),
    "a cluster that is provisioned": (state("Provisioning"), None),
    "a cluster whose provisioning has begun": (state("Provisioning"), last(state("Pending"))),
    "a cluster that is being deleted": (state("Deleting"), last()),
    "a cluster that is deleted, whatever its spec": (state("Deleted"), last(generation=2)),
    "a cluster without a state": (state(""), None),
    "heartbeats that showed nothing new": (touched, last(fruitless_reads=1, age_s=59)),
}


@pytest.mark.parametrize(("row", "before"), NOT_DUE.values(), ids=NOT_DUE)
def test_no_request_is_deserved_by(row: ClusterRow, before: LastDetail | None) -> None:
    assert not due(row, before)


def test_a_transition_is_not_asked_about_twice_between_two_passes() -> None:
    before = last(settled=False, age_s=1)

    assert not due(RUNNING, before, pass_began_at=before.read_at)


def test_heartbeats_are_believed_less_each_time() -> None:
    def patience(fruitless: int) -> float:
        ages = (
            age for age in range(0, int(DEEP_S) + 30, 30) if due(touched, last(fruitless_reads=fruitless, age_s=age))
        )
        return next(ages)

    assert [patience(fruitless) for fruitless in (0, 1, 2, 3)] == [0, 60, 120, 240]


@given(st.integers(0, 10_000), st.sampled_from([60.0, DEEP_S]))
def test_however_many_reads_were_fruitless_the_thorough_look_comes(fruitless: int, deep_s: float) -> None:
    assert due(touched, last(fruitless_reads=fruitless, age_s=deep_s), deep_s=deep_s)
