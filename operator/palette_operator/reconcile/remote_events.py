"""Passes on what Palette tells of a cluster that is not well, beside the work: no look waits for it or fails with it.

Palette is asked only while a look finds the cluster unhealthy or failed, and then rarely: the steady state costs
nothing. What was told is remembered in memory alone, so that no status is written for it; a restart tells nothing that
is older than itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from palette_operator import logs
from palette_operator.domain.conditions import Condition
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ClusterUid, ObjectKey
from palette_operator.domain.remote_event import passed_on
from palette_operator.domain.resources import InvalidSpec, PaletteCluster, parse_cluster
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.kube.secrets import Secrets
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.sites import Site
from palette_operator.reconcile.variables import variable_secrets

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 300.0
MOST_PAUSE_S = 3_600.0
"""Between two questions about one cluster: the pause doubles while there is nothing new."""
_NEWS = timedelta(hours=2)
"""What is older is no news. More than the longest pause, so that nothing grows old between two questions."""
_PATIENCE_S = 30.0
"""How long one question may wait for its permit: others, of another Palette, wait behind it."""
_REMEMBERED_S = 24 * 3_600.0
_NOT_WELL = frozenset({"Unhealthy", "ProvisioningFailed", "ApplyFailed"})


def is_alarming(condition: Condition) -> bool:
    """Whether Palette may have more to say of what a condition tells."""
    return condition.reason in _NOT_WELL


@dataclass(frozen=True, slots=True)
class _Asked:
    at_s: float
    pause_s: float
    told_until: datetime


class RemoteEvents:
    """Asks Palette for the events of clusters, one cluster after the other, as long as `run` runs."""

    def __init__(
        self,
        objects: ObjectCache,
        secrets: Secrets,
        reporter: Reporter,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._objects = objects
        self._secrets = secrets
        self._reporter = reporter
        self._now = now
        self._monotonic = monotonic
        self._began_at = now()
        self._asked: OrderedDict[ClusterUid, _Asked] = OrderedDict()
        """Those asked about last at the end."""
        self._due: dict[ClusterUid, tuple[ObjectKey, Site]] = {}
        self._wanted = asyncio.Event()

    def want(self, key: ObjectKey, site: Site, uid: ClusterUid) -> None:
        """Have Palette asked about a cluster, unless it was asked a short while ago."""
        asked = self._asked.get(uid)
        if asked is None or self._monotonic() - asked.at_s >= asked.pause_s:
            self._due[uid] = key, site
            self._wanted.set()

    async def run(self) -> None:
        """Ask and tell until cancelled. What fails is asked again when a later look wants it."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            while self._due:
                uid = next(iter(self._due))
                key, site = self._due.pop(uid)
                try:
                    await self._ask(key, site, uid)
                except Exception:
                    logger.exception("%s: its events in Palette were not passed on", key, extra=logs.about(key))

    async def _ask(self, key: ObjectKey, site: Site, uid: ClusterUid) -> None:
        before, now = self._asked.get(uid), self._now()
        since = max(self._began_at, now - _NEWS, *([before.told_until] if before else []))
        pause_s = min(MOST_PAUSE_S, before.pause_s * 2) if before else FIRST_PAUSE_S
        # Before the question: whatever comes of it, the next one waits.
        self._remember(uid, _Asked(self._monotonic(), pause_s, since))
        body = self._objects.get(key)
        if body is None:
            return
        try:
            secrets = await self._values(body)
            events = await site.client.cluster_events(site.scope, uid, secrets=secrets, permit_deadline_s=_PATIENCE_S)
        except (ReconcileError, InvalidSpec) as error:
            logger.debug("%s: its events in Palette were not read: %s", key, error, extra=logs.about(key))
            return
        passed = passed_on(events, since=since)
        self._reporter.tell(key, body, Findings(events=list(passed.notes)))
        self._remember(uid, _Asked(self._monotonic(), FIRST_PAUSE_S if passed.notes else pause_s, passed.until))

    async def _values(self, body: Body) -> list[str]:
        """Return the values of all profile variables: none of them may be in an event, whoever tells it."""
        resource: PaletteCluster = parse_cluster(body)
        plain = [variable.value for profile in resource.spec.profiles for variable in profile.variables]
        kept = await variable_secrets(self._secrets, resource)
        return [value for value in (*plain, *kept.values()) if value]

    def _remember(self, uid: ClusterUid, asked: _Asked) -> None:
        self._asked[uid] = asked
        self._asked.move_to_end(uid)
        while self._monotonic() - next(iter(self._asked.values())).at_s > _REMEMBERED_S:
            self._asked.popitem(last=False)
