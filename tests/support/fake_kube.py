"""The writes of `KubeApi` in memory, for tests that are not about HTTP: versions, conflicts, and what was done."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import json_merge_patch

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.api import KubeApi
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.objects import Body, key_of, uid_of, version_of


class FakeKubeApi(KubeApi):
    """Resources by key. `before_write` and `after_write` run around each write; what they raise is its answer."""

    def __init__(self, *bodies: Body) -> None:
        self.bodies = {key_of(body): body for body in bodies}
        self.writes: list[str] = []
        self.before_write: Callable[[str], None] = lambda _: None
        self.after_write: Callable[[str], None] = lambda _: None

    async def patch_status(self, seen: Body, status: Mapping[str, Any], *, fenced: bool = False) -> Body:
        version = version_of(seen) if fenced else ""
        return self._write("status", key_of(seen), {"status": dict(status)}, version, uid=uid_of(seen))

    async def set_finalizers(self, key: ObjectKey, finalizers: Sequence[str], *, resource_version: str) -> Body:
        patch = {"metadata": {"finalizers": list(finalizers)}}
        return self._write("finalizers", key, patch, resource_version)

    def touch(self, key: ObjectKey) -> None:
        """Let somebody else write the resource."""
        self._store(key, {"metadata": {"labels": {"touched": "yes"}}})

    def edit(self, key: ObjectKey, spec: Body) -> None:
        """Let somebody set fields of the spec."""
        self._store(key, {"spec": spec})

    def _write(self, what: str, key: ObjectKey, patch: Body, resource_version: str, *, uid: str = "") -> Body:
        self.before_write(what)
        if key not in self.bodies or (not resource_version and uid not in {"", uid_of(self.bodies[key])}):
            raise Vanished("NotFound", f"{key} no longer exists", retry_after_s=1)
        if resource_version and resource_version != self.bodies[key]["metadata"]["resourceVersion"]:
            raise Conflict("Conflict", f"{key} was changed meanwhile", retry_after_s=0.2)
        self.writes.append(what)
        written = self._store(key, patch)
        self.after_write(what)
        return written

    def _store(self, key: ObjectKey, patch: Body) -> Body:
        stored: Body = json_merge_patch.merge(deepcopy(self.bodies[key]), patch)
        stored["metadata"]["resourceVersion"] = str(int(stored["metadata"]["resourceVersion"]) + 1)
        self.bodies[key] = stored
        return deepcopy(stored)


def resource_body(key: ObjectKey, *, version: int = 7, status: Body | None = None, **metadata: Any) -> Body:  # noqa: ANN401
    """Return a resource as the API server gives it."""
    name = {"name": key.name} | ({"namespace": key.namespace} if key.namespace else {})
    return {
        "kind": key.kind,
        "metadata": {**name, "uid": f"uid-{key.name}", "generation": 2, "resourceVersion": str(version), **metadata},
        "spec": {},
        "status": {"observedGeneration": -1} if status is None else status,
    }
