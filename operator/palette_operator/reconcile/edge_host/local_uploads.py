"""Files of an air-gapped host: brought onto it once, and again when they change, without a reconciler waiting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from palette_operator.domain.actions import UploadToHost
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.one_shot import OneShot
from palette_operator.domain.resources import EdgeHost, LocalUpload, UploadStatus
from palette_operator.domain.upload_plan import DesiredUpload, plan_uploads, remembered
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.local_hosts.payloads import Delivery, Payload, deliver, read_upload
from palette_operator.reconcile.looking import is_requested


@dataclass(frozen=True, slots=True)
class UploadsLook:
    """What is known of a host's files now."""

    actions: tuple[UploadToHost, ...] = ()
    """To be begun, where that is allowed."""
    under_way: tuple[str, ...] = ()
    """Names of those that are on their way."""
    failure: ReconcileError | None = None
    """Why one of them is not on the host."""
    look_again_s: float | None = None
    """When one that failed may be begun again."""
    status: tuple[UploadStatus, ...] = field(default=())


class HostUploads:
    """Decides which files of `spec.local.uploads` are to be sent, and has them sent in the background."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def look(self, key: ObjectKey, resource: EdgeHost, seen: LocalHostSeen) -> UploadsLook:
        """Compare what the spec names, as it is now, with what was sent. Never raises a ReconcileError."""
        spec = resource.spec.local.uploads if resource.spec.local else ()
        wanted, unreadable = await self._wanted(key, resource, spec, seen.info.uid)
        transfers = self._context.transfers
        if unreadable is None:
            transfers.retain(key, {each.hash for each in wanted})
        if is_requested(resource):
            transfers.hurry(key)
        states = {each.hash: transfers.state(key, each.hash) for each in wanted}
        arrived = {hash_: state.arrived for hash_, state in states.items() if state.arrived is not None}
        status = remembered(spec, wanted, resource.status.uploads, arrived)
        waiting = {hash_: state for hash_, state in states.items() if hash_ not in {each.hash for each in status}}
        not_now = {hash_ for hash_, state in waiting.items() if state.under_way or state.rests_s}
        # What fails for good is told of on while it is tried again: nothing has changed.
        failing = (s.failure for s in waiting.values() if s.failure and (s.rests_s or isinstance(s.failure, Stalled)))
        return UploadsLook(
            actions=plan_uploads(seen.info.uid, wanted, status, not_now),
            under_way=tuple(each.name for each in wanted if each.hash in waiting and waiting[each.hash].under_way),
            failure=unreadable or next(failing, None),
            look_again_s=min((state.rests_s for state in waiting.values() if state.rests_s), default=None),
            status=status,
        )

    def begin(self, key: ObjectKey, resource: EdgeHost, action: UploadToHost) -> None:
        """Have a file sent in the background; the host's key is woken when it has arrived, or failed."""
        local = resource.spec.local
        upload = next((each for each in local.uploads if each.name == action.name), None) if local else None
        if local is not None and upload is not None:
            hash_of = partial(self._hash, resource, upload, action.uid)
            delivery = Delivery(key.namespace, local, upload, action, hash_of)
            self._context.transfers.begin(key, action.hash, partial(deliver, self._context, delivery))

    def break_off(self, key: ObjectKey) -> None:
        """Send nothing more to a host, what is on its way included."""
        self._context.transfers.retain(key, ())

    async def _wanted(
        self, key: ObjectKey, resource: EdgeHost, spec: Sequence[LocalUpload], uid: HostUid
    ) -> tuple[list[DesiredUpload], ReconcileError | None]:
        wanted: list[DesiredUpload] = []
        failure: ReconcileError | None = None
        for upload in spec:
            try:
                payload = await read_upload(self._context.api, key.namespace, upload)
            except ReconcileError as error:
                failure = failure or error
            else:
                hash_ = self._hash(resource, upload, uid, payload)
                wanted.append(DesiredUpload(upload.name, upload.kind, hash_))
        return wanted, failure

    def _hash(self, resource: EdgeHost, upload: LocalUpload, uid: HostUid, payload: Payload) -> str:
        """Return what a file is remembered by. A reset takes uploads from a host, so those before it do not count."""
        last_reset = resource.status.last_handled_requests.get(OneShot.RESET.value, "")
        return fingerprint(self._context.hash_key, uid, last_reset, upload.name, upload.kind, *payload.digests)
