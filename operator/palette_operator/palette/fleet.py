"""The fleet: what one connection sees of one scope, kept by full passes over its clusters and edge hosts.

One listing serves every resource: a read per resource would spend the request budget on looking. A pass counts only
when it is complete; what we learn ourselves between two passes is laid over the last one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError, Waiting
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import metrics
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.lanes import Lane
from palette_operator.palette.pace import FIRST_RETRY_S, Pace
from palette_operator.palette.picture import PassResult, Picture
from palette_operator.palette.scope import ProjectScope, Scope
from palette_operator.palette.snapshot import Listing, Row, Snapshot
from palette_operator.palette.wire.search import Page

__all__ = ["Fleet", "PassResult", "Snapshot"]

LEAST_STALE_AFTER_S = 180.0
STALE_AFTER_PASSES = 3
SETTLE_S = 60.0
"""How far a search may lag behind a write before a complete pass is believed over what we saw ourselves."""

UidT = TypeVar("UidT", bound=str)
RowT = TypeVar("RowT", bound=Row)


class Fleet(Picture):
    """Keeps the picture up to date. `run` it as a task; everything else may be called at any time."""

    def __init__(
        self,
        client: PaletteClient,
        scope: Scope,
        *,
        name: str,
        fleet_seconds: float,
        on_change: Callable[[PassResult], None] = lambda _: None,
        settle_s: float = SETTLE_S,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`name` labels metrics: the connection's and the project's, nothing finer. The last four are for tests."""
        stale_after_s = max(LEAST_STALE_AFTER_S, STALE_AFTER_PASSES * fleet_seconds)
        super().__init__(stale_after_s=stale_after_s, settle_s=settle_s, now=now)
        self._client = client
        self._scope = scope
        self._name = name
        self._on_change = on_change
        self._monotonic = monotonic
        self._sleep = sleep
        self._pace = Pace(fleet_seconds, jitter)
        self._requested = asyncio.Event()

    def request_pass(self) -> None:
        """Ask for a pass soon; many requests before it begins are one."""
        self._requested.set()

    async def run(self) -> None:
        """Make passes until cancelled: every `fleet_seconds`, sooner when asked for, later while they fail.

        `on_change` is called after each, complete or not.
        """
        metrics.FLEET_AGE.labels(self._name).set_function(self._age_s)
        try:
            lane = Lane.ROUTINE
            while True:
                began = self._monotonic()
                result = await self.make_pass(lane)
                took_s = self._monotonic() - began
                outcome = "complete" if result.complete else "incomplete"
                metrics.FLEET_PASS.labels(self._name, outcome).observe(took_s)
                self._on_change(result)
                pause = self._pace.after(result.failure, took_s)
                await self._sleep(pause.least_s)
                await self._until_requested(pause.most_s - pause.least_s)
                lane = Lane.TRANSITION if self._requested.is_set() else Lane.ROUTINE
        finally:
            metrics.FLEET_AGE.remove(self._name)

    async def make_pass(self, lane: Lane = Lane.ROUTINE) -> PassResult:
        """Make one full pass now. Raises nothing of Palette's: the result says what went wrong."""
        self._requested.clear()
        began_at = self._now()
        try:
            clusters = await _listed(
                self._client.cluster_pages(self._scope, lane=lane), "clusters", lambda row: row.uid
            )
            hosts = await _listed(self._client.host_pages(self._scope, lane=lane), "edge hosts", lambda row: row.uid)
        except ReconcileError as error:
            self.failure = error
            return PassResult(frozenset(), frozenset(), complete=False, failure=error)
        result = self.adopt(Snapshot(began_at, clusters, hosts))
        await self._look_for_missing()
        return result

    async def _look_for_missing(self) -> None:
        """Read some of what vanished: if all of these are gone indeed, that explains the rest."""
        try:
            for cluster_uid, cluster in self._missing_clusters.sample():
                scope = self._scope_of(cluster.project)
                if scope and await self._client.get_cluster(scope, cluster_uid):
                    self._missing_clusters.contradict()
                elif scope:
                    self.forget_cluster(cluster_uid)
            for host_uid, host in self._missing_hosts.sample():
                scope = self._scope_of(host.project)
                if scope and await self._client.get_host(scope, host_uid):
                    self._missing_hosts.contradict()
                elif scope:
                    self.forget_host(host_uid)
        except ReconcileError:
            return  # not explained yet; the next pass looks again

    def _scope_of(self, project: ProjectUid | None) -> ProjectScope | None:
        if isinstance(self._scope, ProjectScope):
            return self._scope
        return ProjectScope(project) if project else None

    async def _until_requested(self, at_most_s: float) -> None:
        waits = {
            asyncio.ensure_future(self._requested.wait()),
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


async def _listed(pages: AsyncIterator[Page[RowT]], what: str, uid_of: Callable[[RowT], UidT]) -> Listing[UidT, RowT]:
    """Read a whole listing; raises Waiting when it moved while it was read."""
    rows: dict[UidT, RowT] = {}
    totals: list[int] = []
    async for page in pages:
        rows |= {uid_of(row): row for row in page.rows if uid_of(row)}
        totals.append(page.total or 0)
    if not is_whole(totals, len(rows)):
        message = f"the list of {what} changed while it was read; it is read again"
        raise Waiting("AwaitingFleet", message, retry_after_s=FIRST_RETRY_S)
    return Listing(rows)


def is_whole(totals: Sequence[int], distinct: int) -> bool:
    """Tell whether pages that announced these totals, one each, showed everything: `distinct` is how many uids came.

    Continue tokens are offsets: a row that leaves while the list is paged moves those behind it forward, and one of
    them is skipped. Newcomers do no harm, because the list is ordered oldest first and they join at its end: so the
    total may grow but not fall, and as many rows must have been seen as there were at the end. That one row which
    leaves while another comes can still hide a third is why absence is confirmed by a read.
    """
    fell = any(later < earlier for earlier, later in pairwise(totals))
    return bool(totals) and not fell and distinct == totals[-1]
