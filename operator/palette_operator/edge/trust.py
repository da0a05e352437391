"""Which certificate of a host is trusted. TLS contexts are shared: the system's authorities take a megabyte."""

from __future__ import annotations

import hashlib
import re
import ssl
from functools import lru_cache

from palette_operator.domain.errors import Stalled
from palette_operator.edge.endpoint import LocalEndpoint

_SHA256_DIGITS = 64
_MOST_AUTHORITIES = 64
"""Contexts that are kept: a site has an authority, a host has none of its own."""


class CertificateChanged(Exception):
    """The host presents another certificate than the pinned one."""

    def __init__(self, presented: str) -> None:
        super().__init__("the certificate is not the pinned one")
        self.presented = presented
        """Its fingerprint, as people write it."""


def tls_context(endpoint: LocalEndpoint) -> ssl.SSLContext:
    """Return the context for an endpoint; equal endpoints share one.

    Raises Stalled("InvalidSpec") for a CA that cannot be one. A pinned certificate is checked by `check_pin`: whoever
    signed it, and whatever name and dates it bears, do not count.
    """
    if endpoint.fingerprint_sha256 or endpoint.insecure:
        return _unverifying()
    try:
        return _verifying(endpoint.ca_pem)
    except (ssl.SSLError, ValueError):
        raise Stalled("InvalidSpec", f"{endpoint.url}: the CA of spec.local.tls holds no certificates in PEM") from None


def pin_of(endpoint: LocalEndpoint) -> str:
    """Return the pinned fingerprint in capital digits; "" without one.

    Raises Stalled("InvalidSpec") for what can be none.
    """
    digits = re.sub(r"[:\s]", "", endpoint.fingerprint_sha256).upper()
    if not endpoint.fingerprint_sha256:
        return ""
    if len(digits) != _SHA256_DIGITS or not re.fullmatch("[0-9A-F]+", digits):
        message = f"{endpoint.url}: spec.local.tls.fingerprintSHA256 is not the 64 hexadecimal digits of a SHA-256"
        raise Stalled("InvalidSpec", message)
    return digits


def check_pin(pin: str, certificate: bytes | None) -> None:
    """Return if a certificate, in DER, has the pinned fingerprint; raises CertificateChanged."""
    presented = hashlib.sha256(certificate or b"").hexdigest().upper()
    if certificate is None or presented != pin:
        raise CertificateChanged(with_colons(presented) if certificate else "none")


def with_colons(digits: str) -> str:
    """Write a fingerprint as openssl does."""
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


@lru_cache(maxsize=_MOST_AUTHORITIES)
def _verifying(ca_pem: str) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca_pem or None)


@lru_cache(maxsize=1)
def _unverifying() -> ssl.SSLContext:
    # Without the system's authorities, which would be loaded for nothing.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
