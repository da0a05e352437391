"""v1EdgeHostInfo in both of its shapes, and v1LinkPeer."""

from palette_sim.common.clock import UNSET_TIME, timestamp
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.edge.facts import HostState, NodeRole
from palette_sim.edge.seed import Generation
from palette_sim.edge.world.records import ConfigurationState, Host, Link

_CONFIGURATION: dict[ConfigurationState, str] = {
    "Not Configured": "pending",
    "In Progress": "inprogress",
    "Configured": "configured",
    "Failed": "pending",
}
_UI_PORT = "5080"


def host_info(host: Host) -> JsonObject:
    """Write the host's facts. Source: Palette docs, "Edge Management API"; Edge Management OpenAPI, v1EdgeHostInfo."""
    seed = host.seed
    is_old = seed.generation is Generation.OLD
    spec: JsonObject = {
        "connectionMode": seed.mode.value,
        "hardwareSpec": seed.hardware.json_object(),
        "networkInfo": [nic.json_object() for nic in seed.nics],
    }
    ntp = seed.ntp.json_object()
    if host.cluster is not None and host.cluster.config.ntp_servers is not None:
        ntp["ntpServers"] = [*host.cluster.config.ntp_servers]
    status: JsonObject = {
        "agentVersion": seed.agent_version,
        "configurationStatus": _CONFIGURATION[host.configuration_state],
        "dns": seed.dns.json_object(),
        "hostName": host.name,
        "ntp": ntp,
    }
    return {
        "metadata": {
            "creationTimestamp": timestamp(host.created_s),
            "id": host.uid,
            "lastModifiedTimestamp": UNSET_TIME,
            "name": host.name,
        },
        "spec": spec if is_old else {**spec, **_newer_spec(host)},
        "status": {**status, **({"registrationStatus": seed.registration_status} if is_old else _newer_status(host))},
    }


def node_role(host: Host) -> NodeRole:
    """Tell what the host is in its cluster: the first of the control plane, another of it, or a worker."""
    for pool in host.cluster.pools if host.cluster else ():
        if host.uid in pool.host_uids:
            if not pool.is_control_plane:
                return "worker"
            return "init" if pool.host_uids[0] == host.uid else "controlplane"
    return "unknown"


def link_peer(host: Host, link: Link) -> JsonObject:
    """v1LinkPeer."""
    return {
        "id": host.uid,
        "ip": host.address,
        "config": host_info(host),
        "health": {"status": "Healthy", "reason": ""},
        "localUIPort": _UI_PORT,
        "nodeRole": node_role(host),
        "role": "leader" if link.host_uids[0] == host.uid else "follower",
        "status": link.state,
        "contentSyncStatus": "completed",
    }


def _newer_spec(host: Host) -> JsonObject:
    state: HostState = "cluster" if host.cluster else "registration"
    return {
        "managementMode": "central" if host.is_connected else "local",
        "nodeRole": node_role(host),
        "hostInfo": {**host.seed.host_info.json_object(), "hostState": state},
        "paletteEndpointURL": host.seed.palette_endpoint,
    }


def _newer_status(host: Host) -> JsonObject:
    return {"isClusterPhase": host.cluster is not None}
