"""v1ClusterConfigArchiveDetails, and what a cluster runs of an archive."""

from collections.abc import Mapping

from palette_sim.common.jsonvalue import Json, JsonObject
from palette_sim.edge.seed import ProfileSeed, VariableSeed
from palette_sim.edge.world.records import Archive


def archive_details(archive: Archive) -> JsonObject:
    """Write what is in an archive."""
    return {
        "archiveUploadPath": archive.path,
        "clusterProfileDetails": [_profile(profile) for profile in archive.profiles],
    }


def applications(archive: Archive, values: Mapping[tuple[str, str], str], *, is_ready: bool) -> JsonObject:
    """Write what a cluster runs of an archive. Source: Edge Management OpenAPI, v1ClusterCurrentApplications."""
    ready: JsonObject = {"type": "Ready", "status": "True" if is_ready else "False", "reason": "", "message": ""}
    return {
        "clusterProfileTemplates": [
            {
                "uid": profile.uid,
                "name": profile.name,
                "version": profile.version,
                "type": profile.type,
                "description": profile.description,
                "packs": [
                    {"name": pack.name, "version": pack.version, "conditions": [ready]} for pack in profile.packs
                ],
                "variables": [_variable(seed, values.get((profile.uid, seed.name))) for seed in profile.variables],
            }
            for profile in archive.profiles
        ]
    }


def _variable(seed: VariableSeed, value: str | None = None) -> JsonObject:
    """v1Variable; a sensitive one's value is never told."""
    told = "" if seed.is_sensitive or value is None else value
    options: list[Json] = [
        {"label": option, "value": option, "description": "", "default": option == seed.default_value}
        for option in seed.options
    ]
    return {
        "name": seed.name,
        "displayName": seed.display_name,
        "description": seed.description,
        "format": seed.format,
        "regex": seed.regex,
        "defaultValue": "" if seed.is_sensitive else seed.default_value,
        "required": seed.required,
        "isSensitive": seed.is_sensitive,
        "hidden": seed.hidden,
        "immutable": seed.immutable,
        "inputType": "dropdown" if seed.options else "text",
        "options": options,
        "value": told,
    }


def _profile(profile: ProfileSeed) -> JsonObject:
    return {
        "profileName": profile.name,
        "profileUid": profile.uid,
        "profileVersion": profile.version,
        "profileType": profile.type,
        "profileDescription": profile.description,
        "profileTags": "",
        "packs": [
            {"name": pack.name, "version": pack.version, "values": pack.values, "logo": ""} for pack in profile.packs
        ],
        "variables": [_variable(seed) for seed in profile.variables],
    }
