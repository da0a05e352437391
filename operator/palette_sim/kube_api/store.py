"""Objects, their history and those who watch them: one resource version for all, as etcd counts.

A stored object is never changed in place; it is replaced. So its JSON is written once and sent to every reader.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from palette_sim.kube_api.errors import ResourceName, expired
from palette_sim.kube_api.json_types import JsonObject, Key, dump, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

HISTORY_LENGTH: Final = 20_000
WATCH_BACKLOG: Final = 10_000
ChangeType = Literal["ADDED", "MODIFIED", "DELETED"]


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as of one resource version, and the JSON it is sent as."""

    body: JsonObject
    raw: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """One write: the object after it (for a deletion: as it was last) and before it."""

    type: ChangeType
    now: Stored
    before: Stored | None


class Watcher:
    """The changes that one watch has yet to send; bounded, so that a slow reader is dropped, not waited for."""

    def __init__(self, backlog: int = WATCH_BACKLOG) -> None:
        self._changes: deque[Change] = deque()
        self._backlog = backlog
        self._wake = asyncio.Event()
        self.lagged = False
        self._is_closed = False

    def offer(self, change: Change) -> None:
        """Queue a change; past the backlog the watch is marked as lagged and gets no more."""
        if len(self._changes) >= self._backlog:
            self.lagged = True
            self._changes.clear()
        if not self.lagged:
            self._changes.append(change)
        self._wake.set()

    @property
    def has_pending(self) -> bool:
        """Whether changes wait to be taken."""
        return bool(self._changes)

    def is_closed(self) -> bool:
        """Whether the watch was broken off."""
        return self._is_closed

    def close(self) -> None:
        """End the watch as a broken connection does: without a word."""
        self._is_closed = True
        self._wake.set()

    async def take(self, timeout_s: float) -> list[Change]:
        """Return what is queued, waiting up to `timeout_s` for the first; empty when nothing came."""
        if not self._changes and not self.lagged and not self._is_closed:
            self._wake.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._wake.wait()
            except TimeoutError:
                return []
        taken = list(self._changes)
        self._changes.clear()
        return taken


@dataclass(slots=True)
class Collection:
    """All objects of one resource."""

    objects: dict[Key, Stored] = field(default_factory=dict)
    history: deque[Change] = field(default_factory=deque)
    watchers: set[Watcher] = field(default_factory=set)
    forgotten: int = 0
    """Changes up to this version can no longer be replayed."""

    def sorted_objects(self, namespace: str = "") -> list[tuple[Key, Stored]]:
        """Return the objects by namespace and name, of one namespace or of all."""
        found = self.objects.items()
        if namespace:
            return sorted(((k, v) for k, v in found if k[0] == namespace), key=lambda item: item[0])
        return sorted(found, key=lambda item: item[0])


class Store:
    """Every object of the server. Not thread-safe; one event loop owns it."""

    def __init__(self, history_length: int = HISTORY_LENGTH) -> None:
        self.version = 1
        self._history_length = history_length
        self._collections: dict[ResourceName, Collection] = {}

    def collection(self, resource: ResourceName) -> Collection:
        """Return the collection of a resource, empty at first."""
        return self._collections.setdefault(resource, Collection())

    def collections(self) -> Iterable[tuple[ResourceName, Collection]]:
        """Return all collections, in the order in which they came to be."""
        return list(self._collections.items())

    def get(self, resource: ResourceName, key: Key) -> Stored | None:
        """Return an object, or None."""
        return self.collection(resource).objects.get(key)

    def put(self, resource: ResourceName, body: JsonObject) -> Stored:
        """Store `body` as the next version, and tell the watchers. The caller gives `body` away."""
        collection = self.collection(resource)
        stored = self._next(body)
        before = collection.objects.get(key_of(body))
        collection.objects[key_of(body)] = stored
        self._record(collection, Change("MODIFIED" if before else "ADDED", stored, before))
        return stored

    def remove(self, resource: ResourceName, key: Key) -> Stored:
        """Remove an object; its last state gets the version of the removal. KeyError if it is not there."""
        collection = self.collection(resource)
        before = collection.objects.pop(key)
        stored = self._next(before.body)
        self._record(collection, Change("DELETED", stored, before))
        return stored

    def restamp(self, stored: Stored, version: int) -> Stored:
        """Return the same object as of another version."""
        body = {**stored.body, "metadata": {**stored.body["metadata"], "resourceVersion": str(version)}}
        return Stored(body, dump(body), version)

    def since(self, resource: ResourceName, version: int) -> list[Change]:
        """Return the changes after `version`; 410 if some of them are forgotten, or it is from another life."""
        collection = self.collection(resource)
        if version > self.version:
            raise expired(f"unknown resource version: {version} (current: {self.version})")
        if version < collection.forgotten:
            raise expired(f"too old resource version: {version} ({collection.forgotten})")
        changes: deque[Change] = deque()
        for change in reversed(collection.history):
            if change.now.version <= version:
                break
            changes.appendleft(change)
        return list(changes)

    def compact(self) -> int:
        """Forget the history, so that every watch from before now is refused with 410; return the version."""
        # One more version, so that even a reader of the latest one is behind.
        self.version += 1
        for collection in self._collections.values():
            collection.history.clear()
            collection.forgotten = self.version
        return self.version

    def drop_watches(self) -> int:
        """Break every open watch; return how many there were."""
        watchers = [watcher for collection in self._collections.values() for watcher in collection.watchers]
        for watcher in watchers:
            watcher.close()
        return len(watchers)

    def _next(self, body: JsonObject) -> Stored:
        self.version += 1
        body = {**body, "metadata": {**body["metadata"], "resourceVersion": str(self.version)}}
        return Stored(body, dump(body), self.version)

    def _record(self, collection: Collection, change: Change) -> None:
        collection.history.append(change)
        if len(collection.history) > self._history_length:
            collection.forgotten = collection.history.popleft().now.version
        for watcher in collection.watchers:
            watcher.offer(change)
