"""Who waits for what: a dependency that arrives wakes those who asked for it, so that waiting costs nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from palette_operator.domain.identifiers import HostUid, ObjectKey


class Topic(NamedTuple):
    """Something that can change under a resource: another resource, a fleet's passes."""

    kind: str
    name: str


def resource(key: ObjectKey) -> Topic:
    """Return the topic of one resource."""
    return Topic(key.kind, f"{key.namespace}/{key.name}")


def edge_hosts_in(namespace: str) -> Topic:
    """Return the topic of any edge host in a namespace, for selectors."""
    return Topic("EdgeHosts", namespace)


def device(uid: HostUid) -> Topic:
    """Return the topic of a device in Palette, for those who name it by uid."""
    return Topic("Device", uid)


def fleet_pass(connection: str) -> Topic:
    """Return the topic of the next complete pass over a connection's fleet."""
    return Topic("FleetPass", connection)


class WakeIndex:
    """Subscriptions of keys to topics; each look at a key replaces its subscriptions."""

    def __init__(self) -> None:
        self._topics: dict[ObjectKey, frozenset[Topic]] = {}
        self._waiters: defaultdict[Topic, set[ObjectKey]] = defaultdict(set)

    def subscribe(self, key: ObjectKey, topics: Iterable[Topic]) -> None:
        """Replace what `key` waits for."""
        for topic in self._topics.pop(key, frozenset()):
            self._waiters[topic].discard(key)
            if not self._waiters[topic]:
                del self._waiters[topic]
        wanted = frozenset(topics)
        if wanted:
            self._topics[key] = wanted
            for topic in wanted:
                self._waiters[topic].add(key)

    def waiting_for(self, topic: Topic) -> tuple[ObjectKey, ...]:
        """Return the keys to wake when `topic` changed."""
        return tuple(self._waiters.get(topic, ()))
