"""What Palette was seen to hold, as slim projections without heartbeats, metrics or secrets.

Rows come from the paged listings and serve every object at once; details cost a request each and are read only when
a row changed or something is in question. Values are Palette's own words; health is compared without case.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from palette_operator.domain.identifiers import (
    CloudConfigUid,
    ClusterUid,
    HostUid,
    MachineUid,
    PoolName,
    ProfileUid,
    ProjectUid,
)

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Known(Generic[ItemT]):
    """It was seen, in a listing or a read that began at `as_of`."""

    item: ItemT
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Absent:
    """A complete look that began at `as_of` did not show it."""

    as_of: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing can be said: the read failed, was refused, was incomplete or is too old. Never a reason to write."""

    why: str


Sighting: TypeAlias = Known[ItemT] | Absent | Unknown


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One row of the cluster search. Source: Palette OpenAPI 4.9, v1SpectroClusterSummary."""

    uid: ClusterUid
    name: str
    project: ProjectUid | None
    state: str
    """Pending, Provisioning, Running, Deleting, Deleted, Error, Importing, or a word not known yet; "" when unset."""
    health: str
    """Healthy, UnHealthy, or "" before the first report."""
    labels: Mapping[str, str]
    profile_uids: tuple[ProfileUid, ...]
    cloud_type: str
    cloud_config_uid: CloudConfigUid | None
    repave_state: str
    created_at: datetime | None
    modified_at: datetime | None
    """May be bumped by heartbeats: a hint that a detail is worth reading, never a proof of change."""

    @property
    def projection(self) -> tuple[object, ...]:
        """Everything but heartbeats: two equal projections mean that nothing we act upon has changed."""
        labels = tuple(sorted(self.labels.items()))
        return (self.name, self.state, self.health, labels, self.profile_uids, self.cloud_config_uid, self.repave_state)


@dataclass(frozen=True, slots=True)
class HostNic:
    """A network interface as the host reported it."""

    name: str
    ip: str
    subnet: str
    gateway: str
    dns: tuple[str, ...]
    mac: str
    is_default: bool


@dataclass(frozen=True, slots=True)
class PartitionFacts:
    """A mounted partition, spaces in GB."""

    file_system: str = ""
    mount_point: str = ""
    total_gb: int | None = None
    used_gb: int | None = field(default=None, compare=False)
    """Moves with every log line: no part of what makes two devices equal; nor is free space."""
    free_gb: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """A disk as the host reported it."""

    controller: str = ""
    vendor: str = ""
    size_gb: int | None = None
    """None for a drive that does not tell, such as one without a medium."""
    partitions: tuple[PartitionFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class GpuFacts:
    """A kind of graphics processor as the host reported it."""

    vendor: str = ""
    model: str = ""
    count: int | None = None
    memory: str = ""
    """In the device's own words."""
    mig_capable: bool | None = None
    mig_strategy: str = ""


@dataclass(frozen=True, slots=True)
class HostHardware:
    """What the device reported of itself, to Palette or through its own API.

    Source: Palette OpenAPI 4.9, v1DeviceSpec; Edge Management OpenAPI, v1HardwareSpec. They agree on all that is kept.
    """

    arch: str = ""
    cpu_cores: int | None = None
    memory_mib: int | None = None
    disks: tuple[DiskFacts, ...] = ()
    gpus: tuple[GpuFacts, ...] = ()
    nics: tuple[HostNic, ...] = ()
    os_family: str = ""
    os_version: str = ""
    kernel: str = ""
    kernel_version: str = ""
    secure_boot: bool | None = None


@dataclass(frozen=True, slots=True)
class RemoteShellSeen:
    """How far Palette has come with the remote shell. Source: Palette OpenAPI 4.9, v1SpectroTunnelStatus."""

    state: str = ""
    """Initiating, Created, Deleting, Deleted or Failed; "" where there never was one."""
    message: str = ""
    user_state: str = ""
    """Of the temporary user: Created, Deleted or Failed; "" where there never was one."""
    user_message: str = ""


@dataclass(frozen=True, slots=True)
class HostRow:
    """One row of the edge host search. Source: Palette OpenAPI 4.9, v1EdgeHostsMetadata."""

    uid: HostUid
    name: str
    project: ProjectUid | None
    state: str
    """unpaired, ready or in-use; "" when unset."""
    health: str
    """healthy, unhealthy, or "" before first contact."""
    health_message: str
    agent_version: str
    labels: Mapping[str, str]
    cluster_uid: ClusterUid | None
    """The cluster that uses the host, if any."""
    cluster_name: str
    hardware: HostHardware
    address: str
    host_state: str = ""
    """registration, cluster or recovery; "" when unset."""
    host_type: str = ""
    """appliance or agent-mode; "" when unset."""
    modified_at: datetime | None = field(default=None, compare=False)
    """May be bumped by heartbeats: no part of what makes two rows equal."""
    remote_shell: RemoteShellSeen | None = field(default=None, compare=False)
    """None in a row that was listed: only a read of the device tells."""

    @property
    def projection(self) -> HostRow:
        """Everything but heartbeats: two equal projections mean that nothing we act upon has changed."""
        return self

    @property
    def is_usable(self) -> bool:
        """Whether a cluster may be built on it: paired, free and healthy."""
        return self.state == "ready" and self.health.lower() == "healthy"

    @classmethod
    def unpaired(cls, uid: HostUid, name: str, project: ProjectUid | None, labels: Mapping[str, str]) -> HostRow:
        """Return the row of a device that was registered and has not made contact yet."""
        return cls(
            uid=uid,
            name=name,
            project=project,
            state="unpaired",
            health="",
            health_message="",
            agent_version="",
            labels=labels,
            cluster_uid=None,
            cluster_name="",
            hardware=HostHardware(),
            address="",
        )


@dataclass(frozen=True, slots=True)
class AttachedProfile:
    """A profile version attached to a cluster."""

    uid: ProfileUid
    name: str
    version: str
    type: str
    """cluster, infra, add-on or system."""


@dataclass(frozen=True, slots=True)
class PackStatus:
    """How far one pack of an attached profile has come on the cluster."""

    name: str
    profile_uid: ProfileUid
    version: str
    condition: str
    """ReadyForInstall, Installed, Ready, Error, UpgradeAvailable, WaitingForOtherLayers; "" when unset."""
    message: str


@dataclass(frozen=True, slots=True)
class ClusterDetail:
    """One cluster read whole. Source: Palette OpenAPI 4.9, v1SpectroCluster. It has no health."""

    uid: ClusterUid
    name: str
    state: str
    """"" while a fresh cluster has no status yet."""
    labels: Mapping[str, str]
    description: str
    cloud_type: str
    cloud_config_uid: CloudConfigUid | None
    profiles: tuple[AttachedProfile, ...]
    packs: tuple[PackStatus, ...]
    kubernetes_version: str
    """Tag of the attached profiles' pack in the k8s layer; "" when there is none."""
    api_endpoint: str
    """host:port of the first API endpoint; "" while there is none."""
    can_be_applied: bool | None
    """status.spcApply.canBeApplied; None when absent."""
    failures: tuple[str, ...]
    """`type: message` of each condition whose status is False, in Palette's order."""


@dataclass(frozen=True, slots=True)
class PoolHost:
    """A host as a pool lists it."""

    uid: HostUid
    name: str
    nic_name: str = ""
    ip: str = ""
    subnet: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    two_node_priority: str = ""


@dataclass(frozen=True, slots=True)
class Taint:
    """A Kubernetes taint of a pool's nodes."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True, slots=True)
class UpdateStrategy:
    """How a pool replaces its nodes; the last two go with OverrideScaling only."""

    type: str = "RollingUpdateScaleOut"
    max_surge: str = ""
    max_unavailable: str = ""


@dataclass(frozen=True, slots=True)
class ObservedPool:
    """A machine pool of an edge-native cloud config, in the shape that Palette reads back."""

    name: PoolName
    control_plane: bool
    control_plane_as_worker: bool
    size: int
    hosts: tuple[PoolHost, ...]
    labels: Mapping[str, str]
    taints: tuple[Taint, ...] = ()
    arch: str = ""
    update_strategy: UpdateStrategy = field(default_factory=UpdateStrategy)
    node_repave_interval_s: int = 0
    skip_kubernetes_upgrade: bool | None = None
    """None when Palette does not show it, as 4.8 never does."""


@dataclass(frozen=True, slots=True)
class EdgeNativeConfig:
    """The cloud config of a cluster on edge hosts. Source: Palette OpenAPI 4.9, v1EdgeNativeCloudConfig."""

    uid: CloudConfigUid
    endpoint_type: str
    endpoint_host: str
    ddns_search_domain: str
    overlay_cidr: str
    """"" when the overlay is off."""
    ntp_servers: tuple[str, ...]
    ssh_keys: tuple[str, ...]
    static_ip: bool
    two_node: bool
    pools: tuple[ObservedPool, ...]
    definition: str = ""
    """Path, on the leader, of the archive that a local cluster is made of; "" with Palette."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine of a pool, on one edge host."""

    uid: MachineUid
    name: str
    host_uid: HostUid | None
    state: str
    """Pending, Provisioning, Provisioned, Running, Deleting, Deleted, Failed or Unknown."""
    ready: bool


@dataclass(frozen=True, slots=True)
class ProfileVersion:
    """One version of a cluster profile that a reference can resolve to."""

    uid: ProfileUid
    name: str
    version: str
    cloud_type: str = ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project of the tenant."""

    uid: ProjectUid
    name: str


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Whose credential it is. Source: Palette OpenAPI 4.9, v1UserInfo."""

    user_uid: str
    tenant_uid: str
    organization: str


@dataclass(frozen=True, slots=True)
class ObservedCluster:
    """One cluster as far as it was read: the row always, the rest when it was in question."""

    row: ClusterRow
    detail: ClusterDetail | None = None
    config: EdgeNativeConfig | None = None
    machines: Mapping[PoolName, tuple[Machine, ...]] = field(default_factory=dict)

    @property
    def labels(self) -> Mapping[str, str]:
        """The freshest labels at hand."""
        return self.detail.labels if self.detail else self.row.labels
