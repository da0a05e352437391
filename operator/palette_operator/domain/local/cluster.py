"""The cluster that a host is part of, as the host tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palette_operator.domain.identifiers import ClusterUid, HostUid, PoolName, ProfileUid
from palette_operator.domain.observed import EdgeNativeConfig


@dataclass(frozen=True, slots=True)
class LocalPoolHost:
    """A host as a pool of the running cluster lists it."""

    uid: HostUid
    name: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class LocalPoolNode:
    """A node of a pool."""

    name: str
    ip: str = ""
    state: str = ""
    """Provisioning, Running, Deleting or Error."""
    health: str = ""
    health_reason: str = ""
    kubernetes_version: str = ""
    arch: str = ""


@dataclass(frozen=True, slots=True)
class LocalPool:
    """A pool of the running cluster: the hosts that it was given and the nodes that it has."""

    name: PoolName
    control_plane: bool = False
    arch: str = ""
    hosts: tuple[LocalPoolHost, ...] = ()
    nodes: tuple[LocalPoolNode, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalCondition:
    """A condition, without its times."""

    type: str
    status: str
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class LocalCluster:
    """A cluster without its kubeconfig. Source: Edge Management OpenAPI, v1Cluster."""

    name: str
    uid: ClusterUid
    labels: Mapping[str, str] = field(default_factory=dict)
    state: str = ""
    """Provisioning, Running, Deleting or Error."""
    state_reason: str = ""
    health: str = ""
    """Healthy or Unhealthy; "" before the first report."""
    health_reason: str = ""
    kubernetes_version: str = ""
    agent_version: str = ""
    pools: tuple[LocalPool, ...] = ()
    conditions: tuple[LocalCondition, ...] = ()
    is_reboot_pending: bool = False
    vip: str = ""
    overlay_cidr: str = ""
    host_uids: tuple[HostUid, ...] = ()
    ntp_servers: tuple[str, ...] = ()
    ssh_keys: tuple[str, ...] = ()
    ntp_servers_applied: bool | None = None
    ssh_keys_applied: bool | None = None

    @property
    def node_count(self) -> int:
        """Count the nodes of all pools."""
        return sum(len(pool.nodes) for pool in self.pools)


@dataclass(frozen=True, slots=True)
class LocalVariable:
    """The value of a profile variable, which may be secret."""

    name: str
    profile_uid: ProfileUid
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LocalClusterConfig:
    """What the cluster was asked to be. Source: Edge Management OpenAPI, v1ClusterConfiguration."""

    name: str
    uid: ClusterUid
    labels: Mapping[str, str] = field(default_factory=dict)
    archive_path: str = ""
    cloud: EdgeNativeConfig | None = None
    """None when the host does not show it."""
    variables: tuple[LocalVariable, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalNode:
    """A node of the cluster, with the host it runs on. Source: Edge Management OpenAPI, v1ClusterNode."""

    name: str
    host_uid: HostUid | None
    ip: str = ""
    status: LocalCondition | None = None
    conditions: tuple[LocalCondition, ...] = ()
    kubelet_version: str = ""
    kernel_version: str = ""
    os_image: str = ""
    arch: str = ""


@dataclass(frozen=True, slots=True)
class LocalCertificate:
    """A certificate of the cluster; times are the host's own words."""

    name: str
    expires: str
    issued: str = ""
    authority: str = ""
    """The authority that issued it; "" for an authority itself."""
    node: str = ""


@dataclass(frozen=True, slots=True)
class LocalCertificates:
    """The cluster's certificates. Source: Edge Management OpenAPI, v1CertificateDetails."""

    needs_renewal: bool | None
    earliest_automatic_renewal: str
    certificates: tuple[LocalCertificate, ...]
