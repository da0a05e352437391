"""An edge host through its own API: alone for an air-gapped one, beside Palette only to see more of it."""

from __future__ import annotations

import contextlib

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.resources import EdgeHost, InvalidSpec, immutable_values, parse_edge_host
from palette_operator.kube.objects import Body
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host.local_configuration import HostSettings
from palette_operator.reconcile.edge_host.local_requests import LocalRequests
from palette_operator.reconcile.edge_host.local_status import LOCAL_FIELDS, further_fields, local_fields
from palette_operator.reconcile.edge_host.local_uploads import HostUploads
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.intent import is_suspended, may_write
from palette_operator.reconcile.local_hosts.access import check_allowed, read_access
from palette_operator.reconcile.local_hosts.hosts import HostSighting
from palette_operator.reconcile.looking import is_requested, requested_at

# A Secret is not watched: this is how soon a corrected one is seen.
_SECRET_AGAIN_S = 10.0
_CREDENTIAL_REASONS = frozenset({"Unauthorized", "Forbidden", "CertificateInvalid"})
# The fleet wakes a host when it answers; this is only the safety net.
_FIRST_LOOK_S = 60.0


class LocalHost:
    """Looks after hosts that `spec.local` names."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._uploads = HostUploads(context)
        self._settings = HostSettings(context, self._uploads)
        self._requests = LocalRequests(context)

    async def keep(self, key: ObjectKey, body: Body, resource: EdgeHost, findings: Findings) -> None:
        """Make an air-gapped host match; raises a ReconcileError that says why it cannot."""
        findings.stage = "CredentialsValid"
        findings.fields |= {"lastHandledReconcileAt": requested_at(resource), "pinned": immutable_values(resource)}
        await self.enroll(key, resource)
        seen = self._answering(key, resource, findings)
        findings.holds("CredentialsValid", "Valid")
        findings.stage = "Connected"
        _check_device(resource, seen)
        findings.holds("Connected", "Healthy")
        self._describe(resource, seen, findings)
        if resource.spec.mode == "Observe" or is_suspended(body):
            self._uploads.break_off(key)
        if resource.spec.mode == "Observe":
            return
        findings.stage = "Synced"
        if may_write(body):
            # A cluster on the host is reached through it alone: the host must not go before the cluster.
            await self._context.finalizer.add(key)
        failure = await self._settings.converge(key, resource, seen, findings)
        await self._requests.answer(key, body, seen, findings)
        if failure is not None:
            raise failure

    async def accompany(self, key: ObjectKey, resource: EdgeHost, findings: Findings) -> None:
        """Add what a host in Palette shows through its own API. Never raises a ReconcileError: Palette decides."""
        if resource.spec.local is None:
            self._context.local_hosts.withdraw(key)
            findings.fields |= dict.fromkeys(LOCAL_FIELDS)
            return
        try:
            await self.enroll(key, resource)
            sighting = self._context.local_hosts.sighting(key)
            if sighting.failure is not None:
                raise sighting.failure
            if sighting.is_new or sighting.seen is None:
                return
            _check_device(resource, sighting.seen)
        except ReconcileError as error:
            findings.lacks("LocalReachable", error.reason, error.message)
            findings.look_again(_again_s(error, self._context.settings.resync_s))
        else:
            findings.holds("LocalReachable", "Healthy")
            findings.fields |= further_fields(sighting.seen)

    async def enroll(self, key: ObjectKey, resource: EdgeHost) -> None:
        """Let the fleet look at the host in the way that spec and Secrets say now.

        Raises a ReconcileError, with the host left alone from now on, when it may not be reached at all.
        """
        assert resource.spec.local is not None  # noqa: S101 - the caller looked
        if is_requested(resource):
            self._context.secrets.forget(key.namespace)
        try:
            check_allowed(self._context.settings)
            access = await read_access(self._context.secrets, key.namespace, resource.spec.local)
            self._context.local_hosts.enroll(key, access)
            if is_requested(resource):
                self._context.local_hosts.look_now(key)
        except (Stalled, Waiting):
            self._context.local_hosts.withdraw(key)
            raise

    async def stay(self, key: ObjectKey, body: Body) -> None:
        """Keep an eye on a host whose resource is to go, for those who still need it; as far as that is possible."""
        with contextlib.suppress(InvalidSpec, ReconcileError):
            await self.enroll(key, parse_edge_host(body))

    def _answering(self, key: ObjectKey, resource: EdgeHost, findings: Findings) -> LocalHostSeen:
        """Return what the host shows, or showed a moment ago; raises why there is nothing to go by."""
        sighting = self._context.local_hosts.sighting(key)
        failure = sighting.failure
        if isinstance(failure, Stalled):
            findings.look_again(_again_s(failure, self._context.settings.resync_s))
            raise failure
        has_answered = sighting.seen is not None or bool(resource.status.uid)
        if failure is not None and not (has_answered and self._may_pass(sighting, findings)):
            raise self._unreachable(failure, findings, has_answered=has_answered)
        if sighting.is_new or sighting.seen is None:
            raise NotSeenYet("AwaitingHost", "the host is being asked for the first time", retry_after_s=_FIRST_LOOK_S)
        return sighting.seen

    def _may_pass(self, sighting: HostSighting, findings: Findings) -> bool:
        """Whether the host has not been silent for longer than the grace period."""
        silent_s = self._context.monotonic() - sighting.failing_since
        left_s = self._context.settings.unreachable_after_s - silent_s
        if left_s > 0:
            findings.look_again(left_s)
        return left_s > 0

    def _unreachable(self, failure: ReconcileError, findings: Findings, *, has_answered: bool) -> Unavailable:
        findings.stage = "Connected"
        findings.look_again(self._context.settings.resync_s)
        # A host that answers with an error says itself what is wrong.
        advice = "" if failure.answer else "; check the host's power, its network and spec.local.endpoint"
        if not has_answered:
            return Unavailable("NeverConnected", failure.message + advice)
        findings.fields["health"] = "unhealthy"
        return Unavailable("Unreachable", failure.message + advice)

    def _describe(self, resource: EdgeHost, seen: LocalHostSeen, findings: Findings) -> None:
        before = resource.status
        if before.uid and before.uid != seen.info.uid:
            findings.tell(
                "Warning", "DeviceChanged", f"another device answers: {seen.info.uid}, before it {before.uid}"
            )
        findings.fields |= local_fields(seen, self._user(seen.info.uid), before)

    def _user(self, uid: HostUid) -> tuple[str, str] | None:
        """Return namespace and pool of the PaletteCluster that holds the host."""
        key = self._context.reservations.holder(uid)
        body = self._context.objects.get(key) if key else None
        if key is None or body is None:
            return None
        pools = (body.get("status") or {}).get("machinePools") or ()
        return key.namespace, next((pool["name"] for pool in pools if uid in pool.get("hosts", ())), "")


def _check_device(resource: EdgeHost, seen: LocalHostSeen) -> None:
    """Raise Stalled when another device answers than the spec is about."""
    known = resource.device_uid if resource.spec.connection_ref else resource.spec.uid
    if known and known != seen.info.uid:
        raise Stalled(
            "HostMismatch",
            f"the device at spec.local.endpoint is {seen.info.uid}, not {known}: correct the endpoint or spec.uid; "
            "nothing is sent to it",
        )


def _again_s(error: ReconcileError, resync_s: float) -> float:
    """Return when to look again after a failure that the fleet alone does not see the end of."""
    if isinstance(error, Waiting):
        return error.retry_after_s
    return _SECRET_AGAIN_S if error.reason in _CREDENTIAL_REASONS else resync_s
