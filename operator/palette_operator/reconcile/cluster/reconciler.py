"""PaletteCluster: one look at one cluster, from its spec to its status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from palette_operator.domain.actions import Action, Await, ClusterAction, CreateCluster, SetClusterMetadata
from palette_operator.domain.conditions import Condition
from palette_operator.domain.confirmation import check_confirmed, rests_on_absence
from palette_operator.domain.errors import Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey
from palette_operator.domain.observed import ClusterRow, Known, ObservedCluster
from palette_operator.domain.ownership import Adoptable, Claim, NotOurs, Ours, whose
from palette_operator.domain.plan import plan_cluster
from palette_operator.domain.policy import Permit, permit
from palette_operator.domain.resources import (
    InvalidSpec,
    PaletteCluster,
    immutable_values,
    parse_cluster,
)
from palette_operator.kube.objects import Body
from palette_operator.reconcile import waking
from palette_operator.reconcile.apply import apply
from palette_operator.reconcile.cluster.absence import Absence
from palette_operator.reconcile.cluster.creation import create, look_by_name, pending_create
from palette_operator.reconcile.cluster.deletion import ClusterDeletion
from palette_operator.reconcile.cluster.details import ClusterDetails
from palette_operator.reconcile.cluster.references import ClusterReferences, Resolved
from palette_operator.reconcile.cluster.status import (
    applied,
    available,
    desired_fields,
    memory_of,
    observed_fields,
    remembered,
    shows_less,
    synced_fields,
)
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.freshness import check_fresh, check_reachable
from palette_operator.reconcile.looking import ManagedReconciler, connection_topic, is_requested
from palette_operator.reconcile.planning import circumstances_of, tell_plan
from palette_operator.reconcile.remote_events import is_alarming
from palette_operator.reconcile.sites import Site

_REREAD_S = 1.0
_LOOK_AGAIN_S = 15.0


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look works with."""

    key: ObjectKey
    resource: PaletteCluster
    site: Site
    findings: Findings


class ClusterReconciler(ManagedReconciler):
    """Makes one cluster match its resource."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._details = ClusterDetails(context)
        self._references = ClusterReferences(context)
        self._absence = Absence(context.settings.search_lag_s, context.now, context.monotonic)
        self._deletion = ClusterDeletion(context, self._details, self._absence)

    async def _leave(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        await self._deletion.proceed(key, body, findings)

    async def _keep(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        findings.stage = "Synced"
        try:
            resource = parse_cluster(body)
        except InvalidSpec as invalid:
            raise Stalled("InvalidSpec", "; ".join(invalid.problems)) from invalid
        self._absence.note(key, resource.status.pending_operation)
        topics = self._references.topics(key, resource)
        site = await self._enter(key, resource, findings, topics)
        if is_requested(resource):
            self._details.forget(resource.status.uid)
        look = _Look(key, resource, site, findings)
        # A create without a known result may have taken its hosts already: the next pass shows the cluster too.
        unsettled = resource.status.pending_operation is not None and not resource.status.uid
        if site.fleet.doubt or unsettled:
            self._await_pass(look)
        # What is only looked at is nobody's.
        findings.stage = "Available" if resource.spec.mode == "Observe" else "Owned"
        check_reachable(site, findings)
        row = await self._observe(look)
        if row is not None and resource.spec.mode != "Observe":
            await self._hold(key, row.labels)
        await self._converge(look, row)

    async def _observe(self, look: _Look) -> ClusterRow | None:
        """Return the cluster's row, or None when it is known to be absent; raises while nothing can be said."""
        status, spec = look.resource.status, look.resource.spec
        uid = status.uid or spec.adoption.uid
        row = await self._details.row(look.site, ClusterUid(uid)) if uid else self._find(look)
        if row is not None:
            return self._owned(look, row)
        if status.uid:
            self._gone(look)
        elif spec.adoption.uid:
            raise Stalled(
                "NotFound", f"cluster {uid} of spec.adoption.uid is not in project {look.site.project.name!r}"
            )
        elif look.site.fleet.doubt:
            raise NotSeenYet("AwaitingFleet", look.site.fleet.doubt, retry_after_s=_LOOK_AGAIN_S)
        if look.resource.spec.mode != "Observe":
            look.findings.holds("Owned", "Free", "the name is free in Palette")
        return None

    def _gone(self, look: _Look) -> None:
        """Say that the cluster is not there, as a read has confirmed; raises unless it is only observed.

        A cluster that was just created can be not found for a moment, by uid and in listings: before another one is
        created its absence is proven, as after a POST without an answer.
        """
        look.findings.lacks("Available", "NotFound", "the cluster no longer exists in Palette")
        look.findings.fields |= {"remoteState": None, "health": None}
        if look.resource.spec.drift.policy == "Report":
            raise Stalled("NotFound", "the cluster was deleted in Palette; spec.drift.policy is Report")
        look.findings.fields["uid"] = None
        look.findings.tell("Warning", "NotFound", "the cluster was deleted in Palette")
        if look.resource.spec.mode != "Observe":
            look.findings.fields["pendingOperation"] = pending_create(self._context.now)
            raise Waiting(
                "CreateResultUnknown",
                "the cluster is not found in Palette any more; it is created again once that is certain",
                retry_after_s=0.1,
            )

    def _find(self, look: _Look) -> ClusterRow | None:
        """Look for it in the listing: by mark first, then by name."""
        claim = self._claim(look)
        fleet = look.site.fleet
        marked = fleet.clusters_marked(self._context.identity.owner(look.key))
        rows = [row for row in (*marked, *fleet.clusters_named(look.resource.palette_name)) if row.state != "Deleted"]
        judged = whose(claim, {row.uid: row for row in rows}.values(), what=f"cluster {look.resource.palette_name!r}")
        match judged:
            case Ours(item=row) | Adoptable(item=row):
                return row
            case NotOurs(reason=reason, message=message):
                if look.resource.spec.mode == "Observe":
                    return rows[0]
                raise Stalled(reason, message)
            case _:
                return None

    def _owned(self, look: _Look, row: ClusterRow) -> ClusterRow:
        """Check that what we know by uid has not been marked by somebody else since."""
        if look.resource.spec.mode == "Observe":
            look.findings.fields["uid"] = row.uid
            return row
        judged = whose(self._claim(look), [row], what=f"cluster {row.name!r}")
        known = look.resource.status.uid == row.uid
        if isinstance(judged, NotOurs) and not (known and judged.reason == "AdoptionRequired"):
            raise Stalled(judged.reason, judged.message)
        look.findings.holds("Owned", "Marked")
        look.findings.fields["uid"] = row.uid
        return row

    async def _converge(self, look: _Look, row: ClusterRow | None) -> None:
        """Resolve references, plan, permit, apply; and say how the cluster does, even when that fails."""
        findings, resource, site = look.findings, look.resource, look.site
        seen: ObservedCluster | None = None
        if row is not None:
            seen = await self._details.read(site, row, generation=resource.metadata.generation)
            self._describe(look, seen)
        if resource.spec.mode == "Observe":
            return
        if seen is not None:
            # Whom a listing shows without a mark may have one.
            self._owned(look, replace(seen.row, labels=seen.labels))
        findings.stage = "ReferencesResolved"
        resolved = await self._references.resolve(look.key, resource, site, seen)
        findings.holds("ReferencesResolved", "Resolved")
        findings.stage = "Synced"
        memory = memory_of(resource.status)
        if seen is not None:
            in_question = self._pools_in_question(look, resolved)
            seen = await self._details.complete(site, seen, resolved, memory, in_question=in_question)
            self._describe_wanted(look, seen, resolved)
        seen, actions = await self._plan(look, seen, resolved)
        await self._carry_out(look, actions, seen, resolved)

    async def _plan(
        self, look: _Look, seen: ObservedCluster | None, resolved: Resolved
    ) -> tuple[ObservedCluster | None, tuple[ClusterAction, ...]]:
        """Return the plan, and what it was made from; what it takes to be lacking, or wrong, is looked for twice.

        Raises Unavailable when the second look shows something else again.
        """
        memory, generation = memory_of(look.resource.status), look.resource.metadata.generation
        ignore = frozenset(look.resource.spec.drift.ignore)
        plan = partial(plan_cluster, resolved.cluster, memory=memory, fingerprints=resolved.fingerprints, ignore=ignore)
        if seen is None or self._details.is_confirmed(seen.row.uid):
            return seen, plan(seen)
        try:
            first = plan(seen)
        except Stalled:
            first = ()
        else:
            if not rests_on_absence(first, seen):
                return seen, first
        seen = await self._details.confirm(look.site, seen, resolved, memory, generation=generation)
        self._describe(look, seen)
        self._describe_wanted(look, seen, resolved)
        second = plan(seen)
        try:
            check_confirmed(f"reading cluster {seen.row.uid} and its cloud config", first, second)
        except Unavailable:
            self._details.forget(seen.row.uid)
            raise
        return seen, second

    def _describe(self, look: _Look, seen: ObservedCluster) -> None:
        is_available = available(seen)
        look.findings.conditions["Available"] = is_available
        self._ask_for_events(look, seen, is_available)
        look.findings.fields |= observed_fields(seen)
        if seen.detail is not None and shows_less(seen.detail, seen.row, look.resource.status):
            self._details.doubt(seen.row.uid)

    def _describe_wanted(self, look: _Look, seen: ObservedCluster, resolved: Resolved) -> None:
        is_applied = applied(resolved.cluster, seen.detail)
        look.findings.conditions["Applied"] = is_applied
        self._ask_for_events(look, seen, is_applied)
        if is_applied.status != "True":
            self._details.doubt(seen.row.uid)
        nodes, before = _nodes(look.site, seen, resolved), look.resource.status.profiles
        look.findings.fields |= desired_fields(resolved.cluster, seen.detail, nodes, before)

    def _ask_for_events(self, look: _Look, seen: ObservedCluster, condition: Condition) -> None:
        if is_alarming(condition):
            self._context.remote_events.want(look.key, look.site, seen.row.uid)

    @staticmethod
    def _pools_in_question(look: _Look, resolved: Resolved) -> bool:
        """Whether the pools must be read: the spec changed, or a host that should be in the cluster is not."""
        last, uid = look.resource.status.last_sync, look.resource.status.uid
        if last is None or last.spec_hash != resolved.fingerprints.spec:
            return True
        rows = [look.site.fleet.host(host.uid) for pool in resolved.cluster.pools for host in pool.hosts]
        return any(isinstance(row, Known) and row.item.cluster_uid != uid for row in rows)

    async def _carry_out(
        self, look: _Look, actions: tuple[ClusterAction, ...], seen: ObservedCluster | None, resolved: Resolved
    ) -> None:
        findings, resource = look.findings, look.resource
        given = circumstances_of(resource, resolved.fingerprints.spec, fleet_shrank=look.site.fleet.shrank or "")
        permitted = permit(actions, given)
        tell_plan(findings, actions, permitted, given)
        if any(isinstance(action, CreateCluster) for action in permitted.allowed):
            await self._create(look, resolved)
            return
        if resource.status.pending_operation is not None and seen is not None:
            findings.fields["pendingOperation"] = None
        writes = [action for action in permitted.allowed if not isinstance(action, Await)]
        if writes and seen is not None:
            # By the uid that was seen: the status tells none of what is being adopted, or was found by its mark.
            self._details.forget(seen.row.uid)
        done: list[Action] = []
        for action in writes:
            await self._write(look, action, resolved, done)
        self._conclude(look, permitted, done, seen, resolved)

    async def _write(self, look: _Look, action: Action, resolved: Resolved, done: list[Action]) -> None:
        await self._context.finalizer.add(look.key)
        if not await apply(action, look.site):
            return
        done.append(action)
        look.findings.fields |= remembered(look.resource.status, done, resolved)
        reason = "Adopted" if isinstance(action, SetClusterMetadata) and not look.resource.status.uid else "Updated"
        look.findings.tell("Normal", reason, str(action))

    def _conclude(
        self,
        look: _Look,
        permitted: Permit,
        writes: Sequence[Action],
        seen: ObservedCluster | None,
        resolved: Resolved,
    ) -> None:
        """Say whether Palette has accepted all that we manage."""
        findings = look.findings
        awaited = [action for action in permitted.allowed if isinstance(action, Await)]
        if writes:
            findings.lacks("Synced", "Updating", "; ".join(str(action) for action in writes))
            findings.look_again(_REREAD_S)
        elif awaited:
            findings.lacks("Synced", awaited[0].reason, awaited[0].message)
            self._await_pass(look)
        elif permitted.withheld and not permitted.drifted:
            findings.lacks("Synced", permitted.withheld[0].reason, permitted.withheld[0].message)
            if look.site.fleet.shrank:
                self._await_pass(look)
        elif seen is not None:
            findings.holds("Synced", "Drifted" if permitted.drifted else "Synced")
            if not permitted.drifted:
                findings.fields |= synced_fields(resolved) | {"pinned": immutable_values(look.resource)}
        if seen is not None and self._details.in_transition(seen):
            self._await_pass(look)

    async def _create(self, look: _Look, resolved: Resolved) -> None:
        """Go through the fence, or find that the cluster came to be meanwhile."""
        look.findings.stage = "Owned"
        check_fresh(look.site, self._context.now())
        pending = look.resource.status.pending_operation
        judged = await look_by_name(self._claim(look), look.site, resolved.cluster.name)
        match judged:
            case Ours(item=row) | Adoptable(item=row):
                look.site.fleet.note_cluster(row)
                look.findings.fields["uid"] = row.uid
                look.findings.look_again(_REREAD_S / 10)
                look.findings.lacks("Synced", "Updating", "found the cluster in Palette")
                return
            case NotOurs(reason=reason, message=message):
                raise Stalled(reason, message)
        if pending is not None and pending.verb == "create":
            self._await_pass(look)
            self._absence.check_proven(look.key, pending, look.site.fleet)
        if self._find(look) is not None:
            raise Waiting("CreateResultUnknown", "a listing has just shown the cluster", retry_after_s=0.1)
        look.findings.stage = "Synced"
        # What is chosen is written down before it is used: the next leader chooses the same hosts.
        nodes: frozenset[HostUid] = frozenset()
        look.findings.fields |= {"pinned": immutable_values(look.resource)} | desired_fields(
            resolved.cluster, None, nodes
        )
        look.findings.lacks("Synced", "Updating", f"creating cluster {resolved.cluster.name!r} in Palette")
        version = look.resource.metadata.resource_version
        row = await create(self._context, look.site, look.key, resolved.cluster, look.findings, seen=version)
        look.findings.holds("Owned", "Marked")
        look.findings.holds("Synced", "Synced")
        look.findings.fields |= synced_fields(resolved)
        seen = ObservedCluster(row)
        self._describe(look, seen)
        self._describe_wanted(look, seen, resolved)

    def _claim(self, look: _Look) -> Claim:
        return Claim(
            look.key,
            self._context.identity,
            look.resource.spec.adoption.policy,
            may_adopt_foreign=look.site.spec.allow.adopt_foreign,
        )

    def _await_pass(self, look: _Look) -> None:
        topics = [connection_topic(look.resource), waking.fleet_pass(look.site.connection)]
        self._context.wakes.subscribe(look.key, [*topics, *self._references.topics(look.key, look.resource)])


def _nodes(site: Site, seen: ObservedCluster, resolved: Resolved) -> frozenset[HostUid]:
    """Return the wanted hosts that Palette lists in this cluster and healthy."""
    rows = [site.fleet.host(host.uid) for pool in resolved.cluster.pools for host in pool.hosts]
    return frozenset(
        row.item.uid
        for row in rows
        if isinstance(row, Known) and row.item.cluster_uid == seen.row.uid and row.item.health.lower() == "healthy"
    )
