"""Settings of an air-gapped host: proxies and CAs, sent when they differ and when it is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from palette_operator.domain.actions import SetHostConfiguration
from palette_operator.domain.errors import Stalled, Unavailable
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.local_host_plan import plan_local_host
from palette_operator.domain.observed import Unknown
from palette_operator.domain.policy import Circumstances, Permit, permit
from palette_operator.domain.resources import EdgeHost, LastSync, LocalConfiguration
from palette_operator.kube.objects import Body
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.intent import is_suspended
from palette_operator.reconcile.planning import APPROVE_ANNOTATION, tell_plan

_AWAITED = "the settings were sent; the host is about to show them"


class HostSettings:
    """Makes the settings of a host what `spec.local.configuration` says."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def converge(
        self, key: ObjectKey, body: Body, resource: EdgeHost, seen: LocalHostSeen, findings: Findings
    ) -> None:
        """Send what differs, as far as it may be sent now. Raises a ReconcileError that says why it cannot be."""
        wanted = resource.spec.local.configuration if resource.spec.local else None
        spec_hash = fingerprint(self._context.hash_key, wanted.model_dump(mode="json") if wanted else None)
        actions = _plan(resource, wanted, seen)
        if actions and self._context.local_hosts.sighting(key).is_stale:
            # What was seen may be of before the last write: the look that was asked for then tells, and wakes us.
            findings.lacks("Synced", "Updating", _AWAITED)
            return
        given = _circumstances(resource, body, spec_hash)
        permitted = permit(actions, given)
        tell_plan(findings, actions, permitted, given)
        for action in permitted.allowed:
            if isinstance(action, SetHostConfiguration):
                await self._send(key, action, findings)
        _conclude(permitted, spec_hash, findings)

    async def _send(self, key: ObjectKey, action: SetHostConfiguration, findings: Findings) -> None:
        client = self._context.local_hosts.client(key)
        if client is None:
            raise Unavailable("NeverConnected", f"{key} is not reached by the operator now")
        await client.set_configuration(action.configuration)
        findings.tell("Normal", "Updated", str(action))
        self._context.local_hosts.look_now(key)


def _plan(resource: EdgeHost, wanted: LocalConfiguration | None, seen: LocalHostSeen) -> Sequence[SetHostConfiguration]:
    if wanted is None:
        return ()
    if isinstance(seen.configuration, Unknown):
        raise Unavailable("RemoteRejected", seen.configuration.why)
    actions = plan_local_host(seen.info.uid, wanted, seen.configuration, resource.spec.drift.ignore)
    if actions and not seen.is_airgapped:
        mode = seen.info.connection_mode or "not told"
        message = (
            f"edge host {seen.info.uid} is not air-gapped (connection mode {mode}), so its settings are left to "
            "Palette: make them there, and remove spec.local.configuration"
        )
        raise Stalled("HostIsConnected", message)
    return actions


def _circumstances(resource: EdgeHost, body: Body, spec_hash: str) -> Circumstances:
    last = resource.status.last_sync
    return Circumstances(
        mode=resource.spec.mode,
        suspended=is_suspended(body),
        spec_changed=last is None or last.spec_hash != spec_hash,
        report_drift_only=resource.spec.drift.policy == "Report",
        approved=resource.metadata.annotations.get(APPROVE_ANNOTATION, ""),
        where="the host",
    )


def _conclude(permitted: Permit, spec_hash: str, findings: Findings) -> None:
    """Say whether the host's settings are as asked; those that were just sent are believed when they are seen."""
    if permitted.withheld and not permitted.drifted:
        findings.lacks("Synced", permitted.withheld[0].reason, permitted.withheld[0].message)
    elif permitted.allowed:
        findings.lacks("Synced", "Updating", _AWAITED)
    elif permitted.drifted:
        findings.holds("Synced", "Drifted")
    else:
        findings.holds("Synced", "Synced")
        findings.fields["lastSync"] = LastSync(spec_hash=spec_hash).to_kubernetes()
