"""The host itself. Source: Edge Management OpenAPI; Palette docs, "Edge Management API", whose sample is older."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.local import (
    ConfigurationStatus,
    HostConfiguration,
    HostDns,
    HostNtp,
    LinkPeer,
    LinkStatus,
    LinkToken,
    LocalHostInfo,
    LocalSettings,
)
from palette_operator.edge.wire.base import Health, Metadata, Number, Saying, Switch, Texts, Wire, Words, without_empty
from palette_operator.http.device import HardwareSpec, Nic


class Dns(Wire):
    """v1DNS."""

    nameservers: Texts = Field(default_factory=list)
    options: Texts = Field(default_factory=list)
    search_domains: Texts = Field(default_factory=list)

    def dns(self) -> HostDns:
        """As the domain knows it."""
        return HostDns(tuple(self.nameservers), tuple(self.search_domains), tuple(self.options))


class Ntp(Wire):
    """v1NTP."""

    ntp_servers: Texts = Field(default_factory=list)
    fallback_ntp_servers: Texts = Field(default_factory=list)

    def ntp(self) -> HostNtp:
        """As the domain knows it."""
        return HostNtp(tuple(self.ntp_servers), tuple(self.fallback_ntp_servers))


class HostInfo(Wire):
    """v1HostInfo."""

    host_state: str = ""
    host_type: str = ""
    secure_boot: Switch = None


class HostSpec(Wire):
    """v1EdgeHostSpec."""

    connection_mode: str = ""
    management_mode: str = ""
    hardware_spec: HardwareSpec = Field(default_factory=HardwareSpec)
    host_info: HostInfo = Field(default_factory=HostInfo)
    network_info: list[Nic] = Field(default_factory=list)
    node_role: str = ""
    palette_endpoint_url: str = Field(default="", alias="paletteEndpointURL")


class HostStatus(Wire):
    """v1EdgeHostStatus, with the `registrationStatus` of older hosts."""

    agent_version: str = ""
    configuration_status: str = ""
    registration_status: Saying = ""
    host_name: str = ""
    dns: Dns = Field(default_factory=Dns)
    ntp: Ntp = Field(default_factory=Ntp)
    is_cluster_phase: Switch = None


class Host(Wire):
    """v1EdgeHostInfo; without metadata it is no host's answer."""

    metadata: Metadata
    spec: HostSpec = Field(default_factory=HostSpec)
    status: HostStatus = Field(default_factory=HostStatus)

    def info(self) -> LocalHostInfo:
        """As the domain knows it."""
        metadata, spec, status = self.metadata, self.spec, self.status
        return LocalHostInfo(
            uid=HostUid(metadata.id),
            name=metadata.name,
            connection_mode=spec.connection_mode,
            management_mode=spec.management_mode,
            hardware=spec.hardware_spec.hardware_with(spec.network_info, secure_boot=spec.host_info.secure_boot),
            node_role=spec.node_role,
            host_state=spec.host_info.host_state,
            host_type=spec.host_info.host_type,
            palette_endpoint=spec.palette_endpoint_url,
            agent_version=status.agent_version,
            configuration_status=status.configuration_status,
            registration_status=status.registration_status,
            host_name=status.host_name,
            dns=status.dns.dns(),
            ntp=status.ntp.ntp(),
            is_cluster_phase=status.is_cluster_phase,
            created_at=metadata.created_at,
            modified_at=metadata.modified_at,
        )


class Settings(Wire):
    """v1Settings."""

    installation_mode: str = ""
    management_mode: str = ""
    feature_flags: Words = Field(default_factory=dict)

    def settings(self) -> LocalSettings:
        """As the domain knows it."""
        return LocalSettings(self.installation_mode, self.management_mode, self.feature_flags)


class Configuration(Wire):
    """v1EdgeHostConfigurations."""

    http_proxy: str = Field(default="", repr=False)
    https_proxy: str = Field(default="", repr=False)
    no_proxy: str = ""
    ca_certs: Texts = Field(default_factory=list, repr=False)

    def configuration(self) -> HostConfiguration:
        """As the domain knows it."""
        return HostConfiguration(self.http_proxy, self.https_proxy, self.no_proxy, tuple(self.ca_certs))


class ConfigurationState(Wire):
    """v1EdgeHostConfigurationStatus."""

    state: str = ""
    error_message: Saying = ""

    def status(self) -> ConfigurationStatus:
        """As the domain knows it."""
        return ConfigurationStatus(self.state, self.error_message)


class PeerConfig(Wire):
    """The part of a peer's v1EdgeHostInfo that is kept."""

    metadata: Metadata = Field(default_factory=Metadata)


class Peer(Wire):
    """v1LinkPeer."""

    id: str = ""
    ip: str = ""
    overlay_ip: str = Field(default="", alias="overlayIP")
    role: str = ""
    node_role: str = ""
    status: str = ""
    health: Health = Field(default_factory=Health)
    content_sync_status: Saying = ""
    config: PeerConfig = Field(default_factory=PeerConfig)

    def peer(self) -> LinkPeer:
        """As the domain knows it."""
        return LinkPeer(
            uid=HostUid(self.id),
            ip=self.ip,
            overlay_ip=self.overlay_ip,
            role=self.role,
            node_role=self.node_role,
            status=self.status,
            health=self.health.status,
            health_reason=self.health.reason,
            content_sync=self.content_sync_status,
            name=self.config.metadata.name,
        )


class Link(Wire):
    """v1LinkStatus."""

    status: str = ""
    error_message: Saying = ""
    peers: list[Peer] = Field(default_factory=list)

    def link(self) -> LinkStatus:
        """As the domain knows it."""
        return LinkStatus(self.status, self.error_message, tuple(peer.peer() for peer in self.peers))


class TokenOfLink(Wire):
    """v1LinkToken."""

    token: str = Field(min_length=1, repr=False)
    remaining_time: Number = None
    interval: Number = None

    def link_token(self) -> LinkToken:
        """As the domain knows it."""
        return LinkToken(self.token, self.remaining_time, self.interval)


class PingResult(Wire):
    """v1PingResponse."""

    ping_host_status: Saying = ""


class RouteResult(Wire):
    """v1TraceRouteResponse."""

    trace_route_status: Saying = ""


def configuration_body(configuration: HostConfiguration) -> dict[str, object]:
    """Write a v1EdgeHostConfigurations; all of it, so that what is empty is taken away."""
    return {
        "httpProxy": configuration.http_proxy,
        "httpsProxy": configuration.https_proxy,
        "noProxy": configuration.no_proxy,
        "caCerts": list(configuration.ca_certs),
    }


def link_body(token: LinkToken) -> dict[str, object]:
    """Write a v1LinkToken."""
    return without_empty({"token": token.token, "remainingTime": token.remaining_s, "interval": token.interval_s})


def servers_and_keys(ntp_servers: Sequence[str], ssh_keys: Sequence[str]) -> dict[str, object]:
    """Write a v1EdgeNativeClusterSettings; both lists, so that what is empty is taken away."""
    return {"ntpServers": list(ntp_servers), "sshKeys": list(ssh_keys)}
