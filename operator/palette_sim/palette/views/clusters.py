"""Clusters as Palette shows them. Source: Palette OpenAPI 4.9, v1SpectroCluster, v1SpectroClusterVariables."""

from palette_sim.common.clock import UNSET_TIME, timestamp
from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.palette.views.meta import profile_template
from palette_sim.palette.views.rows import cluster_meta
from palette_sim.palette.world.records import CLOUD_TYPE, AttachedProfile, Cluster, Condition, PackStatus

MASK = "********"


def spectro_cluster(cluster: Cluster, *, modified_s: float, with_status: bool) -> JsonObject:
    """Write v1SpectroCluster, which has no health."""
    body: JsonObject = {
        "apiVersion": "cluster.spectrocloud.com/v1alpha1",
        "kind": "SpectroCluster",
        "metadata": cluster_meta(cluster, modified_s),
        "spec": {
            "cloudConfigRef": {"kind": "EdgeNativeCloudConfig", "name": cluster.name, "uid": cluster.cloud_config_uid},
            "cloudType": CLOUD_TYPE,
            "clusterConfig": cluster.cluster_config,
            "clusterProfileTemplates": [
                profile_template(attached.version, attached.pack_values) for attached in cluster.profiles
            ],
            "clusterType": "PureManage",
        },
    }
    if with_status:
        body["status"] = cluster_status(cluster)
    return body


def cluster_status(cluster: Cluster) -> JsonObject:
    """Write v1SpectroClusterStatus."""
    status: JsonObject = {
        "abortTimestamp": UNSET_TIME,
        "addOnServices": [],
        "apiEndpoints": [{"host": host, "port": port} for host, port in cluster.api_endpoints],
        "conditions": [condition_view(condition) for condition in cluster.conditions.values()],
        "fips": {"mode": "none"},
        "packs": [_pack_status(status) for status in cluster.packs],
        "profileStatus": {"hasUserMacros": False},
        "services": [],
        "spcApply": spc_apply(cluster),
        "state": cluster.state,
        "upgrades": [],
    }
    if cluster.repave_state:
        status["repave"] = {"state": cluster.repave_state}
    return status


def spc_apply(cluster: Cluster) -> JsonObject:
    """Write v1SpcApply."""
    apply = cluster.spc_apply
    return {
        "actionType": apply.action_type,
        "canBeApplied": apply.can_be_applied,
        "lastModifiedTime": timestamp(apply.modified_s),
        "patchAppliedTime": timestamp(apply.applied_s),
    }


def condition_view(condition: Condition) -> JsonObject:
    """Write v1ClusterCondition."""
    return {
        "lastProbeTime": timestamp(condition.since_s),
        "lastTransitionTime": timestamp(condition.since_s),
        "message": condition.message,
        "reason": condition.type,
        "status": condition.status,
        "type": condition.type,
    }


def cluster_variables(attached: AttachedProfile) -> JsonObject:
    """Write v1SpectroClusterVariables of one profile; values of sensitive variables come masked."""
    variables: list[Json] = []
    for variable in attached.version.variables:
        value = attached.value_of(variable)
        variables.append(
            {
                "defaultValue": MASK if variable.sensitive and variable.default else variable.default,
                "description": "",
                "displayName": variable.name,
                "format": variable.format,
                "hidden": variable.hidden,
                "immutable": variable.immutable,
                "isSensitive": variable.sensitive,
                "name": variable.name,
                "regex": variable.regex,
                "required": variable.required,
                "value": MASK if variable.sensitive and value else value,
            }
        )
    return {"profileUid": attached.version.uid, "variables": variables}


def attached_profile(attached: AttachedProfile) -> JsonObject:
    """Write v1SpectroClusterProfile."""
    version = attached.version
    return {
        "metadata": {"name": version.name, "uid": version.uid, "labels": dict(version.profile.labels)},
        "spec": {
            "cloudType": version.profile.cloud_type,
            "packs": [
                {
                    "metadata": {"name": pack.name},
                    "spec": {
                        "layer": pack.layer,
                        "name": pack.name,
                        "type": pack.type,
                        "values": attached.pack_values.get(pack.name, pack.values),
                        "version": pack.version,
                    },
                }
                for pack in version.packs
            ],
            "type": version.profile.type,
            "version": 1,
        },
    }


def _pack_status(status: PackStatus) -> JsonObject:
    condition: JsonObject = {
        "lastProbeTime": timestamp(status.since_s),
        "lastTransitionTime": timestamp(status.ended_s or status.since_s),
        "message": "",
        "reason": status.condition,
        "status": "True",
        "type": status.condition,
    }
    return {
        "condition": condition,
        "endTime": timestamp(status.ended_s),
        "manifests": [],
        "name": status.name,
        "profileUid": status.profile_uid,
        "services": [],
        "startTime": timestamp(status.since_s),
        "type": status.type,
        "version": status.version,
    }
