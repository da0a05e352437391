"""Creating a local cluster, with a read before each attempt.

A host has one cluster at most, so that creating twice cannot make two. What is guarded here is that a create whose
answer was lost is followed by reads, and that two of our leaders never both send one.

    read: no cluster -> pendingOperation written (the fence) -> POST -> the next look finds it
"""

from __future__ import annotations

import logging
from datetime import timedelta

from palette_operator import logs
from palette_operator.clouds.edge_local import configuration
from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.errors import ReconcileError, Unavailable, Waiting
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources import PaletteCluster
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile.cluster.creation import pending_create
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet

logger = logging.getLogger(__name__)

# `startedAt` is written in whole seconds.
_ROUNDING_S = 1.0


async def create(
    context: Context,
    client: EdgeClient,
    resource: PaletteCluster,
    desired: DesiredCluster,
    findings: Findings,
) -> None:
    """Send the POST behind its fence, once a read has shown that the host has no cluster.

    Raises NotSeenYet when there is one meanwhile, Waiting while there may be; Conflict, with nothing sent, when the
    resource changed;
    Unavailable when the answer was lost: then `pendingOperation` stays, and no other POST is sent before it settled.
    """
    if await client.cluster() is not None:
        message = "the host has a cluster since it was last looked at"
        raise NotSeenYet("CreateResultUnknown", message, retry_after_s=1.0)
    _check_settled(context, resource)
    key = ObjectKey("PaletteCluster", resource.metadata.namespace, resource.metadata.name)
    findings.fence = await context.finalizer.add(key, seen=resource.metadata.resource_version)
    body = configuration(desired)
    pending = pending_create(context.now, fingerprint(context.hash_key, body))
    findings.fields["pendingOperation"] = pending
    findings.fence = await context.reporter.write(key, findings, fence=findings.fence)
    try:
        with logs.acting(logger, "CreateCluster", f"create cluster {desired.name} on its hosts"):
            await client.create_cluster(body)
    except ReconcileError as error:
        if not isinstance(error, Unavailable) or error.reason == "RemoteRejected":
            findings.fields["pendingOperation"] = None  # refused in so many words, so nothing was created
        raise
    findings.tell("Normal", "Created", f"created cluster {desired.name}")


def _check_settled(context: Context, resource: PaletteCluster) -> None:
    """Raise Waiting while a create that was sent may still come to show."""
    pending = resource.status.pending_operation
    if pending is None or pending.verb != "create":
        return
    settled_at = pending.started_at + timedelta(seconds=context.settings.search_lag_s + _ROUNDING_S)
    left_s = (settled_at - context.now()).total_seconds()
    if left_s > 0:
        message = "whether the cluster exists is not certain yet; looking for it before it is created (again)"
        raise Waiting("CreateResultUnknown", message, retry_after_s=left_s)
