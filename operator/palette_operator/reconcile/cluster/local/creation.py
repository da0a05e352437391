"""Creating a local cluster, with a read before each attempt.

A host has one cluster at most, so that creating twice cannot make two. What is guarded here is that a create whose
answer was lost is followed by reads, and that two of our leaders never both send one.

    read: no cluster -> pendingOperation written (the fence) -> POST -> the next look finds it
"""

from __future__ import annotations

import logging

from palette_operator import logs
from palette_operator.clouds.edge_local import configuration
from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.resources import PaletteCluster
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile.cluster.absence import Absence
from palette_operator.reconcile.cluster.creation import pending_create
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet

logger = logging.getLogger(__name__)


async def create(
    context: Context,
    client: EdgeClient,
    resource: PaletteCluster,
    desired: DesiredCluster,
    findings: Findings,
    *,
    absence: Absence,
) -> None:
    """Send the POST behind its fence, once a read has shown that the host has no cluster.

    Raises NotSeenYet when there is one meanwhile, Waiting while there may be; Conflict, with nothing sent, when the
    resource changed;
    Unavailable when the answer was lost: then `pendingOperation` stays, and no other POST is sent before it settled.
    """
    if await client.cluster() is not None:
        message = "the host has a cluster since it was last looked at"
        raise NotSeenYet("CreateResultUnknown", message, retry_after_s=1.0)
    key = ObjectKey("PaletteCluster", resource.metadata.namespace, resource.metadata.name)
    absence.check_settled(key, resource.status.pending_operation)
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
