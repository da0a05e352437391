"""What a resource asks for once its references are resolved to uids and its secrets are read.

The planner compares these with what was observed; the clouds build request bodies from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from palette_operator.domain.identifiers import HostUid, PoolName, ProfileUid
from palette_operator.domain.observed import Taint, UpdateStrategy


@dataclass(frozen=True, slots=True)
class DesiredVariable:
    """A profile variable. The value may be a secret, so it never shows in a repr."""

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DesiredManifest:
    """A manifest inside a pack; its content may be a secret."""

    name: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DesiredPack:
    """Values that override those of a profile's pack; they may hold secrets."""

    name: str
    type: str
    tag: str
    values: str = field(repr=False)
    manifests: tuple[DesiredManifest, ...] = ()


@dataclass(frozen=True, slots=True)
class DesiredProfile:
    """One profile version to attach, resolved to its uid."""

    uid: ProfileUid
    name: str
    """The profile's name in Palette: what tells a new version of the same profile from another profile."""
    version: str
    variables: tuple[DesiredVariable, ...] = ()
    packs: tuple[DesiredPack, ...] = ()
    cloud_type: str = ""
    """Of the profile: `all` for add-ons; "" when not known."""

    @property
    def is_infrastructure(self) -> bool:
        """Whether it is made for one cloud, as those are that a cluster has exactly one of."""
        return self.cloud_type not in {"", "all"}


@dataclass(frozen=True, slots=True)
class DesiredHost:
    """A host in a pool, with the static network it is to have (empty: as the host itself has it)."""

    uid: HostUid
    name: str = ""
    nic_name: str = ""
    ip: str = ""
    subnet: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()
    mac: str = ""
    two_node_priority: str = ""
    """primary, secondary, or "" outside two-node clusters."""
    address: str = ""
    """Where the device is now: air-gapped hosts are told of each other. "" with Palette."""


@dataclass(frozen=True, slots=True)
class DesiredPool:
    """A machine pool and the hosts chosen for it."""

    name: PoolName
    control_plane: bool
    control_plane_as_worker: bool
    hosts: tuple[DesiredHost, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    arch: str = ""
    update_strategy: UpdateStrategy = field(default_factory=UpdateStrategy)
    node_repave_interval_s: int = 0
    skip_kubernetes_upgrade: bool = False


@dataclass(frozen=True, slots=True)
class DesiredEdgeNative:
    """The cloud settings of a cluster on edge hosts."""

    endpoint_type: str = ""
    endpoint_host: str = ""
    ddns_search_domain: str = ""
    overlay_cidr: str = ""
    """"" means no overlay."""
    ntp_servers: tuple[str, ...] = ()
    ssh_keys: tuple[str, ...] = ()
    static_ip: bool = False
    two_node: bool = False


@dataclass(frozen=True, slots=True)
class DesiredCluster:
    """A whole cluster on edge hosts as it should be in Palette, or on air-gapped hosts."""

    name: str
    description: str
    labels: Mapping[str, str]
    """User tags as Palette stores them, and our mark."""
    profiles: tuple[DesiredProfile, ...]
    cloud: DesiredEdgeNative
    pools: tuple[DesiredPool, ...]
    definition: str = ""
    """Path, on the leader, of the archive that a local cluster is made of; "" with Palette."""


@dataclass(frozen=True, slots=True)
class DesiredHostRegistration:
    """An edge host as it should be registered."""

    uid: HostUid
    name: str
    arch: str
    labels: Mapping[str, str]
    """User tags as Palette stores them, and our mark."""
    remote_shell: bool | None = None
    """None: not ours to say."""
    remote_shell_temporary_user: bool | None = None
    pairing_key: str = field(default="", repr=False)
