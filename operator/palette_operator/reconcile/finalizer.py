"""Our own finalizer, written with a resourceVersion precondition; kopf's is another."""

from __future__ import annotations

from palette_operator.domain.identifiers import ObjectKey
from palette_operator.kube.api import KubeApi
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.objects import Body, ObjectCache, uid_of

FINALIZER = "palette.spectrocloud.com/protect"


class Finalizer:
    """Holds a resource while something of it is in Palette."""

    def __init__(self, api: KubeApi, objects: ObjectCache) -> None:
        self._api = api
        self._objects = objects
        self._let_go: set[str] = set()

    def is_set(self, key: ObjectKey) -> bool:
        """Whether the latest version seen carries it."""
        return FINALIZER in self._present(key)

    async def add(self, key: ObjectKey, *, seen: str = "") -> str:
        """Make sure that it is set; return the resource version that carries it. May be repeated.

        Raises Conflict when the resource changed meanwhile, or is not the version that was `seen` any more.
        """
        if seen and self._objects.version(key) != seen:
            raise Conflict("Conflict", f"{key} was changed meanwhile", retry_after_s=0.2)
        if self.is_set(key):
            return self._objects.version(key)
        return await self._write(key, [*self._present(key), FINALIZER])

    async def remove(self, key: ObjectKey, *, uid: str) -> None:
        """Let the resource of this uid go; another of its name stays held. May be repeated."""
        body = self._objects.get(key)
        if body is not None and uid_of(body) == uid and self.is_set(key):
            # Noted before: the event of its end may come sooner than the answer.
            self._let_go.add(uid_of(body))
            try:
                await self._write(key, [name for name in self._present(key) if name != FINALIZER])
            except Vanished:
                self._objects.drop(body)

    def has_let_go(self, gone: Body) -> bool:
        """Whether it was us who let a resource go, and not somebody who took the finalizer off. To be asked once."""
        uid = uid_of(gone)
        was_let_go = uid in self._let_go
        self._let_go.discard(uid)
        return was_let_go

    def _present(self, key: ObjectKey) -> list[str]:
        body = self._objects.get(key)
        return list(body["metadata"].get("finalizers") or ()) if body else []

    async def _write(self, key: ObjectKey, finalizers: list[str]) -> str:
        body = self._objects.get(key)
        if body is None:
            return ""
        version = str(body["metadata"]["resourceVersion"])
        written = await self._api.set_finalizers(key, finalizers, resource_version=version)
        self._objects.put(written)
        if written["metadata"].get("deletionTimestamp") and not finalizers:
            self._objects.drop(written)
        return str(written["metadata"]["resourceVersion"])
