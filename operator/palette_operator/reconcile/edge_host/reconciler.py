"""EdgeHost: registers a device or takes over the one that registered itself, and says how it does.

The device's uid is its key in Palette: registering twice makes no second host, so there is no fence here as there is
for clusters.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from palette_operator import logs
from palette_operator.domain.actions import Action, HostAction, RegisterHost, SetHostPairingKey, SetHostTunnel
from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.errors import Stalled, Unavailable, Waiting
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.host_plan import HostMemory, plan_host
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.marks import MARK_LABELS, labels_from_tags
from palette_operator.domain.observed import Absent, HostRow, Known, Unknown
from palette_operator.domain.ownership import Claim, NotOurs, whose
from palette_operator.domain.policy import permit
from palette_operator.domain.resources import (
    EdgeHost,
    InvalidSpec,
    immutable_values,
    parse_edge_host,
)
from palette_operator.kube.objects import Body
from palette_operator.reconcile import waking
from palette_operator.reconcile.apply import apply
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.deletion import HostDeletion
from palette_operator.reconcile.edge_host.local import LocalHost
from palette_operator.reconcile.edge_host.matching import DeviceMatching
from palette_operator.reconcile.edge_host.remote_shell import follow_remote_shell
from palette_operator.reconcile.edge_host.requests import HostRequests
from palette_operator.reconcile.edge_host.silence import judge_silence
from palette_operator.reconcile.edge_host.status import connected, observed_fields, registered
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.freshness import check_fresh, check_reachable
from palette_operator.reconcile.looking import ManagedReconciler, check_unmoved, connection_topic
from palette_operator.reconcile.planning import circumstances_of, tell_plan
from palette_operator.reconcile.sites import Site

logger = logging.getLogger(__name__)

_REREAD_S = 1.0


@dataclass(frozen=True, slots=True)
class _Look:
    key: ObjectKey
    resource: EdgeHost
    site: Site
    uid: HostUid
    findings: Findings


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The host as it should be, with keyed hashes of it."""

    host: DesiredHostRegistration
    settings_hash: str
    """Of what no listing shows: remote shell and pairing key."""
    spec_hash: str


class EdgeHostReconciler(ManagedReconciler):
    """Makes one edge host match its resource."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._local = LocalHost(context)
        self._deletion = HostDeletion(context, self._local)
        self._requests = HostRequests(context)
        self._matching = DeviceMatching(context)

    async def reconcile(self, key: ObjectKey) -> Findings:
        """Look once; a host whose resource is gone is looked at no more."""
        findings = await super().reconcile(key)
        if self._context.objects.get(key) is None:
            self._context.local_hosts.withdraw(key)
            self._context.transfers.retain(key, ())
        return findings

    async def _leave(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        self._context.transfers.retain(key, ())
        await self._deletion.proceed(key, body, findings)

    async def _keep(self, key: ObjectKey, body: Body, findings: Findings) -> None:
        findings.stage = "Synced"
        try:
            resource = parse_edge_host(body)
        except InvalidSpec as invalid:
            raise Stalled("InvalidSpec", "; ".join(invalid.problems)) from invalid
        if resource.spec.connection_ref is None:
            check_unmoved(key, resource)
            await self._local.keep(key, body, resource, findings)
            return
        await self._local.accompany(key, resource, findings)
        site = await self._enter(key, resource, findings)
        # What is only looked at is nobody's.
        findings.stage = "Registered" if resource.spec.mode == "Observe" else "Owned"
        check_reachable(site, findings)
        uid = self._matching.device(key, resource, site, findings)
        look = _Look(key, resource, site, uid, findings)
        row = await self._observe(look)
        if row is not None and resource.spec.mode != "Observe":
            await self._hold(key, row.labels)
        await self._converge(look, row)
        await self._requests.answer(key, body, site, uid, findings)

    async def _observe(self, look: _Look) -> HostRow | None:
        """Return the host's row, or None when it is known to be absent; raises while nothing can be said."""
        uid = look.uid
        match look.site.fleet.host(uid):
            case Known(item=row):
                return self._owned(look, row)
            case Unknown(why=why):
                self._await_pass(look)
                raise NotSeenYet("AwaitingFleet", why, retry_after_s=15)
            case Absent():
                row_or_none = await self._confirmed_absent(look, uid)
        if row_or_none is not None:
            return self._owned(look, row_or_none)
        if look.resource.spec.adoption.match is not None:
            raise self._matching.none_matches(look.key, look.resource, look.site, look.findings)
        if look.resource.spec.mode == "Observe":
            look.findings.lacks("Registered", "NotFound", f"Palette does not know the device {uid}")
        else:
            look.findings.holds("Owned", "Free", "Palette does not know the device yet")
        return None

    async def _confirmed_absent(self, look: _Look, uid: HostUid) -> HostRow | None:
        """Return the host if it is there after all. One that never was is confirmed by the complete pass alone."""
        if not look.resource.status.uid:
            check_fresh(look.site, self._context.now())
            return None
        row = await look.site.client.get_host(look.site.scope, uid)
        if row is not None:
            look.site.fleet.note_host(row)
        else:
            look.findings.tell("Warning", "NotFound", f"edge host {uid} was deleted in Palette")
            look.findings.fields |= dict.fromkeys(("uid", "state", "health", "silentSince", "clusterRef"))
        return row

    def _owned(self, look: _Look, row: HostRow) -> HostRow:
        if look.resource.spec.mode == "Observe":
            return row
        # The uid names one device, and whoever may use the project may use its hosts: no further grant is asked for.
        claim = Claim(look.key, self._context.identity, look.resource.spec.adoption.policy, may_adopt_foreign=True)
        judged = whose(claim, [row], what=f"edge host {row.uid}")
        known = look.resource.status.uid == row.uid
        if isinstance(judged, NotOurs) and not (known and judged.reason == "AdoptionRequired"):
            look.findings.conditions |= {c.type: c for c in (registered(row), connected(row))}
            raise Stalled(judged.reason, judged.message)
        look.findings.holds("Owned", "Marked")
        return row

    async def _converge(self, look: _Look, row: HostRow | None) -> None:
        findings, resource = look.findings, look.resource
        if row is not None:
            self._describe(look, row)
        if resource.spec.mode == "Observe":
            return
        findings.stage = "Synced"
        wanted = await self._wanted(look)
        ignore = frozenset(resource.spec.drift.ignore)
        actions = plan_host(wanted.host, row, _memory(resource), wanted.settings_hash, ignore=ignore)
        sent = await self._carry_out(look, actions, wanted)
        if not any(isinstance(action, RegisterHost) for action in sent):
            just_sent = any(isinstance(action, SetHostTunnel) for action in sent)
            await follow_remote_shell(resource, row, look.site, findings, just_sent=just_sent)

    async def _carry_out(self, look: _Look, actions: tuple[HostAction, ...], wanted: _Wanted) -> tuple[Action, ...]:
        """Do what is permitted, and return it."""
        findings, resource = look.findings, look.resource
        given = circumstances_of(resource, wanted.spec_hash, fleet_shrank=look.site.fleet.shrank or "")
        permitted = permit(actions, given)
        withheld = permitted.withheld
        tell_plan(findings, actions, permitted, given)
        for action in permitted.allowed:
            await self._context.finalizer.add(look.key)
            if isinstance(action, RegisterHost):
                await self._register(look, action.host)
            elif await apply(action, look.site):
                findings.tell("Normal", "Updated", str(action))
        findings.fields |= {"pinned": immutable_values(resource)}
        if withheld and not permitted.drifted:
            findings.lacks("Synced", withheld[0].reason, withheld[0].message)
            if look.site.fleet.shrank:
                self._await_pass(look)
            return permitted.allowed
        findings.holds("Synced", "Drifted" if permitted.drifted else "Synced")
        if not permitted.drifted:
            findings.fields |= _synced_fields(wanted)
        if any(not isinstance(a, RegisterHost | SetHostTunnel | SetHostPairingKey) for a in permitted.allowed):
            await self._reread(look)
        return permitted.allowed

    async def _register(self, look: _Look, host: DesiredHostRegistration) -> None:
        """Register the device, or find that it is known already: then it is judged like any other."""
        names = look.site.link.names
        known = [row for row in await names.hosts(host.name) if row.uid == host.uid]
        if not known:
            try:
                with logs.acting(logger, "RegisterHost", f"register edge host {host.uid}"):
                    await look.site.client.register_host(look.site.scope, host)
            except (Stalled, Unavailable):
                # Refused as known already, or the answer was lost: the uid says which.
                row = await look.site.client.get_host(look.site.scope, host.uid)
                if row is None:
                    raise
                known = [row]
        row = known[0] if known else HostRow.unpaired(host.uid, host.name, look.site.project.uid, dict(host.labels))
        look.site.fleet.note_host(row)
        if known:
            look.findings.look_again(0.1)
            raise Waiting("Updating", "found the device in Palette", retry_after_s=0.1)
        self._describe(look, row)
        look.findings.holds("Owned", "Marked")
        look.findings.tell(
            "Normal", "Registered", f"registered edge host {host.uid} in project {look.site.project.name}"
        )

    async def _reread(self, look: _Look) -> None:
        """Read what was written: never assume."""
        row = await look.site.client.get_host(look.site.scope, look.uid)
        if row is not None:
            look.site.fleet.note_host(row)
            look.findings.look_again(_REREAD_S)

    async def _wanted(self, look: _Look) -> _Wanted:
        spec = look.resource.spec
        pairing_key = ""
        if spec.pairing_key_secret_ref is not None:
            reference = spec.pairing_key_secret_ref
            pairing_key = await self._context.secrets.value(look.key.namespace, reference.name, reference.key)
        host = DesiredHostRegistration(
            uid=look.uid,
            name=look.key.name,
            arch=spec.arch_type,
            labels=labels_from_tags(spec.tags) | self._context.identity.mark(look.key),
            remote_shell=_switch(spec.remote_shell.ssh),
            remote_shell_temporary_user=_switch(spec.remote_shell.temporary_user),
            pairing_key=pairing_key.strip(),
        )
        hash_key = self._context.hash_key
        sent = (host.remote_shell, host.remote_shell_temporary_user, host.pairing_key)
        return _Wanted(host, settings_hash=fingerprint(hash_key, *sent), spec_hash=fingerprint(hash_key, host))

    def _describe(self, look: _Look, row: HostRow) -> None:
        poll, now = look.site.spec.poll, self._context.now()
        silence = judge_silence(row, look.resource.status, now, poll.disconnected_grace_seconds)
        conditions = (registered(row), silence.condition)
        look.findings.conditions |= {condition.type: condition for condition in conditions}
        if silence.left_s is not None:
            look.findings.look_again(silence.left_s)
        look.findings.fields |= silence.fields
        look.findings.fields |= observed_fields(row, self._user(row), look.resource.status)

    def _user(self, row: HostRow) -> tuple[str, str] | None:
        """Return namespace and pool of the PaletteCluster that holds the host."""
        key = self._context.reservations.holder(row.uid)
        body = self._context.objects.get(key) if key else None
        if key is None or body is None:
            return None
        pools = (body.get("status") or {}).get("machinePools") or ()
        return key.namespace, next((pool["name"] for pool in pools if row.uid in pool.get("hosts", ())), "")

    def _await_pass(self, look: _Look) -> None:
        topics = [connection_topic(look.resource), waking.fleet_pass(look.site.connection)]
        self._context.wakes.subscribe(look.key, topics)


def _memory(resource: EdgeHost) -> HostMemory:
    last = resource.status.last_sync
    return HostMemory(frozenset(resource.status.managed.tags), last.settings_hash if last else "")


def _synced_fields(wanted: _Wanted) -> dict[str, Any]:
    tags = sorted(key for key in wanted.host.labels if key not in MARK_LABELS)
    hashes = {"specHash": wanted.spec_hash, "settingsHash": wanted.settings_hash}
    return {"managed": {"tags": tags} if tags else {}, "lastSync": hashes}


def _switch(setting: str | None) -> bool | None:
    return None if setting is None else setting == "Enabled"
