import pytest

from palette_operator.domain.errors import ReconcileError, Unavailable, Waiting
from palette_operator.palette.pace import LONGEST_RETRY_S, Pace, Pause

DOWN = Unavailable("PaletteUnreachable", "no")


def pace(jitter: float = 0.5) -> Pace:
    return Pace(60.0, lambda: jitter)


@pytest.mark.parametrize(("jitter", "most_s"), [(0.0, 54.0), (0.5, 60.0), (1.0, 66.0)])
def test_passes_are_a_minute_apart_give_or_take_a_tenth(jitter: float, most_s: float) -> None:
    assert pace(jitter).after(None, took_s=0.1) == Pause(1.0, pytest.approx(most_s))


def test_a_requested_pass_leaves_two_thirds_of_the_time_to_others() -> None:
    assert pace().after(None, took_s=10.0).least_s == 20.0


def test_a_pass_that_takes_longer_than_its_interval_is_not_followed_at_once() -> None:
    assert pace().after(None, took_s=100.0) == Pause(200.0, 200.0)


def test_pauses_after_failures_grow_and_stay_bounded_and_no_request_shortens_them() -> None:
    tested = pace()
    pauses = [tested.after(DOWN, took_s=30.0) for _ in range(8)]

    assert [pause.most_s for pause in pauses] == [2, 4, 8, 16, 32, LONGEST_RETRY_S, LONGEST_RETRY_S, LONGEST_RETRY_S]
    assert all(pause.least_s == pause.most_s for pause in pauses)


def test_a_success_ends_the_growth() -> None:
    tested = pace()
    for failure in (DOWN, DOWN, DOWN, None):
        tested.after(failure, took_s=0.0)

    assert tested.after(DOWN, took_s=0.0).most_s == 2.0


@pytest.mark.parametrize(
    ("failure", "least_s"),
    [(Waiting("Throttled", "x", retry_after_s=45.0), 45.0), (Waiting("AwaitingFleet", "x", retry_after_s=0.1), 2.0)],
)
def test_what_palette_asks_for_is_granted(failure: ReconcileError, least_s: float) -> None:
    assert pace().after(failure, took_s=0.0).least_s == least_s
