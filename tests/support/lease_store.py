"""A Lease in memory as an API server keeps it, on a virtual clock: versions, conflicts, and requests that take time."""

from __future__ import annotations

import copy
import itertools
from datetime import UTC, datetime, timedelta

from palette_operator.domain.errors import Waiting
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.leases import Lease, Leases
from palette_operator.kube.objects import Body
from support.virtual_clock import VirtualClock

_EPOCH = datetime(2026, 3, 1, tzinfo=UTC)


class LeaseStore:
    """The API server: what it stores, and who ever wrote it."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.body: Body | None = None
        self.writes = 0
        self._versions = itertools.count(1)

    def wall(self) -> datetime:
        return _EPOCH + timedelta(seconds=self.clock.now())

    def put(self, body: Body) -> Body:
        metadata = {"name": "palette-operator", "uid": "1", **body.get("metadata", {})}
        self.body = {**copy.deepcopy(body), "metadata": {**metadata, "resourceVersion": str(next(self._versions))}}
        self.writes += 1
        return copy.deepcopy(self.body)

    @property
    def holder(self) -> str:
        return "" if self.body is None else Lease.of(self.body).holder


class Way(Leases):
    """One replica's way to the store, which may be slow, cut off, or lose answers."""

    def __init__(self, store: LeaseStore, *, timeout_s: float = 2.0) -> None:
        self._store = store
        self._limit_s = timeout_s
        self.takes_s = 0.0
        """How long a request takes to arrive, and its answer to come back."""
        self.is_cut = False
        self.loses_answers = False

    async def read(self) -> Lease | None:
        await self._pass()
        body = copy.deepcopy(self._store.body)
        await self._pass()
        return None if body is None else Lease.of(body)

    async def write(self, lease: Lease) -> Lease:
        await self._pass()
        stored, known = self._store.body, lease.body.get("metadata")
        if known and stored is None:
            raise Vanished("NotFound", "it is gone", retry_after_s=1)
        if stored is not None and (known or {}).get("resourceVersion") != stored["metadata"]["resourceVersion"]:
            raise Conflict("Conflict", "it was changed", retry_after_s=0.2)
        body = self._store.put(lease.body)
        if self.loses_answers:
            await self._fail(self._limit_s)
        await self._pass()
        return Lease.of(body)

    async def _pass(self) -> None:
        if self.is_cut or self.takes_s > self._limit_s:
            await self._fail(self._limit_s)
        if self.takes_s:
            await self._store.clock.sleep(self.takes_s)

    async def _fail(self, after_s: float) -> None:
        await self._store.clock.sleep(after_s)
        raise Waiting("KubernetesUnavailable", "the API server could not be reached", retry_after_s=5)
