"""Leader election by a Lease: at most one replica acts at a time, whatever stops, freezes or is cut off.

The holder renews the Lease. It may act until `renew_within_s` after it *began* its last renewal that succeeded; others
take the Lease when they have seen it unchanged for its whole duration, which is longer. So no clock is compared with
another machine's, and a process that was frozen knows when it wakes that its time is over, before it has done anything.

`kubernetes.aio.leaderelection` is not used: see docs/decisions/0012-own-leader-election.md.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from palette_operator import telemetry
from palette_operator.domain.errors import ReconcileError
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.leases import Lease, Leases

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another replica may lead by now. What this one knows is to be forgotten: its process ends."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long everything may take, all of it from one number of seconds."""

    duration_s: int
    """How long after a renewal no other replica takes the Lease."""

    @property
    def renew_within_s(self) -> float:
        """How long one acts on a renewal. What then is still under way has the rest of the duration to arrive."""
        return self.duration_s * 0.6

    @property
    def retry_s(self) -> float:
        """Between two renewals, or two looks of a replica that stands by."""
        return self.duration_s / 6

    @property
    def request_s(self) -> float:
        """For one request to the API server: one that is frozen must not use up the time for another try."""
        return self.duration_s / 6


@dataclass(frozen=True, slots=True)
class Sighting:
    """A Lease as it was first seen in this version."""

    lease: Lease
    since: float
    """Monotonic seconds."""

    def free_at(self, identity: str) -> float:
        """Return when a replica may take the Lease, should it not change: minus infinity for at once."""
        if self.lease.holder in ("", identity):
            return -math.inf
        return self.since + self.lease.duration_s


def sighting(before: Sighting | None, lease: Lease | None, now: float) -> Sighting | None:
    """Return what is known of the Lease after it was read.

    One that is gone is known as it was last seen: whoever held it does not know of that yet.
    """
    if lease is None or (before is not None and before.lease.version == lease.version):
        return before
    return Sighting(lease, now)


class Election:
    """One replica's part in it: `win`, then `hold`, once."""

    def __init__(
        self,
        leases: Leases,
        identity: str,
        timing: Timing,
        *,
        on_loss: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`identity` is no other process's, or of one that has ended for certain.

        `on_loss` is called when the Lease is lost, before the work has ended. The last three are for tests.
        """
        self._leases = leases
        self._identity = identity
        self._timing = timing
        self._on_loss = on_loss
        self._monotonic = monotonic
        self._sleep = sleep
        self._now = now
        self._until = -math.inf
        self._held: Lease | None = None
        self._seen: Sighting | None = None
        self._heard_at = -math.inf
        self._trouble = ""

    def leads(self) -> bool:
        """Whether this replica may act now. A fence: ask it right before something is sent."""
        return self._monotonic() < self._until

    def can_lead(self) -> bool:
        """Whether the API server was heard of lately, so that this replica leads or would take over."""
        return self._monotonic() - self._heard_at < self._timing.duration_s

    async def win(self) -> None:
        """Stand by until the Lease is ours. Then call `hold` at once."""
        telemetry.LEADER.set_function(self.leads)
        try:
            while not await self._try():
                await self._sleep(self._pause_s())
        except asyncio.CancelledError:
            await self._release()
            raise

    async def hold(self, work: Coroutine[Any, Any, None]) -> None:
        """Keep the Lease while the work is done, and hand it over once that has ended.

        Raises what the work raises, and LeaseLost when the Lease is lost before: then the work was cancelled.
        """
        logger.info("%s leads", self._identity)
        keeping = asyncio.create_task(self._keep(), name="the Lease")
        working = asyncio.create_task(work, name="the leader's work")
        try:
            await asyncio.wait({keeping, working}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                self._on_loss()
                raise LeaseLost(f"{self._identity} leads no more: {self._why_lost()}")
            await working
        finally:
            # The Lease is kept until nothing is done on it any more.
            await _ended(working)
            await _ended(keeping)
            await self._release()

    def _why_lost(self) -> str:
        if self._trouble:
            return self._trouble
        if self._held is None:
            return "another replica holds the Lease"
        return f"nothing ran here for longer than the {self._timing.renew_within_s:g} s that a renewal is good for"

    def _pause_s(self) -> float:
        """Return the time until the next look: the usual one, or when the Lease may be free if that is sooner."""
        usual_s = self._timing.retry_s * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
        if self._seen is None:
            return usual_s
        return min(usual_s, max(self._seen.free_at(self._identity) - self._monotonic(), usual_s / 10))

    async def _keep(self) -> None:
        """Renew the Lease until it is lost."""
        while self.leads():
            await self._sleep(min(self._timing.retry_s, self._until - self._monotonic()))
            if self.leads():
                await self._try()

    async def _try(self) -> bool:
        """Take the Lease if it is free, or renew it; tell whether it is ours."""
        began = self._monotonic()
        try:
            await self._take_or_renew(began)
        except ReconcileError as error:
            self._complain(error)
        return self.leads()

    async def _take_or_renew(self, began: float) -> None:
        lease = self._held or await self._free()
        if lease is None:
            return
        self._held = None
        try:
            held = await self._write(lease)
        except (Conflict, Vanished):
            # Whoever was faster may lead now; what it did tells the Lease itself.
            self._until = -math.inf
            lease = await self._free()
            if lease is None:
                return
            held = await self._write(lease)
        self._held = held
        self._until = began + self._timing.renew_within_s
        self._heard()

    async def _write(self, lease: Lease) -> Lease:
        return await self._leases.write(lease.held_by(self._identity, self._timing.duration_s, self._now()))

    async def _free(self) -> Lease | None:
        """Read the Lease; return it if this replica may write it, an empty one where there is none."""
        found = await self._leases.read()
        self._heard()
        now = self._monotonic()
        before, self._seen = self._seen, sighting(self._seen, found, now)
        self._tell_leader(before)
        if self._seen is not None and self._seen.free_at(self._identity) > now:
            return None
        return found or Lease()

    def _tell_leader(self, before: Sighting | None) -> None:
        """Say who leads, when it is news."""
        holder = self._seen.lease.holder if self._seen else ""
        if holder not in ("", self._identity) and (before is None or before.lease.holder != holder):
            logger.info("%s stands by: %s leads", self._identity, holder)

    async def _release(self) -> None:
        """Let the next one begin at once, as far as the API server can be reached."""
        self._until = -math.inf
        held, self._held = self._held, None
        if held is None:
            return
        try:
            await self._leases.write(held.released(self._now()))
        except ReconcileError as error:
            logger.info("the Lease ends by itself: %s", error.message)
        else:
            logger.info("%s has handed the Lease over", self._identity)

    def _heard(self) -> None:
        self._heard_at = self._monotonic()
        self._trouble = ""

    def _complain(self, error: ReconcileError) -> None:
        """Say what stands in the way, once until the API server is heard of again."""
        if error.message != self._trouble:
            logger.warning("%s", error.message, extra={"reason": error.reason})
        self._trouble = error.message


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancel a task, unless it is done, and wait for its end, whatever that is."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
