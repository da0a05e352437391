"""The request bodies that the simulated Palette accepts, as strict as the specification and not stricter.

Unknown fields are ignored, null counts as absent; types, enumerations and required fields are checked.
Source: Palette OpenAPI 4.9; each class names its definition.
"""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from palette_sim.palette.errors import ApiError, invalid

Labels = dict[str, str] | None
ArchType = Literal["amd64", "arm64"]
OnOff = Literal["enabled", "disabled"]
PackType = Literal["spectro", "helm", "manifest", "oci"]
Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Body(BaseModel):
    """Base of all request bodies."""

    model_config = ConfigDict(strict=True, extra="ignore", alias_generator=to_camel, hide_input_in_errors=True)


BodyT = TypeVar("BodyT", bound=Body)


class ObjectMeta(Body):
    """v1ObjectMeta, the part that a caller may set."""

    name: str | None = None
    uid: str | None = None
    labels: Labels = None
    annotations: Labels = None


class ObjectTags(Body):
    """v1ObjectTagsEntity."""

    name: str | None = None
    uid: str | None = None
    labels: Labels = None


class ObjectMetaInput(Body):
    """v1ObjectMetaInputEntity."""

    name: str | None = None
    labels: Labels = None
    annotations: Labels = None


class MetadataUpdate(Body):
    """v1ObjectMetaInputEntitySchema."""

    metadata: ObjectMetaInput


class TunnelConfig(Body):
    """v1SpectroTunnelConfig."""

    remote_ssh: OnOff | None = None
    remote_ssh_temp_user: OnOff | None = None


class EdgeHostSpecBody(Body):
    """v1EdgeHostDeviceSpecEntity."""

    arch_type: ArchType | None = None
    host_pairing_key: str | None = Field(default=None, repr=False)
    tunnel_config: TunnelConfig | None = None


class EdgeHostBody(Body):
    """v1EdgeHostDeviceEntity."""

    metadata: ObjectTags | None = None
    spec: EdgeHostSpecBody | None = None


class EdgeHostMetaUpdate(Body):
    """v1EdgeHostDeviceMetaUpdateEntity."""

    metadata: ObjectTags | None = None


class HostPairingKey(Body):
    """v1EdgeHostDeviceHostPairingKey."""

    host_pairing_key: str | None = Field(default=None, repr=False)


class Nic(Body):
    """v1Nic."""

    dns: list[str] | None = None
    gateway: str | None = None
    ip: str | None = None
    is_default: bool | None = None
    mac_addr: str | None = None
    nic_name: str | None = None
    subnet: str | None = None


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


class Taint(Body):
    """v1Taint."""

    key: str | None = None
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    time_added: str | None = None


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
    skip_k8s_upgrade: OnOff | None = None


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
    """v1ClusterConfigEntity, the part that an edge cluster keeps."""

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


class ClusterBody(Body):
    """v1SpectroEdgeNativeClusterEntity."""

    metadata: ObjectMeta | None = None
    spec: ClusterSpecBody | None = None


Conjunction = Literal["and", "or"]


class Match(Body):
    """The `match` of a string or key-value condition."""

    conjunction: Conjunction | None = None
    values: list[str] | None = None


class StringCondition(Body):
    """v1SearchFilterStringCondition."""

    operator: Literal["eq", "contains", "beginsWith"] | None = None
    negation: bool | None = None
    ignore_case: bool | None = None
    match: Match | None = None


class KeyValueCondition(StringCondition):
    """v1SearchFilterKeyValueCondition."""

    key: str | None = None


class BoolCondition(Body):
    """v1SearchFilterBoolCondition."""

    value: bool | None = None


class DateCondition(Body):
    """v1SearchFilterDateCondition."""

    operator: Literal["eq", "gt", "gte", "lt", "lte", "range"] | None = None
    negation: bool | None = None
    match: Match | None = None


class Condition(Body):
    """v1SearchFilterCondition, less the number conditions, which no property of ours has."""

    string: StringCondition | None = None
    bool_: BoolCondition | None = Field(default=None, alias="bool")
    key_value: KeyValueCondition | None = None
    date: DateCondition | None = None


class FilterItem(Body):
    """v1SearchFilterItem."""

    property: str | None = None
    type: Literal["string", "int", "float", "bool", "date", "keyValue"] | None = None
    condition: Condition | None = None


class FilterGroup(Body):
    """v1SearchFilterGroup."""

    conjunction: Conjunction | None = None
    filters: list[FilterItem] | None = None


class SearchFilter(Body):
    """v1SearchFilterSpec."""

    conjunction: Conjunction | None = None
    filter_groups: list[FilterGroup] | None = None


class SearchSort(Body):
    """v1SearchFilterSortSpec."""

    field: (
        Literal[
            "environment", "clusterName", "clusterState", "healthState", "creationTimestamp", "lastModifiedTimestamp"
        ]
        | None
    ) = None
    order: Literal["asc", "desc"] | None = None


class SearchBody(Body):
    """v1SearchFilterSummarySpec."""

    filter: SearchFilter | None = None
    sort: list[SearchSort] | None = None


class FilterString(Body):
    """v1FilterString; FilterVersionString lacks `contains` and has `gt` and `lt`."""

    eq: str | None = None
    ne: str | None = None
    contains: str | None = None
    begins_with: str | None = None
    ignore_case: bool | None = None


class FilterVersion(Body):
    """v1FilterVersionString."""

    eq: str | None = None
    ne: str | None = None
    gt: str | None = None
    lt: str | None = None
    begins_with: str | None = None


class FilterArray(Body):
    """v1FilterArray."""

    eq: list[str] | None = None
    ne: list[str] | None = None
    begins_with: list[str] | None = None
    ignore_case: bool | None = None


class ProfileFilter(Body):
    """v1ClusterProfileFilterSpec."""

    profile_name: FilterString | None = None
    version: FilterVersion | None = None
    scope: Literal["system", "tenant", "project"] | None = None
    profile_type: list[Literal["cluster", "infra", "add-on", "system"]] | None = None
    environment: list[str] | None = None
    tags: FilterArray | None = None


class ProfileSort(Body):
    """v1ClusterProfileSortSpec."""

    field: Literal["profileName", "environment", "profileType", "creationTimestamp", "lastModifiedTimestamp"] | None = (
        None
    )
    order: Literal["asc", "desc"] | None = None


class ProfilesFilterBody(Body):
    """v1ClusterProfilesFilterSpec."""

    filter: ProfileFilter | None = None
    sort: list[ProfileSort] | None = None


def read_error(error: ValidationError) -> ApiError:
    """Turn a failed validation into a 400 that names the first offending field and repeats no value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    if first["type"] == "missing":
        return invalid(f"{field} in body is required")
    if first["type"] == "json_invalid":
        return invalid("body is not valid JSON")
    return invalid(f"{field} in body is invalid: {first['msg'][:1].lower()}{first['msg'][1:]}")
