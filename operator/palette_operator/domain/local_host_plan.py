"""What to write so that a host that is reached through its own API is configured as desired. Pure, as in `plan`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from palette_operator.domain.actions import Difference, SetHostConfiguration, is_ignored
from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.local import HostConfiguration
from palette_operator.domain.resources import LocalConfiguration

_PATH = "/spec/local/configuration"


def plan_local_host(
    uid: HostUid, wanted: LocalConfiguration | None, seen: HostConfiguration, ignore: Collection[str] = ()
) -> tuple[SetHostConfiguration, ...]:
    """Return the write that makes the host match; none when it does. What the spec leaves out stays as it is."""
    changes = {
        field: (value, difference)
        for field, value, difference in _changes(wanted or LocalConfiguration(), seen)
        if not is_ignored(difference.path, ignore)
    }
    if not changes:
        return ()
    desired = replace(seen, **{field: value for field, (value, _) in changes.items()})
    return (SetHostConfiguration(uid, desired, tuple(difference for _, difference in changes.values())),)


def _changes(wanted: LocalConfiguration, seen: HostConfiguration) -> Iterator[tuple[str, Any, Difference]]:
    if wanted.http_proxy is not None and wanted.http_proxy != seen.http_proxy:
        yield "http_proxy", wanted.http_proxy, _proxies("httpProxy", wanted.http_proxy, seen.http_proxy)
    if wanted.https_proxy is not None and wanted.https_proxy != seen.https_proxy:
        yield "https_proxy", wanted.https_proxy, _proxies("httpsProxy", wanted.https_proxy, seen.https_proxy)
    if wanted.no_proxy is not None and _entries(wanted.no_proxy) != _entries(seen.no_proxy):
        yield "no_proxy", wanted.no_proxy, Difference(f"{_PATH}/noProxy", wanted.no_proxy, seen.no_proxy)
    if wanted.ca_certs is not None and _certificates(wanted.ca_certs) != _certificates(seen.ca_certs):
        counts = (f"{len(certs)} certificates" for certs in (wanted.ca_certs, seen.ca_certs))
        yield "ca_certs", wanted.ca_certs, Difference(f"{_PATH}/caCerts", *counts)


def _proxies(name: str, wanted: str, seen: str) -> Difference:
    """Return the difference without the login that somebody else's proxy may hold."""
    return Difference(f"{_PATH}/{name}", wanted, "a proxy with a login" if "@" in seen else seen)


def _entries(no_proxy: str) -> frozenset[str]:
    return frozenset(entry.strip() for entry in no_proxy.split(",") if entry.strip())


def _certificates(pems: Collection[str]) -> frozenset[str]:
    """Return what certificates are the same by, however their lines end."""
    return frozenset("".join(pem.split()) for pem in pems)
