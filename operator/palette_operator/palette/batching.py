"""Many questions in one request: while one is under way, the next ones collect."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Generic, TypeVar

from palette_operator.palette.failures import unanswered

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")


class Batcher(Generic[KeyT, AnswerT]):
    """Answers keys in batches. An answer is always from a request that began after its key was asked for.

    One request is under way at a time: the longer it takes, the more the next one serves.
    """

    def __init__(
        self,
        fetch: Callable[[frozenset[KeyT]], Awaitable[Mapping[KeyT, AnswerT]]],
        *,
        most: int | None = None,
        every_s: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`fetch` answers every key it is given, at most `most` of them; what it raises goes to all who asked.

        A request begins at once after a quiet time, else `every_s` seconds after the one before it. The last two are
        for tests.
        """
        self._fetch = fetch
        self._most = most
        self._every_s = every_s
        self._monotonic = monotonic
        self._sleep = sleep
        self._began_at = -math.inf
        self._asked: dict[KeyT, list[asyncio.Future[AnswerT]]] = {}
        self._worker: asyncio.Task[None] | None = None

    async def ask(self, key: KeyT) -> AnswerT:
        """Answer `key`; raises what the request raised. Cancelling one who asks disturbs nobody else."""
        answer: asyncio.Future[AnswerT] = asyncio.get_running_loop().create_future()
        self._asked.setdefault(key, []).append(answer)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return await answer

    async def aclose(self) -> None:
        """Stop; whoever still waits is told so by Unavailable: nobody but its owner cancels a task."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        batch: dict[KeyT, list[asyncio.Future[AnswerT]]] = {}
        try:
            while self._asked:
                await self._collect()
                batch = self._next_batch()
                if batch:
                    await self._answer(batch)
        except asyncio.CancelledError:
            for future in _waiting(batch) + _waiting(self._asked):
                future.set_exception(unanswered("asking together with others", "the connection was closed meanwhile"))
            raise

    async def _collect(self) -> None:
        """Wait for more to ask: one turn of the loop for those of the same moment, or until a request may begin."""
        await asyncio.sleep(0)
        pause_s = self._began_at + self._every_s - self._monotonic()
        is_full = self._most is not None and len(self._asked) >= self._most
        if pause_s > 0 and not is_full:
            await self._sleep(pause_s)

    async def _answer(self, batch: Mapping[KeyT, list[asyncio.Future[AnswerT]]]) -> None:
        self._began_at = self._monotonic()
        try:
            answers = await self._fetch(frozenset(batch))
        except Exception as error:  # noqa: BLE001 - it belongs to those who asked, whatever it is
            for future in _waiting(batch):
                future.set_exception(error)
            return
        for key in batch:
            for future in _waiting({key: batch[key]}):
                future.set_result(answers[key])

    def _next_batch(self) -> dict[KeyT, list[asyncio.Future[AnswerT]]]:
        """Take the keys that have waited longest, leaving out those whom nobody waits for any more."""
        batch: dict[KeyT, list[asyncio.Future[AnswerT]]] = {}
        for key in list(self._asked):
            if self._most is not None and len(batch) >= self._most:
                break
            waiting = [future for future in self._asked.pop(key) if not future.done()]
            if waiting:
                batch[key] = waiting
        return batch


def _waiting(asked: Mapping[KeyT, list[asyncio.Future[AnswerT]]]) -> list[asyncio.Future[AnswerT]]:
    return [future for futures in asked.values() for future in futures if not future.done()]
