"""Who has vanished without a word: found by comparing the cache with lists, now and then, and at once where it matters.

A watch that was broken for too long begins anew, with a listing of what is there (410, "too old resource version"). No
event tells then of what was removed meanwhile. Kopf passes such a listing on one by one, with no word of its end: it is
over when nothing more has come for a while, and whoever was not in it is looked for.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.objects import PLURALS, Body, ObjectCache, key_of

logger = logging.getLogger(__name__)

_ROUTINE_S = 300.0
_QUIET_S = 2.0
_RETRY_S = 5.0


class RollCall:
    """Compares the cache with lists. `heard` it of each event; `run` it as a task."""

    def __init__(
        self,
        objects: ObjectCache,
        list_all: Callable[[str], Awaitable[list[Body]]],
        feed: Callable[[str, Body], None],
        monotonic: Callable[[], float],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`list_all` lists a kind; `feed` takes what the comparison shows, as a watch event."""
        self._objects = objects
        self._list_all = list_all
        self._feed = feed
        self._monotonic = monotonic
        self._sleep = sleep
        self._called = asyncio.Event()
        self._missing: set[ObjectKey] = set()
        self._listed_at = 0.0

    def heard(self, key: ObjectKey, *, listed: bool) -> None:
        """Take down that a watch told of a resource; `listed`: not of a change, but of what is there as it begins."""
        if listed:
            if not self._called.is_set():
                self._called.set()
                self._missing = {known for kind in PLURALS for known in self._objects.keys(kind)}
            self._listed_at = self._monotonic()
        self._missing.discard(key)

    async def run(self) -> None:
        """Compare until cancelled: every kind every five minutes, and at once those that lack somebody in a listing."""
        while True:
            kinds = await self._kinds_to_compare()
            while not await self._compare(kinds):
                await self._sleep(_RETRY_S)

    async def _kinds_to_compare(self) -> Collection[str]:
        if not await self._is_called_within(_ROUTINE_S):
            return PLURALS
        while (left_s := self._listed_at + _QUIET_S - self._monotonic()) > 0:
            await self._sleep(left_s)
        self._called.clear()
        kinds = {key.kind for key in self._missing}
        self._missing = set()
        return kinds

    async def _is_called_within(self, seconds: float) -> bool:
        waits = {asyncio.ensure_future(self._called.wait()), asyncio.ensure_future(self._sleep(seconds))}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        return self._called.is_set()

    async def _compare(self, kinds: Collection[str]) -> bool:
        """Compare these kinds; return whether that was possible."""
        try:
            for kind in kinds:
                await self._compare_kind(kind)
        except ReconcileError as error:
            level = logs.level_of(f"comparing: {error.message}", logging.WARNING)
            logger.log(level, "comparing with the API server: %s", error.message)
            return False
        return True

    async def _compare_kind(self, kind: str) -> None:
        before = {key: self._objects.get(key) for key in self._objects.keys(kind)}
        listed = await self._list_all(kind)
        for body in listed:
            self._feed("MODIFIED", body)
        for key in before.keys() - {key_of(body) for body in listed}:
            known = before[key]
            # Unless a watch has shown it meanwhile: then it was made anew, or changed, after the listing.
            if known is not None and self._objects.get(key) is known:
                self._feed("DELETED", known)
