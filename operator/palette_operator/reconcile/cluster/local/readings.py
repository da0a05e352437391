"""What the rounds over the hosts do not show: read from the leader when it is due, and kept until something changes."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.local import Archive, LocalCertificates, LocalCluster, LocalClusterConfig, LocalNode
from palette_operator.domain.local_definition import Archives
from palette_operator.domain.plan import UPDATABLE_STATES
from palette_operator.edge.client import EdgeClient
from palette_operator.reconcile.context import Context

FactT = TypeVar("FactT")

_DEEP_S = 6 * 3600.0
"""Somebody at the host may change what no round shows: it is read again this often at least."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a leader told of its cluster; None for what was not asked, or cannot be told yet."""

    config: LocalClusterConfig | None = None
    nodes: tuple[LocalNode, ...] | None = None
    certificates: LocalCertificates | None = None
    archives: Archives = field(default_factory=Archives)
    is_fresh: bool = False
    """Whether it was read for this look."""


@dataclass(frozen=True, slots=True)
class _Kept:
    reading: Reading
    cluster: LocalCluster
    generation: int
    read_at: datetime


class Readings:
    """Readings by cluster, with the rules for when to ask for them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept: dict[ObjectKey, _Kept] = {}

    def forget(self, key: ObjectKey) -> None:
        """Read everything anew at the next look: something was written, or the cluster is gone."""
        self._kept.pop(key, None)

    async def read(self, key: ObjectKey, client: EdgeClient, cluster: LocalCluster, *, generation: int) -> Reading:
        """Return what is to be known of a cluster besides what every round shows. Raises what the client does."""
        kept, now = self._kept.get(key), self._context.now()
        if (
            kept is not None
            and (kept.cluster, kept.generation) == (cluster, generation)
            and (now - kept.read_at).total_seconds() < _DEEP_S
        ):
            return kept.reading
        settled = cluster.state in UPDATABLE_STATES
        reading = Reading(
            config=await client.cluster_config(),
            nodes=await _or_none(client.nodes()) if settled else None,
            certificates=await _or_none(client.certificates()) if settled else None,
            archives=await read_archives(client),
        )
        self._kept[key] = _Kept(reading, cluster, generation, now)
        return replace(reading, is_fresh=True)


async def _or_none(reading: Awaitable[FactT | None]) -> FactT | None:
    """Return what was read, None when it cannot be told now: a cluster's own API may be away while its hosts answer."""
    try:
        return await reading
    except ReconcileError:
        return None


async def read_archives(client: EdgeClient) -> Archives:
    """Return the definitions that a leader has. Raises what the client does."""
    embedded = await client.archive("embedded")
    others: list[Archive] = []
    for which in ("overridden", "update"):
        found = await client.archive(which)
        others += [found] if found is not None else []
    return Archives(embedded, tuple(others))
