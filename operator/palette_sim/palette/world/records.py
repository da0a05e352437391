"""The things that the simulated Palette knows. Times are simulated seconds since 1970."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from palette_sim.common.bodies import ArchType
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.bodies.clusters import EdgeNativeClusterConfig, PoolConfig, PoolHost
from palette_sim.palette.seed import PackSeed, VariableSeed

# The value under which Palette stores a tag that has none. Source: Terraform provider for Spectro Cloud.
TAG_WITHOUT_VALUE = "spectro__tag"

Labels = dict[str, str]

CLOUD_TYPE = "edge-native"
INFRA_TYPES = ("infra", "cluster")


def tag_texts(labels: Labels) -> list[str]:
    """Write labels as tags: `key:value`, or `key` when there is no value."""
    return [key if value == TAG_WITHOUT_VALUE else f"{key}:{value}" for key, value in labels.items()]


@dataclass(slots=True)
class Project:
    """A project of the tenant."""

    uid: str
    name: str
    created_s: float


@dataclass(slots=True)
class ProfileVersion:
    """One version of a cluster profile, under its own uid."""

    uid: str
    profile: "Profile"
    version: str
    packs: list[PackSeed]
    variables: list[VariableSeed]
    created_s: float

    @property
    def name(self) -> str:
        """The name that all versions share."""
        return self.profile.name

    @property
    def is_infra(self) -> bool:
        """Whether it brings the operating system and Kubernetes."""
        return self.profile.type in INFRA_TYPES


@dataclass(slots=True)
class Profile:
    """A cluster profile. `project_uid` is empty in tenant scope."""

    name: str
    type: str
    cloud_type: str
    project_uid: str
    labels: Labels
    versions: list[ProfileVersion] = field(default_factory=list, repr=False)

    @property
    def scope(self) -> str:
        """Palette's word for where it lives."""
        return "project" if self.project_uid else "tenant"


Severity = Literal["Normal", "Warning", "Error"]


@dataclass(frozen=True, slots=True)
class ComponentEvent:
    """Something that happened to a cluster or a host. Source: Palette OpenAPI 4.9, v1Event."""

    uid: str
    severity: Severity
    reason: str
    message: str
    at_s: float


@dataclass(slots=True)
class EdgeHost:
    """An edge device. `paired_s` is None until the device made contact; `illness` is empty while it is well."""

    uid: str
    name: str
    project_uid: str
    arch: ArchType
    labels: Labels
    created_s: float
    modified_s: float
    pairing_key: str = field(default="", repr=False)
    remote_ssh: str = "disabled"
    remote_ssh_temp_user: str = "disabled"
    paired_s: float | None = None
    illness: str = ""
    cluster_uid: str = ""
    resets: int = 0
    events: list[ComponentEvent] = field(default_factory=list, repr=False)

    @property
    def state(self) -> str:
        """Palette's word. Source: Palette OpenAPI 4.9, v1EdgeHostState."""
        if self.paired_s is None:
            return "unpaired"
        return "in-use" if self.cluster_uid else "ready"

    @property
    def health(self) -> str:
        """Palette's word, in lower case for hosts; empty before the first contact."""
        if self.paired_s is None:
            return ""
        return "unhealthy" if self.illness else "healthy"


@dataclass(slots=True)
class EdgeToken:
    """A registration token of the tenant, by which a device that registers itself comes into a project."""

    uid: str
    name: str
    project_uid: str
    created_s: float
    expires_s: float | None
    token: str = field(repr=False)
    active: bool = True


class ClusterState(StrEnum):
    """Source: Palette OpenAPI 4.9, v1ClusterState."""

    PENDING = "Pending"
    PROVISIONING = "Provisioning"
    RUNNING = "Running"
    DELETING = "Deleting"
    DELETED = "Deleted"
    ERROR = "Error"


@dataclass(slots=True)
class Condition:
    """A condition of a cluster."""

    type: str
    status: str
    message: str
    since_s: float


@dataclass(slots=True)
class AttachedProfile:
    """A profile version on a cluster, with the values and variables that were given for it."""

    version: ProfileVersion
    pack_values: dict[str, str] = field(default_factory=dict, repr=False)
    variables: dict[str, str] = field(default_factory=dict, repr=False)

    def value_of(self, variable: VariableSeed) -> str:
        """Tell what a variable resolves to: what was given, else its default."""
        return self.variables.get(variable.name, variable.default)


@dataclass(slots=True)
class PackStatus:
    """How far one pack has come on the cluster. `digest` tells one set of values from another."""

    name: str
    profile_uid: str
    type: str
    version: str
    digest: str
    condition: Literal["WaitingForOtherLayers", "ReadyForInstall", "Installed", "Ready"]
    since_s: float
    ended_s: float | None = None


@dataclass(slots=True)
class SpcApply:
    """The hand-over of changes to the cluster's agent. Source: Palette OpenAPI 4.9, v1SpcApply."""

    action_type: str = "DownloadAndInstall"
    can_be_applied: bool = False
    modified_s: float | None = None
    applied_s: float | None = None


@dataclass(slots=True)
class Machine:
    """A node of a pool. It can outlive its host's place in the pool while it is being removed."""

    uid: str
    name: str
    host_uid: str
    created_s: float
    state: str
    state_since_s: float


@dataclass(slots=True)
class Pool:
    """A machine pool. `leaving` once its removal was asked for."""

    config: PoolConfig
    hosts: list[PoolHost]
    machines: dict[str, Machine] = field(default_factory=dict)
    leaving: bool = False

    @property
    def name(self) -> str:
        """Its key within the cluster."""
        return self.config.name

    @property
    def is_control_plane(self) -> bool:
        """Whether its machines run the control plane."""
        return bool(self.config.is_control_plane)

    def host_uids(self) -> set[str]:
        """Name the hosts that belong to it."""
        return {host.host_uid for host in self.hosts}


@dataclass(slots=True)
class Cluster:
    """An edge-native cluster with its cloud config."""

    uid: str
    cloud_config_uid: str
    name: str
    project_uid: str
    labels: Labels
    annotations: Labels
    cloud: EdgeNativeClusterConfig
    cluster_config: JsonObject
    profiles: list[AttachedProfile]
    pools: dict[str, Pool]
    created_s: float
    modified_s: float
    state: ClusterState = ClusterState.PENDING
    health: str = ""
    running_s: float | None = None
    deleting_s: float | None = None
    stuck: bool = False
    rollout: int = 0
    spc_apply: SpcApply = field(default_factory=SpcApply)
    conditions: dict[str, Condition] = field(default_factory=dict)
    packs: list[PackStatus] = field(default_factory=list)
    api_endpoints: list[tuple[str, int]] = field(default_factory=list)
    repave_state: str = ""
    events: list[ComponentEvent] = field(default_factory=list, repr=False)

    @property
    def is_going(self) -> bool:
        """Whether it is Deleting or Deleted."""
        return self.state in (ClusterState.DELETING, ClusterState.DELETED)

    @property
    def host_uids(self) -> set[str]:
        """Name all hosts of all pools."""
        return {uid for pool in self.pools.values() for uid in pool.host_uids()}

    def set_condition(self, kind: str, status: str, message: str, at_s: float) -> None:
        """Note a condition; the time moves only when the status does."""
        known = self.conditions.get(kind)
        since_s = known.since_s if known and known.status == status else at_s
        self.conditions[kind] = Condition(kind, status, message, since_s)
