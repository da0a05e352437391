"""What a cluster's status says, from what was observed and what was asked for. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from palette_operator.domain.actions import Action, ApplyDefinition, ApplyProfiles, CreatePool, SetVariables, UpdatePool
from palette_operator.domain.conditions import Condition, false, true, unknown
from palette_operator.domain.desired import DesiredCluster, DesiredPool
from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.marks import MARK_LABELS
from palette_operator.domain.observed import ClusterDetail, ClusterRow, ObservedCluster
from palette_operator.domain.plan import Memory
from palette_operator.domain.resources import ClusterStatus, LastSync
from palette_operator.domain.resources.cluster_status import ProfileStatus
from palette_operator.reconcile.cluster.references import Resolved

# A pack has reached the cluster in these conditions. Source: Palette docs, "Cluster Status", pack layers.
_ARRIVED = frozenset({"Ready", "Installed", "UpgradeAvailable"})


def available(seen: ObservedCluster, who: str = "Palette", where: str = "in Palette") -> Condition:
    """Return Available from state and health, as `who` reports them of what is `where`."""
    failures = "; ".join(seen.detail.failures) if seen.detail else ""
    match seen.row.state, seen.row.health.lower():
        case "Running", "healthy":
            return true("Available", "Healthy", "the cluster runs and is healthy")
        case "Running", "":
            reason, message = "Provisioning", "the cluster runs; its health has not been reported yet"
        case "Running", "unhealthy":
            reason, message = "Unhealthy", failures or f"{who} reports the cluster as unhealthy"
        case "Running", _:
            return _not_known("health", seen.row.health, who)
        case "Error", _:
            reason, message = "ProvisioningFailed", failures or f"{who} reports an error; see its events"
        case "Deleting" | "Deleted", _:
            reason, message = "Deleting", f"the cluster is being deleted {where}"
        case ("Pending" | "Provisioning" | "Importing" | "") as state, _:
            reason, message = "Provisioning", f"{who} reports {state or 'no state yet'}"
        case state, _:
            return _not_known("state", state, who)
    return false("Available", reason, message)


def _not_known(what: str, word: str, who: str) -> Condition:
    """Take a word that is not known for no other one."""
    return unknown("Available", "UnknownState", f"{who} reports the {what} {word}, which is not known here")


def applied(cluster: DesiredCluster, detail: ClusterDetail | None) -> Condition:
    """Return Applied: whether every wanted profile runs on the cluster in the wanted version."""
    if detail is None:
        return false("Applied", "ApplyPending", "the cluster has not reported its profiles yet")
    for profile in cluster.profiles:
        packs = [pack for pack in detail.packs if pack.profile_uid == profile.uid]
        named = f"{profile.name} {profile.version}"
        failed = next((pack for pack in packs if pack.condition == "Error"), None)
        if failed is not None:
            return false("Applied", "ApplyFailed", f"pack {failed.name} of {named} failed: {failed.message}")
        waiting = [pack.name for pack in packs if pack.condition not in _ARRIVED]
        if not packs or waiting:
            what = f"packs {', '.join(waiting)} of {named}" if waiting else named
            return false("Applied", "ApplyPending", f"{what} have not reached the cluster yet")
    if detail.can_be_applied is False:
        return false("Applied", "ApplyPending", "a change of profiles has not reached the cluster yet")
    return true("Applied", "Applied", "every profile runs in the wanted version")


def observed_fields(seen: ObservedCluster) -> dict[str, Any]:
    """Return the status fields that follow from what Palette shows. None removes a field."""
    detail = seen.detail
    fields: dict[str, Any] = {
        "remoteState": seen.row.state or None,
        "health": seen.row.health or None,
        "cloudType": seen.row.cloud_type or None,
    }
    if detail is not None:
        fields |= {"kubernetesVersion": detail.kubernetes_version or None, "endpoint": detail.api_endpoint or None}
    return fields


def shows_less(detail: ClusterDetail, row: ClusterRow, before: ClusterStatus) -> bool:
    """Whether something is not shown that was before, or by the listing: it may have gone, or an answer lost it."""
    applied_before = {profile.name: profile.applied for profile in before.profiles}
    pairs = [
        (before.kubernetes_version, detail.kubernetes_version),
        (before.endpoint, detail.api_endpoint),
        (row.cloud_config_uid, detail.cloud_config_uid),
        *((applied_before.get(profile.name), profile.version) for profile in detail.profiles),
    ]
    return any(known and not shown for known, shown in pairs)


def desired_fields(
    cluster: DesiredCluster,
    detail: ClusterDetail | None,
    in_cluster: frozenset[HostUid],
    before: Sequence[ProfileStatus] = (),
) -> dict[str, Any]:
    """Return the status fields that set what is wanted beside what is there.

    `in_cluster` are the hosts that Palette lists as used by this cluster and healthy. What was applied `before` runs
    until all packs of another version have arrived: Palette does not show it beside that one.
    """
    attached = {p.name for p in detail.profiles} if detail else set()
    running = {p.name: p.applied for p in before if p.name in attached}
    running |= {p.name: p.version for p in detail.profiles if _has_arrived(detail, p.uid)} if detail else {}
    profiles = [
        without_empty({"name": p.name, "desired": p.version, "applied": running.get(p.name, "")})
        for p in cluster.profiles
    ]
    return {"profiles": profiles, "profileSummary": profile_summary(profiles)} | pool_fields(cluster, in_cluster)


def pool_fields(cluster: DesiredCluster, in_cluster: frozenset[HostUid]) -> dict[str, Any]:
    """Return the status fields of machine pools, wanted and ready."""
    pools = [_pool_fields(pool, in_cluster) for pool in cluster.pools]
    ready, wanted = sum(pool["ready"] for pool in pools), sum(pool["desired"] for pool in pools)
    return {"machinePools": pools, "nodesSummary": f"{ready}/{wanted}"}


def _has_arrived(detail: ClusterDetail, uid: str) -> bool:
    packs = [pack for pack in detail.packs if pack.profile_uid == uid]
    return bool(packs) and all(pack.condition in _ARRIVED for pack in packs)


def _pool_fields(pool: DesiredPool, in_cluster: frozenset[HostUid]) -> dict[str, Any]:
    hosts = [host.uid for host in pool.hosts]
    return {
        "name": pool.name,
        "desired": len(hosts),
        "ready": sum(1 for host in hosts if host in in_cluster),
        "hosts": hosts,
    }


def profile_summary(profiles: Sequence[dict[str, Any]]) -> str | None:
    """Return the first profile's version, or `old->new` while it changes: the first is the infrastructure's."""
    if not profiles:
        return None
    wanted, there = str(profiles[0]["desired"]), str(profiles[0].get("applied", ""))
    return wanted if there in {"", wanted} else f"{there}->{wanted}"


def without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that say something."""
    return {name: value for name, value in fields.items() if value}


def memory_of(status: ClusterStatus) -> Memory:
    """Return what the status remembers of what we put into Palette."""
    last = status.last_sync or LastSync()
    return Memory(
        tags=frozenset(status.managed.tags),
        profiles=frozenset(status.managed.profiles),
        pools=frozenset(status.managed.pools),
        upgrade_skipping_pools=frozenset(status.managed.upgrade_skipping_pools),
        variables_hash=last.variables_hash,
        packs_hash=last.packs_hash,
        spec_hash=last.spec_hash,
    )


def managed_fields(cluster: DesiredCluster) -> dict[str, Any]:
    """Return what we manage when all of the spec is in Palette."""
    return {
        "managed": without_empty(
            {
                "tags": sorted(key for key in cluster.labels if key not in MARK_LABELS),
                "profiles": sorted(profile.name for profile in cluster.profiles),
                "pools": sorted(pool.name for pool in cluster.pools),
                "upgradeSkippingPools": sorted(pool.name for pool in cluster.pools if pool.skip_kubernetes_upgrade),
            }
        )
    }


def synced_fields(resolved: Resolved) -> dict[str, Any]:
    """Return the fields that remember a spec as brought into agreement."""
    return managed_fields(resolved.cluster) | {
        "lastSync": {
            "specHash": resolved.fingerprints.spec,
            "variablesHash": resolved.fingerprints.variables,
            "packsHash": resolved.fingerprints.packs,
        }
    }


def remembered(status: ClusterStatus, done: list[Action], resolved: Resolved) -> dict[str, Any]:
    """Return the fields that remember single writes, before all of the spec is in Palette."""
    before, wanted = memory_of(status), resolved.cluster
    last = status.last_sync or LastSync()
    hashes = {"specHash": last.spec_hash, "variablesHash": last.variables_hash, "packsHash": last.packs_hash}
    if any(isinstance(action, SetVariables | ApplyDefinition) for action in done):
        hashes["variablesHash"] = resolved.fingerprints.variables
    if any(isinstance(action, ApplyProfiles) for action in done):
        hashes["packsHash"] = resolved.fingerprints.packs
    return {
        "lastSync": without_empty(hashes),
        "managed": without_empty(
            {
                "tags": sorted(before.tags | {key for key in wanted.labels if key not in MARK_LABELS}),
                "profiles": sorted(before.profiles | {profile.name for profile in wanted.profiles}),
                "pools": sorted(before.pools | {pool.name for pool in wanted.pools}),
                "upgradeSkippingPools": sorted(_skipping_upgrades(before, done)),
            }
        ),
    }


def _skipping_upgrades(before: Memory, done: list[Action]) -> frozenset[str]:
    sent = [action.pool for action in done if isinstance(action, CreatePool | UpdatePool)]
    untouched = before.upgrade_skipping_pools - {pool.name for pool in sent}
    return untouched | {pool.name for pool in sent if pool.skip_kubernetes_upgrade}
