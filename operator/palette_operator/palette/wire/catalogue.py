"""Projects, profiles and who is asking. Source: Palette OpenAPI 4.9."""

from __future__ import annotations

from pydantic import Field

from palette_operator.domain.identifiers import ProfileUid, ProjectUid
from palette_operator.domain.observed import ProfileVersion, Project, WhoAmI
from palette_operator.palette.wire.base import Identified, Uid, Wire


class UserInfo(Wire):
    """v1UserInfo. An answer that names nobody proves no credential."""

    org_name: str = ""
    tenant_uid: str = ""
    user_uid: Uid

    def who_am_i(self) -> WhoAmI:
        """As the domain knows it."""
        return WhoAmI(user_uid=self.user_uid, tenant_uid=self.tenant_uid, organization=self.org_name)


class ProjectItem(Wire):
    """v1ProjectMetadata."""

    metadata: Identified

    def project(self) -> Project:
        """As the domain knows it."""
        return Project(uid=ProjectUid(self.metadata.uid), name=self.metadata.name)


class Projects(Wire):
    """v1ProjectsMetadata."""

    items: list[ProjectItem]


class ProfileSpec(Wire):
    """The spec of a v1ClusterProfileMetadata."""

    cloud_type: str = ""
    version: str = ""


class ProfileItem(Wire):
    """v1ClusterProfileMetadata."""

    metadata: Identified
    spec: ProfileSpec = Field(default_factory=ProfileSpec)

    def profile_version(self) -> ProfileVersion:
        """As the domain knows it."""
        return ProfileVersion(
            uid=ProfileUid(self.metadata.uid),
            name=self.metadata.name,
            version=self.spec.version,
            cloud_type=self.spec.cloud_type,
        )


class ProfileSummaryVersion(Wire):
    """v1ClusterProfileVersion."""

    uid: str = ""
    version: str = ""


class ProfileSummarySpec(Wire):
    """The specSummary of a v1ClusterProfileSummary."""

    version: str = ""
    versions: list[ProfileSummaryVersion] = Field(default_factory=list)


class ProfileSummary(Wire):
    """v1ClusterProfileSummary."""

    metadata: Identified
    spec_summary: ProfileSummarySpec = Field(default_factory=ProfileSummarySpec)

    def profile_versions(self) -> list[ProfileVersion]:
        """As the domain knows it: the row's own version, and the others that it lists."""
        versions = {each.uid: each.version for each in self.spec_summary.versions if each.uid}
        versions[self.metadata.uid] = self.spec_summary.version
        return [ProfileVersion(ProfileUid(uid), self.metadata.name, version) for uid, version in versions.items()]


class Profiles(Wire):
    """v1ClusterProfilesMetadata."""

    items: list[ProfileItem]
