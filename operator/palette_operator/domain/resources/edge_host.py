"""EdgeHost: one edge device, registered with Palette, reached through its own API, or both."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.resources.base import Immutable, Model, Rule
from palette_operator.domain.resources.edge_host_status import EdgeHostStatus
from palette_operator.domain.resources.fields import Arch, Flag, Labels, Name, Priority, Text
from palette_operator.domain.resources.local import Local
from palette_operator.domain.resources.shared import (
    RESERVED_TAGS,
    AdoptionPolicy,
    ConnectionRef,
    DeletionPolicy,
    Drift,
    Metadata,
    Mode,
    Nic,
    SecretKeyRef,
)

Switch = Literal["Enabled", "Disabled"]


class HostMatch(Model):
    """How a device that registered itself is known; all that is given must match."""

    name: Name = ""
    """Its name in Palette. Default: any."""
    tags: Labels = Field(default_factory=dict)
    """Tags that it has in Palette, with exactly these values. Default: any."""

    RULES: ClassVar = (
        Rule(
            "name or tags are needed",
            holds=lambda self: bool(self.name or self.tags),
            cel="(has(self.name) && self.name != '') || (has(self.tags) && self.tags.size() > 0)",
        ),
    )


class HostAdoption(Model):
    """What to do with a device that Palette already knows."""

    policy: AdoptionPolicy = "IfExists"
    """IfExists: also take over a device without mark, such as one that registered itself. IfOwned: only with our mark.
    Required: never register, wait for the device to appear. Default: IfExists, as the uid names the device."""
    match: HostMatch | None = None
    """Finds a device that registered itself, in place of uid: it is waited for, never registered. The one that is found
    is kept, whatever it is called later. May be changed, but neither added nor removed. Default: none."""


class HostDeletion(Model):
    """What happens in Palette when the EdgeHost is deleted."""

    policy: DeletionPolicy = "Orphan"
    """Orphan: the device stays registered, only our mark goes. Delete: it is removed from Palette. Default: Orphan."""


class HostNetwork(Model):
    """How the host appears in the network of a cluster; a pool's entry may say otherwise."""

    host_name: Text = ""
    """Host name of its node. Default: the device's own."""
    nic: Nic | None = None
    """The network interface that a cluster uses. Default: the device's own choice."""
    two_node_priority: Priority | None = None
    """Which of the two this is in a two-node cluster. Default: Palette's choice."""


class RemoteShell(Model):
    """Remote access to the device through Palette."""

    ssh: Switch | None = None
    """Remote SSH access. Default: left as it is."""
    temporary_user: Switch | None = None
    """A temporary user for it; needs ssh. Default: left as it is."""

    RULES: ClassVar = (
        Rule(
            "temporaryUser: Enabled needs ssh: Enabled",
            holds=lambda self: self.temporary_user != "Enabled" or self.ssh == "Enabled",
            cel="!has(self.temporaryUser) || self.temporaryUser != 'Enabled'"
            " || (has(self.ssh) && self.ssh == 'Enabled')",
        ),
    )


def _speaks_of_palette(spec: EdgeHostSpec) -> bool:
    told = (spec.project, spec.tags, spec.adoption.match, spec.pairing_key_secret_ref)
    return any(told) or spec.remote_shell != RemoteShell()


class EdgeHostSpec(Model):
    """What one edge device should be."""

    connection_ref: ConnectionRef | None = None
    """The PaletteConnection to go through. Immutable. Default: none, for a host that only `local` reaches."""
    local: Local | None = None
    """The host's own API. Alone, for an air-gapped host; beside connectionRef it is only read. Default: none."""
    project: Name = ""
    """Project, by name or uid; one that the connection allows. Default: the connection's project."""
    uid: Name = ""
    """Device id, as the device reports it. Default: metadata.name, or what the device at `local` alone reports.
    Immutable."""
    arch_type: Arch = "amd64"
    """Processor architecture. Default: amd64."""
    tags: Labels = Field(default_factory=dict)
    """Tags in Palette; a tag without a value has the value "". Others' tags are left alone. Default: none."""
    network: HostNetwork = Field(default_factory=HostNetwork)
    """How the host appears in the network of a cluster."""
    pairing_key_secret_ref: SecretKeyRef | None = None
    """A pairing key to register the device with; a Secret of this namespace. Default: none."""
    remote_shell: RemoteShell = Field(default_factory=RemoteShell)
    """Remote access to the device through Palette."""
    mode: Mode = "Manage"
    """Manage: make Palette, or an air-gapped host, match. Observe: only report. Plan: say what would be done.
    Default: Manage."""
    suspend: Flag = False
    """true: write nothing to Palette or the host, deletion included. Default: false."""
    adoption: HostAdoption = Field(default_factory=HostAdoption)
    """What to do with a device that Palette already knows."""
    deletion: HostDeletion = Field(default_factory=HostDeletion)
    """What happens in Palette when this object is deleted. A host without connectionRef is let go as it is."""
    drift: Drift = Field(default_factory=Drift)
    """What happens when Palette, or an air-gapped host, holds something else."""

    RULES: ClassVar = (
        RESERVED_TAGS,
        Rule(
            "uid and adoption.match exclude each other",
            holds=lambda self: not self.uid or self.adoption.match is None,
            cel="!has(self.uid) || self.uid == '' || !has(self.adoption) || !has(self.adoption.match)",
            at="adoption",
        ),
        Rule(
            "set connectionRef, local, or both",
            holds=lambda self: self.connection_ref is not None or self.local is not None,
            cel="has(self.connectionRef) || has(self.local)",
        ),
        Rule(
            "project, tags, adoption.match, pairingKeySecretRef and remoteShell need connectionRef",
            holds=lambda self: self.connection_ref is not None or not _speaks_of_palette(self),
            cel="has(self.connectionRef) || !(has(self.project) || (has(self.tags) && self.tags.size() > 0)"
            " || has(self.pairingKeySecretRef) || (has(self.adoption) && has(self.adoption.match))"
            " || (has(self.remoteShell) && (has(self.remoteShell.ssh) || has(self.remoteShell.temporaryUser))))",
        ),
        Rule(
            "local.configuration is for hosts without connectionRef: a host in Palette is configured there",
            holds=lambda self: self.connection_ref is None or self.local is None or self.local.configuration is None,
            cel="!has(self.connectionRef) || !has(self.local) || !has(self.local.configuration)",
            at="local",
        ),
        Rule(
            "local.uploads is for hosts without connectionRef: a host in Palette gets its content there",
            holds=lambda self: self.connection_ref is None or self.local is None or not self.local.uploads,
            cel="!has(self.connectionRef) || !has(self.local) || !has(self.local.uploads)"
            " || self.local.uploads.size() == 0",
            at="local",
        ),
    )


class EdgeHost(Model):
    """One edge device."""

    metadata: Metadata
    spec: EdgeHostSpec
    status: EdgeHostStatus = Field(default_factory=EdgeHostStatus)
    unknown_fields: tuple[str, ...] = ()
    """Paths in spec that this version does not know, and therefore ignores."""

    IMMUTABLE: ClassVar = (
        Immutable("spec.connectionRef.name"),
        Immutable("spec.uid", default_from="metadata.name"),
        Immutable("spec.adoption.match", default="false"),
    )

    @property
    def device_uid(self) -> HostUid:
        """The device's uid; "" for one that is still to be found by its name or tags.

        A host without connection is known by what it reported, where the spec names no device.
        """
        reports_itself = self.spec.connection_ref is None or self.spec.adoption.match is not None
        known = self.status.uid if reports_itself else ""
        return HostUid(self.spec.uid or known or ("" if self.spec.adoption.match else self.metadata.name))

    @property
    def connection_name(self) -> str:
        """The PaletteConnection that it goes through; "" for none."""
        return self.spec.connection_ref.name if self.spec.connection_ref else ""
