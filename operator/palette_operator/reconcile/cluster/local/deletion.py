"""Letting a local cluster go: on purpose only, from status and mark, never because of what the spec refers to."""

from __future__ import annotations

import logging

from palette_operator import logs
from palette_operator.domain.actions import DeleteCluster, SetClusterMetadata
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local import CONNECTED, LocalCluster
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.local_view import local_row
from palette_operator.domain.marks import MARK_LABELS
from palette_operator.domain.observed import ClusterRow
from palette_operator.domain.policy import Circumstances, permit
from palette_operator.domain.resources import ClusterStatus, parse_status
from palette_operator.edge.client import EdgeClient
from palette_operator.kube.objects import Body
from palette_operator.reconcile import waking
from palette_operator.reconcile.cluster.local.apply import set_labels
from palette_operator.reconcile.cluster.local.members import Member, Members, check_absence, check_answers
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.intent import deletes, is_suspended, may_write
from palette_operator.reconcile.sites import moment

logger = logging.getLogger(__name__)

_FOLLOW_S = 15.0


class LocalDeletion:
    """Deletes or orphans the cluster of a resource that is being deleted, then lets the resource go."""

    def __init__(self, context: Context, members: Members) -> None:
        self._context = context
        self._members = members

    async def proceed(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        """Take the next step; raises a ReconcileError that says why there is none now."""
        if not self._context.finalizer.is_set(key):
            self._context.reservations.release(key)
            return
        status = parse_status(ClusterStatus, body.get("status"))
        findings.holds("Deleting", "Deleting", "the resource is being deleted")
        findings.stage = "ReferencesResolved"
        name = status.leader or _leader_in(body)
        self._context.wakes.subscribe(key, [waking.resource(ObjectKey("EdgeHost", key.namespace, name))])
        leader = self._members.named(key, name)
        if deletes(body):
            await self._delete(key, body, status, leader, findings)
        else:
            await self._orphan(key, body, leader, findings)

    async def _orphan(self, key: ObjectKey, body: Body, leader: Member | None, findings: Findings) -> None:
        """Take our mark off and let go at once; a mark that could not be removed does no harm."""
        try:
            await self._unmark(key, body, leader, findings)
        except NotSeenYet:
            raise  # the operator has just started: in a moment it can tell
        except ReconcileError as error:
            findings.tell("Warning", "OrphanedWithMark", f"our mark stays on the cluster: {error.message}")
        findings.tell("Normal", "Orphaned", "the cluster stays on its hosts; its resource is gone")
        await self._let_go(key, findings)

    async def _unmark(self, key: ObjectKey, body: Body, leader: Member | None, findings: Findings) -> None:
        member = _required(leader, body)
        self._seen(member, findings)
        cluster, client = member.cluster, self._members.client(member)
        config = await client.cluster_config() if cluster else None
        if cluster and config and self._context.identity.owns(config.labels, key) and may_write(body):
            row = local_row(cluster, config)
            await set_labels(SetClusterMetadata(row.uid, {}, MARK_LABELS, None), client, cluster.name)

    async def _delete(
        self, key: ObjectKey, body: Body, status: ClusterStatus, leader: Member | None, findings: Findings
    ) -> None:
        if leader is None and not status.uid and status.pending_operation is None:
            await self._let_go(key, findings)  # nothing was ever asked for
            return
        member = _required(leader, body)
        seen = self._seen(member, findings)
        findings.holds("ReferencesResolved", "Resolved")
        findings.stage = "Owned"
        client = self._members.client(member)
        row = await self._row(client, member)
        if row is None:
            findings.tell("Normal", "Deleted", "the cluster is gone from its hosts")
            await self._let_go(key, findings)
            return
        begun = status.pending_operation is not None and status.pending_operation.verb == "delete"
        findings.fields |= {"remoteState": row.state, "uid": row.uid}
        findings.look_again(_FOLLOW_S)
        if row.state == "Deleting":
            findings.lacks("Available", "Deleting", "the cluster is being deleted on its hosts")
            return
        if not self._context.identity.owns(row.labels, key):
            message = (
                f"the cluster {row.name!r} on edge host {member.key.name} does not carry our mark, so it is not "
                "deleted; set spec.deletion.policy to Orphan to let the resource go"
            )
            raise Stalled("OwnedByAnother", message)
        findings.holds("Owned", "Marked")
        findings.stage = "Synced"
        if seen.info.connection_mode == CONNECTED:
            raise host_is_connected(member)
        await self._send(key, DeleteCluster(row.uid), client, body, findings, begun=begun)
        self._context.local_hosts.look_now(member.key)

    @staticmethod
    async def _row(client: EdgeClient, leader: Member) -> ClusterRow | None:
        """Return the cluster as a read shows it now, or None when it has gone for certain."""
        cluster: LocalCluster | None = await client.cluster()
        if cluster is None:
            check_absence(await client.host(), f"edge host {leader.key.name}")
            return None
        return local_row(cluster, None if cluster.state == "Deleting" else await client.cluster_config())

    async def _send(
        self, key: ObjectKey, action: DeleteCluster, client: EdgeClient, body: Body, findings: Findings, *, begun: bool
    ) -> None:
        """Send the deletion unless the resource is suspended.

        No connection stands behind it that could grant it: the word Delete in the spec, and the host's password in the
        same namespace, are what there is.
        """
        given = Circumstances(
            suspended=is_suspended(body), may_delete=True, deletes_left=1, where="the hosts of the cluster"
        )
        for withheld in permit([action], given).withheld:
            findings.holds("DeletionHeld", withheld.reason, withheld.message)
            raise Stalled(withheld.reason, withheld.message)
        if not begun:
            findings.fields["pendingOperation"] = {"verb": "delete", "startedAt": moment(self._context.now)}
            await self._context.reporter.write(key, findings, fence=self._context.objects.version(key))
        with logs.acting(logger, type(action).__name__, str(action)):
            await client.delete_cluster()
        findings.tell("Normal", "Deleting", str(action))

    def _seen(self, leader: Member, findings: Findings) -> LocalHostSeen:
        return check_answers(
            leader,
            findings,
            monotonic_s=self._context.monotonic(),
            unreachable_after_s=self._context.settings.unreachable_after_s,
        )

    async def _let_go(self, key: ObjectKey, findings: Findings) -> None:
        body = self._context.objects.get(key)
        if body is not None and findings.is_about(body):
            self._context.reporter.tell(key, body, findings)
        await self._context.finalizer.remove(key, uid=findings.uid)
        self._context.reservations.release(key)


def host_is_connected(leader: Member) -> Stalled:
    """Return the error for a host that Palette manages: its cluster is changed there."""
    message = (
        f"edge host {leader.key.name} is connected to Palette, which refuses changes from anywhere else: manage its "
        "cluster with cloud.edgeNative"
    )
    return Stalled("HostIsConnected", message)


def _required(leader: Member | None, body: Body) -> Member:
    if leader is None:
        message = (
            f"EdgeHost {_leader_in(body)!r}, the leader, is gone or has no spec.local: create it again, or set "
            "spec.deletion.policy to Orphan to let the resource go"
        )
        raise Stalled("HostNotFound", message)
    return leader


def _leader_in(body: Body) -> str:
    """Return the EdgeHost that the spec, which may not be valid, names first in its control plane; "" for none."""
    pools = (body.get("spec") or {}).get("machinePools") or ()
    hosts = next((pool.get("edgeHosts") or () for pool in pools if pool.get("controlPlane")), ())
    return str(hosts[0].get("name") or "") if hosts else ""
