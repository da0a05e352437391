"""The fleet: what one connection sees of one project, kept by full passes over its clusters and edge hosts.

One listing serves every resource: a read per resource would spend the request budget on looking. A pass counts only
when it is complete; what we learn ourselves between two passes is laid over the last one. Several projects of a
connection may be served by one listing of the tenant: see `joint`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import metrics
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.glance import Glance
from palette_operator.palette.joint import JointListing, Outcome
from palette_operator.palette.lanes import Lane
from palette_operator.palette.pace import Pace
from palette_operator.palette.picture import PassResult, Picture
from palette_operator.palette.scope import ProjectScope
from palette_operator.palette.snapshot import Snapshot
from palette_operator.palette.watch import MOST_BETWEEN, ScopeWatch

NOTHING = PassResult(frozenset(), frozenset(), complete=False, failure=None)

__all__ = ["Fleet", "PassResult", "Snapshot"]

LEAST_STALE_AFTER_S = 180.0
STALE_AFTER_PASSES = 3
SETTLE_S = 60.0
"""How far a search may lag behind a write before a complete pass is believed over what we saw ourselves."""


class Fleet(Picture):
    """Keeps the picture up to date. `run` it as a task; everything else may be called at any time."""

    def __init__(
        self,
        client: PaletteClient,
        scope: ProjectScope,
        *,
        name: str,
        fleet_seconds: float,
        joint: JointListing | None = None,
        on_change: Callable[[PassResult], None] = lambda _: None,
        settle_s: float = SETTLE_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`name` labels metrics: the connection's and the project's, nothing finer.

        `joint` is shared by the projects of one connection. The last four are for tests.
        """
        stale_after_s = max(LEAST_STALE_AFTER_S, STALE_AFTER_PASSES * fleet_seconds)
        most_vouched_s = 2.0 * MOST_BETWEEN * fleet_seconds
        super().__init__(stale_after_s=stale_after_s, settle_s=settle_s, now=now, most_vouched_s=most_vouched_s)
        self._client = client
        self._scope = scope
        self._name = name
        self._on_change = on_change
        self._monotonic = monotonic
        self._sleep = sleep
        self._pace = Pace(fleet_seconds, jitter)
        self._joint = joint or JointListing(client, name=name, now=now, monotonic=monotonic)
        self.watch = ScopeWatch(client, scope, name=name, settle_s=settle_s, now=now)
        self._called = asyncio.Event()
        self._requested = False
        self._handed: tuple[Outcome, float] | None = None

    @property
    def project(self) -> ProjectUid:
        """The project that is looked at."""
        return self._scope.project

    def request_pass(self) -> None:
        """Ask for a pass soon; many requests before it begins are one."""
        self._requested = True
        self._called.set()

    def hand(self, outcome: Outcome, took_s: float) -> None:
        """Take over what another project's pass has shown of this one, or why it has shown nothing."""
        if self._is_news(outcome):
            self._handed = outcome, took_s
            self._called.set()

    def credential_changed(self) -> None:
        """Look again soon, and trust nothing of what the former credential was found to show."""
        self._joint.reconsider()
        self.request_pass()

    async def run(self) -> None:
        """Make passes until cancelled: every `fleet_seconds`, sooner when asked for, later while they fail.

        `on_change` is called after each, complete or not.
        """
        metrics.FLEET_AGE.watch(self._name, self._age_s)
        self._joint.join(self)
        try:
            while True:
                result, took_s = await self._next_pass()
                metrics.FLEET_PASS.labels(self._name, result.outcome).observe(took_s)
                self._on_change(result)
                pause = self._pace.after(result.failure, took_s)
                await self._sleep(pause.least_s)
                await self._until_called(pause.most_s - pause.least_s)
        finally:
            self._joint.leave(self)
            metrics.FLEET_AGE.unwatch(self._name, self._age_s)

    async def _next_pass(self) -> tuple[PassResult, float]:
        """Take the pass that was handed over, unless one is asked for that begins later; or make one."""
        handed, self._handed = self._handed, None
        self._called.clear()
        if handed is not None and not self._requested:
            return await self._take(handed[0]), handed[1]
        began = self._monotonic()
        result = await self._look(Lane.TRANSITION, whole=True) if self._requested else await self._look(Lane.ROUTINE)
        self._drop_what_is_older()
        return result, self._monotonic() - began

    async def make_pass(self, lane: Lane = Lane.ROUTINE) -> PassResult:
        """Make one full pass now. Raises nothing of Palette's: the result says what went wrong."""
        return await self._look(lane, whole=True)

    async def _look(self, lane: Lane, *, whole: bool = False) -> PassResult:
        self._requested = False
        try:
            outcome = await self._joint.look(self, lane, whole=whole)
        except ReconcileError as error:
            return await self._take(error)
        if isinstance(outcome, Glance) and not (outcome.whole and self._is_news(outcome)):
            # Something left, or came unseen: only a full pass can tell.
            self.request_pass()
        return await self._take(outcome)

    async def _take(self, outcome: Outcome) -> PassResult:
        if isinstance(outcome, ReconcileError):
            self.failure = outcome
            return PassResult(frozenset(), frozenset(), complete=False, failure=outcome)
        if isinstance(outcome, Glance):
            return self.glance(outcome) if self._is_news(outcome) else NOTHING
        result = self.adopt(outcome)
        await self._look_for_missing()
        return result

    def _drop_what_is_older(self) -> None:
        """Forget what was handed over while a pass was made, if that has shown more."""
        if self._handed is not None:
            outcome = self._handed[0]
            if isinstance(outcome, ReconcileError) or not self._is_news(outcome):
                self._handed = None
        if self._handed is None and not self._requested:
            self._called.clear()

    def _is_news(self, outcome: Outcome) -> bool:
        """Whether an outcome goes beyond what is known; a short look must go on from the same full one."""
        if isinstance(outcome, Glance):
            known = self.snapshot is not None and self.snapshot.began_at == outcome.snapshot.began_at
            return known and (self.looked_at is None or outcome.began_at > self.looked_at)
        if isinstance(outcome, ReconcileError) or self.snapshot is None:
            return True
        return outcome.began_at > self.snapshot.began_at

    async def _look_for_missing(self) -> None:
        """Read some of what vanished: if all of these are gone indeed, that explains the rest."""
        try:
            for cluster_uid, _ in self._missing_clusters.sample():
                if await self._client.get_cluster(self._scope, cluster_uid):
                    self._missing_clusters.contradict()
                else:
                    self.forget_cluster(cluster_uid)
            for host_uid, _ in self._missing_hosts.sample():
                if await self._client.get_host(self._scope, host_uid):
                    self._missing_hosts.contradict()
                else:
                    self.forget_host(host_uid)
        except ReconcileError:
            return  # not explained yet; the next pass looks again

    async def _until_called(self, at_most_s: float) -> None:
        waits = {
            asyncio.ensure_future(self._called.wait()),
            asyncio.ensure_future(self._sleep(at_most_s)),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def _age_s(self) -> float:
        return self.snapshot.age_s(self._now()) if self.snapshot else float("nan")
