"""What the operator writes back onto an EdgeHost.

The hardware facts are the same whether Palette tells them or the device's own API.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from palette_operator.domain.resources.base import Model
from palette_operator.domain.resources.fields import Few, Many, Message, Timestamp, Word, named
from palette_operator.domain.resources.status import ManagedStatus


class HostClusterRef(Model):
    """The cluster that uses a host."""

    name: Word = ""
    """Its name in Palette."""
    uid: Word = ""
    """Its uid in Palette."""
    namespace: Word = ""
    """Namespace of its PaletteCluster, where there is one."""
    pool: Word = ""
    """Machine pool that the host is in."""


class DiskPartition(Model):
    """A mounted partition of a disk. Used and free space are followed in steps of a tenth of the partition."""

    file_system_type: Word = ""
    """Type of its file system, such as ext4."""
    mount_point: Word = ""
    """Where it is mounted."""
    total_gb: int | None = None
    """Its size in GB."""
    used_gb: int | None = None
    """Used space in GB."""
    free_gb: int | None = None
    """Free space in GB."""


class Disk(Model):
    """A disk of a host."""

    controller: Word = ""
    """How it is attached, such as SCSI."""
    vendor: Word = ""
    """Its vendor."""
    size_gb: int | None = None
    """Size in GB; absent when the device does not tell."""
    partitions: Many[DiskPartition] = ()
    """Its mounted partitions."""


class Gpu(Model):
    """A kind of graphics processor of a host."""

    vendor: Word = ""
    """Its vendor."""
    model: Word = ""
    """Its model."""
    count: int | None = None
    """How many of them there are."""
    memory: Word = ""
    """Its memory, in the device's own words."""
    mig_capable: bool | None = None
    """Whether it can be divided into instances (MIG)."""
    mig_strategy: Word = ""
    """How it is divided."""


class HardwareNic(Model):
    """A network interface as the device reported it."""

    name: Word
    """Interface name."""
    ip: Word = ""
    """IP address."""
    mac_addr: Word = ""
    """MAC address."""
    subnet: Word = ""
    """Subnet mask."""
    gateway: Word = ""
    """IP address of its gateway."""
    dns: Few[Word] = ()
    """IP addresses of its DNS servers."""
    is_default: bool | None = None
    """Whether it carries the default route."""


class Hardware(Model):
    """What the device reported of itself."""

    arch_type: Word = ""
    """Processor architecture."""
    cpu_cores: int | None = None
    """Number of processor cores."""
    memory_mib: int | None = None
    """Memory in MiB."""
    disks: Many[Disk] = ()
    """Disks."""
    gpus: Many[Gpu] = ()
    """Graphics processors."""
    nics: Many[HardwareNic] = ()
    """Network interfaces."""
    secure_boot: bool | None = None
    """Whether the device starts signed software only."""


class HostNetworkStatus(Model):
    """The host's default network."""

    nic: Word = ""
    """Name of the default interface."""
    ip: Word = ""
    """Its IP address."""
    subnet: Word = ""
    """Its subnet mask."""
    gateway: Word = ""
    """IP address of the default gateway."""
    dns: Few[Word] = ()
    """IP addresses of DNS servers."""


class DnsStatus(Model):
    """How the host resolves names."""

    nameservers: Few[Word] = ()
    """IP addresses of DNS servers."""
    options: Few[Word] = ()
    """Options of the resolver."""
    search_domains: Few[Word] = ()
    """Domains in which short names are looked for."""


class NtpStatus(Model):
    """Where the host takes the time from."""

    servers: Few[Word] = ()
    """NTP servers."""
    fallback_servers: Few[Word] = ()
    """NTP servers that are asked when none of those answers."""


class OperatingSystem(Model):
    """The host's operating system."""

    family: Word = ""
    """Name of the distribution."""
    version: Word = ""
    """Version of the distribution."""
    kernel: Word = ""
    """Name of the kernel."""
    kernel_version: Word = ""
    """Version of the kernel."""


class ContentCount(Model):
    """How much there is of one type of content."""

    type: Word
    """image, artifact, chart or pack."""
    count: int = 0
    """Number of them."""


class ContentItem(Model):
    """Something that a cluster on the host can use without a network."""

    type: Word
    """image, artifact, chart or pack."""
    name: Word
    """Its name."""
    version: Word = ""
    """Its version or tag."""
    size: Word = ""
    """Its size, in the host's own words."""


class ContentStatus(Model):
    """What the host holds for its clusters: images, artifacts, charts and packs."""

    counts: Annotated[Few[ContentCount], Field(json_schema_extra=named("type"))] = ()
    """How many of each type."""
    items: Many[ContentItem] = ()
    """The first 20 of each type, by name."""


class Peer(Model):
    """A host that is linked with this one, so that both can be in one local cluster."""

    uid: Word
    """Its device id."""
    ip: Word = ""
    """Its IP address."""
    node_role: Word = ""
    """Its role in the cluster."""
    status: Word = ""
    """State of the link, in the host's own words."""
    health: Word = ""
    """Its health, in the host's own words."""
    content_sync_status: Word = ""
    """How far content has been copied to it, in the host's own words."""


class LocalClusterStatus(Model):
    """The cluster that the host itself says it is in."""

    name: Word
    """Name of the cluster."""
    state: Word = ""
    """Provisioning, Running, Deleting or Error, in the host's own words."""
    state_reason: Message = ""
    """Why it is in this state."""
    health: Word = ""
    """Healthy or Unhealthy, in the host's own words."""
    kubernetes_version: Word = ""
    """Kubernetes version."""


class UploadStatus(Model):
    """A file that was brought onto the host."""

    name: Word
    """Name in spec.local.uploads."""
    kind: Word = ""
    """Content, ClusterDefinition or UserData."""
    hash: Word = ""
    """Keyed hash of what was sent."""
    path: Word = ""
    """Where the host put it; for archivePath of a PaletteCluster."""


class RemoteShellPart(Model):
    """How far Palette has come with one part of the remote shell."""

    state: Word = ""
    """Palette's word: Initiating, Created, Deleting, Deleted or Failed; Absent where there is none."""
    message: Message = ""
    """What Palette says of it."""


class RemoteShellStatus(Model):
    """How far the remote shell has come that spec.remoteShell asks for."""

    ssh: RemoteShellPart = Field(default_factory=RemoteShellPart)
    """Remote SSH access."""
    temporary_user: RemoteShellPart = Field(default_factory=RemoteShellPart)
    """The temporary user for it."""


class EdgeHostStatus(ManagedStatus):
    """What is known of one edge device."""

    state: Word = ""
    """unpaired (waiting for the device), ready (free) or in-use (in a cluster)."""
    cluster_ref: HostClusterRef | None = None
    """The cluster that uses the host."""
    hardware: Hardware | None = None
    """What the device reported of itself."""
    network: HostNetworkStatus | None = None
    """The host's default network."""
    os: OperatingSystem | None = None
    """The host's operating system."""
    dns: DnsStatus | None = None
    """How the host resolves names; known from the host's own API only."""
    ntp: NtpStatus | None = None
    """Where the host takes the time from; known from the host's own API only."""
    remote_shell: RemoteShellStatus | None = None
    """How far the remote shell has come; absent where the spec does not ask for any. Read until it is there, and when a
    look is asked for."""
    silent_since: Timestamp | None = None
    """When Palette was first seen to report the device unhealthy, UTC; absent while it does not."""
    host_name: Word = ""
    """Host name."""
    host_state: Word = ""
    """What the device runs: registration (no cluster yet), cluster or recovery."""
    host_type: Word = ""
    """appliance (Palette's own system) or agent-mode (the agent on a system of yours)."""
    agent_version: Word = ""
    """Version of Palette's agent on the device."""
    device_name: Word = ""
    """Name that the device gives itself in its own API. This and what follows is known from that API only."""
    created_at: Timestamp | None = None
    """When the device set itself up, UTC."""
    connection_mode: Word = ""
    """airgap or connected: whether the device takes its orders from Palette."""
    management_mode: Word = ""
    """local or central."""
    palette_endpoint: Word = ""
    """The Palette that a connected device belongs to."""
    node_role: Word = ""
    """Role of the device in its cluster: init, controlplane, worker or unknown."""
    configuration_status: Word = ""
    """pending, inprogress or configured."""
    registration_status: Word = ""
    """The device's own word for its registration with Palette; older devices only."""
    content: ContentStatus | None = None
    """What the device holds for its clusters."""
    peers: Annotated[Many[Peer], Field(json_schema_extra=named("uid"))] = ()
    """Hosts that are linked with it."""
    local_cluster: LocalClusterStatus | None = None
    """The cluster that the device itself says it is in."""
    uploads: Annotated[Many[UploadStatus], Field(json_schema_extra=named("name"))] = ()
    """Files of spec.local.uploads that were brought onto it."""
