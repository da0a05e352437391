"""Bodies about clusters, their profiles and machine pools."""

from typing import Literal

from pydantic import Field

from palette_sim.common.bodies import ArchType, Body, Int32, Labels, Nic, Taint, Unkept
from palette_sim.palette.bodies.base import ObjectMeta, OnOff, PackType


class PoolHost(Body):
    """v1EdgeNativeMachinePoolHostEntity."""

    host_uid: str
    host_name: str | None = None
    nic: Nic | None = None
    nic_name: str | None = None
    static_ip: str | None = Field(default=None, alias="staticIP")
    two_node_candidate_priority: Literal["primary", "secondary"] | None = None


class PoolCloudConfig(Body):
    """v1EdgeNativeMachinePoolCloudConfigEntity."""

    edge_hosts: list[PoolHost]


class UpdateStrategy(Body):
    """v1UpdateStrategy."""

    type: Literal["RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"] | None = None
    max_surge: str | None = None
    max_unavailable: str | None = None


class MachinePoolProperties(Body):
    """v1MachinePoolProperties."""

    arch_type: ArchType | None = None


class PoolConfig(Body):
    """v1MachinePoolConfigEntity."""

    name: str
    size: Int32
    labels: list[str]
    is_control_plane: bool | None = None
    use_control_plane_as_worker: bool | None = None
    min_size: Int32 | None = None
    max_size: Int32 | None = None
    additional_labels: Labels = None
    additional_annotations: Labels = None
    additional_tags: Labels = None
    taints: list[Taint] | None = None
    node_repave_interval: Int32 | None = None
    update_strategy: UpdateStrategy | None = None
    machine_pool_properties: MachinePoolProperties | None = None
    override_kubeadm_configuration: str | None = None
    override_cluster_api_config: str | None = Field(default=None, alias="overrideClusterAPIConfig")
    override_health_check_configuration: str | None = None
    skip_k8s_upgrade: OnOff | None = Field(default=None, alias="skipK8sUpgrade")


class MachinePoolBody(Body):
    """v1EdgeNativeMachinePoolConfigEntity."""

    cloud_config: PoolCloudConfig | None = None
    pool_config: PoolConfig | None = None


class ControlPlaneEndpoint(Body):
    """v1EdgeNativeControlPlaneEndPoint."""

    host: str | None = None
    type: Literal["VIP", "External", "DDNS", "IP"] | None = None
    ddns_search_domain: str | None = None


class OverlayNetwork(Body):
    """v1EdgeNativeOverlayNetworkConfiguration."""

    enable: bool | None = None
    cidr: str | None = None


class EdgeNativeClusterConfig(Body):
    """v1EdgeNativeClusterConfig."""

    control_plane_endpoint: ControlPlaneEndpoint | None = None
    is_two_node_cluster: bool | None = None
    ntp_servers: list[str] | None = None
    overlay_network_configuration: OverlayNetwork | None = None
    ssh_keys: list[str] | None = None
    static_ip: bool | None = None


class CloudClusterConfigUpdate(Body):
    """v1EdgeNativeCloudClusterConfigEntity."""

    cluster_config: EdgeNativeClusterConfig | None = None


class Manifest(Body):
    """v1ManifestRefUpdateEntity."""

    name: str
    uid: str | None = None
    content: str | None = Field(default=None, repr=False)


class PackValues(Body):
    """v1PackValuesEntity."""

    name: str
    tag: str | None = None
    type: PackType | None = None
    values: str | None = Field(default=None, repr=False)
    manifests: list[Manifest] | None = None


class VariableValue(Body):
    """v1SpectroClusterVariable."""

    name: str
    value: str | None = Field(default=None, repr=False)


class ProfileBody(Body):
    """v1SpectroClusterProfileEntity."""

    uid: str | None = None
    replace_with_profile: str | None = None
    pack_values: list[PackValues] | None = None
    variables: list[VariableValue] | None = None


class SpcApplySettings(Body):
    """v1SpcApplySettings."""

    action_type: Literal["DownloadAndInstall", "DownloadAndInstallLater"] | None = None


class ProfilesUpdate(Body):
    """v1SpectroClusterProfiles."""

    profiles: list[ProfileBody]
    spc_apply_settings: SpcApplySettings | None = None


class ProfilesDelete(Body):
    """v1SpectroClusterProfilesDeleteEntity."""

    profile_uids: list[str] | None = None


class VariablesUpdate(Body):
    """v1SpectroClusterVariableUpdateEntity."""

    profile_uid: str
    variables: list[VariableValue] | None = None


class OsPatchConfig(Body):
    """v1OsPatchConfig."""

    on_demand_patch_after: str | None = None
    patch_on_boot: bool | None = None
    reboot_if_required: bool | None = None
    schedule: str | None = None


class MachineManagement(Body):
    """v1MachineManagementConfig."""

    os_patch_config: OsPatchConfig | None = None


class ClusterConfigBody(Body):
    """v1ClusterConfigEntity."""

    host_cluster_config: Unkept = Field(default=None, exclude=True)
    hyper_shift_config: Unkept = Field(default=None, exclude=True)
    lifecycle_config: Unkept = Field(default=None, exclude=True)
    location: Unkept = Field(default=None, exclude=True)
    resources: Unkept = Field(default=None, exclude=True)
    cluster_meta_attribute: str | None = None
    control_plane_health_check_timeout: str | None = None
    machine_management_config: MachineManagement | None = None
    timezone: str | None = None
    update_worker_pools_in_parallel: bool | None = None


class ClusterSpecBody(Body):
    """`spec` of v1SpectroEdgeNativeClusterEntity. Note the lower case of `machinepoolconfig`."""

    cloud_config: EdgeNativeClusterConfig | None = None
    machinepoolconfig: list[MachinePoolBody] | None = None
    profiles: list[ProfileBody] | None = None
    cluster_config: ClusterConfigBody | None = None
    cluster_template: Unkept = None
    policies: Unkept = None


class ClusterBody(Body):
    """v1SpectroEdgeNativeClusterEntity."""

    metadata: ObjectMeta | None = None
    spec: ClusterSpecBody | None = None
