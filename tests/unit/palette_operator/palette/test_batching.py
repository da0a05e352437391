import asyncio

import pytest

from palette_operator.domain.errors import Unavailable
from palette_operator.palette.batching import Batcher


class Backend:
    """Answers batches when it is told to, and remembers them."""

    def __init__(self) -> None:
        self.batches: list[set[str]] = []
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def fetch(self, keys: frozenset[str]) -> dict[str, str]:
        self.batches.append(set(keys))
        await self.gate.wait()
        if self.error:
            raise self.error
        return {key: key.upper() for key in keys}


async def running() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_those_who_ask_at_the_same_moment_share_one_request() -> None:
    backend = Backend()
    backend.gate.set()
    batcher = Batcher(backend.fetch)

    answers = await asyncio.gather(*(batcher.ask(key) for key in ["a", "b", "a", "c"]))

    assert answers == ["A", "B", "A", "C"]
    assert backend.batches == [{"a", "b", "c"}]


async def test_while_one_request_is_under_way_the_next_one_collects() -> None:
    backend = Backend()
    batcher = Batcher(backend.fetch)
    first = asyncio.create_task(batcher.ask("a"))
    await running()
    later = [asyncio.create_task(batcher.ask(key)) for key in "abc"]
    await running()
    backend.gate.set()
    await asyncio.gather(first, *later)

    assert backend.batches == [{"a"}, {"a", "b", "c"}]


class Pauses:
    """A clock that only sleep moves, and what was slept."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.slept: list[float] = []
        self.over = asyncio.Event()

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await self.over.wait()
        self.now_s += seconds


async def test_a_request_that_comes_soon_after_another_waits_and_collects() -> None:
    backend, pauses = Backend(), Pauses()
    backend.gate.set()
    batcher = Batcher(backend.fetch, every_s=0.5, monotonic=pauses, sleep=pauses.sleep)

    await batcher.ask("a")
    pauses.now_s += 0.2
    later = [asyncio.create_task(batcher.ask("b"))]
    await running()
    later.append(asyncio.create_task(batcher.ask("c")))
    await running()
    pauses.over.set()
    await asyncio.gather(*later)

    assert backend.batches == [{"a"}, {"b", "c"}]
    assert pauses.slept == [pytest.approx(0.3)]


async def test_after_a_quiet_time_or_with_a_full_batch_a_request_begins_at_once() -> None:
    backend, pauses = Backend(), Pauses()
    backend.gate.set()
    batcher = Batcher(backend.fetch, most=2, every_s=0.5, monotonic=pauses, sleep=pauses.sleep)

    await batcher.ask("a")
    pauses.now_s += 0.5
    await batcher.ask("b")
    await asyncio.gather(batcher.ask("c"), batcher.ask("d"))

    assert backend.batches == [{"a"}, {"b"}, {"c", "d"}]
    assert pauses.slept == []


async def test_closing_while_a_request_waits_cancels_those_who_asked() -> None:
    backend, pauses = Backend(), Pauses()
    backend.gate.set()
    batcher = Batcher(backend.fetch, every_s=0.5, monotonic=pauses, sleep=pauses.sleep)
    await batcher.ask("a")
    asking = asyncio.create_task(batcher.ask("b"))
    await running()

    await batcher.aclose()

    with pytest.raises(Unavailable):
        await asking


async def test_a_batch_holds_no_more_keys_than_it_may_and_the_longest_waiting_go_first() -> None:
    backend = Backend()
    backend.gate.set()
    batcher = Batcher(backend.fetch, most=2)

    await asyncio.gather(*(batcher.ask(key) for key in "edcba"))

    assert backend.batches == [{"e", "d"}, {"c", "b"}, {"a"}]


async def test_a_failure_reaches_all_who_asked_and_nobody_after_them() -> None:
    backend = Backend()
    backend.gate.set()
    backend.error = ValueError("no")
    batcher = Batcher(backend.fetch)

    results = await asyncio.gather(batcher.ask("a"), batcher.ask("b"), return_exceptions=True)
    assert [str(result) for result in results] == ["no", "no"]

    backend.error = None
    assert await batcher.ask("a") == "A"


async def test_one_who_leaves_disturbs_nobody_and_is_not_asked_for() -> None:
    backend = Backend()
    batcher = Batcher(backend.fetch)
    first = asyncio.create_task(batcher.ask("a"))
    await running()
    leaving, staying = asyncio.create_task(batcher.ask("b")), asyncio.create_task(batcher.ask("c"))
    await running()
    leaving.cancel()
    first.cancel()
    backend.gate.set()

    assert await staying == "C"
    assert backend.batches == [{"a"}, {"c"}]


async def test_closing_is_told_to_whoever_waits_and_cancels_nobody() -> None:
    backend = Backend()
    batcher = Batcher(backend.fetch)
    asking = [asyncio.create_task(batcher.ask("a"))]
    await running()
    asking.append(asyncio.create_task(batcher.ask("b")))
    await running()
    await batcher.aclose()

    for task in asking:
        with pytest.raises(Unavailable, match="closed meanwhile"):
            await task
