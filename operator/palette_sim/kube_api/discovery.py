"""What the server says it serves: group and resource lists, in the classic and in the aggregated form.

Source: Kubernetes docs, "Discovery API"; k8s.io/api, apidiscovery/v2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from palette_sim.kube_api.json_types import JsonObject
    from palette_sim.kube_api.resources import Resource

    Groups = Mapping[str, Mapping[str, list[Resource]]]

AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
# The version that this server takes its manners from.
SERVER_VERSION: Final[Mapping[str, str]] = {
    "major": "1",
    "minor": "36",
    "gitVersion": "v1.36.0+embedded",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "any",
}


def core_versions() -> JsonObject:
    """Return what `/api` lists."""
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}


def group_list(groups: Groups) -> JsonObject:
    """Return what `/apis` lists."""
    named = [api_group(group, versions) for group, versions in groups.items() if group]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": named}


def api_group(group: str, versions: Iterable[str]) -> JsonObject:
    """Return what `/apis/<group>` shows."""
    listed = [{"groupVersion": f"{group}/{version}", "version": version} for version in versions]
    return {"kind": "APIGroup", "apiVersion": "v1", "name": group, "versions": listed, "preferredVersion": listed[0]}


def resource_list(group_version: str, resources: Iterable[Resource]) -> JsonObject:
    """Return what `/api/v1` and `/apis/<group>/<version>` list."""
    entries = []
    for resource in resources:
        entry: JsonObject = {
            "name": resource.plural,
            "singularName": _singular(resource),
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": list(resource.verbs),
        }
        if resource.short_names:
            entry["shortNames"] = list(resource.short_names)
        if resource.categories:
            entry["categories"] = list(resource.categories)
        entries.append(entry)
        if resource.has_status:
            entries.append(
                {
                    "name": f"{resource.plural}/status",
                    "singularName": "",
                    "namespaced": resource.namespaced,
                    "kind": resource.kind,
                    "verbs": ["get", "patch", "update"],
                }
            )
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": entries}


def aggregated(groups: Groups, *, core: bool) -> JsonObject:
    """Return the core group, or all others, as one `APIGroupDiscoveryList`."""
    items = []
    for group, versions in groups.items():
        if (group == "") is core:
            listed = [
                {
                    "version": version,
                    "freshness": "Current",
                    "resources": [_discovered(resource) for resource in resources],
                }
                for version, resources in versions.items()
            ]
            items.append({"metadata": {"name": group, "creationTimestamp": None}, "versions": listed})
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }


def _discovered(resource: Resource) -> JsonObject:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    entry: JsonObject = {
        "resource": resource.plural,
        "responseKind": kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": _singular(resource),
        "verbs": list(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if resource.has_status:
        status = {"subresource": "status", "responseKind": kind, "verbs": ["get", "patch", "update"]}
        entry["subresources"] = [status]
    return entry


def _singular(resource: Resource) -> str:
    return resource.singular or resource.kind.lower()
