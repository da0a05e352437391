import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.palette.buckets import LONGEST_PAUSE_S, SHORTEST_PAUSE_S, Bucket


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

    assert tested.effective_per_second == 4.5


def test_pauses_without_a_word_from_palette_double_and_stay_bounded() -> None:
    tested = bucket()
    pauses = []
    for _ in range(8):
        now = max(0.0, tested.paused_until)
        pauses.append(tested.refuse(now, retry_after_s=None, jitter=0.0))

    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_PAUSE_S, LONGEST_PAUSE_S]


def test_a_refusal_after_many_requests_begins_a_new_row() -> None:
    tested = bucket()
    for _ in range(3):
        tested.refuse(max(0.0, tested.paused_until), retry_after_s=None, jitter=0.0)
    now = tested.paused_until
    for _ in range(20):
        now = tested.next_token_at(now)
        tested.advance(now)
        tested.take()
        tested.let_go(now)

    assert tested.refuse(now, retry_after_s=None, jitter=0.0) == 1.0


def test_a_server_that_asks_for_no_pause_is_left_alone_until_what_was_under_way_is_answered() -> None:
    assert bucket().refuse(0.0, retry_after_s=0.0, jitter=0.0) == SHORTEST_PAUSE_S


def test_other_limits_hold_from_now_on_and_what_was_spent_stays_spent() -> None:
    tested = bucket()
    tested.advance(10.0)
    tested.take()
    tested.change(10.0, 20.0, 2.0, 1.0)

    assert tested.tokens == 0.0, "its one place is held by a request that has not left"
    assert (tested.documented_per_second, tested.effective_per_second) == (20.0, 2.0)
    tested.let_go(10.0)
    assert tested.next_token_at(10.0) == 10.5


def test_jitter_only_lengthens_a_pause() -> None:
    assert bucket().refuse(0.0, retry_after_s=8.0, jitter=1.0) == 10.0


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
