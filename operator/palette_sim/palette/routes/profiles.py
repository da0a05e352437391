"""Cluster profiles: by name, by filter, by uid."""

from collections.abc import Callable

from palette_sim.palette.bodies.filters import (
    FilterArray,
    FilterString,
    FilterVersion,
    ProfileFilter,
    ProfilesFilterBody,
    ProfileSort,
)
from palette_sim.palette.call import Call, Endpoint, Reply, ok
from palette_sim.palette.errors import forbidden, not_found
from palette_sim.palette.views.profiles import profile_line, profile_summary, profile_view
from palette_sim.palette.world.records import Cluster, ProfileVersion, tag_texts


def profiles_metadata(call: Call) -> Reply:
    """List every version of every profile of the scope; not paged."""
    return ok({"items": [profile_line(version) for version in _visible(call)]})


def profiles_summary(call: Call) -> Reply:
    """List the profile versions that a filter admits, in pages."""
    body = call.body(ProfilesFilterBody)
    found = [version for version in _visible(call) if body.filter is None or _admits(body.filter, version)]
    for sort in reversed(body.sort or []):
        found.sort(key=_sort_key(sort), reverse=sort.order == "desc")
    page = call.page(found)
    return ok(
        {
            "items": [profile_summary(version, _users(call, version)) for version in page.items],
            "listmeta": page.listmeta,
        }
    )


def profile(call: Call) -> Reply:
    """Show one profile version."""
    version = call.world.profile_versions.get(call.params["uid"])
    if version is None:
        raise not_found("cluster profile", call.params["uid"])
    if version.profile.project_uid not in ("", call.project_uid):
        raise forbidden("clusterProfile.get")
    return ok(profile_view(version, _users(call, version), call.world.tenant_uid))


def _visible(call: Call) -> list[ProfileVersion]:
    return [
        version
        for version in call.world.profile_versions.values()
        if not version.profile.project_uid or call.sees(version.profile.project_uid)
    ]


def _users(call: Call, version: ProfileVersion) -> list[Cluster]:
    return [
        cluster
        for cluster in call.world.clusters.values()
        if not cluster.is_going and any(attached.version is version for attached in cluster.profiles)
    ]


def _admits(wanted: ProfileFilter, version: ProfileVersion) -> bool:
    profile = version.profile
    return (
        _text_admits(wanted.profile_name, version.name)
        and _version_admits(wanted.version, version.version)
        and wanted.scope in (None, profile.scope)
        and (not wanted.profile_type or profile.type in wanted.profile_type)
        and (not wanted.environment or profile.cloud_type in wanted.environment)
        and _tags_admit(wanted.tags, tag_texts(profile.labels))
    )


def _text_admits(wanted: FilterString | None, text: str) -> bool:
    if wanted is None:
        return True
    fold = str if wanted.ignore_case is False else str.casefold
    have = fold(text)
    return (
        (wanted.eq is None or have == fold(wanted.eq))
        and (wanted.ne is None or have != fold(wanted.ne))
        and (wanted.contains is None or fold(wanted.contains) in have)
        and (wanted.begins_with is None or have.startswith(fold(wanted.begins_with)))
    )


def _tags_admit(wanted: FilterArray | None, tags: list[str]) -> bool:
    if wanted is None:
        return True
    fold = str if wanted.ignore_case is False else str.casefold
    have = [fold(tag) for tag in tags]
    return (
        (not wanted.eq or any(fold(tag) in have for tag in wanted.eq))
        and (not wanted.ne or not any(fold(tag) in have for tag in wanted.ne))
        and (not wanted.begins_with or any(tag.startswith(fold(start)) for tag in have for start in wanted.begins_with))
    )


def _version_admits(wanted: FilterVersion | None, text: str) -> bool:
    if wanted is None:
        return True
    have = _version_key(text)
    return (
        (wanted.eq is None or text == wanted.eq)
        and (wanted.ne is None or text != wanted.ne)
        and (wanted.gt is None or have > _version_key(wanted.gt))
        and (wanted.lt is None or have < _version_key(wanted.lt))
        and (wanted.begins_with is None or text.startswith(wanted.begins_with))
    )


def _version_key(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in text.split("."))


def _sort_key(sort: ProfileSort) -> Callable[[ProfileVersion], str | float]:
    keys: dict[str, Callable[[ProfileVersion], str | float]] = {
        "profileName": lambda version: version.name,
        "environment": lambda version: version.profile.cloud_type,
        "profileType": lambda version: version.profile.type,
        "creationTimestamp": lambda version: version.created_s,
        "lastModifiedTimestamp": lambda version: version.created_s,
    }
    return keys[sort.field or "creationTimestamp"]


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("GET", "/v1/dashboard/clusterprofiles/metadata"): profiles_metadata,
    ("POST", "/v1/dashboard/clusterprofiles"): profiles_summary,
    ("GET", "/v1/clusterprofiles/{uid}"): profile,
}
