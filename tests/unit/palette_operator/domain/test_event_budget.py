"""How often events are posted: once while they are the same, and never without bound."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.event_budget import BURST, REFILL, SAME_WITHIN, EventBudget, EventNote, Posting
from support.builders import NOW

READY = EventNote("Normal", "Ready", "all is well")
AWAY = EventNote("Warning", "PaletteUnreachable", "Palette cannot be reached")
MINUTE = timedelta(minutes=1)


def judge(budget: EventBudget, note: EventNote, *, after: timedelta = timedelta(), uid: str = "u1") -> Posting | None:
    return budget.judge(uid, "store-1", note, NOW + after)


def posted(budget: EventBudget, note: EventNote, *, after: timedelta = timedelta(), uid: str = "u1") -> Posting:
    posting = judge(budget, note, after=after, uid=uid)
    assert posting is not None
    return posting


def test_an_event_that_was_never_told_is_new() -> None:
    posting = posted(EventBudget(), READY)

    assert (posting.count, posting.first_at, posting.last_at) == (1, NOW, NOW)
    assert posting.name.startswith("store-1.")


def test_the_same_event_again_is_counted_under_its_name() -> None:
    budget = EventBudget()
    first = posted(budget, READY)
    again = posted(budget, READY, after=MINUTE)

    assert again == Posting(first.name, 2, NOW, NOW + MINUTE)


OTHERS = {
    "another type": (EventNote("Warning", "Ready", "all is well"), "u1"),
    "another reason": (EventNote("Normal", "Provisioning", "all is well"), "u1"),
    "another message": (EventNote("Normal", "Ready", "all is very well"), "u1"),
    "another resource of that name": (READY, "u2"),
}


@pytest.mark.parametrize(("note", "uid"), OTHERS.values(), ids=OTHERS)
def test_whatever_differs_is_an_event_of_its_own(note: EventNote, uid: str) -> None:
    budget = EventBudget()
    first = posted(budget, READY)
    other = posted(budget, note, uid=uid)

    assert other.count == 1
    assert other.name != first.name


def test_what_the_api_server_has_forgotten_is_told_anew() -> None:
    budget = EventBudget()
    first = posted(budget, READY)
    late = posted(budget, READY, after=SAME_WITHIN)

    assert late.count == 1
    assert late.name != first.name


def test_two_states_that_take_turns_are_two_events_and_then_rare() -> None:
    budget = EventBudget()
    looks = [judge(budget, (READY, AWAY)[at % 2], after=at * timedelta(seconds=10)) for at in range(360)]
    written = [posting for posting in looks if posting is not None]

    assert len({posting.name for posting in written}) == 2
    assert len(written) == BURST + 11, "25 at once, and one in 5 minutes of the hour"
    assert written[-1].count > 150, "those that were not posted are counted all the same"


def test_one_that_floods_takes_nothing_from_another() -> None:
    budget = EventBudget()
    for at in range(100):
        judge(budget, EventNote("Normal", "Updated", f"change {at}"))

    assert judge(budget, READY) is None
    assert judge(budget, READY, uid="u2") is not None


def test_what_others_say_of_a_resource_takes_nothing_from_what_the_operator_says() -> None:
    budget = EventBudget()
    for at in range(100):
        judge(budget, EventNote("Warning", "NodeUnhealthy", f"node {at}", "Palette"))

    assert judge(budget, READY) is not None


def test_who_has_been_silent_has_its_whole_allowance_again() -> None:
    budget = EventBudget()
    for at in range(100):
        judge(budget, EventNote("Normal", "Updated", f"change {at}"))
    later = [judge(budget, EventNote("Normal", "Updated", f"{at}"), after=BURST * REFILL) for at in range(100)]

    assert len([each for each in later if each is not None]) == BURST


def test_who_has_gone_is_forgotten() -> None:
    budget = EventBudget()
    for at in range(1000):
        judge(budget, READY, uid=f"gone-{at}")
    judge(budget, READY, after=BURST * REFILL, uid="u1")

    assert list(budget._resources) == [("u1", "")]


def test_a_name_is_one_that_an_object_may_have() -> None:
    name = posted_name("a" * 235 + "." + "b" * 17)

    assert len(name) <= 253
    assert ".." not in name


def posted_name(of: str) -> str:
    posting = EventBudget().judge("u1", of, READY, NOW)
    assert posting is not None
    return posting.name


@given(
    st.lists(
        st.tuples(
            st.floats(-60, 1_800),
            st.sampled_from([READY, AWAY, *(EventNote("Normal", "Updated", f"change {at}") for at in range(5))]),
        ),
        max_size=200,
    )
)
def test_no_sequence_of_looks_posts_more_than_the_allowance(told: list[tuple[float, EventNote]]) -> None:
    budget, at, latest, count = EventBudget(), NOW, NOW, 0
    for pause_s, note in told:
        at += timedelta(seconds=pause_s)  # the clock may be set back
        latest = max(latest, at)
        count += judge(budget, note, after=at - NOW) is not None

    assert count <= BURST + (latest - NOW) / REFILL + 1e-6
