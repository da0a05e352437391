"""What a connection's status says of its fleet and its share of the limits."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from palette_operator.domain.holder import Holder
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.observed import ClusterRow, HostRow
from palette_operator.domain.resources import BucketStatus, ClusterCounts, CredentialStatus, HostCounts, ProjectStatus
from palette_operator.kube.objects import ObjectCache, connection_of
from palette_operator.palette.limiter import PrefixBudget
from palette_operator.reconcile.resource_metrics import holding_reason
from palette_operator.reconcile.sites import Link


def fleet_fields(link: Link, objects: ObjectCache, connection: str) -> dict[str, Any]:
    """Return the status fields of a working link. Nothing in them moves while the fleet stays as it is.

    Until every project was looked at, what the status said before stands: a restart is no news of the fleet.
    """
    snapshots = [project.fleet.snapshot for project in link.projects.values()]
    seen = [snapshot for snapshot in snapshots if snapshot is not None]
    if len(seen) < len(snapshots):
        return holder_fields(link.holder)
    clusters = [row for snapshot in seen for row in snapshot.clusters.values()]
    hosts = [row for snapshot in seen for row in snapshot.hosts.values()]
    host_counts = count_hosts(hosts)
    projects = sorted((project.project for project in link.projects.values()), key=lambda p: p.name)
    return {
        **holder_fields(link.holder),
        "projects": [ProjectStatus(name=p.name, uid=p.uid).to_kubernetes() for p in projects],
        "clusters": count_clusters(clusters).to_kubernetes(),
        "edgeHosts": host_counts.to_kubernetes(),
        "offline": host_counts.offline,
        "held": _held(objects, connection),
        "budget": _budget(link, objects, connection),
        "sweepSeconds": max((p.sweeps.reported_s() for p in link.projects.values()), default=None),
    }


def holder_fields(holder: Holder | None) -> dict[str, Any]:
    """Return the status fields that say whose credential it is; none while nobody has asked."""
    if holder is None:
        return {}
    credential = CredentialStatus(
        type=holder.method,
        user_uid=holder.user_uid,
        organization=holder.organization,
        key_name=holder.key_name,
        expires_at=holder.expires_at,
    )
    return {"user": holder.user, "credential": credential.to_kubernetes()}


def _budget(link: Link, objects: ObjectCache, connection: str) -> list[dict[str, Any]]:
    """Return every prefix used so far; one that was not used since a restart stays as it was last said."""
    before = objects.get(ObjectKey("PaletteConnection", "", connection)) or {}
    rows = {row["prefix"]: row for row in (before.get("status") or {}).get("budget") or ()}
    for budget in link.client.transport.limiter.budget():
        rows[budget.prefix] = BucketStatus(
            prefix=budget.prefix,
            per_second=f"{told_per_second(budget):g}",
            documented_per_second=int(budget.documented_per_second),
        ).to_kubernetes()
    return [rows[prefix] for prefix in sorted(rows)]


def told_per_second(budget: PrefixBudget) -> float:
    """Return a rate that is worth telling: what a rival leaves moves a little all the time."""
    if not budget.has_rival:
        return budget.steady_per_second
    tenths = max(1, math.floor(10 * budget.steady_per_second / budget.documented_per_second))
    return tenths * budget.documented_per_second / 10


def count_clusters(rows: list[ClusterRow]) -> ClusterCounts:
    """Count clusters by state; ready are those that run and are healthy."""
    states = Counter(row.state for row in rows)
    return ClusterCounts(
        total=len(rows),
        ready=sum(1 for row in rows if row.state == "Running" and row.health.lower() == "healthy"),
        running=states["Running"],
        provisioning=states["Provisioning"] + states["Pending"],
        deleting=states["Deleting"],
        failed=states["Error"],
    )


def count_hosts(rows: list[HostRow]) -> HostCounts:
    """Count edge hosts by state; offline are those that were heard of once and are not healthy now."""
    states = Counter(row.state for row in rows)
    return HostCounts(
        total=len(rows),
        ready=states["ready"],
        in_use=states["in-use"],
        unpaired=states["unpaired"],
        offline=sum(1 for row in rows if row.state != "unpaired" and row.health.lower() == "unhealthy"),
    )


def _held(objects: ObjectCache, connection: str) -> int:
    """Count the resources of a connection whose changes or deletion are held back."""
    return sum(
        1
        for kind in ("PaletteCluster", "EdgeHost")
        for body in objects.of_kind(kind)
        if connection_of(body) == connection and holding_reason(body)
    )
