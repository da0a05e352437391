import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.palette.buckets import FLOOR_FACTOR, LONGEST_PAUSE_S, Bucket


def bucket(per_second: float = 9.0, capacity: float = 4.0) -> Bucket:
    return Bucket("/v1/x", per_second / 0.9, per_second, capacity, advanced_at=0.0)


def test_it_starts_empty_and_fills_at_its_rate_up_to_its_capacity() -> None:
    tested = bucket()
    assert not tested.has_token(0.0)

    tested.advance(1 / 9)
    assert tested.has_token(1 / 9)

    tested.advance(100.0)
    assert tested.tokens == 4.0


def test_the_next_token_is_due_when_the_missing_part_has_come_in() -> None:
    assert bucket().next_token_at(0.0) == pytest.approx(1 / 9)


def test_a_refusal_pauses_for_as_long_as_palette_asks_and_halves_the_rate() -> None:
    tested = bucket()
    tested.advance(10.0)

    assert tested.refuse(10.0, retry_after_s=7.0, jitter=0.0) == 7.0
    tested.advance(16.9)
    assert not tested.has_token(16.9)
    assert tested.effective_per_second == 4.5
    assert tested.next_token_at(16.9) == pytest.approx(17.0 + 1 / 4.5)


def test_answers_that_were_under_way_when_the_pause_began_cut_the_rate_only_once() -> None:
    tested = bucket()
    for _ in range(20):
        tested.refuse(1.0, retry_after_s=None, jitter=0.0)

    assert tested.factor == 0.5


def test_pauses_without_a_word_from_palette_double_and_stay_bounded() -> None:
    tested = bucket()
    pauses = []
    for _ in range(8):
        now = max(0.0, tested.paused_until)
        pauses.append(tested.refuse(now, retry_after_s=None, jitter=0.0))

    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    assert tested.factor == FLOOR_FACTOR


def test_jitter_only_lengthens_a_pause() -> None:
    assert bucket().refuse(0.0, retry_after_s=8.0, jitter=1.0) == 10.0


def test_the_rate_grows_back_steadily_and_forgets_the_refusals() -> None:
    tested = bucket()
    tested.refuse(0.0, retry_after_s=1.0, jitter=0.0)
    tested.advance(26.0)
    assert tested.factor == pytest.approx(0.75)
    assert tested.refusals == 1

    tested.advance(51.0)
    assert tested.factor == 1.0
    assert tested.refusals == 0


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    tested = bucket()
    tested.advance(1.0)
    tokens = tested.tokens
    tested.advance(0.5)
    tested.advance(1.0)

    assert tested.tokens == tokens


def test_a_held_token_takes_up_room_until_its_request_has_left() -> None:
    tested = bucket(capacity=1.0)
    tested.advance(1.0)
    tested.take()
    tested.advance(2.0)
    assert tested.tokens == 0.0
    assert math.isinf(tested.next_token_at(2.0))

    tested.let_go(2.0)
    assert tested.next_token_at(2.0) == pytest.approx(2.0 + 1 / 9)


def test_a_token_that_is_given_back_can_be_taken_at_once() -> None:
    tested = bucket()
    tested.advance(1 / 9)
    tested.take()
    tested.give_back(1 / 9)

    assert tested.has_token(1 / 9)
    assert tested.held == 0


steps = st.lists(
    st.tuples(
        st.floats(min_value=0.0, max_value=3.0),
        st.sampled_from(["take", "take", "let go", "let go", "let go", "refuse", "give back"]),
    ),
    max_size=200,
)


@given(steps=steps, per_second=st.sampled_from([1.8, 9.0, 45.0]), capacity=st.sampled_from([1.0, 4.0, 5.0]))
def test_no_window_ever_sees_more_than_the_rate_and_the_capacity_allow(
    steps: list[tuple[float, str]], per_second: float, capacity: float
) -> None:
    tested, now, left = bucket(per_second, capacity), 0.0, []
    for elapsed_s, step in steps:
        now += elapsed_s
        tested.advance(now)
        if step == "refuse":
            tested.refuse(now, retry_after_s=None, jitter=0.5)
        elif step == "give back" and tested.held:
            tested.give_back(now)
        elif step == "let go" and tested.held:
            tested.let_go(now)
            left.append(now)
        while step == "take" and tested.has_token(now):
            tested.take()

    for first in range(len(left)):
        for last in range(first, len(left)):
            allowed = per_second * (left[last] - left[first]) + capacity
            assert last - first + 1 <= math.floor(allowed + 1e-6)
