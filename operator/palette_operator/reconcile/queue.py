"""The work queue: keys to look at, each once, the most urgent first."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from enum import IntEnum
from typing import Protocol, TypeAlias

from palette_operator.domain.identifiers import ObjectKey


class Timer(Protocol):
    """Something that will happen, unless it is called off."""

    def cancel(self) -> None:
        """Call it off."""


CallLater: TypeAlias = Callable[[float, Callable[[], None]], Timer]
"""Calls a function after so many seconds."""


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

    def __init__(self, now: Callable[[], float], call_later: CallLater | None = None) -> None:
        """`call_later` goes by the same clock as `now`; by default the event loop's does."""
        self._now = now
        self._call_later = call_later
        self._entries: dict[ObjectKey, tuple[float, Priority]] = {}
        """Waiting or resting keys: not before when (monotonic seconds), and how urgent."""
        self._ready: list[tuple[Priority, int, ObjectKey]] = []
        self._resting: list[tuple[float, int, ObjectKey]] = []
        self._active: set[ObjectKey] = set()
        self._sequence = itertools.count()
        self._takers: deque[asyncio.Future[None]] = deque()
        self._alarm: Timer | None = None

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
            self._wake_one()
        else:
            heapq.heappush(self._resting, (not_before, next(self._sequence), key))
            self._set_alarm()

    def _wake_one(self) -> None:
        # One key, one worker: waking all of them for each key would cost more than the work.
        while self._takers:
            taker = self._takers.popleft()
            if not taker.done():
                taker.set_result(None)
                return

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._resting:
            pause_s = max(0.0, self._resting[0][0] - self._now())
            call_later = self._call_later or asyncio.get_running_loop().call_later
            self._alarm = call_later(pause_s, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._rouse()
        self._set_alarm()

    def _rouse(self) -> None:
        """Move keys that have rested long enough to the ready ones."""
        now = self._now()
        while self._resting and self._resting[0][0] <= now:
            _, _, key = heapq.heappop(self._resting)
            entry = self._entries.get(key)
            if entry is not None and key not in self._active and entry[0] <= now:
                heapq.heappush(self._ready, (entry[1], next(self._sequence), key))
                self._wake_one()

    async def take(self) -> ObjectKey:
        """Wait for the most urgent key and take it. The taker must call `done`."""
        while True:
            self._rouse()
            key = self._pop()
            if key is not None:
                return key
            taker = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            try:
                await taker
            except asyncio.CancelledError:
                if taker.done() and not taker.cancelled():
                    self._wake_one()  # it was woken for a key that another must take now
                raise

    def _pop(self) -> ObjectKey | None:
        while self._ready:
            priority, _, key = heapq.heappop(self._ready)
            # Entries that a sooner or more urgent one has overtaken stay in the heap and are passed over here, also
            # when the key was looked at since, and rests.
            entry = self._entries.get(key)
            if entry is None or key in self._active or entry[1] != priority or entry[0] > self._now():
                continue
            del self._entries[key]
            self._active.add(key)
            return key
        return None

    def done(self, key: ObjectKey) -> None:
        """Give a taken key back; if it was added meanwhile, it becomes available again."""
        self._active.discard(key)
        if key in self._entries:
            self._schedule(key)

    def forget(self, key: ObjectKey) -> None:
        """Drop a key that is waiting or resting."""
        self._entries.pop(key, None)

    def oldest_s(self) -> float:
        """Return for how long the key that is due longest has waited for a worker; 0 when none waits.

        May be asked by another thread.
        """
        due = (not_before for key, (not_before, _) in list(self._entries.items()) if key not in self._active)
        return max(0.0, self._now() - min(due, default=self._now()))

    def depth(self) -> int:
        """Return how many keys wait for a worker now; one that became more urgent counts twice for a moment."""
        return len(self._ready)
