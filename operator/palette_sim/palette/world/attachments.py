"""Profiles as they are attached to a cluster: found, merged, given values and variables.

Source: Palette OpenAPI 4.9, v1SpectroClusterProfileEntity and v1SpectroClusterVariable.
"""

import base64
import ipaddress
import re
from collections.abc import Callable

from palette_sim.common.errors import invalid
from palette_sim.palette.bodies.clusters import ProfileBody
from palette_sim.palette.errors import Refused, not_found
from palette_sim.palette.seed import VariableSeed
from palette_sim.palette.world.records import CLOUD_TYPE, AttachedProfile, ProfileVersion
from palette_sim.palette.world.world import World


def merge_profiles(
    world: World, project_uid: str, profiles: list[AttachedProfile], entries: list[ProfileBody]
) -> list[AttachedProfile]:
    """Apply entries to a set of profiles, in place of what they replace or update, else at the end.

    `replaceWithProfile` names the attached profile that `uid` takes the place of. Without it, another version of the
    same profile becomes a second copy. Raises ApiError and Refused as `attach_profile` does.
    """
    merged = list(profiles)
    for entry in entries:
        if not entry.uid:
            raise invalid("profiles.uid in body is required")
        place = _place(merged, entry.replace_with_profile or entry.uid)
        if entry.replace_with_profile and place is None:
            raise not_found("cluster profile", entry.replace_with_profile)
        known = merged[place] if place is not None and merged[place].version.uid == entry.uid else None
        attached = attach_profile(world, project_uid, entry, known)
        if place is None:
            merged.append(attached)
        else:
            merged[place] = attached
    return merged


def attach_profile(world: World, project_uid: str, body: ProfileBody, known: AttachedProfile | None) -> AttachedProfile:
    """Make the attachment that `body` asks for, on top of the values that are `known` of the same version.

    Raises ApiError 404 for an unknown profile, Refused for one of another cloud, for unknown packs, and for unknown,
    invalid or missing variables.
    """
    version = visible_profile(world, project_uid, body.uid or "")
    if version.profile.cloud_type not in (CLOUD_TYPE, "all"):
        raise Refused("ProfileCloudTypeMismatch", f"Profile '{version.name}' is for {version.profile.cloud_type}.")
    attached = AttachedProfile(
        version,
        dict(known.pack_values) if known else {},
        dict(known.variables) if known else {},
    )
    packs = {pack.name for pack in version.packs}
    for pack in body.pack_values or []:
        if pack.name not in packs:
            raise Refused("PackNotFound", f"Profile '{version.name}' {version.version} has no pack '{pack.name}'.")
        manifests = "\n".join(f"{manifest.name}: {manifest.content or ''}" for manifest in pack.manifests or [])
        attached.pack_values[pack.name] = (pack.values or "") + manifests
    set_variables(attached, {variable.name: variable.value or "" for variable in body.variables or []})
    require_variables(attached)
    return attached


def set_variables(attached: AttachedProfile, values: dict[str, str], *, fixed: bool = False) -> None:
    """Set variables; raises Refused for unknown and invalid ones and, when `fixed`, for a changed immutable one."""
    known = {variable.name: variable for variable in attached.version.variables}
    for name, value in values.items():
        if name not in known:
            raise Refused("VariableNotFound", f"Profile '{attached.version.name}' has no variable '{name}'.")
        if fixed and known[name].immutable and value != attached.value_of(known[name]):
            raise Refused("VariableImmutable", f"The variable '{name}' cannot be changed.")
        if value:
            _require_valid(known[name], value)
        attached.variables[name] = value


def require_variables(attached: AttachedProfile) -> None:
    """Raise Refused when a required variable has neither value nor default."""
    for variable in attached.version.variables:
        if variable.required and not attached.value_of(variable):
            message = f"The variable '{variable.name}' of profile '{attached.version.name}' is required."
            raise Refused("VariableRequired", message)


def visible_profile(world: World, project_uid: str, uid: str) -> ProfileVersion:
    """Find a profile version by uid, of the tenant or the project; raises ApiError 404."""
    version = world.profile_versions.get(uid)
    if version is None or version.profile.project_uid not in ("", project_uid):
        raise not_found("cluster profile", uid)
    return version


def _place(profiles: list[AttachedProfile], uid: str) -> int | None:
    return next((place for place, known in enumerate(profiles) if known.version.uid == uid), None)


def _require_valid(variable: VariableSeed, value: str) -> None:
    try:
        _FORMATS[variable.format](value)
    except ValueError:
        raise Refused("VariableInvalid", f"The value of '{variable.name}' is not a {variable.format}.") from None
    if variable.regex and not re.fullmatch(variable.regex, value):
        raise Refused("VariableInvalid", f"The value of '{variable.name}' does not match its pattern.")


def _boolean(value: str) -> bool:
    if value not in ("true", "false"):
        raise ValueError("not a boolean")
    return value == "true"


def _version(value: str) -> str:
    if not re.fullmatch(r"v?\d+(\.\d+){0,2}([-+].*)?", value):
        raise ValueError("not a version")
    return value


# Each raises ValueError for a value that is not of the format. Source: Palette OpenAPI 4.9, v1VariableFormat.
_FORMATS: dict[str, Callable[[str], object]] = {
    "string": str,
    "number": float,
    "boolean": _boolean,
    "ipv4": ipaddress.IPv4Address,
    "ipv4cidr": ipaddress.IPv4Network,
    "ipv6": ipaddress.IPv6Address,
    "version": _version,
    "base64": lambda value: base64.b64decode(value, validate=True),
}
