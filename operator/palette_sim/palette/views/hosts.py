"""Edge hosts as Palette shows them. Source: Palette OpenAPI 4.9, v1EdgeHostDevice, v1EdgeHostsMetadata."""

from zlib import crc32

from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.palette.views.meta import AGENT_VERSION, object_meta
from palette_sim.palette.world.records import Cluster, EdgeHost, Project

EDGE_HOST_TYPE = "edge-native"


def host_meta(host: EdgeHost, modified_s: float) -> JsonObject:
    """Write the host's v1ObjectMeta."""
    return object_meta(
        uid=host.uid, name=host.name, labels=host.labels, created_s=host.created_s, modified_s=modified_s
    )


def host_address(host: EdgeHost) -> str:
    """Make up the address of a host's only NIC: the same for the same uid."""
    number = crc32(host.uid.encode())
    return f"10.{number >> 16 & 0x7F}.{number >> 8 & 0xFF}.{number % 253 + 2}"


def host_device(host: EdgeHost) -> JsonObject:
    """Write v1DeviceSpec; before its first contact only the architecture of a host is known."""
    if host.paired_s is None:
        return {"archType": host.arch}
    address = host_address(host)
    nic: JsonObject = {
        "dns": ["10.0.0.2"],
        "gateway": address.rsplit(".", 1)[0] + ".1",
        "ip": address,
        "isDefault": True,
        "macAddr": mac_address(host),
        "nicName": "eth0",
        "subnet": "255.255.255.0",
    }
    partition: JsonObject = {
        "fileSystemType": "ext4",
        "freeSpace": 180,
        "mountPoint": "/usr/local",
        "totalSpace": 220,
        "usedSpace": 40,
    }
    return {
        "archType": host.arch,
        "cpu": {"cores": 4},
        "disks": [{"controller": "SCSI", "partitions": [partition], "size": 256, "vendor": "ATA"}],
        "gpus": [],
        "hostState": "cluster" if host.cluster_uid else "registration",
        "hostType": "appliance",
        "memory": {"sizeInMB": 16_384},
        "nics": [nic],
        "os": {"family": "kairos-core-ubuntu", "kernel": "Linux", "kernelVersion": "6.8.0", "version": "v3.2.4"},
        "secureBoot": False,
    }


def host_status(host: EdgeHost, cluster: Cluster | None) -> JsonObject:
    """Write the part of the status that the search shows too; no health before the first contact."""
    uses: list[Json] = [{"name": cluster.name, "uid": cluster.uid}] if cluster else []
    status: JsonObject = {"inUseClusters": [*uses], "inUseClustersRef": [*uses], "state": host.state}
    if host.paired_s is not None:
        status["health"] = {"agentVersion": AGENT_VERSION, "message": host.illness, "state": host.health}
    return status


def edge_host_device(
    host: EdgeHost, project: Project, cluster: Cluster | None, *, tenant_uid: str, modified_s: float
) -> JsonObject:
    """Write v1EdgeHostDevice. Like Palette's, it carries tokens and keys that no client should keep."""
    status = host_status(host, cluster)
    status["profileStatus"] = {"hasUserMacros": False}
    status["serviceAuthToken"] = f"simulated-service-token-{host.uid}"
    if host.remote_ssh == "enabled":
        status["tunnelStatus"] = {"ssh": _tunnel(host)}
    device = host_device(host)
    return {
        "aclmeta": {"ownerUid": "", "projectUid": host.project_uid, "tenantUid": tenant_uid},
        "metadata": host_meta(host, modified_s),
        "spec": {
            "clusterProfileTemplates": [],
            "device": device,
            "host": {
                "disableAutoRegister": False,
                "hostAddress": host_address(host) if host.paired_s is not None else "",
                "hostAuthToken": f"simulated-host-token-{host.uid}",
                "hostPairingKey": host.pairing_key,
                "hostUid": host.uid,
                "macAddress": mac_address(host) if host.paired_s is not None else "",
                "project": {"name": project.name, "uid": project.uid},
                "remoteSsh": host.remote_ssh,
            },
            "tunnelConfig": {"remoteSsh": host.remote_ssh, "remoteSshTempUser": host.remote_ssh_temp_user},
            "type": EDGE_HOST_TYPE,
            "version": AGENT_VERSION,
        },
        "status": status,
    }


def _tunnel(host: EdgeHost) -> JsonObject:
    """Write v1SshTunnelStatus, with what a temporary user logs in by."""
    tunnel: JsonObject = {"state": "Created", "message": ""}
    if host.remote_ssh_temp_user == "enabled":
        credentials: JsonObject = {"username": "temporary", "password": f"simulated-shell-password-{host.uid}"}
        tunnel["user"] = {"state": "Created", "message": "", "credentials": credentials}
    return tunnel


def edge_host_line(host: EdgeHost) -> JsonObject:
    """Write v1EdgeHostMeta, the light form."""
    return {
        "archType": host.arch,
        "edgeHostType": EDGE_HOST_TYPE,
        "healthState": host.health,
        "name": host.name,
        "state": host.state,
        "uid": host.uid,
    }


def mac_address(host: EdgeHost) -> str:
    """Make up the hardware address of a host's only NIC: the same for the same uid."""
    number = crc32(host.uid.encode())
    return "02:00:" + ":".join(f"{number >> shift & 0xFF:02x}" for shift in (24, 16, 8, 0))
