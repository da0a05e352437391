"""What lies on a host: images, charts and packs, and how its registry fares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Content:
    """Something that the host's registry has. Source: Edge Management OpenAPI, v1HarborContentDetails."""

    type: str
    """image, artifact, chart or pack."""
    name: str
    version: str = ""
    size: str = ""
    """In the host's own words."""


@dataclass(frozen=True, slots=True)
class RegistryHealth:
    """How the host's registry fares; sizes in its own words. Source: Edge Management OpenAPI, v1HarborHealthDetails."""

    state: str = ""
    """Healthy, Unhealthy or NotInstalled."""
    message: str = ""
    disk_available: str = field(default="", compare=False)
    """Moves with every image, as do the next ones: no part of what makes two equal."""
    disk_capacity: str = ""
    disk_used: str = field(default="", compare=False)
    usage_percentage: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class PendingContent:
    """Something on its way into the registry."""

    type: str
    name: str
    version: str = ""
    status: str = ""
    """pending, completed or failed."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class ContentSync:
    """How far content has come into the registry. Source: Edge Management OpenAPI, v1HarborContentsSyncStatus."""

    message: str = ""
    pending: tuple[PendingContent, ...] = ()
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UploadedContent:
    """The last content that was uploaded. Source: Edge Management OpenAPI, v1UploadedContentDetails."""

    file_name: str
    sha256: str = ""
    size_bytes: int | None = None
    uploaded_at: datetime | None = None
