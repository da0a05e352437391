"""What is asked of a local cluster once: that its certificates are renewed."""

from __future__ import annotations

import logging

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local import LocalCluster
from palette_operator.domain.one_shot import OneShot
from palette_operator.domain.plan import UPDATABLE_STATES
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.intent import objection_to_writing
from palette_operator.reconcile.one_shots import take_requests

logger = logging.getLogger(__name__)


async def answer_requests(
    context: Context, key: ObjectKey, client: EdgeClient, local: LocalCluster, findings: Findings
) -> bool:
    """Do what was asked for and is due, at most once, or tell why not; return whether anything was done.

    Call it last, for a cluster that is ours.
    """

    async def objection() -> str:
        if local.state not in UPDATABLE_STATES:
            return f"the cluster is {local.state or 'not reported yet'}: ask again once it runs"
        return objection_to_writing(context.objects.get(key) or {}, "the hosts of the cluster")

    if not await take_requests(context, key, findings, (OneShot.RENEW_CERTIFICATES,), objection):
        return False
    try:
        with logs.acting(logger, "RenewCertificates", "renew the certificates"):
            await client.renew_certificates()
    except ReconcileError as error:
        unsure = "; whether it was done is not known" if isinstance(error, Unavailable) else ""
        said = f"{OneShot.RENEW_CERTIFICATES.value}: {error.message}{unsure}; it is not tried again"
        findings.tell("Warning", "RequestFailed", said)
    else:
        findings.tell("Normal", "CertificatesRenewed", "asked the cluster to renew its certificates")
    return True
