"""Where a host is, by what it is known, and who logs in: plain values. None shows a secret in its repr."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """A host's own API."""

    url: str
    """`https://10.10.135.182:5080`; nothing else than scheme, host and port."""
    ca_pem: str = ""
    """PEM certificates to trust instead of the system's; "" for the system's."""
    fingerprint_sha256: str = ""
    """SHA-256 of the host's certificate in DER, in hexadecimal with or without colons: then it alone counts."""
    insecure: bool = False
    """Accept any certificate."""


@dataclass(frozen=True, slots=True)
class OsLogin:
    """A user of the host's operating system. Source: Edge Management OpenAPI, v1AuthLogin."""

    username: str
    password: str = field(repr=False)
    origin: str = field(default="the credentials", compare=False)
    """Where it comes from, for messages: `Secret 'a' in namespace 'b'`."""
