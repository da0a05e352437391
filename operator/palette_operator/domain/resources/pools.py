"""Machine pools of a cluster on edge hosts.

Source: Palette OpenAPI 4.9, v1MachinePoolConfigEntity and v1EdgeNativeMachinePoolHostEntity.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictInt

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.fields import (
    Amount,
    Arch,
    DnsLabel,
    DnsName,
    Flag,
    Labels,
    LabelValue,
    Name,
    Priority,
    Text,
)
from palette_operator.domain.resources.shared import LabelSelector, Nic

MAX_HOSTS_PER_POOL = 128


class PoolEdgeHost(Model):
    """One edge host of a pool, by EdgeHost object or by device uid."""

    name: DnsName = ""
    """Name of an EdgeHost of this namespace."""
    uid: Name = ""
    """Device uid in Palette, for a host without EdgeHost object."""
    host_name: Text = ""
    """Host name of the node. Default: that of the EdgeHost."""
    nic: Nic | None = None
    """The network interface to use, in place of the EdgeHost's. Default: that of the EdgeHost."""
    two_node_priority: Priority | None = None
    """Which of the two this is in a two-node cluster. Default: that of the EdgeHost."""

    RULES: ClassVar = (
        Rule(
            "set exactly one of name, uid",
            holds=lambda self: bool(self.name) != bool(self.uid),
            cel="has(self.name) != has(self.uid)",
        ),
    )


class EdgeHostSelector(LabelSelector):
    """Chooses edge hosts of this namespace by the labels of their EdgeHost objects; a choice once made is kept."""

    count: Annotated[StrictInt, Field(ge=1, le=MAX_HOSTS_PER_POOL)]
    """How many hosts the pool takes."""

    RULES: ClassVar = (
        Rule(
            "set matchLabels or matchExpressions",
            holds=lambda self: bool(self.match_labels or self.match_expressions),
            cel="(has(self.matchLabels) && self.matchLabels.size() > 0)"
            " || (has(self.matchExpressions) && self.matchExpressions.size() > 0)",
        ),
    )


class PoolTaint(Model):
    """A Kubernetes taint of each node."""

    key: Name
    """Taint key."""
    value: LabelValue = ""
    """Taint value. Default: empty."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]
    """What it does to pods that do not tolerate it."""


class PoolUpdateStrategy(Model):
    """How nodes are replaced."""

    type: Literal["RollingUpdateScaleOut", "RollingUpdateScaleIn", "OverrideScaling"] = "RollingUpdateScaleOut"
    """ScaleOut adds a node before it removes one, ScaleIn the other way round, OverrideScaling as the other fields say.
    Default: RollingUpdateScaleOut."""
    max_surge: Amount = ""
    """Nodes that may be added during an update, a number or a percentage; with OverrideScaling alone."""
    max_unavailable: Amount = ""
    """Nodes that may be missing during an update, a number or a percentage; with OverrideScaling alone."""

    RULES: ClassVar = (
        Rule(
            "maxSurge and maxUnavailable are needed with type OverrideScaling, and only then",
            holds=lambda self: {bool(self.max_surge), bool(self.max_unavailable)} == {self.type == "OverrideScaling"},
            cel="[has(self.maxSurge) && self.maxSurge != '', has(self.maxUnavailable) && self.maxUnavailable != '']"
            ".all(set, set == (has(self.type) && self.type == 'OverrideScaling'))",
        ),
    )


def _priorities_differ(pool: MachinePool) -> bool:
    given = [host.two_node_priority for host in pool.edge_hosts if host.two_node_priority]
    return len(given) == len(set(given))


class MachinePool(Model):
    """Nodes that are alike."""

    name: DnsLabel
    """Name of the pool, its key in Palette: another name is another pool."""
    control_plane: Flag = False
    """Whether the pool is the control plane. Default: false."""
    use_control_plane_as_worker: Flag = False
    """Whether the control plane also runs workloads. Default: false."""
    edge_hosts: Annotated[tuple[PoolEdgeHost, ...], Field(min_length=1, max_length=MAX_HOSTS_PER_POOL)] = ()
    """The hosts of the pool, one by one."""
    edge_host_selector: EdgeHostSelector | None = None
    """Chooses the hosts by label, in place of `edgeHosts`."""
    labels: Labels = Field(default_factory=dict)
    """Kubernetes labels of each node. Default: none."""
    taints: Annotated[tuple[PoolTaint, ...], Field(max_length=32)] = ()
    """Kubernetes taints of each node. Default: none."""
    arch_type: Arch = "amd64"
    """Processor architecture of the hosts. Default: amd64."""
    update_strategy: PoolUpdateStrategy | None = None
    """How nodes are replaced. Default: RollingUpdateScaleOut."""
    node_repave_interval_seconds: Annotated[StrictInt, Field(ge=0, le=2_147_483_647)] = 0
    """Seconds a node is Ready before the next one is repaved; for worker pools. Default: 0."""
    skip_kubernetes_upgrade: Flag = False
    """Whether the pool stays on its Kubernetes version when the control plane is upgraded; for worker pools.
    Default: false."""

    RULES: ClassVar = (
        Rule(
            "set exactly one of edgeHosts, edgeHostSelector",
            holds=lambda self: bool(self.edge_hosts) != bool(self.edge_host_selector),
            cel="has(self.edgeHosts) != has(self.edgeHostSelector)",
        ),
        Rule(
            "useControlPlaneAsWorker goes with controlPlane: true",
            holds=lambda self: self.control_plane or not self.use_control_plane_as_worker,
            cel="!has(self.useControlPlaneAsWorker) || !self.useControlPlaneAsWorker"
            " || (has(self.controlPlane) && self.controlPlane)",
        ),
        Rule(
            "nodeRepaveIntervalSeconds and skipKubernetesUpgrade are for worker pools",
            holds=lambda self: (
                not self.control_plane or not (self.node_repave_interval_seconds or self.skip_kubernetes_upgrade)
            ),
            cel="!has(self.controlPlane) || !self.controlPlane"
            " || ((!has(self.nodeRepaveIntervalSeconds) || self.nodeRepaveIntervalSeconds == 0)"
            " && (!has(self.skipKubernetesUpgrade) || !self.skipKubernetesUpgrade))",
        ),
        Rule(
            "twoNodePriority names one primary and one secondary at most",
            holds=_priorities_differ,
            cel="!has(self.edgeHosts) || ['primary', 'secondary'].all(priority, self.edgeHosts.filter(host,"
            " has(host.twoNodePriority) && host.twoNodePriority == priority).size() <= 1)",
        ),
    )

    @property
    def host_count(self) -> int:
        """How many hosts the pool asks for."""
        return self.edge_host_selector.count if self.edge_host_selector else len(self.edge_hosts)
