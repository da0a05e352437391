"""What the listing does not carry: read when a cluster deserves it, and kept until it changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from palette_operator.domain.attention import LastDetail, detail_is_due, is_quiet
from palette_operator.domain.errors import Waiting
from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.observed import (
    Absent,
    ClusterDetail,
    ClusterRow,
    EdgeNativeConfig,
    Known,
    ObservedCluster,
    Unknown,
)
from palette_operator.domain.plan import Memory
from palette_operator.domain.pool_plan import pools_losing_hosts
from palette_operator.reconcile.cluster.references import Resolved
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import NotSeenYet
from palette_operator.reconcile.sites import Site

_SETTLED_STATES = frozenset({"Running"})


@dataclass(slots=True)
class _Kept:
    detail: ClusterDetail
    last: LastDetail
    config: EdgeNativeConfig | None = None
    confirmed: bool = False
    """It was read twice, for what it lacks."""
    deep: bool = False
    """The slow, thorough look is due: pools are compared too, though nothing says that they changed."""


class ClusterDetails:
    """Details of clusters by uid, with the rules for when to spend a request on them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[ClusterUid, _Kept] = {}

    def forget(self, uid: str) -> None:
        """Read everything of a cluster anew at the next look: something was written."""
        self._kept.pop(ClusterUid(uid), None)

    async def row(self, site: Site, uid: ClusterUid) -> ClusterRow | None:
        """Return the row of a known uid, or None when it has gone for certain; raises while nothing can be said.

        Absence in a listing is only a hint: one row that leaves while pages are read can hide another.
        """
        match site.fleet.cluster(uid):
            case Known(item=row) if row.state != "Deleted":
                return row
            case Unknown(why=why):
                raise NotSeenYet("AwaitingFleet", why, retry_after_s=15)
            case Known() | Absent():
                return await self.confirmed(site, uid)

    async def confirmed(self, site: Site, uid: ClusterUid) -> ClusterRow | None:
        """Return the row that a read of the cluster gives, or None when it has gone for certain."""
        detail = await site.client.get_cluster(site.scope, uid)
        if detail is None:
            site.fleet.forget_cluster(uid)
            self.forget(uid)
            return None
        row = _row_of(detail, site)
        site.fleet.note_cluster(row)
        return row

    async def read(self, site: Site, row: ClusterRow, *, generation: int) -> ObservedCluster:
        """Return what is known of a cluster, read whole when it is due."""
        kept = self._kept.get(row.uid)
        now = self._context.now()
        due = detail_is_due(
            row,
            kept.last if kept else None,
            generation=generation,
            now=now,
            pass_began_at=site.fleet.looked_at or now,
            deep_s=_deep_s(site),
        )
        if due:
            kept = await self._reread(site, row, kept, generation, now)
        return ObservedCluster(row, kept.detail, kept.config) if kept else ObservedCluster(row)

    async def _reread(
        self, site: Site, row: ClusterRow, kept: _Kept | None, generation: int, now: datetime
    ) -> _Kept | None:
        detail = await site.client.get_cluster(site.scope, row.uid)
        if detail is None:
            return None
        bumped = kept is not None and kept.last.projection == row.projection and kept.detail == detail
        last = LastDetail(
            read_at=now,
            projection=row.projection,
            modified_at=row.modified_at,
            generation=generation,
            settled=row.state in _SETTLED_STATES and not _is_moving(detail),
            fruitless_reads=kept.last.fruitless_reads + 1 if kept and bumped else 0,
        )
        deep = kept is not None and (now - kept.last.read_at).total_seconds() >= _deep_s(site)
        config = kept.config if kept and kept.last.generation == generation and not deep else None
        self._kept[row.uid] = _Kept(detail, last, config, deep)
        return self._kept[row.uid]

    async def complete(
        self, site: Site, seen: ObservedCluster, resolved: Resolved, memory: Memory, *, in_question: bool
    ) -> ObservedCluster:
        """Add the pools and their machines when they are in question; pools are read from a scarcer limit."""
        kept = self._kept.get(seen.row.uid)
        if kept is None or seen.detail is None or seen.detail.cloud_config_uid is None:
            return seen
        if kept.config is None and (in_question or kept.deep):
            kept.config = await site.client.get_edge_native_config(site.scope, seen.detail.cloud_config_uid)
            kept.confirmed = False
        if kept.config is None:
            return seen
        losing = pools_losing_hosts(resolved.cluster, kept.config, memory.pools)
        machines = {pool: tuple(await site.client.get_machines(site.scope, kept.config.uid, pool)) for pool in losing}
        if losing:
            kept.last = replace(kept.last, settled=False)
        config = kept.config
        if losing:
            kept.config = None  # what is under way is read again at the next look
        return replace(seen, config=config, machines=machines)

    def is_confirmed(self, uid: ClusterUid) -> bool:
        """Whether what is kept of a cluster was read twice."""
        kept = self._kept.get(uid)
        return kept is not None and kept.confirmed

    async def confirm(
        self, site: Site, seen: ObservedCluster, resolved: Resolved, memory: Memory, *, generation: int
    ) -> ObservedCluster:
        """Return what a second read of all that was `seen` shows. Raises Waiting when it is gone."""
        self.forget(seen.row.uid)
        kept = await self._reread(site, seen.row, None, generation, self._context.now())
        if kept is None:
            raise Waiting("NotFound", f"cluster {seen.row.uid} is gone", retry_after_s=1)
        again = ObservedCluster(seen.row, kept.detail)
        again = await self.complete(site, again, resolved, memory, in_question=seen.config is not None)
        kept.confirmed = True
        return again

    def doubt(self, uid: ClusterUid) -> None:
        """Read the cluster again at the next pass: it may show more than it did."""
        kept = self._kept.get(uid)
        if kept is not None:
            kept.last = replace(kept.last, settled=False)

    def in_transition(self, seen: ObservedCluster) -> bool:
        """Whether the next pass is worth a look even if it shows the same row: something else is on its way.

        Of a new cluster there is nothing but the row for minutes, and a row that changes wakes it by itself.
        """
        kept = self._kept.get(seen.row.uid)
        return not is_quiet(seen.row) if kept is None else not kept.last.settled


def _deep_s(site: Site) -> float:
    return site.spec.poll.deep_minutes * 60.0


def _is_moving(detail: ClusterDetail) -> bool:
    settled = {"Ready", "Installed", "UpgradeAvailable"}
    return detail.can_be_applied is False or any(pack.condition not in settled for pack in detail.packs)


def _row_of(detail: ClusterDetail, site: Site) -> ClusterRow:
    """Return a row for a cluster that the listing does not show; its health is not known from here."""
    return ClusterRow(
        uid=detail.uid,
        name=detail.name,
        project=site.project.uid,
        state=detail.state,
        health="",
        labels=detail.labels,
        profile_uids=tuple(profile.uid for profile in detail.profiles),
        cloud_type=detail.cloud_type,
        cloud_config_uid=detail.cloud_config_uid,
        repave_state="",
        created_at=None,
        modified_at=None,
    )
