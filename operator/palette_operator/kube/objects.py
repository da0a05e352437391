"""What the watch has shown: the latest body of each of our resources, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from palette_operator.domain.identifiers import ObjectKey

Body = dict[str, Any]

GROUP = "palette.spectrocloud.com"
VERSION = "v1alpha1"
PLURALS = {
    "PaletteConnection": "paletteconnections",
    "EdgeHost": "edgehosts",
    "PaletteCluster": "paletteclusters",
}
FIELD_MANAGER = "palette-operator"
"""Under this name the API server keeps which fields the operator wrote."""
CLUSTER_SCOPED = frozenset({"PaletteConnection"})
CLUSTER_SCOPED_EVENTS = "default"
"""The namespace of events about what has none. Source: Kubernetes, validation of core/v1 Event."""


def key_of(body: Body) -> ObjectKey:
    """Return the key of a resource's body."""
    metadata = body["metadata"]
    return ObjectKey(str(body["kind"]), str(metadata.get("namespace") or ""), str(metadata["name"]))


def generation_of(body: Body) -> int:
    """Return the generation of a resource's spec."""
    return int(body["metadata"].get("generation") or 0)


def is_local_cluster(body: Body) -> bool:
    """Whether a PaletteCluster is one on air-gapped hosts. It stays what it is: spec.connectionRef is immutable."""
    cloud = (body.get("spec") or {}).get("cloud")
    return isinstance(cloud, dict) and cloud.get("edgeLocal") is not None


def connection_of(body: Mapping[str, Any]) -> str:
    """Return the name of the PaletteConnection that a resource goes through; "" when it goes through none."""
    return str(((body.get("spec") or {}).get("connectionRef") or {}).get("name") or "")


class ObjectCache:
    """The latest seen version of each resource, from the watch or our own writes. What comes late is ignored."""

    def __init__(self) -> None:
        self._bodies: dict[ObjectKey, Body] = {}
        self.on_change: Callable[[ObjectKey, Body | None, Body | None], None] = lambda *_: None
        """Called with the key, the version before and the one after (None: there is none)."""

    def put(self, body: Body) -> bool:
        """Remember a version; return whether it is newer than the one at hand."""
        key = key_of(body)
        known = self._bodies.get(key)
        if known is not None and not _is_newer(body, known):
            return False
        self._bodies[key] = body
        self.on_change(key, known, body)
        return True

    def drop(self, key: ObjectKey) -> None:
        """Forget a resource that no longer exists."""
        known = self._bodies.pop(key, None)
        if known is not None:
            self.on_change(key, known, None)

    def get(self, key: ObjectKey) -> Body | None:
        """Return the latest body; shared, so never to be changed."""
        return self._bodies.get(key)

    def version(self, key: ObjectKey) -> str:
        """Return the resource version of the latest body; "" when there is none."""
        body = self._bodies.get(key)
        return "" if body is None else str(body["metadata"].get("resourceVersion") or "")

    def of_kind(self, kind: str, namespace: str | None = None) -> Iterator[Body]:
        """Iterate over a kind's bodies, optionally of one namespace."""
        for key, body in list(self._bodies.items()):
            if key.kind == kind and namespace in (None, key.namespace):
                yield body

    def all(self) -> list[Body]:
        """Return every body. May be asked by another thread."""
        return list(self._bodies.values())

    def keys(self, kind: str) -> list[ObjectKey]:
        """Return the keys of a kind."""
        return [key for key in self._bodies if key.kind == kind]


def _is_newer(body: Body, known: Body) -> bool:
    if body["metadata"].get("uid") != known["metadata"].get("uid"):
        return True
    return _version(body) > _version(known)


def _version(body: Body) -> int:
    # Resource versions are comparable as integers. Source: KEP-5504, Kubernetes 1.35 conformance.
    return int(body["metadata"].get("resourceVersion") or 0)
