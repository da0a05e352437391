"""v1ClusterConfiguration, v1Cluster, its nodes and its certificates."""

import base64

import yaml

from palette_sim.common.clock import timestamp
from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.edge.bodies.clusters import Pool
from palette_sim.edge.call import written
from palette_sim.edge.config import KubeconfigForm
from palette_sim.edge.world.records import Cluster, Host, Node
from palette_sim.edge.world.world import World

_DISTRIBUTIONS = ("edge-k3s", "edge-rke2", "edge-k8s", "edge-canonical", "kubernetes")
_RENEWED_AT = 0.8
"""Of their life, certificates are renewed by themselves."""


def cluster_configuration(cluster: Cluster) -> JsonObject:
    """Write the configuration as it was asked for."""
    variables: list[Json] = [
        {"profileUid": uid, "name": name, "value": value} for (uid, name), value in cluster.variables.items()
    ]
    return {
        "metadata": _metadata(cluster),
        "spec": {
            "archiveUploadPath": cluster.archive.path,
            "cloudConfig": {
                "spec": {
                    "clusterConfig": written(cluster.config),
                    "machinePoolConfig": [written(pool) for pool in cluster.pools],
                }
            },
            "profileVariables": variables,
        },
    }


def cluster_details(world: World, cluster: Cluster, now_s: float) -> JsonObject:
    """Write what has become of the cluster."""
    config = cluster.config
    endpoint, overlay = config.control_plane_endpoint, config.overlay_network_configuration
    hosts = [world.hosts[uid] for uid in cluster.nodes]
    return {
        "metadata": _metadata(cluster),
        "spec": {
            "hostIDs": [host.uid for host in hosts],
            "nodePools": [_pool_spec(world, pool) for pool in cluster.pools],
            "ntpServers": [*(config.ntp_servers or [])],
            "sshKeys": [*(config.ssh_keys or [])],
            "overlayCIDR": (overlay and overlay.cidr) or "",
            "vip": (endpoint and endpoint.host) or "",
        },
        "status": {
            "agentVersion": hosts[0].seed.agent_version if hosts else "",
            "clusterState": cluster.state,
            "clusterStateReason": cluster.state_reason,
            "clusterConditions": conditions(cluster, now_s),
            "health": {"status": "Unhealthy" if cluster.illness else "Healthy", "reason": cluster.illness},
            "isRebootPending": any(host.reboot_pending for host in hosts),
            "k8sVersion": _kubernetes_version(cluster),
            "kubeconfig": _kubeconfig(world, cluster),
            "nodePools": [_pool_status(world, cluster, pool, now_s) for pool in cluster.pools],
            "ntpServersApplied": now_s >= cluster.settings_applied_s,
            "sshKeysApplied": now_s >= cluster.settings_applied_s,
            "services": [],
        },
    }


def nodes(world: World, cluster: Cluster, now_s: float) -> JsonObject:
    """v1ClusterNodes: those that have joined."""
    joined = [(world.hosts[uid], node) for uid, node in cluster.nodes.items() if node.state != "Provisioning"]
    return {"nodes": [_cluster_node(cluster, host, node, now_s) for host, node in joined]}


def certificates(world: World, cluster: Cluster, now_s: float) -> JsonObject:
    """v1CertificateDetails: one authority with a certificate on each node."""
    life_s = world.config.durations.certificate_life_s
    issued, expires = timestamp(cluster.certificates_s), timestamp(cluster.certificates_s + life_s)
    children: list[Json] = [
        {"name": "apiserver", "nodeName": world.hosts[uid].name, "issueDate": issued, "expirationDate": expires}
        for uid in cluster.nodes
    ]
    renewal_s = cluster.certificates_s + life_s * _RENEWED_AT
    authority: JsonObject = {"name": "ca", "issueDate": issued, "expirationDate": expires, "childCerts": children}
    return {
        "certificates": [authority],
        "earliestAutoRenewalTime": timestamp(renewal_s),
        "needsRenewal": now_s >= renewal_s,
    }


def _metadata(cluster: Cluster) -> JsonObject:
    return {
        **written(cluster.metadata),
        "id": cluster.uid,
        "creationTimestamp": timestamp(cluster.created_s),
        "lastModifiedTimestamp": timestamp(cluster.modified_s),
    }


def _pool(pool: Pool) -> JsonObject:
    properties = pool.machine_pool_properties
    arch = (properties and properties.arch_type) or "amd64"
    return {"name": pool.name, "isControlPlane": bool(pool.is_control_plane), "archType": arch}


def _pool_spec(world: World, pool: Pool) -> JsonObject:
    hosts = [world.hosts[uid] for uid in pool.host_uids]
    return {
        "pool": _pool(pool),
        "hosts": [
            {
                "hostID": host.uid,
                "hostName": host.name,
                "hostAddress": host.address,
                "nic": [nic.json_object() for nic in host.seed.nics],
            }
            for host in hosts
        ],
    }


def _pool_status(world: World, cluster: Cluster, pool: Pool, now_s: float) -> JsonObject:
    found = [(world.hosts[uid], node) for uid, node in cluster.nodes.items() if node.pool == pool.name]
    return {"pool": _pool(pool), "nodes": [_node_status(cluster, host, node, now_s) for host, node in found]}


def _node_status(cluster: Cluster, host: Host, node: Node, now_s: float) -> JsonObject:
    is_well = node.state == "Running"
    return {
        "nodeName": host.name,
        "nodeState": node.state,
        "architecture": host.seed.hardware.arch_type,
        "ipv4": host.address,
        "k8sVersion": _kubernetes_version(cluster),
        "age": _age(now_s - node.joined_s),
        "health": {"status": "Healthy" if is_well else "Unhealthy", "reason": "" if is_well else "NotReady"},
    }


def _cluster_node(cluster: Cluster, host: Host, node: Node, now_s: float) -> JsonObject:
    ready: JsonObject = {
        "conditionType": "Ready",
        "status": "True" if node.state == "Running" else "False",
        "reason": "KubeletReady" if node.state == "Running" else "NotReady",
        "message": "",
    }
    system = host.seed.hardware.os
    return {
        "edgeHostID": host.uid,
        "nodeName": host.name,
        "age": _age(now_s - node.joined_s),
        "architecture": host.seed.hardware.arch_type,
        "ipv4": host.address,
        "kernelVersion": system.kernel_version or "",
        "kubeletVersion": _kubernetes_version(cluster),
        "operatingSystem": "linux",
        "osImage": f"{system.family} {system.version}",
        "nodeHealth": [ready],
        "nodeStatus": ready,
    }


def conditions(cluster: Cluster, now_s: float) -> list[Json]:
    """v1Condition: what there is of the cluster, and what is not yet."""
    found = (
        ("ClusterProvisioned", cluster.state in {"Running", "Deleting"}, cluster.created_s),
        ("ProfilesApplied", now_s >= cluster.profiles_applied_s, cluster.modified_s),
    )
    return [
        {
            "type": kind,
            "status": "True" if is_met else "False",
            "reason": kind if is_met else "InProgress",
            "message": "",
            "lastTransitionTime": timestamp(at_s),
            "lastProbeTime": timestamp(at_s),
        }
        for kind, is_met, at_s in found
    ]


def _kubernetes_version(cluster: Cluster) -> str:
    packs = [pack for profile in cluster.archive.profiles for pack in profile.packs]
    return next((pack.version for pack in packs if pack.name.startswith(_DISTRIBUTIONS)), "")


def _kubeconfig(world: World, cluster: Cluster) -> str:
    """Return it; a renewal of the certificates changes the login in it too. Source: kubeadm certs renew."""
    if cluster.state == "Provisioning":
        return ""
    endpoint = cluster.config.control_plane_endpoint
    server = f"https://{(endpoint and endpoint.host) or 'localhost'}:6443"
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": cluster.name, "cluster": {"server": server}}],
        "users": [{"name": "admin", "user": {"token": f"simulated-{cluster.uid}-{cluster.certificates_s:.0f}"}}],
        "contexts": [{"name": "admin", "context": {"cluster": cluster.name, "user": "admin"}}],
        "current-context": "admin",
    }
    text = yaml.safe_dump(content, sort_keys=False)
    is_plain = world.config.kubeconfig is KubeconfigForm.PLAIN
    return text if is_plain else base64.b64encode(text.encode()).decode("ascii")


def _age(seconds: float) -> str:
    hours, minutes = divmod(int(seconds) // 60, 60)
    return f"{hours}h{minutes}m" if hours else f"{minutes}m"
