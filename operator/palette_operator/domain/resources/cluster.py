"""PaletteCluster: one cluster, managed by Palette or by the air-gapped hosts that it runs on."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StrictInt

from palette_operator.domain.resources.base import Immutable, Model, Rule
from palette_operator.domain.resources.cluster_rules import LOCAL_RULES, POOL_RULES
from palette_operator.domain.resources.cluster_status import ClusterStatus
from palette_operator.domain.resources.edge_local import EdgeLocal
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
    edge_local: EdgeLocal | None = None
    """Air-gapped edge hosts that no Palette manages."""

    RULES: ClassVar = (
        Rule(
            "set exactly one cloud: edgeNative or edgeLocal",
            holds=lambda self: (self.edge_native is None) != (self.edge_local is None),
            cel="has(self.edgeNative) != has(self.edgeLocal)",
        ),
    )


class KubeconfigPolicy(Model):
    """Whether the cluster's kubeconfig is handed out."""

    kind: Literal["None", "Admin"] = "None"
    """Admin: the administrator's, into the Secret NAME-kubeconfig of this namespace, under the key `value`; not in
    mode Observe.
    None: not at all; a Secret that was written is removed. Default: None."""


class ClusterSpec(Model):
    """What one cluster should be."""

    connection_ref: ConnectionRef | None = None
    """The PaletteConnection to go through; none with cloud.edgeLocal. Immutable."""
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
    kubeconfig: KubeconfigPolicy = Field(default_factory=KubeconfigPolicy)
    """Whether the cluster's kubeconfig is handed out; for now with cloud.edgeLocal alone."""

    RULES: ClassVar = (RESERVED_TAGS, *POOL_RULES, *LOCAL_RULES)


def _edge_immutables(cloud: str) -> tuple[Immutable, ...]:
    """Return what every cluster on edge hosts keeps for life."""
    path = f"spec.cloud.{cloud}"
    return (
        Immutable(f"{path}.overlay.cidr"),
        Immutable(f"{path}.controlPlaneEndpoint.type", default="VIP"),
        Immutable(f"{path}.controlPlaneEndpoint.host"),
        Immutable(f"{path}.controlPlaneEndpoint.ddnsSearchDomain"),
        Immutable(f"{path}.staticIP", default="false"),
        Immutable(f"{path}.twoNode", default="false"),
    )


class PaletteCluster(Model):
    """One cluster, managed by Palette or, in an air-gapped site, by the hosts that it runs on."""

    metadata: Metadata
    spec: ClusterSpec
    status: ClusterStatus = Field(default_factory=ClusterStatus)
    unknown_fields: tuple[str, ...] = ()
    """Paths in spec that this version does not know, and therefore ignores."""

    IMMUTABLE: ClassVar = (
        Immutable("spec.connectionRef.name"),
        Immutable("spec.name", default_from="metadata.name"),
        *_edge_immutables("edgeNative"),
        *_edge_immutables("edgeLocal"),
    )

    @property
    def connection_name(self) -> str:
        """The PaletteConnection that it goes through; "" for none."""
        return self.spec.connection_ref.name if self.spec.connection_ref else ""

    @property
    def palette_name(self) -> str:
        """The cluster's name in Palette, or on its hosts."""
        return self.spec.name or self.metadata.name
