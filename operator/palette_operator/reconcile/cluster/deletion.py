"""Letting a cluster go: on purpose only, from status and mark alone, never from the spec's references."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from palette_operator.domain.actions import DeleteCluster, SetClusterMetadata
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ClusterUid, ObjectKey
from palette_operator.domain.marks import MARK_LABELS, Identity
from palette_operator.domain.observed import ClusterRow
from palette_operator.domain.resources import ClusterStatus, parse_status
from palette_operator.kube.objects import Body, connection_of
from palette_operator.reconcile import waking
from palette_operator.reconcile.apply import apply
from palette_operator.reconcile.cluster.absence import Absence
from palette_operator.reconcile.cluster.details import ClusterDetails
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.freshness import check_fresh
from palette_operator.reconcile.intent import check_may_delete, deletes, may_write
from palette_operator.reconcile.sites import Site, moment

_FOLLOW_S = 5.0


class ClusterDeletion:
    """Deletes or orphans the cluster of a resource that is being deleted, then lets the resource go."""

    def __init__(self, context: Context, details: ClusterDetails, absence: Absence) -> None:
        self._context = context
        self._details = details
        self._absence = absence
        self._forced_at: dict[ObjectKey, datetime] = {}

    async def proceed(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        """Take the next step; raises a ReconcileError that says why there is none now."""
        if not self._context.finalizer.is_set(key):
            self._forget(key)
            return
        status = parse_status(ClusterStatus, body.get("status"))
        self._absence.note(key, status.pending_operation)
        findings.holds("Deleting", "Deleting", "the resource is being deleted")
        findings.stage = "CredentialsValid"
        if deletes(body):
            await self._delete(key, body, status, findings)
        else:
            await self._orphan(key, body, status, findings)

    async def _orphan(self, key: ObjectKey, body: Body, status: ClusterStatus, findings: Findings) -> None:
        """Take our mark off and let go at once; a mark that could not be removed does no harm."""
        site: Site | None = None
        try:
            site = await self._site(key, body, status)
            row = await self._find(key, body, site, status)
            if row is not None and self._context.identity.owns(row.labels, key) and may_write(body):
                await apply(SetClusterMetadata(row.uid, {}, MARK_LABELS, None, found=row.labels), site)
        except ReconcileError as error:
            if isinstance(error, NotSeenYet) and (site is None or _is_new(site)):
                raise  # the operator has just started: in a moment it can tell
            findings.tell("Warning", "OrphanedWithMark", f"our mark stays on the cluster in Palette: {error.message}")
        findings.tell("Normal", "Orphaned", "the cluster stays in Palette; its resource is gone")
        await self._let_go(key, findings)

    async def _delete(self, key: ObjectKey, body: Body, status: ClusterStatus, findings: Findings) -> None:
        site = await self._site(key, body, status)
        findings.holds("CredentialsValid", "Valid")
        findings.stage = "Owned"
        row = await self._find(key, body, site, status)
        begun = (
            status.pending_operation if status.pending_operation and status.pending_operation.verb == "delete" else None
        )
        if row is not None and begun is not None and row.state != "Deleting":
            # A listing lags behind writes: whether the deletion was taken on is read, not assumed.
            row = await self._details.confirmed(site, row.uid)
        if row is None:
            findings.tell("Normal", "Deleted", "the cluster is gone from Palette")
            await self._let_go(key, findings)
            return
        self._check_ownership(self._context.identity, row, key)
        findings.holds("Owned", "Marked")
        findings.stage = "Synced"
        findings.fields |= {"remoteState": row.state, "uid": row.uid}
        self._context.wakes.subscribe(key, [waking.fleet_pass(site.connection)])
        findings.look_again(max(_FOLLOW_S, site.spec.poll.fleet_seconds))
        force = begun is not None and _may_force(body, begun.started_at, self._context.now())
        if (row.state == "Deleting" and not force) or self._was_forced_lately(key, site):
            findings.lacks("Available", "Deleting", "the cluster is being deleted in Palette")
            return
        await self._send(key, site, DeleteCluster(row.uid, force=force), body, findings, begun=begun is not None)

    async def _send(
        self,
        key: ObjectKey,
        site: Site,
        action: DeleteCluster,
        body: Body,
        findings: Findings,
        *,
        begun: bool,
    ) -> None:
        """Send the deletion if the connection grants it; hold it, and say so, if not."""
        check_may_delete(action, site, body, findings, begun=begun)
        if not begun:
            site.guard.spend(action.uid)
            findings.fields["pendingOperation"] = {"verb": "delete", "startedAt": moment(self._context.now)}
            await self._context.reporter.write(key, findings, fence=self._context.objects.version(key))
        await apply(action, site)
        self._details.forget(action.uid)
        findings.tell("Normal", "Deleting", str(action))
        if action.force:
            self._forced_at[key] = self._context.now()
        else:
            findings.look_again(_FOLLOW_S)

    def _was_forced_lately(self, key: ObjectKey, site: Site) -> bool:
        """Whether no pass that began after the last forced deletion can have shown what came of it."""
        forced_at = self._forced_at.get(key)
        return forced_at is not None and not site.fleet.complete_passes_since(forced_at)

    async def _site(self, key: ObjectKey, body: Body, status: ClusterStatus) -> Site:
        spec = body.get("spec") or {}
        connection = status.pinned.get("spec.connectionRef.name") or connection_of(body)
        topics = [waking.resource(ObjectKey("PaletteConnection", "", connection)), waking.fleet_pass(connection)]
        self._context.wakes.subscribe(key, topics)
        return await self._context.sites.site(
            connection, key, status.project_uid or spec.get("project") or "", leaving=True
        )

    async def _find(self, key: ObjectKey, body: Body, site: Site, status: ClusterStatus) -> ClusterRow | None:
        """Return the cluster by uid or, when status was lost, by mark; None when it has gone for certain.

        One row that leaves while pages are read can hide another: what no pass shows is searched for by name too.
        """
        if status.uid:
            return await self._details.row(site, ClusterUid(status.uid))
        marked = _live(site.fleet.clusters_marked(self._context.identity.owner(key)))
        if marked:
            return marked[0]
        check_fresh(site, self._context.now())
        pending = status.pending_operation
        if pending is not None and pending.verb == "create":
            self._context.wakes.subscribe(key, [waking.fleet_pass(site.connection)])
            self._absence.check_proven(key, pending, site.fleet)
        named = await site.link.names.clusters((body.get("spec") or {}).get("name") or key.name)
        return next((row for row in _live(named) if self._context.identity.owns(row.labels, key)), None)

    @staticmethod
    def _check_ownership(identity: Identity, row: ClusterRow, key: ObjectKey) -> None:
        if not identity.owns(row.labels, key):
            raise Stalled(
                "OwnedByAnother",
                f"cluster {row.name!r} does not carry our mark, so it is not deleted; set spec.deletion.policy to "
                "Orphan to let the resource go",
            )

    async def _let_go(self, key: ObjectKey, findings: Findings) -> None:
        body = self._context.objects.get(key)
        if body is not None and findings.is_about(body):
            self._context.reporter.tell(key, body, findings)
        await self._context.finalizer.remove(key, uid=findings.uid)
        self._forget(key)

    def _forget(self, key: ObjectKey) -> None:
        self._absence.note(key, None)
        self._forced_at.pop(key, None)
        self._context.reservations.release(key)


def _live(rows: Iterable[ClusterRow]) -> list[ClusterRow]:
    return [row for row in rows if row.state != "Deleted"]


def _is_new(site: Site) -> bool:
    """Whether the fleet is about to be looked at for the first time."""
    return site.fleet.snapshot is None and not site.unreachable


def _may_force(body: Body, started_at: datetime, now: datetime) -> bool:
    minutes = ((body.get("spec") or {}).get("deletion") or {}).get("forceAfterMinutes") or 0
    return bool(minutes) and now - started_at >= timedelta(minutes=minutes)
