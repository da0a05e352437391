"""Cluster definitions on a host: what an archive holds, and what the host says of variables for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from palette_operator.domain.identifiers import ProfileUid


@dataclass(frozen=True, slots=True)
class ArchiveVariable:
    """A variable that a profile asks for. Source: Edge Management OpenAPI, v1Variable."""

    name: str
    display_name: str = ""
    required: bool = False
    immutable: bool = False
    hidden: bool = False
    is_sensitive: bool = False
    format: str = ""
    regex: str = ""
    default: str = field(default="", repr=False)
    value: str = field(default="", repr=False)
    """Set in the archive already."""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchivePack:
    """A pack of a profile, without its values."""

    name: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveProfile:
    """A cluster profile in an archive."""

    name: str
    uid: ProfileUid
    version: str = ""
    type: str = ""
    variables: tuple[ArchiveVariable, ...] = ()
    packs: tuple[ArchivePack, ...] = ()


@dataclass(frozen=True, slots=True)
class Archive:
    """A cluster definition on the host. Source: Edge Management OpenAPI, v1ClusterConfigArchiveDetails."""

    path: str
    """What a cluster is created from, as `archiveUploadPath`."""
    profiles: tuple[ArchiveProfile, ...] = ()


@dataclass(frozen=True, slots=True)
class VariableVerdict:
    """What the host says of one variable's value."""

    name: str
    is_valid: bool
    profile_uid: ProfileUid
    profile_name: str = ""
    reason: str = ""
    """Why it is not valid; the values that were sent are struck out of it."""
    regex: str = ""
