"""Edge hosts, as searched and as read whole. Source: Palette OpenAPI 4.9.

The whole device carries a service token, an auth token, the pairing key and an SSH private key: none is declared.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from palette_operator.domain.desired import DesiredHostRegistration
from palette_operator.domain.identifiers import ClusterUid, HostUid, ProjectUid
from palette_operator.domain.observed import HostHardware, HostRow, RemoteShellSeen
from palette_operator.http.device import HardwareSpec, Nic
from palette_operator.http.wire import Switch
from palette_operator.palette.wire.base import Metadata, Reference, Wire, without_empty


class Device(HardwareSpec):
    """v1DeviceSpec."""

    nics: list[Nic] = Field(default_factory=list)
    secure_boot: Switch = None
    host_state: str = ""
    host_type: str = ""

    def hardware(self) -> HostHardware:
        """As the domain knows it."""
        return self.hardware_with(self.nics, secure_boot=self.secure_boot)


class HostAddress(Wire):
    """v1EdgeHost and v1EdgeHostSpecHost, less what is secret."""

    host_address: str = ""
    project: Reference = Field(default_factory=Reference)


class HostSpec(Wire):
    """The spec of a searched or read edge host."""

    device: Device = Field(default_factory=Device)
    host: HostAddress = Field(default_factory=HostAddress)
    project_meta: Reference = Field(default_factory=Reference)


class HostHealth(Wire):
    """v1EdgeHostHealth."""

    state: str = ""
    message: str = ""
    agent_version: str = ""


class ShellUser(Wire):
    """v1SshUserStatus, less the user's credentials."""

    state: str = ""
    message: str = ""


class ShellTunnel(Wire):
    """v1SshTunnelStatus."""

    state: str = ""
    message: str = ""
    user: ShellUser = Field(default_factory=ShellUser)

    def seen(self) -> RemoteShellSeen:
        """As the domain knows it."""
        return RemoteShellSeen(self.state, self.message, self.user.state, self.user.message)


class TunnelStatus(Wire):
    """v1SpectroTunnelStatus."""

    ssh: ShellTunnel = Field(default_factory=ShellTunnel)


class HostStatus(Wire):
    """The status of a searched or read edge host; `inUseClusters` is the deprecated spelling."""

    state: str = ""
    health: HostHealth = Field(default_factory=HostHealth)
    tunnel_status: TunnelStatus | None = None
    in_use_clusters_ref: list[Reference] = Field(default_factory=list)
    in_use_clusters: list[Reference] = Field(default_factory=list)

    @property
    def cluster(self) -> Reference:
        """The cluster that uses the host; empty when there is none."""
        return next((used for used in (*self.in_use_clusters_ref, *self.in_use_clusters) if used.uid), Reference())


class Acl(Wire):
    """v1AclMeta."""

    project_uid: str = ""


class Host(Wire):
    """v1EdgeHostsMetadata (searched) and v1EdgeHostDevice (read): they agree on all that is kept."""

    metadata: Metadata
    aclmeta: Acl = Field(default_factory=Acl, alias="aclmeta")
    spec: HostSpec = Field(default_factory=HostSpec)
    status: HostStatus = Field(default_factory=HostStatus)

    def row(self) -> HostRow:
        """As the domain knows it."""
        status, cluster = self.status, self.status.cluster
        project = self.spec.project_meta.uid or self.aclmeta.project_uid or self.spec.host.project.uid
        return HostRow(
            uid=HostUid(self.metadata.uid),
            name=self.metadata.name,
            project=ProjectUid(project) if project else None,
            state=status.state,
            health=status.health.state,
            health_message=status.health.message,
            agent_version=status.health.agent_version,
            labels=self.metadata.labels,
            cluster_uid=ClusterUid(cluster.uid) if cluster.uid else None,
            cluster_name=cluster.name,
            hardware=self.spec.device.hardware(),
            address=self.spec.host.host_address,
            host_state=self.spec.device.host_state,
            host_type=self.spec.device.host_type,
            modified_at=self.metadata.modified_at,
            remote_shell=status.tunnel_status.ssh.seen() if status.tunnel_status else None,
        )


def registration_body(host: DesiredHostRegistration) -> dict[str, object]:
    """Write a v1EdgeHostDeviceEntity."""
    tunnel = tunnel_body(remote_shell=host.remote_shell, temporary_user=host.remote_shell_temporary_user)
    spec = {"archType": host.arch, "hostPairingKey": host.pairing_key, "tunnelConfig": tunnel}
    return {"metadata": host_metadata(host.uid, host.name, host.labels), "spec": without_empty(spec)}


def host_metadata(uid: HostUid, name: str, labels: Mapping[str, str]) -> dict[str, object]:
    """Write a v1ObjectTagsEntity; the labels are the full set, sent even when empty."""
    return {"uid": uid, "name": name, "labels": dict(labels)}


def tunnel_body(*, remote_shell: bool | None, temporary_user: bool | None) -> dict[str, str]:
    """Write a v1SpectroTunnelConfig; None leaves a switch alone."""
    switches = {"remoteSsh": remote_shell, "remoteSshTempUser": temporary_user}
    return {name: "enabled" if on else "disabled" for name, on in switches.items() if on is not None}
