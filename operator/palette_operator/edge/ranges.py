"""Which addresses the operator may connect to when a namespaced resource names them. Pure.

Whoever may write an EdgeHost chooses where the operator sends requests to. The admin therefore names the ranges that
hosts live in; some addresses are never a host, whatever ranges were named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

import httpx

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

DEFAULT_PORT = 5080
"""Source: Palette docs, "Edge Management API"."""
_LARGEST_PORT = 65_535
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]{0,253})", re.IGNORECASE)
_NAT64 = ip_network("64:ff9b::/96")
# The metadata services of clouds that are not link-local.
_METADATA = (ip_address("fd00:ec2::254"), ip_address("100.100.100.200"))
# A last label of digits makes a whole name a number to most resolvers: 2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AllowedRanges:
    """Where hosts may be. Nothing is allowed by default."""

    allowed: tuple[Network, ...] = ()
    refused: tuple[Network, ...] = ()
    """Within the allowed ones, such as the management cluster's ranges of services and pods."""
    loopback: bool = False
    """Allow this machine: for hosts that are simulated on it."""

    @classmethod
    def of(cls, allowed: tuple[str, ...], refused: tuple[str, ...] = (), *, loopback: bool = False) -> AllowedRanges:
        """Read ranges in CIDR notation; raises ValueError for one that is none."""
        return cls(tuple(map(ip_network, allowed)), tuple(map(ip_network, refused)), loopback=loopback)

    @property
    def is_off(self) -> bool:
        """Whether no address at all is allowed."""
        return not (self.allowed or self.loopback)

    def objection(self, address: Address) -> str:
        """Say why the operator may not connect to an address; "" when it may."""
        address = _meant(address)
        if address.is_loopback:
            return "" if self.loopback else "is a loopback address"
        if kind := _never_a_host(address):
            return f"is {kind}"
        if any(address in network for network in self.refused):
            return "is in a range that the operator refuses"
        if not any(address in network for network in self.allowed):
            return "is in none of the ranges that the operator allows for hosts"
        return ""

    def url_objection(self, url: str) -> str:
        """Say why an endpoint can be none, as far as it can be seen without resolving names; "" when it may be one."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            return "is no URL"
        if parsed.scheme != "https" or not parsed.host:
            return "is no https URL"
        if parsed.port is not None and not 0 < parsed.port <= _LARGEST_PORT:
            return "names no port"
        if parsed.userinfo or parsed.query or parsed.fragment or parsed.path not in {"", "/"}:
            return "holds more than a host and a port"
        return self.name_objection(parsed.host)

    def name_objection(self, host: str) -> str:
        """Say why a host's name or address may not be connected to, without resolving it; "" when it may."""
        if (address := literal(host)) is not None:
            return self.objection(address)
        if _NUMBER.fullmatch(host):
            return "is an address in an unusual notation"
        return "" if _NAME.fullmatch(host) else "is neither a host's name nor an address"


def literal(host: str) -> Address | None:
    """Read an address, in the usual notation alone; None for a name."""
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        return None


def _meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _never_a_host(address: Address) -> str:
    kinds = {
        "the unspecified address": address.is_unspecified,
        "a link-local address": address.is_link_local,
        "a multicast address": address.is_multicast,
        "a reserved address": address.is_reserved,
        "the address of a cloud's metadata service": address in _METADATA,
        "a deprecated site-local address": isinstance(address, IPv6Address) and address.is_site_local,
        "a tunnel's address": isinstance(address, IPv6Address) and address.teredo is not None,
    }
    return next((kind for kind, is_so in kinds.items() if is_so), "")
