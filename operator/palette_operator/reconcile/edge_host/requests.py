"""What is asked of an edge host once, through Palette: a reset."""

from __future__ import annotations

import logging

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.domain.observed import HostRow
from palette_operator.domain.one_shot import OneShot
from palette_operator.kube.objects import Body
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.intent import is_suspended
from palette_operator.reconcile.one_shots import take_requests
from palette_operator.reconcile.sites import Site

logger = logging.getLogger(__name__)

OFFERED = (OneShot.RESET,)


class HostRequests:
    """Does what is asked of a device once: at most once, and never while a cluster uses it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def answer(self, key: ObjectKey, body: Body, site: Site, uid: HostUid, findings: Findings) -> None:
        """Do what was asked for and is due, or tell why not. Call it last, for a host that is ours."""

        async def objection() -> str:
            # Read anew: the listing may be a minute old, and a cluster may have taken the device since.
            row = await site.client.get_host(site.scope, uid)
            return _objection(body, row, str(self._context.reservations.holder(uid) or ""))

        if await take_requests(self._context, key, findings, OFFERED, objection):
            await self._reset(uid, site, findings)

    async def _reset(self, uid: HostUid, site: Site, findings: Findings) -> None:
        try:
            with logs.acting(logger, "ResetHost", f"reset edge host {uid}"):
                await site.client.reset_host(site.scope, uid)
        except ReconcileError as error:
            unsure = "; whether it was done is not known" if isinstance(error, Unavailable) else ""
            findings.tell("Warning", "RequestFailed", f"reset: {error.message}{unsure}; it is not tried again")
            return
        findings.tell("Normal", "ResetRequested", f"asked Palette to reset edge host {uid}")
        site.fleet.request_pass()


def _objection(body: Body, row: HostRow | None, holder: str) -> str:
    """Say why the device is not reset; "" when it may be."""
    mode = (body.get("spec") or {}).get("mode", "Manage")
    if mode != "Manage":
        return f"spec.mode is {mode}: nothing is written to Palette"
    if is_suspended(body):
        return "suspended: nothing is written to Palette"
    if row is None or row.state == "unpaired":
        return "Palette has no contact with the device"
    if row.cluster_uid:
        used_by = row.cluster_name or row.cluster_uid
        return f"edge host {row.uid} is used by cluster {used_by}; take it out there first"
    if holder:
        return f"edge host {row.uid} is chosen by {holder}; take it out there first"
    return ""
