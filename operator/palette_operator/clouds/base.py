"""What the request bodies of all clouds have in common.

Source: Palette OpenAPI 4.9, v1MachinePoolConfigEntity and v1SpectroClusterProfileEntity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from palette_operator.domain.actions import ProfileChange
from palette_operator.domain.desired import DesiredCluster, DesiredPack, DesiredPool, DesiredProfile

Body: TypeAlias = dict[str, Any]


def without_unset(body: Mapping[str, Any]) -> Body:
    """Return the body without fields that are None, empty text or empty lists; False and 0 stay."""
    return {key: value for key, value in body.items() if value is not None and value not in ("", [], {})}


def cluster_metadata(cluster: DesiredCluster) -> Body:
    """Return a create body's metadata: name, labels (our mark among them) and the description as an annotation."""
    return without_unset(
        {
            "name": cluster.name,
            "labels": dict(cluster.labels),
            "annotations": without_unset({"description": cluster.description}),
        }
    )


def profile_entity(change: ProfileChange) -> Body:
    """Return one entry of a `profiles` list; `replaceWithProfile` is the uid that makes room for this one."""
    profile = change.profile
    return without_unset(
        {
            "uid": profile.uid,
            "replaceWithProfile": change.replaces,
            "packValues": [_pack(pack) for pack in profile.packs],
            "variables": variables(profile),
        }
    )


def variables(profile: DesiredProfile) -> list[Body]:
    """Return a profile's variables; values always travel as text."""
    return [{"name": variable.name, "value": variable.value} for variable in profile.variables]


def variables_body(profiles: tuple[DesiredProfile, ...]) -> list[Body]:
    """Return the body of `PATCH /v1/spectroclusters/{uid}/variables`."""
    return [{"profileUid": profile.uid, "variables": variables(profile)} for profile in profiles]


def _pack(pack: DesiredPack) -> Body:
    manifests = [{"name": manifest.name, "content": manifest.content} for manifest in pack.manifests]
    return without_unset(
        {"name": pack.name, "type": pack.type, "tag": pack.tag, "values": pack.values, "manifests": manifests}
    )


def pool_config(pool: DesiredPool) -> Body:
    """Return a pool's `poolConfig`: all of a pool that is the same in every cloud."""
    strategy = pool.update_strategy
    return without_unset(
        {
            "name": pool.name,
            "size": len(pool.hosts),
            "labels": ["control-plane"] if pool.control_plane else ["worker"],
            "isControlPlane": pool.control_plane,
            "useControlPlaneAsWorker": pool.control_plane_as_worker,
            "additionalLabels": dict(pool.labels),
            "taints": [{"key": t.key, "value": t.value, "effect": t.effect} for t in pool.taints],
            "machinePoolProperties": without_unset({"archType": pool.arch}),
            "nodeRepaveInterval": pool.node_repave_interval_s or None,
            "skipK8sUpgrade": "enabled" if pool.skip_kubernetes_upgrade else None,
            "updateStrategy": without_unset(
                {
                    "type": strategy.type,
                    "maxSurge": strategy.max_surge,
                    "maxUnavailable": strategy.max_unavailable,
                }
            ),
        }
    )
