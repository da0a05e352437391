"""The host itself: its facts, its settings, its configuration and the hosts that it is linked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.observed import HostHardware

AIRGAP = "airgap"
CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class HostDns:
    """How the host resolves names."""

    nameservers: tuple[str, ...] = ()
    search_domains: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostNtp:
    """Where the host takes its time from."""

    servers: tuple[str, ...] = ()
    fallback_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalHostInfo:
    """A host as it describes itself. Source: Edge Management OpenAPI, v1EdgeHostInfo."""

    uid: HostUid
    name: str
    connection_mode: str = ""
    """airgap or connected; "" when the host does not say."""
    management_mode: str = ""
    """central or local."""
    hardware: HostHardware = field(default_factory=HostHardware)
    node_role: str = ""
    """init, controlplane, worker or unknown."""
    host_state: str = ""
    host_type: str = ""
    palette_endpoint: str = ""
    agent_version: str = ""
    configuration_status: str = ""
    """pending, inprogress or configured."""
    registration_status: str = ""
    """Told by older hosts alone, such as `not applicable`."""
    host_name: str = ""
    dns: HostDns = field(default_factory=HostDns)
    ntp: HostNtp = field(default_factory=HostNtp)
    is_cluster_phase: bool | None = None
    created_at: datetime | None = None
    modified_at: datetime | None = field(default=None, compare=False)
    """May be bumped by heartbeats: no part of what makes two hosts equal."""

    @property
    def secure_boot(self) -> bool | None:
        """Whether it booted securely; None when not told."""
        return self.hardware.secure_boot


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """How the host was installed. Source: Edge Management OpenAPI, v1Settings."""

    installation_mode: str = ""
    """airgap or connected; "" when the host does not say."""
    management_mode: str = ""
    feature_flags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_airgapped(self) -> bool | None:
        """Whether the host has no connection to Palette; None when it cannot be told."""
        return {AIRGAP: True, CONNECTED: False}.get(self.installation_mode)


@dataclass(frozen=True, slots=True)
class HostConfiguration:
    """Proxies and authorities of the host. Source: Edge Management OpenAPI, v1EdgeHostConfigurations."""

    http_proxy: str = field(default="", repr=False)
    """May hold a password, as may the next one."""
    https_proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    ca_certs: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ConfigurationStatus:
    """How far a configuration has come."""

    state: str = ""
    """Not Configured, In Progress, Configured or Failed."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class LinkToken:
    """What another host is linked with, for as long as it is valid."""

    token: str = field(repr=False)
    remaining_s: int | None = None
    interval_s: int | None = None


@dataclass(frozen=True, slots=True)
class LinkPeer:
    """A host that this one is linked with."""

    uid: HostUid
    ip: str = ""
    overlay_ip: str = ""
    role: str = ""
    node_role: str = ""
    status: str = ""
    health: str = ""
    health_reason: str = ""
    content_sync: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class LinkStatus:
    """How far the host is linked with others. Source: Edge Management OpenAPI, v1LinkStatus."""

    status: str = ""
    """Pending, InProgress, Completed or Failed."""
    error: str = ""
    peers: tuple[LinkPeer, ...] = ()
