"""Projects and cluster profiles as Palette shows them. Source: Palette OpenAPI 4.9, v1ClusterProfile and v1Project."""

from collections.abc import Iterable

from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.palette.views.meta import object_meta, pack_refs, profile_template
from palette_sim.palette.world.records import Cluster, ProfileVersion, Project


def project_view(project: Project) -> JsonObject:
    """Write v1Project."""
    return {
        "metadata": object_meta(
            uid=project.uid,
            name=project.name,
            labels={},
            created_s=project.created_s,
            modified_s=project.created_s,
            scope="tenant",
        ),
        "spec": {"alerts": [], "logoUrl": "", "teams": [], "users": []},
        "status": {"isDisabled": False},
    }


def profile_line(version: ProfileVersion) -> JsonObject:
    """Write v1ClusterProfileMetadata, which tells neither scope nor type."""
    return {
        "metadata": {"name": version.name, "uid": version.uid},
        "spec": {"cloudType": version.profile.cloud_type, "version": version.version},
    }


def profile_summary(version: ProfileVersion, users: Iterable[Cluster]) -> JsonObject:
    """Write v1ClusterProfileSummary."""
    published: JsonObject = {
        "cloudType": version.profile.cloud_type,
        "packs": [
            {key: ref[key] for key in ("layer", "name", "packUid", "tag", "type", "version")}
            for ref in pack_refs(version, None)
        ],
        "type": version.profile.type,
    }
    in_use: list[Json] = [{"name": cluster.name, "uid": cluster.uid} for cluster in users]
    return {
        "metadata": _profile_meta(version),
        "specSummary": {"published": published, "version": version.version, "versions": _versions(version)},
        "status": {
            "fips": {"mode": "none"},
            "inUseClusterUids": [cluster["uid"] for cluster in in_use if isinstance(cluster, dict)],
            "inUseClusters": in_use,
            "isPublished": True,
        },
    }


def profile_view(version: ProfileVersion, users: Iterable[Cluster], tenant_uid: str) -> JsonObject:
    """Write v1ClusterProfile."""
    in_use: list[Json] = [
        {
            "kind": "spectrocluster",
            "name": cluster.name,
            "projectUid": cluster.project_uid,
            "tenantUid": tenant_uid,
            "uid": cluster.uid,
        }
        for cluster in users
    ]
    return {
        "apiVersion": "cluster.spectrocloud.com/v1alpha1",
        "kind": "ClusterProfile",
        "metadata": _profile_meta(version),
        "spec": {
            "published": profile_template(version, {}),
            "version": version.version,
            "versions": _versions(version),
        },
        "status": {
            "hasUserMacros": False,
            "inUseClusterUids": [cluster["uid"] for cluster in in_use if isinstance(cluster, dict)],
            "inUseClusters": in_use,
            "isPublished": True,
        },
    }


def _profile_meta(version: ProfileVersion) -> JsonObject:
    return object_meta(
        uid=version.uid,
        name=version.name,
        labels=version.profile.labels,
        created_s=version.created_s,
        modified_s=version.created_s,
        scope=version.profile.scope,
    )


def _versions(version: ProfileVersion) -> list[Json]:
    return [{"uid": sibling.uid, "version": sibling.version} for sibling in version.profile.versions]
