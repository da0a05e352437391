"""The whole limiter against rivals that do not yield, before each of the simulated Palette's readings of the limits.

Virtual time. The bound on throttling counts from the first refusal on, the first one itself aside.
"""

from dataclasses import dataclass

import pytest
from benchmarks.rivalry import Record, Rival, Setting, simulate

from palette_sim.palette.config import LimitReading

SMALL, LARGE, WINDOW = LimitReading.SMALL_BURST, LimitReading.LARGE_BURST, LimitReading.WINDOW
BEGINS_S, ENDS_S = 30.0, 270.0


@dataclass(frozen=True)
class Figures:
    throttled_percent: float
    goodput_percent: float
    """Of what the rival leaves, from the first refusal on."""


def figures(record: Record, left_per_second: float, begin_s: float = BEGINS_S, end_s: float = ENDS_S) -> Figures:
    first = min(record.refusals(begin_s, end_s), default=begin_s)
    return Figures(
        throttled_percent=100 * record.throttled_part(begin_s, end_s),
        goodput_percent=100 * record.goodput(first, end_s) / left_per_second,
    )


def say(what: str, found: Figures) -> None:
    print(f"{what}: {found.throttled_percent:.2f}% throttled, goodput {found.goodput_percent:.0f}% of the rest")  # noqa: T201 - shown by -rP


@pytest.mark.parametrize(
    ("retry_after_s", "goodput"),
    [(None, 80.0), (5.0, 68.0)],
    ids=["no Retry-After", "a Retry-After that costs"],
)
@pytest.mark.parametrize("reading", [SMALL, LARGE, WINDOW])
@pytest.mark.parametrize("documented", [10, 50])
def test_beside_a_rival_that_takes_half_under_1_percent_is_throttled_and_80_percent_of_the_rest_is_used(
    documented: int, reading: LimitReading, retry_after_s: float | None, goodput: float
) -> None:
    rival = Rival(documented / 2, BEGINS_S, ENDS_S)
    record = simulate(Setting(documented, reading, (rival,), ENDS_S + 90, retry_after_s=retry_after_s))
    # The window lets the rate and 5 more through in any second.
    left = min(0.9 * documented, documented / 2 + (5 if reading is WINDOW else 0))
    found = figures(record, left)
    say(f"{documented}/s, {reading}, Retry-After {retry_after_s}", found)

    assert found.throttled_percent <= 1.0
    assert found.goodput_percent >= goodput
    assert record.goodput(ENDS_S + 60, ENDS_S + 90) >= 0.95 * 0.9 * documented


@pytest.mark.parametrize("leaves_after_s", range(120, 160, 4))
def test_within_60_s_of_a_rivals_leaving_95_percent_of_the_rate_go_whenever_it_leaves(leaves_after_s: float) -> None:
    end_s = BEGINS_S + leaves_after_s
    record = simulate(Setting(10, SMALL, (Rival(5, BEGINS_S, end_s),), end_s + 90))

    assert record.goodput(end_s + 60, end_s + 90) >= 0.95 * 9


@pytest.mark.parametrize(
    ("part", "throttled", "goodput"), [(0.2, 1.0, 80), (0.35, 1.0, 80), (0.65, 1.2, 80), (0.8, 2.0, 80)]
)
def test_beside_a_rival_that_takes_another_part(part: float, throttled: float, goodput: float) -> None:
    record = simulate(Setting(10, SMALL, (Rival(10 * part, BEGINS_S, ENDS_S),), ENDS_S))
    found = figures(record, 10 * (1 - part))
    say(f"a rival of {part:.0%}", found)

    assert found.throttled_percent <= throttled
    assert found.goodput_percent >= goodput


def test_a_rival_at_random_moments_is_refused_room_for_no_long() -> None:
    """At a fixed rate, 80% of the rest beside it would be throttled at 1.3%: both bounds together cannot be had."""
    record = simulate(Setting(10, SMALL, (Rival(5, BEGINS_S, ENDS_S, random=True),), ENDS_S + 120))
    found = figures(record, 5.0)
    say("half, at random moments", found)

    assert found.throttled_percent <= 1.5
    assert found.goodput_percent >= 45
    assert record.goodput(ENDS_S + 90, ENDS_S + 120) >= 0.95 * 9


def test_a_rival_that_comes_and_goes_finds_the_same_each_time() -> None:
    visits = tuple(Rival(5, begin, begin + 120) for begin in range(60, 960, 240))
    record = simulate(Setting(10, SMALL, visits, 1_020))

    for visit in visits:
        found = figures(record, 5.0, visit.begins_s, visit.ends_s)
        say(f"visit at {visit.begins_s:.0f} s", found)
        assert found.throttled_percent <= 1.0
        assert found.goodput_percent >= 80
        assert record.goodput(visit.ends_s + 60, visit.ends_s + 90) >= 0.95 * 9


def test_several_processes_that_know_nothing_of_each_other_share_the_limit() -> None:
    record = simulate(Setting(10, SMALL, processes=3, seconds=900))
    shares = [record.goodput(300, 900, process) for process in range(3)]
    refused = len(record.refusals(60)) / sum(when >= 60 for when, _, _ in record.ours)
    print(f"{[round(share, 2) for share in shares]} per second, {refused:.2%} throttled")  # noqa: T201 - shown by -rP

    assert sum(shares) >= 0.8 * 10
    assert min(shares) >= 0.5 * 10 / 3
    assert refused <= 0.02


def test_processes_whose_shares_add_up_to_less_than_the_limit_are_never_refused() -> None:
    record = simulate(Setting(10, SMALL, processes=2, share=0.45, seconds=300))

    assert record.refusals() == []
    assert record.goodput(60, 300) >= 0.98 * 9


@pytest.mark.parametrize("reading", [SMALL, LARGE, WINDOW])
@pytest.mark.parametrize("documented", [2, 10, 50])
def test_alone_nothing_is_refused_and_98_percent_of_the_share_go(documented: int, reading: LimitReading) -> None:
    record = simulate(Setting(documented, reading, seconds=120))

    assert record.refusals() == []
    assert record.goodput(20, 120) >= 0.98 * 0.9 * documented
