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

# A uid has to be remembered for as long as something may come that was asked for before the end: a listing, or the
# answer to a write. Only if more than this went meanwhile would it be forgotten too soon: 10,000 clusters and as many
# hosts, the largest fleet that was measured, all at once.
_GONE_REMEMBERED = 20_000


def key_of(body: Body) -> ObjectKey:
    """Return the key of a resource's body."""
    metadata = body["metadata"]
    return ObjectKey(str(body["kind"]), str(metadata.get("namespace") or ""), str(metadata["name"]))


def uid_of(body: Body) -> str:
    """Return what tells a resource from any other that has, had or will have its name."""
    return str(body["metadata"].get("uid") or "")


def version_of(body: Body) -> str:
    """Return a body's resource version, which each write of the resource changes."""
    return str(body["metadata"].get("resourceVersion") or "")


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
    """The latest seen version of each resource, from the watch or our own writes.

    What comes late is ignored: an older version, and whatever is of one that is known to be gone, such as a listing
    that began before its end.
    """

    def __init__(self, *, remembered: int = _GONE_REMEMBERED) -> None:
        """`remembered` is how many that are gone are known to be."""
        self._bodies: dict[ObjectKey, Body] = {}
        self._remembered = remembered
        self._gone: dict[str, None] = {}
        """By uid, which never returns; the oldest first."""
        self.on_change: Callable[[ObjectKey, Body | None, Body | None], None] = lambda *_: None
        """Called with the key, the version before and the one after (None: there is none)."""

    def put(self, body: Body) -> bool:
        """Remember a version; return whether it is newer than the one at hand."""
        uid = uid_of(body)
        if uid in self._gone:
            return False
        key = key_of(body)
        known = self._bodies.get(key)
        if known is not None and uid_of(known) != uid:
            if _created_at(body) < _created_at(known):
                self._note_gone(uid)  # nothing told of its end
                return False
            self._note_gone(uid_of(known))
        elif known is not None and _version(body) <= _version(known):
            return False
        self._bodies[key] = body
        self.on_change(key, known, body)
        return True

    def drop(self, body: Body) -> None:
        """Forget a resource that no longer exists, whatever its version; another of its name stays."""
        self._note_gone(uid_of(body))
        key = key_of(body)
        known = self._bodies.get(key)
        if known is not None and uid_of(known) == uid_of(body):
            del self._bodies[key]
            self.on_change(key, known, None)

    def _note_gone(self, uid: str) -> None:
        if not uid:
            return
        self._gone[uid] = None
        if len(self._gone) > self._remembered:
            del self._gone[next(iter(self._gone))]

    def get(self, key: ObjectKey) -> Body | None:
        """Return the latest body; shared, so never to be changed."""
        return self._bodies.get(key)

    def version(self, key: ObjectKey) -> str:
        """Return the resource version of the latest body; "" when there is none."""
        body = self._bodies.get(key)
        return "" if body is None else version_of(body)

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


def _created_at(body: Body) -> str:
    """Return when a resource was created, in a form that sorts; versions may begin anew, from a backup of etcd."""
    return str(body["metadata"].get("creationTimestamp") or "")


def _version(body: Body) -> int:
    # Resource versions are comparable as integers. Source: KEP-5504, Kubernetes 1.35 conformance.
    return int(version_of(body) or 0)
