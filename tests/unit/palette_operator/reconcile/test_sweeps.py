import pytest

from palette_operator.reconcile.sweeps import Sweeps

INTERVALS = {
    "before there were two looks nothing is said": ([], 60, False),
    "as asked": ([60, 62], 60, False),
    "a little late": ([90], 60, False),
    "much too late": ([60, 131], 140, True),
    "better, but not good yet": ([131, 90], 60, True),
    "good again": ([131, 75], 60, False),
    "once late, then good": ([131, 60, 60], 60, False),
}


@pytest.mark.parametrize(("intervals", "reported_s", "slow"), INTERVALS.values(), ids=INTERVALS)
def test_sweeps_are_reported_as_asked_unless_they_are_clearly_slower(
    intervals: list[float], reported_s: int, slow: bool
) -> None:
    sweeps, now = Sweeps(60), 100.0
    sweeps.done(now)
    for interval in intervals:
        now += interval
        sweeps.done(now)

    assert sweeps.reported_s() == reported_s
    assert bool(sweeps.complaint(now)) is slow


def test_a_look_that_does_not_end_is_complained_of_too_but_not_counted_in_seconds() -> None:
    sweeps = Sweeps(60)
    assert not sweeps.complaint(10_000.0)

    sweeps.done(10_000.0)
    assert not sweeps.complaint(10_095.0)
    assert "every 60 seconds" in sweeps.complaint(10_096.0)
    assert sweeps.reported_s() == 60
