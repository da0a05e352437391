"""Bodies about clusters and their machine pools."""

from typing import Literal

from pydantic import Field, JsonValue

from palette_sim.common.bodies import ArchType, Body, Int32, Labels, Nic, Taint


class MetaData(Body):
    """v1MetaData."""

    creation_timestamp: str | None = None
    id: str | None = None
    labels: Labels = None
    last_modified_timestamp: str | None = None
    name: str | None = None
    tags: dict[str, JsonValue] | None = None


class ObjectMeta(Body):
    """v1ObjectMeta."""

    annotations: Labels = None
    creation_timestamp: str | None = None
    deletion_timestamp: str | None = None
    labels: Labels = None
    last_modified_timestamp: str | None = None
    name: str | None = None
    namespace: str | None = None
    resource_version: str | None = None
    self_link: str | None = None
    uid: str | None = None


class Variable(Body):
    """v1ProfileVariable and v1ValidataVariable."""

    name: str | None = None
    profile_uid: str | None = None
    value: str | None = Field(default=None, repr=False)


class Condition(Body):
    """v1Condition."""

    status: str
    type: str
    last_probe_time: str | None = None
    last_transition_time: str | None = None
    message: str | None = None
    reason: str | None = None


class Health(Body):
    """v1Health."""

    reason: str | None = None
    status: Literal["Healthy", "Unhealthy"] | None = None


class NodeInfo(Body):
    """v1NodeInfo."""

    age: str | None = None
    architecture: str | None = None
    conditions: list[Condition] | None = None
    health: Health | None = None
    ipv4: str | None = None
    k8s_version: str | None = Field(default=None, alias="k8sVersion")
    node_name: str | None = None
    node_state: str | None = None


class PoolHost(Body):
    """v1EdgeNativeHost."""

    is_candidate_caption: bool | None = Field(default=None, alias="IsCandidateCaption")
    ca_cert: str | None = None
    host_address: str | None = None
    host_name: str | None = None
    host_uid: str | None = None
    network_info: list[Nic] | None = None
    nic: Nic | None = None
    nic_name: str | None = None
    node_info: NodeInfo | None = None
    static_ip: str | None = Field(default=None, alias="staticIP")
    tags: dict[str, JsonValue] | None = None
    two_node_candidate_priority: Literal["primary", "secondary"] | None = None


class PoolProperties(Body):
    """v1MachinePoolProperties."""

    arch_type: ArchType | None = None


class UpdateStrategy(Body):
    """v1UpdateStrategy."""

    type: Literal["RollingUpdateScaleOut", "RollingUpdateScaleIn"] | None = None


class Pool(Body):
    """v1EdgeNativeMachinePoolConfig."""

    hosts: list[PoolHost]
    name: str | None = None
    is_control_plane: bool | None = None
    use_control_plane_as_worker: bool | None = None
    additional_labels: Labels = None
    additional_tags: Labels = None
    labels: list[str] | None = None
    machine_pool_properties: PoolProperties | None = None
    max_size: Int32 | None = None
    min_size: Int32 | None = None
    node_repave_interval: Int32 | None = None
    os_type: str | None = None
    size: Int32 | None = None
    skip_k8s_upgrade: Literal["enabled", "disabled"] | None = Field(default=None, alias="skipK8sUpgrade")
    taints: list[Taint] | None = None
    update_strategy: UpdateStrategy | None = None

    @property
    def host_uids(self) -> list[str]:
        """The uids of its hosts."""
        return [host.host_uid or "" for host in self.hosts]


class ControlPlaneEndpoint(Body):
    """v1EdgeNativeControlPlaneEndPoint."""

    ddns_search_domain: str | None = None
    host: str | None = None
    type: str | None = None


class Overlay(Body):
    """v1EdgeNativeOverlayNetworkConfiguration."""

    cidr: str | None = None
    enable: bool | None = None


class ClusterConfig(Body):
    """v1EdgeNativeClusterConfig."""

    control_plane_endpoint: ControlPlaneEndpoint | None = None
    is_two_node_cluster: bool | None = None
    ntp_servers: list[str] | None = None
    overlay_network_configuration: Overlay | None = None
    ssh_keys: list[str] | None = None
    static_ip: bool | None = None


class CloudConfigSpec(Body):
    """v1EdgeNativeCloudConfigSpec."""

    cluster_config: ClusterConfig
    machine_pool_config: list[Pool]


class CloudConfig(Body):
    """v1EdgeNativeCloudConfig."""

    metadata: ObjectMeta | None = None
    spec: CloudConfigSpec | None = None


class ConfigurationSpec(Body):
    """The spec of v1ClusterConfiguration."""

    archive_upload_path: str | None = None
    cloud_config: CloudConfig | None = None
    profile_variables: list[Variable] | None = None
    schedule_at: str | None = None


class ClusterConfiguration(Body):
    """v1ClusterConfiguration."""

    metadata: MetaData | None = None
    spec: ConfigurationSpec | None = None


class Patch(Body):
    """v1HttpPatch; a value of any kind is taken, as Go's `interface{}` is declared an object."""

    op: Literal["add", "remove", "replace"]
    path: str
    value: JsonValue = Field(default=None, repr=False)


class ClusterPatches(Body):
    """v1ClusterPatch."""

    cluster_config_patches: list[Patch] | None = None


class PoolPatches(Body):
    """v1MachinePoolPatch."""

    machine_pool_config_patches: list[Patch] | None = None


class ProfilesSpec(Body):
    """The spec of v1ClusterProfileConfiguration."""

    archive_upload_path: str | None = None


class ProfilesUpdate(Body):
    """v1ClusterProfileConfiguration."""

    metadata: MetaData | None = None
    spec: ProfilesSpec | None = None


class ClusterSettings(Body):
    """v1EdgeNativeClusterSettings."""

    ntp_servers: list[str] | None = None
    ssh_keys: list[str] | None = None


class VariablesQuestion(Body):
    """v1ValidateVariables."""

    archive_upload_path: str | None = None
    metadata: MetaData | None = None
    variables: list[Variable] | None = None
