"""What an air-gapped host should be: proxies, CAs and files, sent when they differ and when it is allowed."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from palette_operator import logs
from palette_operator.domain.actions import HostAction, SetHostConfiguration, UploadToHost
from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.local_host_plan import plan_local_host
from palette_operator.domain.observed import Unknown
from palette_operator.domain.policy import Permit, permit
from palette_operator.domain.resources import EdgeHost, LastSync, LocalConfiguration
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.local_uploads import HostUploads, UploadsLook
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.planning import circumstances_of, tell_plan

logger = logging.getLogger(__name__)

_AWAITED = "the settings were sent; the host is about to show them"


class HostSettings:
    """Makes the settings of a host what `spec.local.configuration` says, and brings the files onto it."""

    def __init__(self, context: Context, uploads: HostUploads) -> None:
        self._context = context
        self._uploads = uploads

    async def converge(
        self, key: ObjectKey, resource: EdgeHost, seen: LocalHostSeen, findings: Findings
    ) -> ReconcileError | None:
        """Send what differs, as far as it may be sent now. Raises a ReconcileError that says why it cannot be.

        Returns why a file is not on the host: all else is done nevertheless.
        """
        wanted = resource.spec.local.configuration if resource.spec.local else None
        spec_hash = fingerprint(self._context.hash_key, wanted.model_dump(mode="json") if wanted else None)
        settings = _plan(resource, wanted, seen)
        if settings and self._context.local_hosts.sighting(key).is_stale:
            # What was seen may be of before the last write: the look that was asked for then tells, and wakes us.
            findings.lacks("Synced", "Updating", _AWAITED)
            return None
        uploads = await self._uploads.look(key, resource, seen)
        findings.fields["uploads"] = [each.to_kubernetes() for each in uploads.status] or None
        actions: tuple[HostAction, ...] = (*settings, *uploads.actions)
        if actions and not seen.is_airgapped:
            raise _connected(seen)
        given = circumstances_of(resource, spec_hash, where="the host")
        permitted = permit(actions, given)
        tell_plan(findings, actions, permitted, given)
        for action in permitted.allowed:
            if isinstance(action, SetHostConfiguration):
                await self._send(key, action, findings)
            elif isinstance(action, UploadToHost):
                self._uploads.begin(key, resource, action)
        for arrived in (each for each in uploads.status if each not in resource.status.uploads):
            where = f"; it is at {arrived.path}" if arrived.path else ""
            findings.tell("Normal", "Uploaded", f"brought {arrived.name} onto the host{where}")
        if not settings:
            findings.fields["lastSync"] = LastSync(spec_hash=spec_hash).to_kubernetes()
        if uploads.look_again_s is not None:
            findings.look_again(uploads.look_again_s)
        _conclude(permitted, uploads, findings)
        return uploads.failure

    async def _send(self, key: ObjectKey, action: SetHostConfiguration, findings: Findings) -> None:
        client = self._context.local_hosts.client(key)
        if client is None:
            raise Unavailable("NeverConnected", f"{key} is not reached by the operator now")
        with logs.acting(logger, type(action).__name__, str(action)):
            await client.set_configuration(action.configuration)
        findings.tell("Normal", "Updated", str(action))
        self._context.local_hosts.look_now(key)


def _plan(resource: EdgeHost, wanted: LocalConfiguration | None, seen: LocalHostSeen) -> Sequence[SetHostConfiguration]:
    if wanted is None:
        return ()
    if isinstance(seen.configuration, Unknown):
        raise Unavailable("RemoteRejected", seen.configuration.why)
    return plan_local_host(seen.info.uid, wanted, seen.configuration, resource.spec.drift.ignore)


def _connected(seen: LocalHostSeen) -> Stalled:
    mode = seen.info.connection_mode or "not told"
    message = (
        f"edge host {seen.info.uid} is not air-gapped (connection mode {mode}), so its settings and content are left "
        "to Palette: make them there, and remove spec.local.configuration and spec.local.uploads"
    )
    return Stalled("HostIsConnected", message)


def _conclude(permitted: Permit, uploads: UploadsLook, findings: Findings) -> None:
    """Say whether the host is as asked; settings that were just sent are believed when they are seen."""
    held = next((each for each in permitted.withheld if each.reason != "Drifted"), None)
    sent = [action for action in permitted.allowed if isinstance(action, SetHostConfiguration)]
    begun = [action.name for action in permitted.allowed if isinstance(action, UploadToHost)]
    under_way = sorted({*uploads.under_way, *begun})
    if held is not None:
        findings.lacks("Synced", held.reason, held.message)
    elif sent:
        findings.lacks("Synced", "Updating", _AWAITED)
    elif under_way:
        findings.lacks("Synced", "Uploading", f"on the way to the host: {', '.join(under_way)}")
    elif permitted.drifted:
        findings.holds("Synced", "Drifted")
    else:
        findings.holds("Synced", "Synced")
