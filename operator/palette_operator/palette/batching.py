"""Many questions in one request: while one is under way, the next ones collect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
AnswerT = TypeVar("AnswerT")


class Batcher(Generic[KeyT, AnswerT]):
    """Answers keys in batches. An answer is always from a request that began after its key was asked for.

    One request is under way at a time: the longer it takes, the more the next one serves.
    """

    def __init__(
        self, fetch: Callable[[frozenset[KeyT]], Awaitable[Mapping[KeyT, AnswerT]]], *, most: int | None = None
    ) -> None:
        """`fetch` answers every key it is given, at most `most` of them; what it raises goes to all who asked."""
        self._fetch = fetch
        self._most = most
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
        """Stop; whoever still waits is cancelled."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait([self._worker])

    async def _work(self) -> None:
        # One turn of the loop, so that those who ask at the same moment share the first request.
        await asyncio.sleep(0)
        while batch := self._next_batch():
            try:
                answers = await self._fetch(frozenset(batch))
            except asyncio.CancelledError:
                for future in _waiting(batch) + _waiting(self._asked):
                    future.cancel()
                raise
            except Exception as error:  # noqa: BLE001 - it belongs to those who asked, whatever it is
                for future in _waiting(batch):
                    future.set_exception(error)
                continue
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
