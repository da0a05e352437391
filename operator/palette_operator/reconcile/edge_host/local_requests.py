"""What is asked of an air-gapped host once, through its own API: reboot, reset, shutdown."""

from __future__ import annotations

import logging

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.one_shot import OneShot
from palette_operator.edge.client import EdgeClient
from palette_operator.kube.objects import Body
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.intent import objection_to_writing
from palette_operator.reconcile.one_shots import take_requests

logger = logging.getLogger(__name__)

_DONE = {
    OneShot.REBOOT: ("RebootRequested", "asked the host to reboot"),
    OneShot.RESET: ("ResetRequested", "asked the host to reset itself"),
    OneShot.SHUTDOWN: ("ShutdownRequested", "asked the host to shut down"),
}


class LocalRequests:
    """Does what is asked of a host once: at most once. A host that is in a cluster is rebooted, but never reset."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def answer(self, key: ObjectKey, body: Body, seen: LocalHostSeen, findings: Findings) -> None:
        """Do what was asked for and is due, or tell why not. Call it last, for a host that answers."""
        client = self._context.local_hosts.client(key)
        if client is None:
            return

        async def may_not_write() -> str:
            return objection_to_writing(body, "the host")

        async def may_not_reset() -> str:
            return objection_to_writing(body, "the host") or await self._use(client, seen)

        context = self._context
        due = await take_requests(context, key, findings, (OneShot.RESET,), may_not_reset)
        due += await take_requests(context, key, findings, (OneShot.REBOOT, OneShot.SHUTDOWN), may_not_write)
        for action in due:
            await self._do(client, action, findings)
        if due:
            self._context.local_hosts.look_now(key)

    async def _use(self, client: EdgeClient, seen: LocalHostSeen) -> str:
        """Say which cluster uses the host. Read anew: what was seen may be a minute old."""
        cluster = await client.cluster()
        holder = self._context.reservations.holder(seen.info.uid)
        used_by = f"cluster {cluster.name}" if cluster is not None else str(holder or "")
        return f"edge host {seen.info.uid} is used by {used_by}; take it out there first" if used_by else ""

    @staticmethod
    async def _do(client: EdgeClient, action: OneShot, findings: Findings) -> None:
        actions = {OneShot.REBOOT: client.reboot, OneShot.RESET: client.reset, OneShot.SHUTDOWN: client.shutdown}
        try:
            with logs.acting(logger, f"{action.value.capitalize()}Host", f"{action.value} the host"):
                await actions[action]()
        except ReconcileError as error:
            unsure = "; whether it was done is not known" if isinstance(error, Unavailable) else ""
            findings.tell("Warning", "RequestFailed", f"{action.value}: {error.message}{unsure}; it is not tried again")
        else:
            findings.tell("Normal", *_DONE[action])
