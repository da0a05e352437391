"""PaletteCluster on air-gapped hosts: one look at one cluster, through the API of its leader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from palette_operator.domain.actions import (
    Action,
    ApplyDefinition,
    Await,
    ClusterAction,
    CreateCluster,
    LinkHost,
    SetClusterMetadata,
    SetVariables,
)
from palette_operator.domain.errors import Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.local import CONNECTED, LocalCluster
from palette_operator.domain.local_plan import leader_of, plan_local_cluster
from palette_operator.domain.local_view import local_applied, local_observed, local_row
from palette_operator.domain.observed import ClusterRow, ObservedCluster
from palette_operator.domain.ownership import Claim, NotOurs, whose
from palette_operator.domain.policy import Permit, permit
from palette_operator.domain.resources import (
    InvalidSpec,
    PaletteCluster,
    changed_immutables,
    immutable_values,
    parse_cluster,
)
from palette_operator.edge.client import EdgeClient
from palette_operator.kube.objects import Body
from palette_operator.reconcile import waking
from palette_operator.reconcile.cluster.absence import Absence
from palette_operator.reconcile.cluster.creation import pending_create
from palette_operator.reconcile.cluster.local.apply import apply_locally
from palette_operator.reconcile.cluster.local.creation import create
from palette_operator.reconcile.cluster.local.deletion import LocalDeletion, host_is_connected
from palette_operator.reconcile.cluster.local.kubeconfig import Kubeconfigs
from palette_operator.reconcile.cluster.local.members import Member, Members, check_answers
from palette_operator.reconcile.cluster.local.readings import Reading, Readings
from palette_operator.reconcile.cluster.local.requests import answer_requests
from palette_operator.reconcile.cluster.local.resolving import LocalReferences, LocalResolved
from palette_operator.reconcile.cluster.local.status import expiry_fields, wanted_fields
from palette_operator.reconcile.cluster.status import (
    available,
    memory_of,
    observed_fields,
    remembered,
    synced_fields,
)
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.looking import ManagedReconciler, is_requested, requested_at
from palette_operator.reconcile.novelty import note_unknown_fields
from palette_operator.reconcile.planning import circumstances_of, tell_plan

_REREAD_S = 2.0
_LOOK_AGAIN_S = 10.0
_WHERE = "the hosts of the cluster"
_LINKING = frozenset({"Pending", "InProgress"})


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look works with."""

    key: ObjectKey
    resource: PaletteCluster
    findings: Findings
    leader: Member
    client: EdgeClient
    is_connected: bool
    """To Palette, which then is where its cluster is changed."""

    @property
    def who(self) -> str:
        """The leader, for people."""
        return f"edge host {self.leader.key.name}"


class LocalClusterReconciler(ManagedReconciler):
    """Makes one local cluster match its resource."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._members = Members(context)
        self._absence = Absence(context.settings.search_lag_s, context.now, context.monotonic)
        self._readings = Readings(context)
        self._references = LocalReferences(context, self._members)
        self._deletion = LocalDeletion(context, self._members)
        self._kubeconfigs = Kubeconfigs(context)

    async def _leave(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        self._readings.forget(key)  # another resource may take its name
        self._absence.note(key, None)
        await self._deletion.proceed(key, body, findings)

    async def _keep(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        findings.stage = "Synced"
        try:
            resource = parse_cluster(body)
        except InvalidSpec as invalid:
            raise Stalled("InvalidSpec", "; ".join(invalid.problems)) from invalid
        self._absence.note(key, resource.status.pending_operation)
        try:
            look = self._enter_locally(key, resource, findings)
            await self._look(look)
        except Unavailable as error:
            if error.reason != "Unreachable":
                raise
            raise Unavailable("HostUnreachable", error.message, answer=error.answer) from error

    def _enter_locally(self, key: ObjectKey, resource: PaletteCluster, findings: Findings) -> _Look:
        """Find the leader, and wake the cluster when it or another host changes; raises while it does not answer."""
        note_unknown_fields(key, resource)
        moved = changed_immutables(resource, resource.status.pinned)
        if moved:
            raise Stalled("ImmutableFieldChanged", "; ".join(moved))
        if is_requested(resource):
            self._readings.forget(key)
            self._context.secrets.forget(key.namespace)
        findings.fields["lastHandledReconcileAt"] = requested_at(resource)
        findings.stage = "ReferencesResolved"
        self._context.wakes.subscribe(key, self._references.topics(key, resource))
        leader = self._members.leader(key, resource)
        self._context.wakes.subscribe(key, [waking.resource(leader.key), *self._references.topics(key, resource)])
        seen = check_answers(
            leader,
            findings,
            monotonic_s=self._context.monotonic(),
            unreachable_after_s=self._context.settings.unreachable_after_s,
        )
        is_connected = seen.info.connection_mode == CONNECTED
        return _Look(key, resource, findings, leader, self._members.client(leader), is_connected)

    async def _look(self, look: _Look) -> None:
        """Say how the cluster does, then bring it into agreement."""
        observing = look.resource.spec.mode == "Observe"
        look.findings.stage = "Available" if observing else "Owned"
        local = look.leader.cluster
        reading = Reading()
        if local is None:
            self._gone(look)
        else:
            look.findings.stage = "Available" if observing else "Synced"
            generation = look.resource.metadata.generation
            reading = await self._readings.read(look.key, look.client, local, generation=generation)
            look.findings.stage = "Available" if observing else "Owned"
            row = local_row(local, reading.config)
            self._own(look, row)
            if not observing:
                await self._hold(look.key, row.labels)
        seen = self._describe(look, local, reading)
        if observing:
            return
        look.findings.stage = "Synced"
        if look.is_connected:
            raise host_is_connected(look.leader)
        await self._converge(look, local, reading, seen)
        if local is None:
            return
        if local.state == "Running":
            is_due = reading.is_fresh
            await self._kubeconfigs.agree(look.key, look.resource, look.client, look.findings, is_due=is_due)
        if await answer_requests(self._context, look.key, look.client, local, look.findings):
            self._readings.forget(look.key)
            look.findings.look_again(_LOOK_AGAIN_S)

    def _gone(self, look: _Look) -> None:
        """Say that there is no cluster; what was ours is made again unless the spec says only to report.

        That it is not there is proven anew before another is created.
        """
        findings, resource = look.findings, look.resource
        self._readings.forget(look.key)
        observing = resource.spec.mode == "Observe"
        if not observing:
            findings.holds("Owned", "Free", "the host has no cluster")
        if not resource.status.uid:
            if observing:
                findings.lacks("Available", "NotFound", f"{look.who} has no cluster")
            return
        findings.lacks("Available", "NotFound", f"{look.who} has no cluster any more")
        findings.fields |= {"remoteState": None, "health": None}
        if resource.spec.drift.policy == "Report" or observing:
            raise Stalled("NotFound", f"the cluster is gone from {look.who}; spec.drift.policy is Report")
        findings.tell("Warning", "NotFound", f"the cluster is gone from {look.who}")
        findings.fields |= {"uid": None, "pendingOperation": pending_create(self._context.now)}
        raise Waiting("CreateResultUnknown", "the cluster is created again once it is certain", retry_after_s=1.0)

    def _own(self, look: _Look, row: ClusterRow) -> None:
        """Check whose the cluster is: nobody else's, and of the name that the spec gives."""
        resource = look.resource
        look.findings.fields["uid"] = row.uid
        if resource.spec.mode == "Observe":
            return
        what = f"cluster {row.name!r}"
        # Whoever has the host's password in this namespace may do with it as they please: no grant is asked for.
        claim = Claim(look.key, self._context.identity, resource.spec.adoption.policy, may_adopt_foreign=True)
        judged = whose(claim, [row], what=what, where=f"on {look.who}")
        known = resource.status.uid == row.uid
        if isinstance(judged, NotOurs) and not (known and judged.reason == "AdoptionRequired"):
            look.findings.fields["uid"] = None
            raise Stalled(judged.reason, judged.message)
        if row.name != resource.palette_name:
            look.findings.fields["uid"] = None
            message = f"{look.who} has {what}, not {resource.palette_name!r}: set spec.name, or choose another host"
            raise Stalled("AdoptionRequired", message)
        look.findings.holds("Owned", "Marked")

    @staticmethod
    def _describe(look: _Look, local: LocalCluster | None, reading: Reading) -> ObservedCluster | None:
        if local is None:
            return None
        config = reading.config
        archive = reading.archives.at(config.archive_path) if config else None
        seen = local_observed(local, config, reading.nodes, archive)
        look.findings.conditions["Available"] = available(seen, look.who, "on its hosts")
        look.findings.fields |= observed_fields(seen) | expiry_fields(reading.certificates)
        return seen

    async def _converge(
        self, look: _Look, local: LocalCluster | None, reading: Reading, seen: ObservedCluster | None
    ) -> None:
        findings, resource = look.findings, look.resource
        findings.stage = "ReferencesResolved"
        resolved = await self._references.resolve(look.key, resource, look.leader, look.client, reading)
        findings.holds("ReferencesResolved", "Resolved")
        findings.stage = "Synced"
        self._check_leader(look, resolved)
        if local is not None and seen is not None:
            findings.conditions["Applied"] = local_applied(resolved.cluster, seen, local)
            detail = resolved.described(seen)
            findings.fields |= wanted_fields(resolved.cluster, local, detail, resource.status.profiles)
            findings.fields["leader"] = look.leader.key.name
        actions = plan_local_cluster(
            resolved.cluster,
            seen,
            memory_of(resource.status),
            resolved.fingerprints,
            ignore=frozenset(resource.spec.drift.ignore),
            linked=await self._linked(look, resolved, seen),
        )
        await self._carry_out(look, actions, seen, resolved)

    @staticmethod
    def _check_leader(look: _Look, resolved: LocalResolved) -> None:
        """Raise Stalled when another host is to lead: the cluster is managed through one for life."""
        if leader_of(resolved.cluster) != look.leader.uid:
            message = (
                f"the first host of the control plane is the cluster's leader, and that is {look.leader.key.name}: put "
                "it first again, or create a new cluster"
            )
            raise Stalled("ImmutableFieldChanged", message)

    @staticmethod
    async def _linked(look: _Look, resolved: LocalResolved, seen: ObservedCluster | None) -> Collection[HostUid]:
        """Return the hosts that the leader knows; it is asked only when some may be missing."""
        there = {host.uid for pool in (seen.config.pools if seen and seen.config else ()) for host in pool.hosts}
        there.add(look.leader.uid)
        if all(host.uid in there for pool in resolved.cluster.pools for host in pool.hosts):
            return there
        status = await look.client.link_status()
        if status is not None and status.status in _LINKING:
            raise Waiting("Updating", f"{look.who} is being linked with other hosts", retry_after_s=_LOOK_AGAIN_S)
        return there | {peer.uid for peer in status.peers} if status else there

    async def _carry_out(
        self,
        look: _Look,
        actions: tuple[ClusterAction, ...],
        seen: ObservedCluster | None,
        resolved: LocalResolved,
    ) -> None:
        findings, resource = look.findings, look.resource
        given = circumstances_of(resource, resolved.fingerprints.spec, where=_WHERE)
        permitted = permit(actions, given)
        tell_plan(findings, actions, permitted, given)
        if resource.status.pending_operation is not None and seen is not None:
            findings.fields["pendingOperation"] = None
        writes = [action for action in permitted.allowed if not isinstance(action, Await)]
        if any(isinstance(action, CreateCluster | ApplyDefinition | SetVariables) for action in writes):
            await self._references.check_variables(look.leader, look.client, resolved)
        if any(isinstance(action, CreateCluster) for action in writes):
            await self._create(look, resolved)
            return
        done: list[Action] = []
        for action in writes:
            await self._write(look, action, resolved, done)
        self._conclude(look, permitted, writes, seen, resolved)

    async def _write(self, look: _Look, action: Action, resolved: LocalResolved, done: list[Action]) -> None:
        await self._context.finalizer.add(look.key)
        self._readings.forget(look.key)
        await apply_locally(action, look.client, resolved.cluster, resolved.client_of)
        done.append(action)
        if not isinstance(action, LinkHost):
            look.findings.fields |= remembered(look.resource.status, done, resolved)
        reason = "Adopted" if isinstance(action, SetClusterMetadata) and not look.resource.status.uid else "Updated"
        look.findings.tell("Normal", reason, str(action))

    def _conclude(
        self,
        look: _Look,
        permitted: Permit,
        writes: Sequence[Action],
        seen: ObservedCluster | None,
        resolved: LocalResolved,
    ) -> None:
        """Say whether the hosts have accepted all that we manage."""
        findings = look.findings
        awaited = [action for action in permitted.allowed if isinstance(action, Await)]
        if writes:
            findings.lacks("Synced", "Updating", "; ".join(str(action) for action in writes))
            findings.look_again(_REREAD_S)
            self._context.local_hosts.look_now(look.leader.key)
        elif permitted.withheld and not permitted.drifted:
            # What is awaited would follow from what is withheld.
            findings.lacks("Synced", permitted.withheld[0].reason, permitted.withheld[0].message)
        elif awaited:
            findings.lacks("Synced", awaited[0].reason, awaited[0].message)
            self._readings.forget(look.key)
            findings.look_again(_LOOK_AGAIN_S)
        elif seen is not None:
            findings.holds("Synced", "Drifted" if permitted.drifted else "Synced")
            if not permitted.drifted:
                findings.fields |= synced_fields(resolved) | {"pinned": immutable_values(look.resource)}

    async def _create(self, look: _Look, resolved: LocalResolved) -> None:
        """Create the cluster, or find that it came to be meanwhile."""
        findings = look.findings
        # What is chosen is written down before it is used: the next leader of ours chooses the same hosts.
        findings.fields |= {"pinned": immutable_values(look.resource), "leader": look.leader.key.name}
        findings.fields |= wanted_fields(resolved.cluster, None, None)
        findings.lacks("Synced", "Updating", f"creating cluster {resolved.cluster.name!r} on {look.who}")
        await create(self._context, look.client, look.resource, resolved.cluster, findings, absence=self._absence)
        findings.holds("Synced", "Synced")
        findings.lacks("Available", "Provisioning", f"{look.who} has been asked to create the cluster")
        findings.fields |= synced_fields(resolved)
        findings.look_again(_LOOK_AGAIN_S)
        self._context.local_hosts.look_now(look.leader.key)
