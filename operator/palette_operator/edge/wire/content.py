"""What lies on a host: archives, variables' verdicts, and the registry. Source: Edge Management OpenAPI."""

from __future__ import annotations

from pydantic import Field

from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.local import (
    Archive,
    ArchivePack,
    ArchiveProfile,
    ArchiveVariable,
    Content,
    ContentSync,
    PendingContent,
    RegistryHealth,
    UploadedContent,
    VariableVerdict,
)
from palette_operator.edge.wire.base import Number, Saying, Time, Wire, Words, with_zone


class Option(Wire):
    """One of the values that a variable may take."""

    value: str = ""


class Variable(Wire):
    """v1Variable."""

    name: str = ""
    display_name: str = ""
    required: bool = False
    immutable: bool = False
    hidden: bool = False
    is_sensitive: bool = False
    format: str = ""
    regex: str = ""
    default_value: str = Field(default="", repr=False)
    value: str = Field(default="", repr=False)
    options: list[Option] = Field(default_factory=list)

    def variable(self) -> ArchiveVariable:
        """As the domain knows it."""
        return ArchiveVariable(
            name=self.name,
            display_name=self.display_name,
            required=self.required,
            immutable=self.immutable,
            hidden=self.hidden,
            is_sensitive=self.is_sensitive,
            format=self.format,
            regex=self.regex,
            default=self.default_value,
            value=self.value,
            options=tuple(option.value for option in self.options),
        )


class Pack(Wire):
    """v1Pack, less the values."""

    name: str = ""
    version: str = ""


class Profile(Wire):
    """v1ClusterProfileDetail."""

    profile_name: str = ""
    profile_uid: str = ""
    profile_version: str = ""
    profile_type: str = ""
    variables: list[Variable] = Field(default_factory=list)
    packs: list[Pack] = Field(default_factory=list)

    def profile(self) -> ArchiveProfile:
        """As the domain knows it."""
        return ArchiveProfile(
            name=self.profile_name,
            uid=ProfileUid(self.profile_uid),
            version=self.profile_version,
            type=self.profile_type,
            variables=tuple(variable.variable() for variable in self.variables),
            packs=tuple(ArchivePack(pack.name, pack.version) for pack in self.packs),
        )


class ArchiveDetails(Wire):
    """v1ClusterConfigArchiveDetails."""

    archive_upload_path: str = ""
    cluster_profile_details: list[Profile] = Field(default_factory=list)

    @property
    def is_there(self) -> bool:
        """Whether it describes anything: a host without an archive may answer with an empty one."""
        return bool(self.archive_upload_path or self.cluster_profile_details)

    def archive(self) -> Archive:
        """As the domain knows it."""
        return Archive(self.archive_upload_path, tuple(each.profile() for each in self.cluster_profile_details))


class Verdict(Wire):
    """v1ValidateVariableResponse; without `isValid` it says nothing."""

    name: str = ""
    is_valid: bool
    profile_uid: str = ""
    profile_name: str = ""
    regex: str = ""
    validation_failure_reason: str = Field(default="", repr=False)

    def verdict(self, reason: str) -> VariableVerdict:
        """As the domain knows it, with a reason that repeats no value."""
        return VariableVerdict(
            self.name, self.is_valid, ProfileUid(self.profile_uid), self.profile_name, reason, self.regex
        )


class Verdicts(Wire):
    """v1ValidateVariablesResponse."""

    variables: list[Verdict]


class ContentItem(Wire):
    """v1HarborContentDetails."""

    content_type: str = ""
    name: str = ""
    version: str = ""
    size: str = ""

    def content(self) -> Content:
        """As the domain knows it."""
        return Content(self.content_type, self.name, self.version, self.size)


class Contents(Wire):
    """v1HarborContentsDetails."""

    status: list[ContentItem] = Field(default_factory=list)


class Registry(Wire):
    """v1HarborHealthDetails; capitals as they are sent."""

    state: str = Field(default="", alias="State")
    message: Saying = Field(default="", alias="Message")
    disk_available: str = Field(default="", alias="DiskAvailable")
    disk_capacity: str = Field(default="", alias="DiskCapacity")
    disk_used: str = Field(default="", alias="DiskUsed")
    usage_percentage: str = Field(default="", alias="UsagePercentage")

    def health(self) -> RegistryHealth:
        """As the domain knows it."""
        return RegistryHealth(
            state=self.state,
            message=self.message,
            disk_available=self.disk_available,
            disk_capacity=self.disk_capacity,
            disk_used=self.disk_used,
            usage_percentage=self.usage_percentage,
        )


class PendingItem(Wire):
    """v1HarborContentSyncStatus."""

    content_type: str = ""
    name: str = ""
    version: str = ""
    status: str = ""
    msg: Saying = ""

    def pending(self) -> PendingContent:
        """As the domain knows it."""
        return PendingContent(self.content_type, self.name, self.version, self.status, self.msg)


class Sync(Wire):
    """v1HarborContentsSyncStatus."""

    status_message: Saying = ""
    pending_items: list[PendingItem] = Field(default_factory=list)
    errors: Words = Field(default_factory=dict)

    def sync(self) -> ContentSync:
        """As the domain knows it."""
        return ContentSync(self.status_message, tuple(item.pending() for item in self.pending_items), self.errors)


class Uploaded(Wire):
    """v1UploadedContentDetails."""

    file_name: str = ""
    sha256_hash: str = ""
    size_in_bytes: Number = None
    upload_date_time: Time = None

    def uploaded(self) -> UploadedContent:
        """As the domain knows it."""
        return UploadedContent(self.file_name, self.sha256_hash, self.size_in_bytes, with_zone(self.upload_date_time))


class UploadAnswer(Wire):
    """uploadResponse; without a path nothing can be created from it."""

    upload_path: str = Field(min_length=1)
