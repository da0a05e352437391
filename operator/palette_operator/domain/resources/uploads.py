"""Files that are brought onto an air-gapped host through its own API."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from palette_operator.domain.resources.base import Model, Rule
from palette_operator.domain.resources.fields import DnsLabel, FileUrl, Sha256, named
from palette_operator.domain.resources.shared import ConfigMapKeyRef, SecretKeyRef

UploadKind = Literal["Content", "ClusterDefinition", "UserData"]


class UploadUrl(Model):
    """A file on a server that the operator fetches it from."""

    url: FileUrl
    """Where the file is, such as https://files.site.example/bundle.tar.zst; without user and query. The server's
    address must lie in the operator's --local-endpoint-cidr."""
    sha256: Sha256
    """SHA-256 of the file, 64 hex digits. A host gets no file whole that has another."""
    ca_secret_ref: SecretKeyRef | None = None
    """PEM certificates to trust instead of the system's; a Secret of this namespace. Default: the system's CAs."""


class UploadSignature(Model):
    """A signature, for hosts that take signed content alone."""

    config_map_key_ref: ConfigMapKeyRef | None = None
    """A ConfigMap of this namespace."""
    secret_key_ref: SecretKeyRef | None = None
    """A Secret of this namespace."""

    RULES: ClassVar = (
        Rule(
            "set one of configMapKeyRef and secretKeyRef",
            holds=lambda self: (self.config_map_key_ref is None) != (self.secret_key_ref is None),
            cel="has(self.configMapKeyRef) != has(self.secretKeyRef)",
        ),
    )


class LocalUpload(Model):
    """One file, sent once, and again when it changes."""

    name: DnsLabel
    """What the file is called here. Another name has it sent again."""
    kind: UploadKind
    """Content: a bundle for the host's registry. ClusterDefinition: an archive that a PaletteCluster's archivePath can
    name. UserData: YAML, the Edge Management API's v1CloudInit; it counts from the host's next installation on."""
    config_map_key_ref: ConfigMapKeyRef | None = None
    """The file is in a ConfigMap of this namespace."""
    secret_key_ref: SecretKeyRef | None = None
    """The file is in a Secret of this namespace."""
    url: UploadUrl | None = None
    """The file is on a server; not for UserData."""
    signature: UploadSignature | None = None
    """Signature of the file; not for UserData. Default: none."""

    RULES: ClassVar = (
        Rule(
            "set one of configMapKeyRef, secretKeyRef and url",
            holds=lambda self: [self.config_map_key_ref, self.secret_key_ref, self.url].count(None) == 2,  # noqa: PLR2004
            cel="[has(self.configMapKeyRef), has(self.secretKeyRef), has(self.url)].filter(x, x).size() == 1",
        ),
        Rule(
            "UserData has neither url nor signature",
            holds=lambda self: self.kind != "UserData" or (self.url is None and self.signature is None),
            cel="self.kind != 'UserData' || !(has(self.url) || has(self.signature))",
        ),
    )


LocalUploads = Annotated[tuple[LocalUpload, ...], Field(max_length=16, json_schema_extra=named("name"))]
