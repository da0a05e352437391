"""How an edge host is reached through its own API, without Palette."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.fields import (
    Certificate,
    Fingerprint,
    Flag,
    LocalUrl,
    LongText,
    Proxy,
)
from palette_operator.domain.resources.shared import SecretKeyRef, SecretRef
from palette_operator.domain.resources.uploads import LocalUploads


class LocalTls(Model):
    """How the host's certificate is judged; by the system's CAs when nothing is set."""

    ca_secret_ref: SecretKeyRef | None = None
    """PEM certificates to trust instead of the system's; a Secret of this namespace."""
    fingerprint_sha256: Fingerprint = ""
    """SHA-256 fingerprint of the host's own certificate, in hex with or without colons; any other certificate is
    refused. Default: not pinned."""
    insecure_skip_verify: Flag = False
    """true: accept any certificate, and with it anybody between us and the host. Default: false."""

    RULES: ClassVar = (
        Rule(
            "set at most one of caSecretRef, fingerprintSHA256 and insecureSkipVerify",
            holds=lambda self: (
                [self.ca_secret_ref is not None, bool(self.fingerprint_sha256), self.insecure_skip_verify].count(True)
                <= 1
            ),
            cel="[has(self.caSecretRef), has(self.fingerprintSHA256) && self.fingerprintSHA256 != '',"
            " has(self.insecureSkipVerify) && self.insecureSkipVerify].filter(x, x).size() <= 1",
        ),
    )


class LocalConfiguration(Model):
    """Settings of the host itself; what is left out is left alone."""

    http_proxy: Proxy | None = None
    """Proxy for http, without user and password; "" for none. Default: left as it is."""
    https_proxy: Proxy | None = None
    """Proxy for https, without user and password; "" for none. Default: left as it is."""
    no_proxy: LongText | None = None
    """Names and networks that are reached without proxy, separated by commas. Default: left as it is."""
    ca_certs: Annotated[tuple[Certificate, ...], Field(max_length=16)] | None = None
    """PEM certificates of further CAs that the host trusts; [] for none. Default: left as they are."""


class Local(Model):
    """The host's own Edge Management API."""

    endpoint: LocalUrl
    """URL of the host's API, such as https://10.10.135.182:5080. Its address must lie in the operator's
    --local-endpoint-cidr."""
    credentials_secret_ref: SecretRef
    """A Secret of this namespace with the keys username and password of a user of the host's operating system."""
    tls: LocalTls = Field(default_factory=LocalTls)
    """How the host's certificate is judged."""
    configuration: LocalConfiguration | None = None
    """Settings of the host itself. Default: left alone."""
    uploads: LocalUploads = ()
    """Files that are brought onto the host: content, cluster definitions, user data. Default: none."""
