"""One listing of the tenant for all projects that a connection has in use, where that is allowed, cheaper and proven.

    by project --- tried out: T, each project, T again; they agree ---> tenant-wide
        ^                                                                   |
        +--- refused (403), partial, moving under us, or dearer by now -----+

A key may see less of a project in tenant scope than in the project's own: so each project is vetted, before it is
served and now and then later, by a listing of its own between two of the tenant.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol, TypeAlias

from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ProjectUid
from palette_operator.palette import metrics
from palette_operator.palette.client import PaletteClient
from palette_operator.palette.glance import Glance
from palette_operator.palette.lanes import Lane
from palette_operator.palette.reach import Reach, agree, choose, pages_of
from palette_operator.palette.scope import TENANT, ProjectScope
from palette_operator.palette.snapshot import Snapshot
from palette_operator.palette.sweep import MOVED, count_pages, sweep
from palette_operator.palette.watch import ScopeWatch

logger = logging.getLogger(__name__)

LOOK_WIDER_AGAIN_S = 900.0
"""After counts did not favour the tenant-wide listing, or the trial failed."""
MISTRUST_S = 3_600.0
"""After it was refused, or did not show what a project's own listing shows."""
VETTED_FOR_S = 1_800.0
MOST_MOVED = 3
"""A busy tenant moves under its listing more often than a project does."""


Outcome: TypeAlias = Snapshot | Glance | ReconcileError
"""What came of a look."""


class Member(Protocol):
    """A project's fleet."""

    @property
    def project(self) -> ProjectUid: ...  # noqa: D102 - as the class says
    @property
    def snapshot(self) -> Snapshot | None: ...  # noqa: D102 - as the class says
    @property
    def watch(self) -> ScopeWatch: ...  # noqa: D102 - as the class says
    def hand(self, outcome: Outcome, took_s: float) -> None:
        """Give it a look that another member asked for, or why there was none."""


class JointListing:
    """Looks at the projects of one connection, and knows how."""

    def __init__(
        self,
        client: PaletteClient,
        *,
        name: str,
        settle_s: float = 0.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`name` labels metrics: the connection's. `settle_s` is how far a search may lag."""
        self._client = client
        self._name = name
        self._now = now
        self._monotonic = monotonic
        self._members: dict[ProjectUid, Member] = {}
        self._lock = asyncio.Lock()
        self._reach = Reach.PROJECT
        self._not_before = 0.0
        self._rounds = 0
        self._outcome: Outcome | None = None
        self._watch = ScopeWatch(client, TENANT, name=f"{name}/*", settle_s=settle_s, now=now)
        self._vetted_at: dict[ProjectUid, float] = {}
        self._moved = 0

    @property
    def reach(self) -> Reach:
        """How the projects are listed now."""
        return self._reach

    def join(self, member: Member) -> None:
        """Take a project in."""
        self._members[member.project] = member
        metrics.FLEET_TENANT_WIDE.watch(self._name, self._is_tenant_wide)

    def leave(self, member: Member) -> None:
        """Let a project go."""
        self._members.pop(member.project, None)
        self._vetted_at.pop(member.project, None)
        if len(self._members) == 1:
            self._list_by_project(0.0)
        if not self._members:
            metrics.FLEET_TENANT_WIDE.unwatch(self._name, self._is_tenant_wide)

    def _is_tenant_wide(self) -> float:
        return float(self._reach is Reach.TENANT)

    def reconsider(self) -> None:
        """Begin anew, by project: another credential may see more, or less."""
        self._list_by_project(0.0)

    async def look(self, member: Member, lane: Lane, *, whole: bool) -> Snapshot | Glance:
        """Look at the member's project; one that need not be `whole` may be short.

        Raises ReconcileError; Waiting when a list moved.
        """
        if len(self._members) > 1 and member.snapshot is not None and self._may_be_wide():
            shared = await self._look_jointly(member, lane, whole=whole)
            if shared is not None:
                return shared
        return await member.watch.look(lane, whole=whole)

    def _may_be_wide(self) -> bool:
        return self._reach is Reach.TENANT or self._monotonic() >= self._not_before

    async def _look_jointly(self, member: Member, lane: Lane, *, whole: bool) -> Snapshot | Glance | None:
        """Make a round for all, or wait for the one under way; None when the member is to look for itself."""
        rounds = self._rounds
        async with self._lock:
            is_served = self._rounds != rounds and not (whole and isinstance(self._outcome, Glance))
            if not is_served and self._may_be_wide():
                began = self._monotonic()
                self._outcome = await self._round(lane, whole=whole)
                self._rounds += 1
                self._share(member, self._monotonic() - began)
            outcome = self._outcome
        if isinstance(outcome, ReconcileError):
            raise outcome.with_traceback(None)
        return outcome.part(member.project) if outcome and member.project in self._vetted_at else None

    async def _round(self, lane: Lane, *, whole: bool) -> Outcome | None:
        """List the tenant; None when that is not to be done (any more)."""
        if self._reach is Reach.TENANT:
            return await self._go_on(lane, whole=whole)
        try:
            return await self._try_out(lane)
        except ReconcileError as error:
            self._list_by_project(MISTRUST_S if isinstance(error, Stalled) else LOOK_WIDER_AGAIN_S)
            return None

    async def _try_out(self, lane: Lane) -> Snapshot | None:
        """Begin to list the tenant if it is worth it, and if it shows what the projects' own listings show."""
        known = [member.snapshot for member in self._members.values() if member.snapshot is not None]
        tenant_pages = await count_pages(self._client, TENANT, lane)
        if choose(self._reach, tenant_pages=tenant_pages, project_pages=pages_of(known)) is Reach.PROJECT:
            self._list_by_project(LOOK_WIDER_AGAIN_S)
            return None
        await self._watch.look_whole(lane)
        fresh = await self._vet(lane)
        if fresh is not None:
            self._reach = Reach.TENANT
            logger.info("connection %s: its projects are listed together, tenant-wide", self._name)
        return fresh

    async def _go_on(self, lane: Lane, *, whole: bool) -> Outcome | None:
        try:
            if not whole and self._watch.may_be_short:
                return await self._watch.look(lane, whole=False)
            fresh = await self._vet(lane)
        except Stalled:
            self._fall_back("refused", MISTRUST_S)
            return None
        except ReconcileError as error:
            self._moved += error.reason == MOVED
            if self._moved >= MOST_MOVED:
                self._fall_back("moving", LOOK_WIDER_AGAIN_S)
                return None
            return error
        if fresh is not None:
            self._moved = 0
            parts = [fresh.part(project) for project in self._vetted_at]
            if choose(self._reach, tenant_pages=fresh.pages, project_pages=pages_of(parts)) is Reach.PROJECT:
                self._fall_back("dearer", LOOK_WIDER_AGAIN_S)
        return fresh

    async def _vet(self, lane: Lane) -> Snapshot | None:
        """List the tenant, with those projects in between whose turn it is; None when they do not agree."""
        before = self._watch.known or await self._watch.look_whole(lane)
        witnesses = {project: await self._sweep_project(project, lane) for project in self._to_vet()}
        fresh = await self._watch.look_whole(lane)
        for project, witness in witnesses.items():
            if not agree(before.part(project), witness, fresh.part(project)):
                self._fall_back("partial", MISTRUST_S)
                return None
            self._vetted_at[project] = self._monotonic()
            self._members[project].watch.forget()
        return fresh

    def _to_vet(self) -> list[ProjectUid]:
        """Name the projects that were never vetted, and of the others the one whose turn it is."""
        seen = [project for project, member in self._members.items() if member.snapshot is not None]
        due_before = self._monotonic() - VETTED_FOR_S
        overdue = [project for project in seen if self._vetted_at.get(project, due_before) < due_before]
        overdue.sort(key=lambda project: self._vetted_at[project])
        return [project for project in seen if project not in self._vetted_at] + overdue[:1]

    def _share(self, asking: Member, took_s: float) -> None:
        if self._outcome is None:
            return
        for project, member in self._members.items():
            if member is not asking and project in self._vetted_at:
                outcome = self._outcome
                member.hand(outcome if isinstance(outcome, ReconcileError) else outcome.part(project), took_s)

    def _fall_back(self, why: metrics.WhyNotTenantWide, for_s: float) -> None:
        logger.warning("connection %s: its projects are listed one by one again (%s)", self._name, why)
        metrics.FLEET_FALLBACKS.labels(self._name, why).inc()
        self._list_by_project(for_s)

    def _list_by_project(self, for_s: float) -> None:
        self._reach = Reach.PROJECT
        self._not_before = self._monotonic() + for_s
        self._watch.forget()
        self._moved = 0
        self._vetted_at.clear()

    async def _sweep_project(self, project: ProjectUid, lane: Lane) -> Snapshot:
        return await sweep(self._client, ProjectScope(project), lane, self._now)
