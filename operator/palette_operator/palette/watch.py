"""One scope under watch: looked at whole, and shortly between, while short looks prove good for something.

whole, short, whole, short, short, whole, ... up to four short looks between two whole ones: each whole one that
shows nothing which the short ones should have shown earns them one more; the first that does ends them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from palette_operator.palette import metrics
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.glance import Glance, Marks, Unhelpful, lay_over, missed, newest, recent
from palette_operator.palette.lanes import Lane
from palette_operator.palette.scope import Scope
from palette_operator.palette.snapshot import Snapshot, page_count
from palette_operator.palette.sweep import sweep

logger = logging.getLogger(__name__)

WORTH_IT_PAGES = 6
"""A short look takes two pages; a whole one that takes hardly more needs no help."""
WORTH_IT = 3
"""A short look may take the third part of what a whole one takes, and is given up beyond that."""
MOST_BETWEEN = 4
TRY_AGAIN = timedelta(hours=1)
"""After a short look brought no gain: everything may have changed at once, for once."""


class ScopeWatch:
    """Looks at one scope again and again, and decides how."""

    def __init__(
        self, client: PaletteClient, scope: Scope, *, name: str, settle_s: float, now: Callable[[], datetime]
    ) -> None:
        """`name` labels metrics and logs; `settle_s` is how far a search may lag."""
        self._client = client
        self._scope = scope
        self._name = name
        self._settle = timedelta(seconds=settle_s)
        self._margin = self._settle
        """So far behind the newest row seen may one lie that was not seen: searches lag, and a look takes its time."""
        self._now = now
        self._marks = Marks()
        self._allowed = 1
        self._made = 0
        self._owed = False
        self._not_before = datetime.min.replace(tzinfo=now().tzinfo)
        self.known: Snapshot | None = None
        """The last whole look, with the short ones since laid over it."""

    async def look(self, lane: Lane, *, whole: bool) -> Snapshot | Glance:
        """Look at the scope; a look that need not be `whole` may be short. Raises ReconcileError."""
        if not whole and self.known is not None and self.may_be_short:
            try:
                return await self._look_shortly(self.known, lane)
            except Unhelpful as unhelpful:
                self._not_before = self._now() + TRY_AGAIN
                self._give_up(unhelpful.why)
        return await self.look_whole(lane)

    async def look_whole(self, lane: Lane) -> Snapshot:
        """Look at all of it. Raises ReconcileError; Waiting when a list moved."""
        fresh = await sweep(self._client, self._scope, lane, self._now)
        if self.known is not None and self._made:
            if missed(self.known, fresh, self._marks, self._margin):
                self._not_before = datetime.max.replace(tzinfo=fresh.began_at.tzinfo)
                self._give_up("missed")
            else:
                self._allowed = min(MOST_BETWEEN, self._allowed + 1)
        self.known = fresh
        self._marks = Marks.of(fresh)
        self._margin = self._settle + (self._now() - fresh.began_at)
        self._made = 0
        self._owed = False
        return fresh

    @property
    def may_be_short(self) -> bool:
        """Whether the next look may be a short one."""
        has_turn = self._made < self._allowed and not self._owed
        is_large = self.known is not None and self.known.pages >= WORTH_IT_PAGES
        return has_turn and is_large and self._now() >= self._not_before

    def forget(self) -> None:
        """Begin with a whole look the next time."""
        self.known = None

    async def _look_shortly(self, known: Snapshot, lane: Lane) -> Glance:
        began_at = self._now()
        clusters = await recent(
            self._client.cluster_pages(self._scope, latest_first=True, lane=lane),
            known.clusters,
            self._marks.cluster - self._margin,
            _most_pages(len(known.clusters)),
        )
        hosts = await recent(
            self._client.host_pages(self._scope, latest_first=True, lane=lane),
            known.hosts,
            self._marks.host - self._margin,
            _most_pages(len(known.hosts)),
        )
        glance = lay_over(known, clusters, hosts, began_at)
        self.known = glance.snapshot
        self._marks = Marks(max(self._marks.cluster, newest(clusters.rows)), max(self._marks.host, newest(hosts.rows)))
        self._made += 1
        self._owed = not glance.whole
        return glance

    def _give_up(self, why: metrics.WhyNotShort) -> None:
        self._allowed = 1
        metrics.FLEET_SHORT_LOOKS_ENDED.labels(self._name, why).inc()
        logger.warning("fleet %s: short looks are given up (%s); it is looked at whole each time", self._name, why)


def _most_pages(rows: int) -> int:
    return max(1, page_count(rows) // WORTH_IT)
