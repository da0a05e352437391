"""The work queue: order, rest, and never one key in two hands."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.reconcile.queue import Priority, WorkQueue


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def key(name: str) -> ObjectKey:
    return ObjectKey("PaletteCluster", "retail", name)


async def taken_now(queue: WorkQueue) -> list[str]:
    """Take everything that is available without waiting."""
    names = []
    while True:
        take = asyncio.ensure_future(queue.take())
        await asyncio.sleep(0)
        if not take.done():
            take.cancel()
            return names
        names.append(take.result().name)


async def test_deletions_come_before_spec_changes_before_remote_changes_before_resyncs() -> None:
    queue = WorkQueue(Clock())
    for priority in reversed(Priority):
        queue.add(key(priority.name), priority)

    assert await taken_now(queue) == ["DELETION", "SPEC_CHANGE", "REMOTE_CHANGE", "RESYNC"]


async def test_a_key_added_many_times_is_taken_once_at_its_highest_priority() -> None:
    queue = WorkQueue(Clock())
    queue.add(key("store"), Priority.RESYNC)
    queue.add(key("other"), Priority.SPEC_CHANGE)
    queue.add(key("store"), Priority.DELETION)

    assert await taken_now(queue) == ["store", "other"]


async def test_a_key_that_was_asked_for_twice_before_it_was_taken_rests_afterwards_as_it_is_told() -> None:
    clock = Clock()
    queue = WorkQueue(clock, lambda *_: asyncio.Event())  # type: ignore[arg-type, return-value]
    queue.add(key("store"), Priority.RESYNC)
    queue.add(key("store"), Priority.SPEC_CHANGE)
    assert await taken_now(queue) == ["store"]
    queue.add(key("store"), Priority.RESYNC, after_s=600)
    queue.done(key("store"))

    assert await taken_now(queue) == []
    clock.time += 600
    assert await taken_now(queue) == ["store"]


async def test_the_oldest_wait_is_that_of_a_key_that_is_due_and_in_nobodys_hands() -> None:
    clock = Clock()
    queue = WorkQueue(clock, lambda *_: asyncio.Event())  # type: ignore[arg-type, return-value]
    assert queue.oldest_s() == 0
    queue.add(key("store"), Priority.RESYNC)
    clock.time += 5
    queue.add(key("other"), Priority.SPEC_CHANGE)
    queue.add(key("store"), Priority.SPEC_CHANGE)
    queue.add(key("resting"), Priority.RESYNC, after_s=60)
    clock.time += 5

    assert queue.oldest_s() == 10
    assert await taken_now(queue) == ["other", "store"]
    queue.add(key("store"), Priority.SPEC_CHANGE)
    clock.time += 5
    assert queue.oldest_s() == 0


async def test_a_key_added_while_it_is_worked_on_is_taken_again_only_after_it_is_done() -> None:
    queue = WorkQueue(Clock())
    queue.add(key("store"), Priority.SPEC_CHANGE)
    assert await taken_now(queue) == ["store"]

    queue.add(key("store"), Priority.SPEC_CHANGE)
    assert await taken_now(queue) == []

    queue.done(key("store"))
    assert await taken_now(queue) == ["store"]


async def test_a_resting_key_is_taken_when_its_time_has_come_and_not_before() -> None:
    clock = Clock()
    queue = WorkQueue(clock)
    queue.add(key("store"), Priority.RESYNC, after_s=10)

    clock.time += 9.9
    assert await taken_now(queue) == []
    clock.time += 0.1
    assert await taken_now(queue) == ["store"]


async def test_a_resting_key_that_becomes_urgent_does_not_rest_on() -> None:
    queue = WorkQueue(Clock())
    queue.add(key("store"), Priority.RESYNC, after_s=600)
    queue.add(key("store"), Priority.SPEC_CHANGE)

    assert await taken_now(queue) == ["store"]
    assert await taken_now(queue) == []


async def test_a_cancelled_taker_passes_its_key_on() -> None:
    queue = WorkQueue(Clock())
    first, second = asyncio.ensure_future(queue.take()), asyncio.ensure_future(queue.take())
    await asyncio.sleep(0)
    queue.add(key("store"), Priority.RESYNC)
    first.cancel()

    assert (await asyncio.wait_for(second, 1)).name == "store"


async def test_a_forgotten_key_is_never_taken() -> None:
    queue = WorkQueue(Clock())
    queue.add(key("store"), Priority.RESYNC)
    queue.forget(key("store"))

    assert await taken_now(queue) == []
    assert queue.depth() == 0


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.sampled_from(list(Priority)), st.floats(0, 5)), max_size=40))
def test_whatever_is_added_every_key_is_taken_exactly_once_in_the_end(adds: list[tuple[str, Priority, float]]) -> None:
    async def scenario() -> list[str]:
        clock = Clock()
        queue = WorkQueue(clock)
        for name, priority, after_s in adds:
            queue.add(key(name), priority, after_s=after_s)
        clock.time += 5
        return await taken_now(queue)

    assert sorted(asyncio.run(scenario())) == sorted({name for name, _, _ in adds})
