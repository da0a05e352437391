"""What an edge host tells of itself through its own API, as slim projections without secrets.

Values are the host's own words, "" and None where it did not say: hosts in the field are of many versions.
Source: Edge Management OpenAPI.
"""

from palette_operator.domain.local.archive import Archive, ArchivePack, ArchiveProfile, ArchiveVariable, VariableVerdict
from palette_operator.domain.local.cluster import (
    LocalCertificate,
    LocalCertificates,
    LocalCluster,
    LocalClusterConfig,
    LocalCondition,
    LocalNode,
    LocalPool,
    LocalPoolHost,
    LocalPoolNode,
    LocalVariable,
)
from palette_operator.domain.local.content import Content, ContentSync, PendingContent, RegistryHealth, UploadedContent
from palette_operator.domain.local.host import (
    AIRGAP,
    CONNECTED,
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

__all__ = [
    "AIRGAP",
    "CONNECTED",
    "Archive",
    "ArchivePack",
    "ArchiveProfile",
    "ArchiveVariable",
    "ConfigurationStatus",
    "Content",
    "ContentSync",
    "HostConfiguration",
    "HostDns",
    "HostNtp",
    "LinkPeer",
    "LinkStatus",
    "LinkToken",
    "LocalCertificate",
    "LocalCertificates",
    "LocalCluster",
    "LocalClusterConfig",
    "LocalCondition",
    "LocalHostInfo",
    "LocalNode",
    "LocalPool",
    "LocalPoolHost",
    "LocalPoolNode",
    "LocalSettings",
    "LocalVariable",
    "PendingContent",
    "RegistryHealth",
    "UploadedContent",
    "VariableVerdict",
]
