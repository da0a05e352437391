"""What clusters on edge hosts have in common, and `cloud.edgeNative`: those that Palette manages.

Source: Palette OpenAPI 4.9 and Edge Management OpenAPI, v1EdgeNativeClusterConfig.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.fields import Cidr, Flag, Name, Text


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


class ControlPlaneEndpoint(Model):
    """Where the cluster's API is reached."""

    type: Literal["VIP", "External", "DDNS", "IP"] = "VIP"
    """VIP: a virtual address that the cluster holds. External: a load balancer of yours. DDNS: a name that the hosts
    register. IP: a host's own address. Default: VIP. Immutable."""
    host: Text = ""
    """IP address or domain name. Default: chosen for you; with an overlay, the first address in it. Immutable."""
    ddns_search_domain: Text = ""
    """Domain that is appended to the generated host name, for type DDNS. Default: none. Immutable."""

    RULES: ClassVar = (
        Rule(
            "ddnsSearchDomain goes with type DDNS alone",
            holds=lambda self: self.type == "DDNS" or not self.ddns_search_domain,
            cel="!has(self.ddnsSearchDomain) || self.ddnsSearchDomain == '' || self.type == 'DDNS'",
            at="ddnsSearchDomain",
        ),
        Rule(
            "host must be an IP address for the types VIP and IP",
            holds=lambda self: self.type in {"External", "DDNS"} or not self.host or _is_ip(self.host),
            cel=None,  # isIP() needs Kubernetes 1.30
            at="host",
        ),
    )


class Overlay(Model):
    """An overlay network, for hosts whose addresses change."""

    cidr: Cidr
    """Network of the overlay, such as 100.64.0.0/18. Immutable."""


class EdgeCloud(Model):
    """What a cluster on edge hosts is told of its network and its users, whoever manages it."""

    control_plane_endpoint: ControlPlaneEndpoint = Field(default_factory=ControlPlaneEndpoint)
    """Where the cluster's API is reached."""
    ntp_servers: Annotated[tuple[Name, ...], Field(max_length=16)] = ()
    """Addresses of time servers. Default: those of the host's image."""
    ssh_keys: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=4096)], ...], Field(max_length=32)] = ()
    """Public SSH keys of the user `spectro` on each host. Default: none."""
    overlay: Overlay | None = None
    """An overlay network. Default: none."""
    static_ip: Flag = False
    """true: nodes keep the static addresses of their interfaces; false: DHCP. Default: false."""
    two_node: Flag = False
    """true: a highly available control plane of exactly two hosts. Default: false. Immutable."""

    RULES: ClassVar = (
        Rule(
            "a VIP must be inside overlay.cidr",
            holds=lambda self: self.vip_is_inside_overlay,
            cel=None,  # cidr() needs Kubernetes 1.31
            at="controlPlaneEndpoint.host",
        ),
    )

    @property
    def vip_is_inside_overlay(self) -> bool:
        """Whether a virtual address lies in the overlay, where both are given."""
        endpoint = self.control_plane_endpoint
        if not self.overlay or endpoint.type != "VIP" or not endpoint.host:
            return True
        return ipaddress.ip_address(endpoint.host) in ipaddress.ip_network(self.overlay.cidr, strict=False)


class EdgeNative(EdgeCloud):
    """An edge-native cluster: Kubernetes on edge hosts that Palette manages."""
