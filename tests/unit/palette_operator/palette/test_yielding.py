"""The law by which a rate yields; how it fares against rivals is in test_rivals.py."""

import pytest

from palette_operator.palette.yielding import (
    FLOOR,
    FORGOTTEN_AFTER_S,
    GROWTH,
    MOST_CUT,
    MOST_TOLERATED,
    REQUESTS_PER_LOOK,
    TOLERATED_PART,
    YieldingRate,
)


def refused_once(full: float = 9.0) -> YieldingRate:
    rate = YieldingRate(full, since=0.0)
    rate.refuse(0.0, 1.0)
    return rate


def send(rate: YieldingRate, requests: int, now: float = 0.0) -> float:
    """Let requests go as fast as allowed; return the time afterwards."""
    for _ in range(requests):
        now += 1 / rate.per_second
        rate.went()
    return now


def test_it_is_whole_until_the_first_refusal_and_half_after_it() -> None:
    rate = YieldingRate(9.0, since=0.0)
    send(rate, 1_000)
    assert rate.per_second == 9.0

    rate.refuse(100.0, 1.0)
    assert rate.per_second == 4.5


def test_it_does_not_move_between_looks() -> None:
    rate = refused_once()
    send(rate, REQUESTS_PER_LOOK - 1)

    assert rate.per_second == 4.5


def test_a_look_raises_it_with_every_request() -> None:
    rate = refused_once()
    send(rate, REQUESTS_PER_LOOK + 9)

    assert rate.per_second == pytest.approx(4.5 + 10 * GROWTH)


def test_a_fast_rate_is_held_for_a_while_before_a_look() -> None:
    rate = refused_once(full=45.0)
    send(rate, 20 * 22)
    assert rate.per_second == 22.5

    send(rate, 20)
    assert rate.per_second > 22.5


def test_where_pauses_are_long_looks_are_rarer() -> None:
    rate = YieldingRate(45.0, since=0.0)
    rate.refuse(0.0, 5.0)
    send(rate, 34 * 22)
    assert rate.per_second == 22.5

    send(rate, 50)
    assert rate.per_second > 22.5


def test_a_look_that_is_refused_ends_at_no_less_than_what_held_before() -> None:
    rate = refused_once()
    now = send(rate, REQUESTS_PER_LOOK + 5)
    rate.refuse(now, 1.0)

    assert 4.5 <= rate.per_second <= 4.6


def test_a_look_that_went_far_finds_more() -> None:
    rate = refused_once()
    now = send(rate, REQUESTS_PER_LOOK + 60)
    reached = rate.per_second
    assert reached > 8.5
    rate.refuse(now, 1.0)

    assert rate.per_second == pytest.approx(0.95 * (reached - (2 * 5 * GROWTH * reached) ** 0.5))


def test_a_refusal_between_looks_leads_to_what_was_free_since_the_last() -> None:
    rate = refused_once()
    send(rate, 40)
    rate.refuse(10.0, 1.0)  # 40 requests in 10 s: 4 per second were free

    assert rate.per_second == pytest.approx(0.95 * 4.0)


def test_no_cut_is_deeper_than_a_quarter_after_the_first() -> None:
    rate = refused_once()
    rate.refuse(100.0, 1.0)

    assert rate.per_second == MOST_CUT * 4.5


def test_a_refusal_in_a_long_while_cuts_nothing() -> None:
    rate = refused_once()
    calm = round(1 / TOLERATED_PART) + 1
    now = send(rate, calm)
    rate.refuse(now, 1.0)
    assert rate.per_second == 4.5

    rate.refuse(now + 1.0, 1.0)
    assert rate.per_second < 4.5


def test_calm_saves_up_tolerance_for_few_refusals_only() -> None:
    rate = refused_once()
    now = send(rate, 149)
    for _ in range(int(MOST_TOLERATED) + 1):
        rate.refuse(now, 1.0)

    assert rate.per_second < 4.5


def test_however_often_it_is_refused_a_tenth_is_kept() -> None:
    rate = refused_once()
    for _ in range(100):
        rate.refuse(1.0, 1.0)

    assert rate.per_second == pytest.approx(FLOOR * 9.0)


def test_a_rival_that_left_is_taken_to_be_gone_once_the_whole_rate_held() -> None:
    rate = refused_once()
    send(rate, 2 * REQUESTS_PER_LOOK)

    assert not rate.has_rival
    assert rate.per_second == 9.0


def test_a_rival_is_forgotten_by_one_who_sends_little() -> None:
    rate = refused_once()
    rate.advance(FORGOTTEN_AFTER_S)
    assert rate.has_rival

    rate.advance(FORGOTTEN_AFTER_S + 1)
    assert rate.per_second == 9.0


def test_a_request_that_was_never_sent_tells_nothing() -> None:
    rate = refused_once()
    for _ in range(10 * REQUESTS_PER_LOOK):
        rate.went()
        rate.returned()

    assert rate.per_second == 4.5


def test_another_full_rate_keeps_what_a_rival_leaves() -> None:
    rate = refused_once()
    rate.change(6.0)
    assert rate.per_second == 4.5

    rate.change(3.0)
    assert rate.per_second == 3.0


def test_another_full_rate_holds_at_once_where_there_is_no_rival() -> None:
    rate = YieldingRate(9.0, since=0.0)
    rate.change(20.0)

    assert rate.per_second == 20.0
