"""Creating a cluster exactly once, though Palette knows no idempotency keys and its search lags behind writes.

    complete fresh pass without it -> filtered search by name -> pendingOperation written (the fence)
        -> POST -> uid written

Killed anywhere in between, the next leader finds either no pendingOperation (nothing was sent) or one without a uid:
then the POST may have happened, and it is repeated only once `absence` is proven.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from palette_operator import logs
from palette_operator.clouds.edge_native import create_body
from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.errors import Stalled, Unavailable, Waiting
from palette_operator.domain.fingerprint import fingerprint
from palette_operator.domain.identifiers import ClusterUid, ObjectKey
from palette_operator.domain.observed import ClusterRow
from palette_operator.domain.ownership import Claim, Ownership, whose
from palette_operator.reconcile.cluster.absence import SENT_WITHIN
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Site, moment

logger = logging.getLogger(__name__)

_LOOK_AGAIN_S = 5.0


async def look_by_name(claim: Claim, site: Site, name: str) -> Ownership[ClusterRow]:
    """Ask Palette for clusters of this name, right now, and judge whose they are."""
    rows = await site.link.names.clusters(name)
    return whose(claim, [row for row in rows if row.state != "Deleted"], what=f"cluster {name!r}")


def pending_create(now: Callable[[], datetime], request_hash: str = "") -> dict[str, str]:
    """Return the `pendingOperation` that keeps every leader from creating before absence was proven anew."""
    pending = {"verb": "create", "startedAt": moment(now)}
    return pending | ({"requestHash": request_hash} if request_hash else {})


async def create(
    context: Context, site: Site, key: ObjectKey, desired: DesiredCluster, findings: Findings, *, seen: str
) -> ClusterRow:
    """Send the POST behind its fence and return the new cluster's row.

    The caller has shown that there is none, for the resource version that it has `seen`. Raises Conflict, with nothing
    sent, when the resource changed meanwhile or another leader is at work; Unavailable when the answer was lost: then
    `pendingOperation` stays.
    """
    holder = context.reservations.claim_name(key, site.project.uid, desired.name)
    if holder is not None:
        raise Stalled("OwnedByAnother", f"cluster {desired.name!r} is being created by {holder}; choose another name")
    body = create_body(desired)
    findings.fence = await context.finalizer.add(key, seen=seen)
    request_hash = fingerprint(context.hash_key, body)
    findings.fields["pendingOperation"] = pending_create(context.now, request_hash)
    send_by = context.monotonic() + SENT_WITHIN * context.settings.search_lag_s
    findings.fence = await context.reporter.write(key, findings, fence=findings.fence)
    left_s = send_by - context.monotonic()
    if left_s <= 0:
        # We stood still since, and another leader may have proven that there is none, and be creating it.
        raise Waiting(
            "CreateResultUnknown", "the create was begun too long ago to be sent", retry_after_s=_LOOK_AGAIN_S
        )
    try:
        with logs.acting(logger, "CreateCluster", f"create cluster {desired.name} in project {site.project.name}"):
            uid = await site.client.create_edge_native_cluster(site.scope, body, leave_within_s=left_s)
    except Unavailable:
        # It may have happened, as late as now: the fence stays, and the proof of absence begins anew.
        findings.fields["pendingOperation"] = pending_create(context.now, request_hash)
        raise
    except (Stalled, Waiting):
        findings.fields["pendingOperation"] = None  # refused, so nothing was created
        raise
    row = new_row(uid, desired, site, context.now())
    site.fleet.note_cluster(row)
    findings.fields |= {"uid": uid, "pendingOperation": None}
    findings.tell("Normal", "Created", f"created cluster {desired.name} in project {site.project.name}")
    return row


def new_row(uid: ClusterUid, desired: DesiredCluster, site: Site, now: datetime) -> ClusterRow:
    """Return the row of a cluster that was just created, until a listing shows it."""
    return ClusterRow(
        uid=uid,
        name=desired.name,
        project=site.project.uid,
        state="Pending",
        health="",
        labels=dict(desired.labels),
        profile_uids=tuple(profile.uid for profile in desired.profiles),
        cloud_type="edge-native",
        cloud_config_uid=None,
        repave_state="",
        created_at=now,
        modified_at=None,
    )
