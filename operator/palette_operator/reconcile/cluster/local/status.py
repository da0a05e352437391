"""What the status of a local cluster says, where it differs from that of others. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.local import LocalCertificates, LocalCluster
from palette_operator.domain.local_view import hosts_in
from palette_operator.domain.observed import ClusterDetail
from palette_operator.domain.resources import ProfileStatus
from palette_operator.reconcile.cluster.status import pool_fields, profile_summary, without_empty


def wanted_fields(
    cluster: DesiredCluster,
    local: LocalCluster | None,
    detail: ClusterDetail | None,
    before: Sequence[ProfileStatus] = (),
) -> dict[str, Any]:
    """Return the status fields that set what is wanted beside what is there; `local` None: nothing is there yet.

    What was applied `before` still runs while hosts restart into another definition.
    """
    running = {profile.name: profile.applied for profile in before}
    if local is not None and detail is not None and local.state == "Running" and not local.is_reboot_pending:
        running |= {profile.name: profile.version for profile in detail.profiles}
    profiles = [
        without_empty({"name": p.name, "desired": p.version, "applied": running.get(p.name, ""), "uid": p.uid})
        for p in cluster.profiles
    ]
    hosts = hosts_in(local) if local is not None else frozenset()
    return {
        "profiles": profiles,
        "profileSummary": profile_summary(profiles),
        "definitionPath": cluster.definition or None,
    } | pool_fields(cluster, hosts)


def expiry_fields(certificates: LocalCertificates | None) -> dict[str, Any]:
    """Return when the first certificate expires, where the host tells it in a form that is a time."""
    if certificates is None:
        return {}
    times = [at for each in certificates.certificates if (at := _moment(each.expires)) is not None]
    return {"certificatesExpireAt": min(times).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if times else None}


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
