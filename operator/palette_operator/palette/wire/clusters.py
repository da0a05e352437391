"""Clusters, as searched and as read whole. Source: Palette OpenAPI 4.9."""

from __future__ import annotations

from pydantic import Field

from palette_operator.domain.identifiers import CloudConfigUid, ClusterUid, ProfileUid, ProjectUid
from palette_operator.domain.observed import AttachedProfile, ClusterDetail, ClusterRow, PackStatus
from palette_operator.palette.wire.base import Metadata, Reference, Uid, Wire


class CloudConfigMeta(Wire):
    """v1CloudConfigMeta."""

    uid: str = ""
    cloud_type: str = ""


class ClusterMeta(Metadata):
    """v1ObjectMeta of a cluster: one without a name would read as a name that is free."""

    name: Uid


class SpecSummary(Wire):
    """The spec of a v1SpectroClusterSummary."""

    cloud_config: CloudConfigMeta = Field(default_factory=CloudConfigMeta)
    cluster_profile_templates: list[Reference] = Field(default_factory=list)
    project_meta: Reference = Field(default_factory=Reference)


class StateOnly(Wire):
    """Health, repave and others of which only the state is of use."""

    state: str = ""


class SummaryStatus(Wire):
    """The status of a v1SpectroClusterSummary."""

    state: str = ""
    health: StateOnly = Field(default_factory=StateOnly)
    repave: StateOnly = Field(default_factory=StateOnly)


class ClusterSummary(Wire):
    """v1SpectroClusterSummary."""

    metadata: ClusterMeta
    spec_summary: SpecSummary = Field(default_factory=SpecSummary)
    status: SummaryStatus = Field(default_factory=SummaryStatus)

    def row(self) -> ClusterRow:
        """As the domain knows it."""
        metadata, spec, status = self.metadata, self.spec_summary, self.status
        return ClusterRow(
            uid=ClusterUid(metadata.uid),
            name=metadata.name,
            project=ProjectUid(spec.project_meta.uid) if spec.project_meta.uid else None,
            state=status.state,
            health=status.health.state,
            labels=metadata.labels,
            profile_uids=tuple(ProfileUid(profile.uid) for profile in spec.cluster_profile_templates),
            cloud_type=spec.cloud_config.cloud_type,
            cloud_config_uid=CloudConfigUid(spec.cloud_config.uid) if spec.cloud_config.uid else None,
            repave_state=status.repave.state,
            created_at=metadata.created_at,
            modified_at=metadata.modified_at,
        )


class PackRef(Wire):
    """v1PackRef, less its values."""

    name: str = ""
    layer: str = ""
    tag: str = ""


class ProfileTemplate(Wire):
    """v1ClusterProfileTemplate."""

    uid: Uid
    name: Uid
    type: str = ""
    profile_version: str = ""
    packs: list[PackRef] = Field(default_factory=list)


class Condition(Wire):
    """v1ClusterCondition."""

    type: str = ""
    status: str = ""
    message: str = ""


class PackState(Wire):
    """v1ClusterPackStatus."""

    name: str = ""
    profile_uid: str = ""
    version: str = ""
    condition: Condition = Field(default_factory=Condition)


class ApiEndpoint(Wire):
    """v1APIEndpoint."""

    host: str = ""
    port: int = 0


class SpcApply(Wire):
    """v1SpcApply."""

    can_be_applied: bool | None = None


class ClusterSpec(Wire):
    """v1SpectroClusterSpec."""

    cloud_type: str = ""
    cloud_config_ref: Reference = Field(default_factory=Reference)
    cluster_profile_templates: list[ProfileTemplate] = Field(default_factory=list)


class ClusterStatus(Wire):
    """v1SpectroClusterStatus."""

    state: str = ""
    conditions: list[Condition] = Field(default_factory=list)
    packs: list[PackState] = Field(default_factory=list)
    api_endpoints: list[ApiEndpoint] = Field(default_factory=list)
    spc_apply: SpcApply = Field(default_factory=SpcApply)


class Cluster(Wire):
    """v1SpectroCluster."""

    metadata: ClusterMeta
    spec: ClusterSpec = Field(default_factory=ClusterSpec)
    status: ClusterStatus = Field(default_factory=ClusterStatus)

    def detail(self) -> ClusterDetail:
        """As the domain knows it."""
        metadata, spec, status = self.metadata, self.spec, self.status
        return ClusterDetail(
            uid=ClusterUid(metadata.uid),
            name=metadata.name,
            state=status.state,
            labels=metadata.labels,
            description=metadata.annotations.get("description", ""),
            cloud_type=spec.cloud_type,
            cloud_config_uid=CloudConfigUid(spec.cloud_config_ref.uid) if spec.cloud_config_ref.uid else None,
            profiles=tuple(
                AttachedProfile(ProfileUid(p.uid), p.name, p.profile_version, p.type)
                for p in spec.cluster_profile_templates
            ),
            packs=tuple(
                PackStatus(p.name, ProfileUid(p.profile_uid), p.version, p.condition.type, p.condition.message)
                for p in status.packs
            ),
            kubernetes_version=_kubernetes_version(spec),
            api_endpoint=_api_endpoint(status),
            can_be_applied=status.spc_apply.can_be_applied,
            failures=tuple(
                f"{condition.type}: {condition.message}"
                for condition in status.conditions
                if condition.status.lower() == "false"
            ),
        )


class VariableState(Wire):
    """v1SpectroClusterVariableResponse. A sensitive value comes back masked."""

    name: str = ""
    value: str = Field(default="", repr=False)
    is_sensitive: bool = False


class ProfileVariables(Wire):
    """v1SpectroClusterVariables: what one attached profile's variables are set to."""

    profile_uid: str
    variables: list[VariableState] = Field(default_factory=list)


class ConstraintError(Wire):
    """v1ConstraintError."""

    code: str = ""
    message: str = ""


class ConstraintResult(Wire):
    """v1ConstraintValidatorResult."""

    name: str = ""
    display_name: str = ""
    errors: list[ConstraintError] = Field(default_factory=list)


class ConstraintResults(Wire):
    """v1ConstraintValidatorResponse."""

    results: list[ConstraintResult] = Field(default_factory=list)


class ProfileValidation(Wire):
    """v1SpectroClusterProfileValidatorResponse."""

    uid: str = ""
    packs: ConstraintResults = Field(default_factory=ConstraintResults)


class Validation(Wire):
    """v1SpectroClusterValidatorResponse: a 200 may carry errors."""

    machine_pools: ConstraintResults = Field(default_factory=ConstraintResults)
    profiles: list[ProfileValidation] = Field(default_factory=list)

    def complaints(self) -> tuple[str, ...]:
        """Name each part and what Palette has against it."""
        parts = [("pool", result) for result in self.machine_pools.results]
        parts += [("pack", result) for profile in self.profiles for result in profile.packs.results]
        return tuple(
            f"{kind} {part.display_name or part.name}: {error.message or error.code}"
            for kind, part in parts
            for error in part.errors
        )


def _kubernetes_version(spec: ClusterSpec) -> str:
    packs = (pack for profile in spec.cluster_profile_templates for pack in profile.packs)
    return next((pack.tag for pack in packs if pack.layer == "k8s"), "")


def _api_endpoint(status: ClusterStatus) -> str:
    first = next((endpoint for endpoint in status.api_endpoints if endpoint.host and endpoint.port), None)
    return f"{first.host}:{first.port}" if first else ""
