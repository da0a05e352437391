"""What the operator writes back: the parts that kinds share, then one model a kind.

Every field may be absent: what a newer version or a person wrote must never stop anything. Texts and lists are
shortened to their limits rather than refused.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from palette_operator.domain.resources.base import Model
from palette_operator.domain.resources.fields import Few, Many, Message, Timestamp, Word, named


class StatusCondition(Model):
    """One condition, as Kubernetes writes them."""

    type: Word
    """Name of the condition, such as Ready."""
    status: Literal["True", "False", "Unknown"]
    """Whether it holds."""
    reason: Word = ""
    """Why, in one CamelCase word."""
    message: Message = ""
    """Why, for people."""
    last_transition_time: Timestamp | None = None
    """When `status` last changed, UTC."""
    observed_generation: int | None = None
    """The metadata.generation that it speaks of."""


class Managed(Model):
    """What the operator put into Palette, so that what left the spec is removed and what others added is not."""

    tags: Many[Word] = ()
    """Keys of tags."""
    profiles: Many[Word] = ()
    """Names of profiles."""
    pools: Many[Word] = ()
    """Names of machine pools."""
    upgrade_skipping_pools: Many[Word] = ()
    """Names of machine pools told to skip Kubernetes upgrades: Palette 4.8 takes this setting and never shows it."""


class DriftField(Model):
    """One field that differs."""

    path: Word
    """Path in the object, such as /spec/tags/owner."""
    desired: Word = ""
    """What the spec says."""
    observed: Word = ""
    """What Palette holds."""


class DriftReport(Model):
    """Where Palette differs from the spec."""

    count: int = 0
    """Number of fields that differ."""
    fields: Few[DriftField] = ()
    """The first 10 of them."""
    hash: Word = ""
    """Hash over all of them."""


class PlanReport(Model):
    """What would be written to Palette."""

    hash: Word = ""
    """Hash of the actions, to approve them by."""
    actions: Many[Message] = ()
    """The actions in order, for people."""


class PendingOperation(Model):
    """A write that was begun and whose result is not known yet."""

    verb: Word
    """What is being done, such as create."""
    started_at: Timestamp
    """When it was begun, UTC."""
    request_hash: Word = ""
    """Hash of the request."""


class LastSync(Model):
    """Hashes of what was last brought into agreement."""

    spec_hash: Word = ""
    """Hash of what was asked for; keyed where a secret went in."""
    variables_hash: Word = ""
    """Keyed hash of the profile variables last sent: Palette shows sensitive ones masked."""
    packs_hash: Word = ""
    """Keyed hash of the pack values last sent."""
    settings_hash: Word = ""
    """Keyed hash of an edge host's remote shell settings and pairing key last sent: listings carry neither."""


Conditions = Annotated[Many[StatusCondition], Field(json_schema_extra=named("type"))]


class Status(Model):
    """What every kind reports."""

    observed_generation: int = -1
    """The metadata.generation that this status speaks of; -1 before the first look."""
    conditions: Conditions = ()
    """What is true of the resource now."""


class ManagedStatus(Status):
    """What every kind that stands for something in Palette reports."""

    uid: Word = ""
    """Uid in Palette."""
    project_uid: Word = ""
    """Uid of its project in Palette."""
    remote_state: Word = ""
    """Palette's own word for its state."""
    managed: Managed = Field(default_factory=Managed)
    """What the operator put into Palette."""
    drift: DriftReport | None = None
    """Where Palette differs from the spec; absent when nowhere."""
    plan: PlanReport | None = None
    """What would be written; absent when nothing."""
    pending_operation: PendingOperation | None = None
    """A write whose result is not known yet."""
    last_sync: LastSync | None = None
    """Hashes of what was last brought into agreement."""
    last_handled_reconcile_at: Word = ""
    """Value of the annotation palette.spectrocloud.com/reconcile-requested-at that was last acted upon."""
    pinned: Annotated[dict[str, Word], Field(max_length=64)] = Field(default_factory=dict)
    """Immutable fields, by path, with the values used when the object was created in Palette."""
    health: Word = ""
    """Palette's own word for its health."""


class ProfileStatus(Model):
    """How far one profile has come."""

    name: Word
    """Name of the profile."""
    desired: Word = ""
    """Version that the spec asks for."""
    applied: Word = ""
    """Version that runs."""


class PoolStatus(Model):
    """How far one machine pool has come."""

    name: Word
    """Name of the pool."""
    desired: int = 0
    """Hosts that the spec asks for."""
    ready: int = 0
    """Nodes that are ready."""
    hosts: Many[Word] = ()
    """Uids of the hosts chosen for it; a choice is kept."""


class ClusterStatus(ManagedStatus):
    """What is known of one cluster."""

    kubernetes_version: Word = ""
    """Kubernetes version."""
    endpoint: Word = ""
    """Address of the cluster's API, host:port."""
    cloud_type: Word = ""
    """Palette's word for the cloud."""
    profiles: Annotated[Many[ProfileStatus], Field(json_schema_extra=named("name"))] = ()
    """Profiles, wanted and applied."""
    machine_pools: Annotated[Many[PoolStatus], Field(json_schema_extra=named("name"))] = ()
    """Machine pools, wanted and ready."""
    console_url: Word = ""
    """Where the cluster is seen in Palette's console."""
    profile_summary: Word = ""
    """Version of the first profile; while it changes, 1.4.0->1.5.0."""
    nodes_summary: Word = ""
    """Ready and wanted nodes, such as 3/3."""


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


class Disk(Model):
    """A disk of a host."""

    size_gb: int = 0
    """Size in GB."""


class HardwareNic(Model):
    """A network interface as the device reported it."""

    name: Word
    """Interface name."""
    ip: Word = ""
    """IP address."""
    mac_addr: Word = ""
    """MAC address."""


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
    gpus: Many[Word] = ()
    """Graphics processors, vendor and model."""
    nics: Many[HardwareNic] = ()
    """Network interfaces."""


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


class OperatingSystem(Model):
    """The host's operating system."""

    family: Word = ""
    """Name of the distribution."""
    version: Word = ""
    """Version of the distribution."""
    kernel: Word = ""
    """Kernel version."""


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
    host_name: Word = ""
    """Host name."""
    agent_version: Word = ""
    """Version of Palette's agent on the device."""


class ProjectStatus(Model):
    """A project that may be used through the connection."""

    name: Word
    """Name of the project."""
    uid: Word = ""
    """Uid of the project."""


class ClusterCounts(Model):
    """PaletteClusters that use the connection, by state."""

    total: int = 0
    """All of them."""
    ready: int = 0
    """Those that are Ready."""
    running: int = 0
    """Those in state Running."""
    provisioning: int = 0
    """Those in state Pending or Provisioning."""
    deleting: int = 0
    """Those in state Deleting."""
    failed: int = 0
    """Those in state Error."""


class HostCounts(Model):
    """EdgeHosts that use the connection, by state."""

    total: int = 0
    """All of them."""
    ready: int = 0
    """Those that are free."""
    in_use: int = 0
    """Those in a cluster."""
    unpaired: int = 0
    """Those still waiting for their device."""
    offline: int = 0
    """Those that are unhealthy."""


class BucketStatus(Model):
    """The rate at which one endpoint prefix is called at most."""

    prefix: Word
    """Endpoint prefix."""
    per_second: Word = ""
    """Requests per second that the operator grants itself, a decimal."""
    documented_per_second: int = 0
    """Requests per second that Palette documents."""


class CredentialStatus(Model):
    """What is known of the credentials. Parts that Palette does not tell are absent."""

    type: Word = ""
    """ApiKey, or User for a login with e-mail address and password."""
    user_uid: Word = ""
    """Uid of the user."""
    organization: Word = ""
    """The user's organization."""
    key_name: Word = ""
    """Name of the API key, where it is certain which of the user's keys it is."""
    expires_at: Timestamp | None = None
    """When the API key expires, UTC; absent when never, or when it is not certain which of the user's keys it is."""


class ConnectionStatus(Status):
    """What is known of one connection: the fleet's dashboard."""

    user: Word = ""
    """Whose credentials these are: the user's e-mail address, else name, else uid."""
    credential: CredentialStatus | None = None
    """What is known of the credentials."""
    project_uid: Word = ""
    """Uid of the default project; absent in tenant scope."""
    projects: Annotated[Many[ProjectStatus], Field(json_schema_extra=named("name"))] = ()
    """Projects in use: the default one, and those that resources name."""
    clusters: ClusterCounts = Field(default_factory=ClusterCounts)
    """PaletteClusters by state."""
    edge_hosts: HostCounts = Field(default_factory=HostCounts)
    """EdgeHosts by state."""
    budget: Annotated[Many[BucketStatus], Field(json_schema_extra=named("prefix"))] = ()
    """Rates at which Palette is called at most."""
    offline: int = 0
    """Edge hosts that are unhealthy."""
    held: int = 0
    """Resources with a write that a policy or guard holds back."""
    sweep_seconds: int | None = None
    """Seconds between two looks at the fleet as they are achieved now."""
