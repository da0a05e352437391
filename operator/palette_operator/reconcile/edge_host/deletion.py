"""Letting an edge host go: its registration is deleted on purpose only, and never while a cluster uses it."""

from __future__ import annotations

from palette_operator.domain.actions import DeleteHost, SetHostMetadata
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.marks import MARK_LABELS
from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import EdgeHostStatus, parse_status
from palette_operator.kube.objects import Body, connection_of
from palette_operator.reconcile import waking
from palette_operator.reconcile.apply import apply
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.local import LocalHost
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.intent import check_may_delete, deletes, may_write
from palette_operator.reconcile.sites import Site

_IN_USE_LOOK_AGAIN_S = 60.0


class HostDeletion:
    """Deletes or orphans the edge host of a resource that is being deleted, then lets the resource go."""

    def __init__(self, context: Context, local: LocalHost) -> None:
        self._context = context
        self._local = local

    async def proceed(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        """Take the next step; raises a ReconcileError that says why there is none now."""
        if not self._context.finalizer.is_set(key):
            return
        status = parse_status(EdgeHostStatus, body.get("status"))
        findings.holds("Deleting", "Deleting", "the resource is being deleted")
        findings.stage = "CredentialsValid"
        if not connection_of(body):
            await self._let_go(key, body, status, findings)
        elif deletes(body):
            await self._delete(key, body, status, findings)
        else:
            await self._orphan(key, body, status, findings)
        self._context.reporter.tell(key, body, findings)
        await self._context.finalizer.remove(key, uid=findings.uid)

    async def _orphan(self, key: ObjectKey, body: Body, status: EdgeHostStatus, findings: Findings) -> None:
        """Take our mark off and let go at once; a mark that could not be removed does no harm."""
        try:
            site, row = await self._find(key, body, status)
            if row is not None and self._context.identity.owns(row.labels, key) and may_write(body):
                await apply(SetHostMetadata(row.uid, row.name, {}, MARK_LABELS, found=row.labels), site)
        except NotSeenYet:
            raise  # the operator has just started: in a moment it can tell
        except ReconcileError as error:
            findings.tell("Warning", "OrphanedWithMark", f"our mark stays on the host in Palette: {error.message}")
        findings.tell("Normal", "Orphaned", "the edge host stays in Palette; its resource is gone")

    async def _let_go(self, key: ObjectKey, body: Body, status: EdgeHostStatus, findings: Findings) -> None:
        """Leave an air-gapped host as it is, once no cluster is reached through it any more."""
        holder = self._context.reservations.holder(HostUid(status.uid)) if status.uid else None
        if holder is not None:
            await self._local.stay(key, body)
            self._context.wakes.subscribe(key, [waking.resource(holder)])
            message = f"edge host {status.uid} is used by {holder}, which is reached through it; delete that first"
            findings.holds("DeletionHeld", "HostInUse", message)
            raise Waiting("HostInUse", message, retry_after_s=_IN_USE_LOOK_AGAIN_S)
        findings.tell("Normal", "Orphaned", "the edge host stays as it is; its resource is gone")

    async def _delete(self, key: ObjectKey, body: Body, status: EdgeHostStatus, findings: Findings) -> None:
        site, row = await self._find(key, body, status)
        findings.holds("CredentialsValid", "Valid")
        findings.stage = "Owned"
        if row is None:
            return
        if not self._context.identity.owns(row.labels, key):
            raise Stalled(
                "OwnedByAnother",
                f"edge host {row.uid} does not carry our mark, so it is not deleted; set spec.deletion.policy to "
                "Orphan to let the resource go",
            )
        findings.holds("Owned", "Marked")
        findings.stage = "Synced"
        if not row.state:
            raise Unavailable(
                "PaletteUnreachable", f"reading edge host {row.uid}: the answer says nothing of its state"
            )
        if row.cluster_uid or row.state == "in-use":
            self._context.wakes.subscribe(key, [waking.fleet_pass(site.connection)])
            user = row.cluster_name or row.cluster_uid or "of unknown name"
            message = f"edge host {row.uid} is used by cluster {user}; take it out there"
            findings.holds("DeletionHeld", "HostInUse", message)
            raise Waiting("HostInUse", message, retry_after_s=_IN_USE_LOOK_AGAIN_S)
        check_may_delete(DeleteHost(row.uid), site, body, findings)
        site.guard.spend(row.uid)
        await apply(DeleteHost(row.uid), site)
        site.fleet.forget_host(row.uid)
        findings.tell("Normal", "Deleted", f"deleted the registration of edge host {row.uid}")

    async def _find(self, key: ObjectKey, body: Body, status: EdgeHostStatus) -> tuple[Site, HostRow | None]:
        """Return the host as Palette holds it now; None when it has gone for certain."""
        spec = body.get("spec") or {}
        connection = status.pinned.get("spec.connectionRef.name") or connection_of(body)
        project = status.project_uid or spec.get("project") or ""
        self._context.wakes.subscribe(key, [waking.resource(ObjectKey("PaletteConnection", "", connection))])
        site = await self._context.sites.site(connection, key, project, leaving=True)
        uid = HostUid(status.uid or status.pinned.get("spec.uid") or spec.get("uid") or key.name)
        if not status.uid and (spec.get("adoption") or {}).get("match"):
            marked = self._marked(key, site)
            if marked is None:
                return site, None
            uid = marked
        return site, await site.client.get_host(site.scope, uid)

    def _marked(self, key: ObjectKey, site: Site) -> HostUid | None:
        """Return the device with our mark, where neither spec nor status tells the device's uid."""
        if site.fleet.doubt is not None:
            raise NotSeenYet("AwaitingFleet", site.fleet.doubt, retry_after_s=15)
        owner = self._context.identity.owner(key)
        return next((row.uid for row in site.fleet.hosts_marked(owner)), None)
