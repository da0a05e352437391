"""What a path asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_WITH_NAMESPACE: Final = 3


@dataclass(frozen=True, slots=True)
class Target:
    """A collection of a resource, one object of it, or a subresource of that."""

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def parse_target(path: str) -> Target | None:
    """Read `/api/v1/...` and `/apis/<group>/<version>/...`; None if the path names no resource."""
    root, *parts = path.strip("/").split("/")
    if root == "api" and parts[:1] == ["v1"]:
        group, version, rest = "", "v1", parts[1:]
    elif root == "apis" and len(parts) > 1:
        group, version, rest = parts[0], parts[1], parts[2:]
    else:
        return None
    namespace = ""
    is_namespace_itself = group == "" and (len(rest) < _WITH_NAMESPACE or rest[2] in {"status", "finalize"})
    if rest[:1] == ["namespaces"] and len(rest) >= _WITH_NAMESPACE and not is_namespace_itself:
        namespace, rest = rest[1], rest[2:]
    if not rest or len(rest) > _WITH_NAMESPACE or not all(rest):
        return None
    plural, name, subresource = (*rest, "", "")[:_WITH_NAMESPACE]
    return Target(group, version, plural, namespace, name, subresource)
