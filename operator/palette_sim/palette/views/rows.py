"""The rows of the searches: what they show and what they can be searched by.

Source: Palette OpenAPI 4.9, v1SpectroClusterSummary, v1SpectroClusterMetaSummary, v1EdgeHostsMetadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.views.hosts import (
    EDGE_HOST_TYPE,
    host_address,
    host_device,
    host_meta,
    host_status,
    mac_address,
)
from palette_sim.palette.views.meta import AGENT_VERSION, object_meta, profile_template_meta, project_meta
from palette_sim.palette.world.records import (
    CLOUD_TYPE,
    AttachedProfile,
    Cluster,
    ClusterState,
    EdgeHost,
    Labels,
    Machine,
    Pool,
    Project,
    tag_texts,
)


@dataclass(frozen=True, slots=True)
class SearchRow:
    """A cluster or a host as the search saw it; `body` is what is sent, less what heartbeats change."""

    uid: str
    name: str
    project_uid: str
    state: str
    health: str
    arch: str
    environment: str
    is_deleted: bool
    labels: Labels
    created_s: float
    modified_s: float
    beating_since_s: float | None
    body: JsonObject = field(repr=False)


def host_row(host: EdgeHost, project: Project, cluster: Cluster | None) -> SearchRow:
    """Write a host's row."""
    body: JsonObject = {
        "metadata": host_meta(host, host.modified_s),
        "spec": {
            "clusterProfileTemplates": [],
            "device": host_device(host),
            "host": {"hostAddress": host_address(host), "macAddress": mac_address(host)}
            if host.paired_s is not None
            else {},
            "projectMeta": project_meta(project),
            "type": EDGE_HOST_TYPE,
        },
        "status": host_status(host, cluster),
    }
    return SearchRow(
        uid=host.uid,
        name=host.name,
        project_uid=host.project_uid,
        state=host.state,
        health=host.health,
        arch=host.arch,
        environment=EDGE_HOST_TYPE,
        is_deleted=False,
        labels=dict(host.labels),
        created_s=host.created_s,
        modified_s=host.modified_s,
        beating_since_s=host.paired_s,
        body=body,
    )


def cluster_row(cluster: Cluster, project: Project, hosts: Mapping[str, EdgeHost]) -> SearchRow:
    """Write a cluster's row: with the sizes of its pools but not their names, profile uids but not their versions."""
    profiles: list[AttachedProfile] = cluster.profiles
    spec_summary: JsonObject = {
        "archTypes": [*sorted({hosts[uid].arch for uid in cluster.host_uids if uid in hosts})],
        "cloudConfig": {
            "cloudType": CLOUD_TYPE,
            "machinePools": [_pool_meta(pool, hosts) for pool in cluster.pools.values()],
            "uid": cluster.cloud_config_uid,
        },
        "clusterProfileTemplates": [profile_template_meta(attached) for attached in profiles],
        "projectMeta": project_meta(project),
    }
    timezone = cluster.cluster_config.get("timezone")
    if timezone:
        spec_summary["clusterConfig"] = {"timezone": timezone}
    return SearchRow(
        uid=cluster.uid,
        name=cluster.name,
        project_uid=cluster.project_uid,
        state=cluster.state,
        health=cluster.health,
        arch="",
        environment=CLOUD_TYPE,
        is_deleted=cluster.state is ClusterState.DELETED,
        labels=dict(cluster.labels),
        created_s=cluster.created_s,
        modified_s=cluster.modified_s,
        beating_since_s=None if cluster.is_going else cluster.running_s,
        body={
            "metadata": cluster_meta(cluster, cluster.modified_s),
            "specSummary": spec_summary,
            "status": _summary_status(cluster, hosts),
        },
    )


def cluster_meta(cluster: Cluster, modified_s: float) -> JsonObject:
    """Write the cluster's v1ObjectMeta."""
    return object_meta(
        uid=cluster.uid,
        name=cluster.name,
        labels=cluster.labels,
        created_s=cluster.created_s,
        modified_s=modified_s,
        deleted_s=cluster.deleting_s,
        annotations=cluster.annotations,
    )


def light_row(row: SearchRow, project: Project) -> JsonObject:
    """Write a cluster's row in the lighter form, v1SpectroClusterMetaSummary."""
    return {
        "metadata": row.body["metadata"],
        "specSummary": {
            "cloudType": row.environment,
            "clusterType": "PureManage",
            "projectMeta": project_meta(project),
            "tags": [*tag_texts(row.labels)],
        },
        "status": {"health": {"isHeartBeatFailed": False, "state": row.health}, "state": row.state},
    }


def _pool_meta(pool: Pool, hosts: Mapping[str, EdgeHost]) -> JsonObject:
    return {
        "cloudType": CLOUD_TYPE,
        "healthy": sum(_is_well(machine, hosts) for machine in pool.machines.values()),
        "isControlPlane": pool.is_control_plane,
        "labels": [*pool.config.labels],
        "maintenanceMode": 0,
        "size": pool.config.size,
    }


def _is_well(machine: Machine, hosts: Mapping[str, EdgeHost]) -> bool:
    host = hosts.get(machine.host_uid)
    return machine.state == "Running" and host is not None and not host.illness


def _summary_status(cluster: Cluster, hosts: Mapping[str, EdgeHost]) -> JsonObject:
    status: JsonObject = {
        "fips": {"mode": "none"},
        "notifications": {"isAvailable": False},
        "state": cluster.state,
    }
    if cluster.running_s is not None and not cluster.is_going:
        ill = [hosts[uid] for uid in sorted(cluster.host_uids) if uid in hosts and hosts[uid].illness]
        status["health"] = {
            "agentVersion": AGENT_VERSION,
            "conditions": [
                {
                    "message": host.illness,
                    "relatedObject": {"kind": "edgehost", "name": host.name, "uid": host.uid},
                    "type": "EdgeHostHealthy",
                }
                for host in ill
            ],
            "state": cluster.health,
        }
    if cluster.repave_state:
        status["repave"] = {"state": cluster.repave_state}
    return status
