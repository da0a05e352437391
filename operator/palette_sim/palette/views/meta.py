"""The parts that most shapes share: metadata, project, profile packs. Source: Palette OpenAPI 4.9."""

from palette_sim.common.clock import UNSET_TIME, timestamp
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.palette.world.records import AttachedProfile, Labels, ProfileVersion, Project

AGENT_VERSION = "4.9.3"


def object_meta(
    *,
    uid: str,
    name: str,
    labels: Labels,
    created_s: float,
    modified_s: float,
    deleted_s: float | None = None,
    annotations: Labels | None = None,
    scope: str = "project",
) -> JsonObject:
    """Write v1ObjectMeta. The object's own scope is an annotation. Source: Palette SDK for Go, constants."""
    return {
        "annotations": {**(annotations or {}), "scope": scope},
        "creationTimestamp": timestamp(created_s),
        "deletionTimestamp": UNSET_TIME if deleted_s is None else timestamp(deleted_s),
        "labels": dict(labels),
        "lastModifiedTimestamp": timestamp(modified_s),
        "name": name,
        "uid": uid,
    }


def project_meta(project: Project) -> JsonObject:
    """Write v1ProjectMeta."""
    return {"name": project.name, "uid": project.uid}


def pack_refs(version: ProfileVersion, values: dict[str, str] | None) -> list[JsonObject]:
    """Write the packs of a profile as v1PackRef, with the given values over the profile's own.

    Without `values` (None) the values are left out, as in the search rows.
    """
    refs: list[JsonObject] = []
    for pack in version.packs:
        ref: JsonObject = {
            "layer": pack.layer,
            "name": pack.name,
            "packUid": f"{pack.name}-{pack.version}",
            "tag": pack.version,
            "type": pack.type,
            "version": pack.version,
        }
        if values is not None:
            ref["values"] = values.get(pack.name, pack.values)
        refs.append(ref)
    return refs


def profile_template(version: ProfileVersion, values: dict[str, str]) -> JsonObject:
    """Write v1ClusterProfileTemplate; `version` is a number there, `profileVersion` the version."""
    return {
        "cloudType": version.profile.cloud_type,
        "name": version.name,
        "packs": [*pack_refs(version, values)],
        "profileVersion": version.version,
        "type": version.profile.type,
        "uid": version.uid,
        "version": 1,
    }


def profile_template_meta(attached: AttachedProfile) -> JsonObject:
    """Write v1ClusterProfileTemplateMeta, which tells the uid and not the version."""
    version = attached.version
    return {
        "cloudType": version.profile.cloud_type,
        "name": version.name,
        "packs": [*pack_refs(version, None)],
        "scope": version.profile.scope,
        "type": version.profile.type,
        "uid": version.uid,
        "version": 1,
    }
