"""PaletteCluster: one cluster that Palette manages."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, StrictInt

from palette_operator.domain.resources.base import Immutable, Model, Rule
from palette_operator.domain.resources.cluster_status import ClusterStatus
from palette_operator.domain.resources.edge_native import EdgeNative
from palette_operator.domain.resources.fields import Flag, Labels, Name, named
from palette_operator.domain.resources.pools import MachinePool
from palette_operator.domain.resources.profiles import ClusterProfile
from palette_operator.domain.resources.shared import (
    RESERVED_TAGS,
    AdoptionPolicy,
    ConnectionRef,
    DeletionPolicy,
    Drift,
    Metadata,
    Mode,
)

# Palette's documentation asks for 15 minutes in Deleting before force; its Terraform provider waits 20.
MIN_FORCE_AFTER_MINUTES = 20


class ClusterAdoption(Model):
    """What to do with a cluster that Palette already has."""

    policy: AdoptionPolicy = "IfOwned"
    """IfOwned: take one that carries our mark. IfExists: also one without a mark, where the connection allows it.
    Required: never create, wait for it to appear. Default: IfOwned."""
    uid: Annotated[str, Field(max_length=63)] = ""
    """Uid in Palette of the very cluster to take. Default: found by mark or name."""


class ClusterDeletion(Model):
    """What happens in Palette when the PaletteCluster is deleted."""

    policy: DeletionPolicy = "Orphan"
    """Orphan: the cluster goes on running, only our mark goes. Delete: it is deleted. Default: Orphan."""
    force_after_minutes: Annotated[StrictInt, Field(ge=0, le=43_200)] = 0
    """Minutes in state Deleting after which deletion is forced, which leaves resources behind; 0: never. Default: 0."""

    RULES: ClassVar = (
        Rule(
            f"forceAfterMinutes must be 0 (never) or at least {MIN_FORCE_AFTER_MINUTES}",
            holds=lambda self: self.force_after_minutes == 0 or self.force_after_minutes >= MIN_FORCE_AFTER_MINUTES,
            cel="!has(self.forceAfterMinutes) || self.forceAfterMinutes == 0"
            f" || self.forceAfterMinutes >= {MIN_FORCE_AFTER_MINUTES}",
            at="forceAfterMinutes",
        ),
    )


class Cloud(Model):
    """The cloud that the cluster runs on; exactly one member."""

    edge_native: EdgeNative | None = None
    """Edge hosts that Palette manages."""

    RULES: ClassVar = (
        Rule(
            "set exactly one cloud: edgeNative",
            holds=lambda self: self.edge_native is not None,
            cel="has(self.edgeNative)",
        ),
    )


def _control_planes(spec: ClusterSpec) -> list[MachinePool]:
    return [pool for pool in spec.machine_pools if pool.control_plane]


def _two_hosts_where_two_node(spec: ClusterSpec) -> bool:
    two_node = spec.cloud.edge_native is not None and spec.cloud.edge_native.two_node
    return not two_node or all(pool.host_count == 2 for pool in _control_planes(spec))  # noqa: PLR2004 - as named


def _addresses_where_static(spec: ClusterSpec) -> bool:
    static = spec.cloud.edge_native is not None and spec.cloud.edge_native.static_ip
    return not static or all(host.nic is None or host.nic.ip for pool in spec.machine_pools for host in pool.edge_hosts)


def _hosts_named_once(spec: ClusterSpec) -> bool:
    named_hosts = [(host.name, host.uid) for pool in spec.machine_pools for host in pool.edge_hosts]
    return len(named_hosts) == len(set(named_hosts))


_POOLS = "has(self.machinePools)"
_EDGE = "!has(self.cloud.edgeNative)"


class ClusterSpec(Model):
    """What one cluster should be."""

    connection_ref: ConnectionRef
    """The PaletteConnection to go through. Immutable."""
    project: Name = ""
    """Project, by name or uid; one that the connection allows. The uid it resolved to at creation is kept in status.
    Default: the connection's project."""
    name: Name = ""
    """Name in Palette. Default: metadata.name. Immutable."""
    mode: Mode = "Manage"
    """Manage: make Palette match. Observe: only report. Plan: say what would be done. Default: Manage."""
    suspend: Flag = False
    """true: write nothing to Palette, deletion included. Default: false."""
    adoption: ClusterAdoption = Field(default_factory=ClusterAdoption)
    """What to do with a cluster that Palette already has."""
    deletion: ClusterDeletion = Field(default_factory=ClusterDeletion)
    """What happens in Palette when this object is deleted."""
    drift: Drift = Field(default_factory=Drift)
    """What happens when Palette holds something else."""
    description: Annotated[str, Field(max_length=1024)] = ""
    """Description in Palette. Default: none."""
    tags: Labels = Field(default_factory=dict)
    """Tags in Palette; a tag without a value has the value "". Others' tags are left alone. Default: none."""
    profiles: Annotated[tuple[ClusterProfile, ...], Field(max_length=32, json_schema_extra=named("name"))] = ()
    """Cluster profiles: the infrastructure profile and add-ons. Others' add-ons are left alone. Default: none."""
    cloud: Cloud
    """The cloud that the cluster runs on; exactly one member."""
    machine_pools: Annotated[tuple[MachinePool, ...], Field(max_length=32, json_schema_extra=named("name"))] = ()
    """Machine pools; exactly one is the control plane, except in mode Observe. Default: none."""

    RULES: ClassVar = (
        RESERVED_TAGS,
        Rule(
            "exactly one pool must have controlPlane: true",
            holds=lambda self: len(_control_planes(self)) == 1 or (self.mode == "Observe" and not self.machine_pools),
            cel=f"{_POOLS} && self.machinePools.size() > 0"
            " ? self.machinePools.filter(pool, has(pool.controlPlane) && pool.controlPlane).size() == 1"
            " : self.mode == 'Observe'",
            at="machinePools",
        ),
        Rule(
            "cloud.edgeNative.twoNode needs a control-plane pool of exactly two hosts",
            holds=_two_hosts_where_two_node,
            cel=f"{_EDGE} || !self.cloud.edgeNative.twoNode || !{_POOLS} || self.machinePools.all(pool,"
            " !has(pool.controlPlane) || !pool.controlPlane"
            " || (has(pool.edgeHosts) ? pool.edgeHosts.size() == 2"
            " : has(pool.edgeHostSelector) && pool.edgeHostSelector.count == 2))",
            at="machinePools",
        ),
        Rule(
            "cloud.edgeNative.staticIP needs an ip in each nic of edgeHosts",
            holds=_addresses_where_static,
            cel=f"{_EDGE} || !self.cloud.edgeNative.staticIP || !{_POOLS} || self.machinePools.all(pool,"
            " !has(pool.edgeHosts) || pool.edgeHosts.all(host, !has(host.nic)"
            " || (has(host.nic.ip) && host.nic.ip != '')))",
            at="machinePools",
        ),
        Rule(
            "an edge host can be in one pool only, once",
            holds=_hosts_named_once,
            cel=None,  # comparing every host with every other exceeds the cost that a server grants
            at="machinePools",
        ),
    )


class PaletteCluster(Model):
    """One cluster that Palette manages."""

    metadata: Metadata
    spec: ClusterSpec
    status: ClusterStatus = Field(default_factory=ClusterStatus)
    unknown_fields: tuple[str, ...] = ()
    """Paths in spec that this version does not know, and therefore ignores."""

    IMMUTABLE: ClassVar = (
        Immutable("spec.connectionRef.name"),
        Immutable("spec.name", default_from="metadata.name"),
        Immutable("spec.cloud.edgeNative.overlay.cidr"),
        Immutable("spec.cloud.edgeNative.controlPlaneEndpoint.type", default="VIP"),
        Immutable("spec.cloud.edgeNative.controlPlaneEndpoint.host"),
        Immutable("spec.cloud.edgeNative.controlPlaneEndpoint.ddnsSearchDomain"),
        Immutable("spec.cloud.edgeNative.staticIP", default="false"),
        Immutable("spec.cloud.edgeNative.twoNode", default="false"),
    )

    @property
    def connection_name(self) -> str:
        """The PaletteConnection that it goes through."""
        return self.spec.connection_ref.name

    @property
    def palette_name(self) -> str:
        """The cluster's name in Palette."""
        return self.spec.name or self.metadata.name
