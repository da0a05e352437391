"""The cluster that a host is part of. Source: Edge Management OpenAPI.

The kubeconfig is read by a shape of its own, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from palette_operator.domain.identifiers import CloudConfigUid, ClusterUid, HostUid, PoolName, ProfileUid
from palette_operator.domain.local import (
    LocalCertificate,
    LocalCertificates,
    LocalCluster,
    LocalClusterConfig,
    LocalCondition,
    LocalNode,
    LocalPool,
    LocalPoolHost,
    LocalPoolNode,
    LocalVariable,
)
from palette_operator.edge.wire.base import Health, Metadata, Saying, Switch, Texts, Wire
from palette_operator.http.edge_native import ConfigSpec, PoolConfig


class Condition(Wire):
    """v1Condition."""

    type: str = ""
    status: str = ""
    reason: Saying = ""
    message: Saying = ""

    def condition(self) -> LocalCondition:
        """As the domain knows it."""
        return LocalCondition(self.type, self.status, self.reason, self.message)


class PoolIdentity(Wire):
    """v1ClusterNodePool."""

    name: str = ""
    is_control_plane: bool = False
    arch_type: str = ""


class PoolHostItem(Wire):
    """v1EdgeHost."""

    host_id: str = Field(default="", alias="hostID")
    host_name: str = ""
    host_address: str = ""


class PoolSpec(Wire):
    """v1ClusterNodePoolSpec."""

    pool: PoolIdentity = Field(default_factory=PoolIdentity)
    hosts: list[PoolHostItem] = Field(default_factory=list)


class PoolNodeItem(Wire):
    """v1ClusterNodeStatus."""

    node_name: str = ""
    ipv4: str = ""
    node_state: str = ""
    health: Health = Field(default_factory=Health)
    k8s_version: str = Field(default="", alias="k8sVersion")
    architecture: str = ""

    def node(self) -> LocalPoolNode:
        """As the domain knows it."""
        return LocalPoolNode(
            name=self.node_name,
            ip=self.ipv4,
            state=self.node_state,
            health=self.health.status,
            health_reason=self.health.reason,
            kubernetes_version=self.k8s_version,
            arch=self.architecture,
        )


class PoolStatus(Wire):
    """v1ClusterNodePoolStatus."""

    pool: PoolIdentity = Field(default_factory=PoolIdentity)
    nodes: list[PoolNodeItem] = Field(default_factory=list)


class ClusterSpec(Wire):
    """v1ClusterSpec."""

    host_ids: Texts = Field(default_factory=list, alias="hostIDs")
    node_pools: list[PoolSpec] = Field(default_factory=list)
    ntp_servers: Texts = Field(default_factory=list)
    ssh_keys: Texts = Field(default_factory=list)
    overlay_cidr: str = Field(default="", alias="overlayCIDR")
    vip: str = ""


class ClusterStatus(Wire):
    """v1ClusterStatus, less the kubeconfig."""

    agent_version: str = ""
    cluster_conditions: list[Condition] = Field(default_factory=list)
    cluster_state: str = ""
    cluster_state_reason: Saying = ""
    health: Health = Field(default_factory=Health)
    is_reboot_pending: bool = False
    k8s_version: str = Field(default="", alias="k8sVersion")
    node_pools: list[PoolStatus] = Field(default_factory=list)
    ntp_servers_applied: Switch = None
    ssh_keys_applied: Switch = None


class Cluster(Wire):
    """v1Cluster; without metadata it is no cluster."""

    metadata: Metadata
    spec: ClusterSpec = Field(default_factory=ClusterSpec)
    status: ClusterStatus = Field(default_factory=ClusterStatus)

    def cluster(self) -> LocalCluster:
        """As the domain knows it."""
        spec, status = self.spec, self.status
        return LocalCluster(
            name=self.metadata.name,
            uid=ClusterUid(self.metadata.id),
            labels=self.metadata.labels,
            state=status.cluster_state,
            state_reason=status.cluster_state_reason,
            health=status.health.status,
            health_reason=status.health.reason,
            kubernetes_version=status.k8s_version,
            agent_version=status.agent_version,
            pools=tuple(self._pools()),
            conditions=tuple(condition.condition() for condition in status.cluster_conditions),
            is_reboot_pending=status.is_reboot_pending,
            vip=spec.vip,
            overlay_cidr=spec.overlay_cidr,
            host_uids=tuple(HostUid(uid) for uid in spec.host_ids),
            ntp_servers=tuple(spec.ntp_servers),
            ssh_keys=tuple(spec.ssh_keys),
            ntp_servers_applied=status.ntp_servers_applied,
            ssh_keys_applied=status.ssh_keys_applied,
        )

    def _pools(self) -> Iterator[LocalPool]:
        """Bring together what was asked for and what there is, by the pools' names."""
        asked = {item.pool.name: item for item in self.spec.node_pools}
        there = {item.pool.name: item for item in self.status.node_pools}
        for name in dict.fromkeys((*asked, *there)):
            wanted, seen = asked.get(name, PoolSpec()), there.get(name, PoolStatus())
            identity = wanted.pool if name in asked else seen.pool
            yield LocalPool(
                name=PoolName(name),
                control_plane=identity.is_control_plane,
                arch=identity.arch_type,
                hosts=tuple(LocalPoolHost(HostUid(h.host_id), h.host_name, h.host_address) for h in wanted.hosts),
                nodes=tuple(node.node() for node in seen.nodes),
            )


class KubeconfigStatus(Wire):
    """The part of v1ClusterStatus that nothing else reads."""

    kubeconfig: str = Field(default="", repr=False)


class KubeconfigHolder(Wire):
    """v1Cluster, when its kubeconfig is asked for."""

    metadata: Metadata
    status: KubeconfigStatus = Field(default_factory=KubeconfigStatus)


class VariableItem(Wire):
    """v1ProfileVariable."""

    name: str = ""
    profile_uid: str = ""
    value: str = Field(default="", repr=False)


class LocalCloudConfig(Wire):
    """v1EdgeNativeCloudConfig."""

    spec: ConfigSpec | None = None


class ClusterConfigSpec(Wire):
    """The spec of a v1ClusterConfiguration."""

    archive_upload_path: str = ""
    cloud_config: LocalCloudConfig = Field(default_factory=LocalCloudConfig)
    profile_variables: list[VariableItem] = Field(default_factory=list)


class ClusterConfiguration(Wire):
    """v1ClusterConfiguration."""

    metadata: Metadata
    spec: ClusterConfigSpec = Field(default_factory=ClusterConfigSpec)

    def config(self) -> LocalClusterConfig:
        """As the domain knows it."""
        cloud = self.spec.cloud_config.spec
        return LocalClusterConfig(
            name=self.metadata.name,
            uid=ClusterUid(self.metadata.id),
            labels=self.metadata.labels,
            archive_path=self.spec.archive_upload_path,
            cloud=None if cloud is None else cloud.config(CloudConfigUid("")),
            variables=tuple(
                LocalVariable(item.name, ProfileUid(item.profile_uid), item.value)
                for item in self.spec.profile_variables
            ),
        )


class Pools(Wire):
    """The list of v1EdgeNativeMachinePoolConfig; required, so that an odd answer never reads as "no pools"."""

    items: list[PoolConfig]


class NodeCondition(Wire):
    """v1ClusterNodeCondition."""

    condition_type: str = ""
    status: str = ""
    reason: Saying = ""
    message: Saying = ""

    def condition(self) -> LocalCondition:
        """As the domain knows it."""
        return LocalCondition(self.condition_type, self.status, self.reason, self.message)


class NodeItem(Wire):
    """v1ClusterNode."""

    node_name: str = ""
    edge_host_id: str = Field(default="", alias="edgeHostID")
    ipv4: str = ""
    node_status: NodeCondition | None = None
    node_health: list[NodeCondition] = Field(default_factory=list)
    kubelet_version: str = ""
    kernel_version: str = ""
    os_image: str = ""
    architecture: str = ""

    def node(self) -> LocalNode:
        """As the domain knows it."""
        return LocalNode(
            name=self.node_name,
            host_uid=HostUid(self.edge_host_id) if self.edge_host_id else None,
            ip=self.ipv4,
            status=None if self.node_status is None else self.node_status.condition(),
            conditions=tuple(each.condition() for each in self.node_health),
            kubelet_version=self.kubelet_version,
            kernel_version=self.kernel_version,
            os_image=self.os_image,
            arch=self.architecture,
        )


class Nodes(Wire):
    """v1ClusterNodes."""

    nodes: list[NodeItem]


class ChildCertificate(Wire):
    """v1ChildCerts."""

    name: str = ""
    node_name: str = ""
    issue_date: str = ""
    expiration_date: str = ""


class Authority(Wire):
    """v1CA."""

    name: str = ""
    issue_date: str = ""
    expiration_date: str = ""
    child_certs: list[ChildCertificate] = Field(default_factory=list)


class Certificates(Wire):
    """v1CertificateDetails."""

    certificates: list[Authority] = Field(default_factory=list)
    needs_renewal: Switch = None
    earliest_auto_renewal_time: str = ""

    def details(self) -> LocalCertificates:
        """As the domain knows it."""
        return LocalCertificates(self.needs_renewal, self.earliest_auto_renewal_time, tuple(self._each()))

    def _each(self) -> Iterator[LocalCertificate]:
        for ca in self.certificates:
            yield LocalCertificate(ca.name, ca.expiration_date, ca.issue_date)
            for child in ca.child_certs:
                yield LocalCertificate(child.name, child.expiration_date, child.issue_date, ca.name, child.node_name)
