"""The work queue: keys to look at, each once, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Callable
from enum import IntEnum

from palette_operator.domain.identifiers import ObjectKey


class Priority(IntEnum):
    """Why a key is to be looked at; smaller is sooner. It decides when, never what is done."""

    DELETION = 0
    SPEC_CHANGE = 1
    REMOTE_CHANGE = 2
    RESYNC = 3


class WorkQueue:
    """Keys with a priority and a time before which they rest. A key is never handed to two workers at once.

    A key added while it rests, waits or is worked on is looked at once more, at the sooner time and higher priority.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: dict[ObjectKey, tuple[float, Priority]] = {}
        """Waiting or resting keys: not before when (monotonic seconds), and how urgent."""
        self._ready: list[tuple[Priority, int, ObjectKey]] = []
        self._resting: list[tuple[float, int, ObjectKey]] = []
        self._active: set[ObjectKey] = set()
        self._sequence = itertools.count()
        self._changed = asyncio.Event()

    def add(self, key: ObjectKey, priority: Priority, *, after_s: float = 0.0) -> None:
        """Ask for a look at `key`, not sooner than `after_s` seconds from now."""
        not_before = self._now() + after_s
        known = self._entries.get(key)
        if known is not None:
            known_before, known_priority = known
            if known_before <= not_before and known_priority <= priority:
                return
            not_before = min(known_before, not_before)
            priority = min(known_priority, priority)
        self._entries[key] = (not_before, priority)
        if key not in self._active:
            self._schedule(key)

    def _schedule(self, key: ObjectKey) -> None:
        not_before, priority = self._entries[key]
        if not_before <= self._now():
            heapq.heappush(self._ready, (priority, next(self._sequence), key))
        else:
            heapq.heappush(self._resting, (not_before, next(self._sequence), key))
        self._changed.set()

    async def take(self) -> ObjectKey:
        """Wait for the most urgent key and take it. The taker must call `done`."""
        while True:
            key = self._pop()
            if key is not None:
                return key
            await self._wait()

    def _pop(self) -> ObjectKey | None:
        now = self._now()
        while self._resting and self._resting[0][0] <= now:
            _, _, key = heapq.heappop(self._resting)
            if key in self._entries and key not in self._active and self._entries[key][0] <= now:
                heapq.heappush(self._ready, (self._entries[key][1], next(self._sequence), key))
        while self._ready:
            priority, _, key = heapq.heappop(self._ready)
            # Entries that a sooner or more urgent one has overtaken stay in the heaps and are passed over here.
            entry = self._entries.get(key)
            if entry is None or key in self._active or entry[1] != priority:
                continue
            del self._entries[key]
            self._active.add(key)
            return key
        return None

    async def _wait(self) -> None:
        self._changed.clear()
        pause = max(0.0, self._resting[0][0] - self._now()) if self._resting else None
        try:
            await asyncio.wait_for(self._changed.wait(), timeout=pause)
        except TimeoutError:
            return

    def done(self, key: ObjectKey) -> None:
        """Give a taken key back; if it was added meanwhile, it becomes available again."""
        self._active.discard(key)
        if key in self._entries:
            self._schedule(key)

    def forget(self, key: ObjectKey) -> None:
        """Drop a key that is waiting or resting."""
        self._entries.pop(key, None)

    def depth(self) -> int:
        """Return how many keys wait for a worker now, resting ones not counted."""
        now = self._now()
        return sum(1 for not_before, _ in self._entries.values() if not_before <= now)
