"""The cloud config of edge-native clusters, in the shapes that Palette and a host's own API share.

Source: Palette OpenAPI 4.9, v1EdgeNativeCloudConfigSpec; Edge Management OpenAPI, v1EdgeNativeCloudConfigSpec.
"""

from __future__ import annotations

from pydantic import Field

from palette_operator.domain.identifiers import CloudConfigUid, HostUid, PoolName
from palette_operator.domain.observed import EdgeNativeConfig, ObservedPool, PoolHost, Taint, UpdateStrategy
from palette_operator.http.device import Nic
from palette_operator.http.wire import Labels, Texts, Uid, Wire


class ControlPlaneEndpoint(Wire):
    """v1EdgeNativeControlPlaneEndPoint."""

    host: str = ""
    type: str = ""
    ddns_search_domain: str = ""


class Overlay(Wire):
    """v1EdgeNativeOverlayNetworkConfiguration."""

    enable: bool = False
    cidr: str = ""


class ClusterConfig(Wire):
    """v1EdgeNativeClusterConfig."""

    control_plane_endpoint: ControlPlaneEndpoint = Field(default_factory=ControlPlaneEndpoint)
    overlay_network_configuration: Overlay = Field(default_factory=Overlay)
    ntp_servers: Texts = Field(default_factory=list)
    ssh_keys: Texts = Field(default_factory=list)
    static_ip: bool = False
    is_two_node_cluster: bool = False


class ConfigHost(Wire):
    """v1EdgeNativeHost."""

    host_uid: Uid
    host_name: str = ""
    nic: Nic = Field(default_factory=Nic)
    network_info: list[Nic] = Field(default_factory=list)
    """What newer hosts tell instead of `nic`."""
    two_node_candidate_priority: str = ""

    def pool_host(self) -> PoolHost:
        """As the domain knows it."""
        nic = self.nic if self.nic.nic_name else next(iter(self.network_info), self.nic)
        return PoolHost(
            uid=HostUid(self.host_uid),
            name=self.host_name,
            nic_name=nic.nic_name,
            ip=nic.ip,
            subnet=nic.subnet,
            gateway=nic.gateway,
            dns=tuple(nic.dns),
            two_node_priority=self.two_node_candidate_priority,
        )


class TaintItem(Wire):
    """v1Taint."""

    key: str = ""
    value: str = ""
    effect: str = ""


class Strategy(Wire):
    """v1UpdateStrategy."""

    type: str = "RollingUpdateScaleOut"
    max_surge: str = ""
    max_unavailable: str = ""


class PoolProperties(Wire):
    """v1MachinePoolProperties."""

    arch_type: str = ""


class PoolConfig(Wire):
    """v1EdgeNativeMachinePoolConfig: flat, unlike the entity that is written."""

    name: Uid
    size: int = 0
    is_control_plane: bool = False
    use_control_plane_as_worker: bool = False
    hosts: list[ConfigHost] = Field(default_factory=list)
    additional_labels: Labels = Field(default_factory=dict)
    taints: list[TaintItem] = Field(default_factory=list)
    machine_pool_properties: PoolProperties = Field(default_factory=PoolProperties)
    update_strategy: Strategy = Field(default_factory=Strategy)
    node_repave_interval: int = 0
    skip_k8s_upgrade: str = Field(default="", alias="skipK8sUpgrade")

    def pool(self) -> ObservedPool:
        """As the domain knows it."""
        strategy = self.update_strategy
        return ObservedPool(
            name=PoolName(self.name),
            control_plane=self.is_control_plane,
            control_plane_as_worker=self.use_control_plane_as_worker,
            size=self.size,
            hosts=tuple(host.pool_host() for host in self.hosts),
            labels=self.additional_labels,
            taints=tuple(Taint(taint.key, taint.value, taint.effect) for taint in self.taints),
            arch=self.machine_pool_properties.arch_type,
            update_strategy=UpdateStrategy(strategy.type, strategy.max_surge, strategy.max_unavailable),
            node_repave_interval_s=self.node_repave_interval,
            skip_kubernetes_upgrade=self.skip_k8s_upgrade == "enabled" if self.skip_k8s_upgrade else None,
        )


class ConfigSpec(Wire):
    """v1EdgeNativeCloudConfigSpec; both fields are required, so that an odd answer never reads as "no pools"."""

    cluster_config: ClusterConfig
    machine_pool_config: list[PoolConfig]

    def config(self, uid: CloudConfigUid) -> EdgeNativeConfig:
        """As the domain knows it."""
        cloud = self.cluster_config
        overlay = cloud.overlay_network_configuration
        return EdgeNativeConfig(
            uid=uid,
            endpoint_type=cloud.control_plane_endpoint.type,
            endpoint_host=cloud.control_plane_endpoint.host,
            ddns_search_domain=cloud.control_plane_endpoint.ddns_search_domain,
            overlay_cidr=overlay.cidr if overlay.enable else "",
            ntp_servers=tuple(cloud.ntp_servers),
            ssh_keys=tuple(cloud.ssh_keys),
            static_ip=cloud.static_ip,
            two_node=cloud.is_two_node_cluster,
            pools=tuple(pool.pool() for pool in self.machine_pool_config),
        )
