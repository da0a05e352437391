"""Rounds over the local fleet, and the rest of hosts that do not answer."""

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.reconcile.local_hosts.rounds import Rounds, after_failure_s
from support.palette_api import FakeTime

A, B, C = (ObjectKey("EdgeHost", "retail", name) for name in "abc")
SILENT = Unavailable("Unreachable", "timed out")
REFUSED = Stalled("Unauthorized", "no")
BUSY = Waiting("Throttled", "later", retry_after_s=1)

RESTS: dict[str, tuple[float, int, ReconcileError, float]] = {
    "a host that missed one look is looked at in the next round": (60, 1, SILENT, 60),
    "then after two rounds": (60, 2, SILENT, 120),
    "but at least in every fourth": (60, 1_000_000, SILENT, 240),
    "a host that is busy is treated no worse": (60, 1, BUSY, 60),
    "a host that refuses is left alone for a minute at least": (1, 1, REFUSED, 60),
    "or longer when rounds are long": (60, 3, REFUSED, 240),
}


@pytest.mark.parametrize(("poll_s", "failures", "failure", "want"), RESTS.values(), ids=RESTS)
def test_a_host_that_failed_rests(poll_s: float, failures: int, failure: ReconcileError, want: float) -> None:
    assert after_failure_s(poll_s, failures, failure) == want


def test_a_round_ends_when_every_host_that_answers_was_looked_at() -> None:
    time = FakeTime()
    rounds = Rounds(time)
    rounds.seen(A, lambda: [A, B])
    time.advance(10)
    rounds.seen(A, lambda: [A, B])
    time.advance(5)
    assert rounds.took_s == 0

    rounds.seen(B, lambda: [A, B])

    assert rounds.took_s == 15


def test_a_round_does_not_wait_for_a_host_that_left() -> None:
    time = FakeTime()
    rounds = Rounds(time)
    rounds.seen(A, lambda: [A, B, C])
    rounds.leave(B)
    time.advance(10)
    rounds.seen(C, lambda: [A, C])
    rounds.seen(A, lambda: [A, C])

    assert rounds.took_s == 10
