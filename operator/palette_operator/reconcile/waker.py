"""From something that changed to the keys that are looked at because of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey
from palette_operator.reconcile import waking
from palette_operator.reconcile.queue import Priority, WorkQueue
from palette_operator.reconcile.waking import Topic, WakeIndex


class Waker:
    """Puts keys into the queue of their kind. Knows which keys have which uid in Palette."""

    def __init__(self, queues: Mapping[str, WorkQueue], wakes: WakeIndex) -> None:
        self._queues = queues
        self._wakes = wakes
        self._uids: dict[ObjectKey, str] = {}
        # Two namespaces may each have a resource for one device.
        self._keys: defaultdict[tuple[str, str], set[ObjectKey]] = defaultdict(set)

    def learn(self, key: ObjectKey, uid: str) -> None:
        """Remember a key's uid in Palette, from its status or spec, in place of the one before; "" for none."""
        before = self._uids.pop(key, "")
        if before and before != uid:
            self._keys[key.kind, before].discard(key)
            if not self._keys[key.kind, before]:
                del self._keys[key.kind, before]
        if uid:
            self._uids[key] = uid
            self._keys[key.kind, uid].add(key)

    def wake(self, topic: Topic, priority: Priority = Priority.REMOTE_CHANGE) -> None:
        """Wake all who wait for a topic."""
        for key in self._wakes.waiting_for(topic):
            self.wake_key(key, priority)

    def wake_uids(self, clusters: Iterable[ClusterUid], hosts: Iterable[HostUid]) -> None:
        """Wake the resources of what changed in Palette, and those who wait for a device by its uid."""
        changed_hosts = tuple(hosts)
        for host in changed_hosts:
            self.wake(waking.device(host))
        for kind, uids in (("PaletteCluster", clusters), ("EdgeHost", changed_hosts)):
            for uid in uids:
                for key in self._keys.get((kind, uid), ()):
                    self.wake_key(key)

    def wake_key(self, key: ObjectKey, priority: Priority = Priority.REMOTE_CHANGE, *, after_s: float = 0.0) -> None:
        """Wake one key."""
        self._queues[key.kind].add(key, priority, after_s=after_s)
