"""Where the operator may connect to on behalf of whoever may write an EdgeHost."""

from ipaddress import ip_address

import pytest

from palette_operator.edge.ranges import AllowedRanges

EVERYWHERE = AllowedRanges.of(("0.0.0.0/0", "::/0"))
SITES = AllowedRanges.of(("10.10.0.0/16", "fd12::/16"), ("10.10.96.0/20",))

NEVER = {
    "loopback": "127.0.0.1",
    "all of loopback": "127.200.0.9",
    "loopback of IPv6": "::1",
    "link-local, where clouds keep metadata": "169.254.169.254",
    "link-local of IPv6": "fe80::1",
    "link-local of IPv6 with a scope": "fe80::1%eth0",
    "site-local of IPv6": "fec0::1",
    "the unspecified address": "0.0.0.0",
    "the unspecified address of IPv6": "::",
    "multicast": "224.0.0.1",
    "multicast of IPv6": "ff02::1",
    "broadcast": "255.255.255.255",
    "reserved": "240.0.0.1",
    "a metadata service with an address of its own": "100.100.100.200",
    "a metadata service in IPv6": "fd00:ec2::254",
    "loopback mapped into IPv6": "::ffff:127.0.0.1",
    "link-local mapped into IPv6": "::ffff:a9fe:a9fe",
    "loopback embedded in IPv6 the old way": "::127.0.0.1",
    "link-local through NAT64": "64:ff9b::169.254.169.254",
    "loopback through 6to4": "2002:7f00:1::",
    "loopback through Teredo": "2001:0:4136:e378:8000:63bf:80ff:fffe",
}
OUTSIDE = {
    "another network": "10.11.0.1",
    "another network mapped into IPv6": "::ffff:10.11.0.1",
    "a public address": "93.184.216.34",
    "a range that is refused within": "10.10.100.1",
    "a range that is refused within, mapped into IPv6": "::ffff:10.10.100.1",
    "another network of IPv6": "fd13::1",
}


@pytest.mark.parametrize("address", NEVER.values(), ids=NEVER)
def test_some_addresses_are_never_a_host_whatever_is_allowed(address: str) -> None:
    assert EVERYWHERE.objection(ip_address(address)) != ""


@pytest.mark.parametrize("address", OUTSIDE.values(), ids=OUTSIDE)
def test_an_address_outside_of_the_ranges_is_refused(address: str) -> None:
    assert "range" in SITES.objection(ip_address(address))


@pytest.mark.parametrize("address", ["10.10.1.7", "::ffff:10.10.1.7", "fd12::7", "64:ff9b::10.10.1.7"])
def test_an_address_in_a_range_is_allowed_also_as_ipv6(address: str) -> None:
    assert SITES.objection(ip_address(address)) == ""


def test_nothing_is_allowed_unless_somebody_says_so() -> None:
    assert AllowedRanges().is_off
    assert AllowedRanges().objection(ip_address("10.0.0.1")) != ""
    assert not SITES.is_off


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_allowed_for_simulated_hosts_alone(address: str) -> None:
    simulated = AllowedRanges(loopback=True)

    assert simulated.objection(ip_address(address)) == ""
    assert simulated.objection(ip_address("10.0.0.1")) != ""
    assert not simulated.is_off


NO_ENDPOINTS = {
    "plain HTTP": "http://10.10.0.1:5080",
    "another scheme": "file:///etc/passwd",
    "no host": "https://",
    "a path": "https://10.10.0.1:5080/v1",
    "a query": "https://10.10.0.1:5080?x=1",
    "a fragment": "https://10.10.0.1:5080#x",
    "a user": "https://me:secret@10.10.0.1:5080",
    "no URL": "https://[",
    "a port that is none": "https://10.10.0.1:99999999",
    "an address outside": "https://10.11.0.1:5080",
    "an address outside in IPv6": "https://[::ffff:10.11.0.1]:5080",
    "loopback": "https://127.0.0.1:5080",
    "loopback in decimal": "https://2130706433:5080",
    "loopback in octal": "https://0177.0.0.1:5080",
    "loopback in hexadecimal": "https://0x7f.1:5080",
    "loopback in short": "https://127.1:5080",
    "loopback in wide digits": "https://\uff11\uff12\uff17.0.0.1:5080",
    "a name with blanks": "https://edge 1:5080",
    "an address with a dot behind it": "https://127.0.0.1.:5080",
}


@pytest.mark.parametrize("url", NO_ENDPOINTS.values(), ids=NO_ENDPOINTS)
def test_what_can_be_no_endpoint_is_refused_without_resolving_anything(url: str) -> None:
    assert SITES.url_objection(url) != ""


@pytest.mark.parametrize(
    "url", ["https://10.10.0.1:5080", "https://10.10.0.1:5080/", "https://[fd12::1]", "https://edge-1.retail.test:5080"]
)
def test_an_endpoint_may_be_an_address_in_a_range_or_a_name(url: str) -> None:
    assert SITES.url_objection(url) == ""
