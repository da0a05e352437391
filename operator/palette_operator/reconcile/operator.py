"""One operator: its queues and workers, fed by the watch, the fleet pollers and a slow resync."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from typing import Any, Protocol

from palette_operator import telemetry
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import HostUid, ObjectKey
from palette_operator.kube.objects import PLURALS, Body, key_of
from palette_operator.reconcile import waking
from palette_operator.reconcile.cluster import ClusterReconciler
from palette_operator.reconcile.connection import ConnectionReconciler
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host import EdgeHostReconciler
from palette_operator.reconcile.queue import Priority, WorkQueue
from palette_operator.reconcile.waker import Waker

logger = logging.getLogger(__name__)

_RETRY_S = 5.0
_CONNECTION_WORKERS = 4
_SWEEP_S = 300.0


class Reconciler(Protocol):
    """Looks at one key; returns after how many seconds to look again, None for routine."""

    async def reconcile(self, key: ObjectKey) -> float | None: ...  # noqa: D102 - as the class says


class Operator:
    """Everything that runs on behalf of one leader. `feed` it events; `run` it as a task."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queues = {kind: WorkQueue(context.monotonic) for kind in PLURALS}
        self._waker = Waker(self._queues, context.wakes)
        self._connections = ConnectionReconciler(context, self._waker)
        self._reconcilers: Mapping[str, Reconciler] = {
            "PaletteConnection": self._connections,
            "EdgeHost": EdgeHostReconciler(context),
            "PaletteCluster": ClusterReconciler(context),
        }
        self._failures: dict[ObjectKey, int] = {}

    def feed(self, event_type: str, body: Body) -> None:
        """Take a watch event in. An event older than what we wrote ourselves is passed over."""
        key = key_of(body)
        if event_type == "DELETED":
            self._context.objects.drop(key)
            self._waker.wake_key(key, Priority.DELETION)
        elif self._context.objects.put(body):
            self._learn(key, body)
            self._waker.wake_key(key, _priority(body))
        self._waker.wake(waking.resource(key))
        if key.kind == "EdgeHost":
            self._waker.wake(waking.edge_hosts_in(key.namespace))

    def _learn(self, key: ObjectKey, body: Body) -> None:
        status = body.get("status") or {}
        uid = status.get("uid") or ""
        if key.kind == "EdgeHost":
            uid = (body.get("spec") or {}).get("uid") or key.name
        self._waker.learn(key, uid)

    async def run(self) -> None:
        """Read everything once, then work until cancelled."""
        await self._load()
        workers = {
            "PaletteConnection": _CONNECTION_WORKERS,
            "EdgeHost": self._context.settings.host_workers,
            "PaletteCluster": self._context.settings.cluster_workers,
        }
        try:
            async with asyncio.TaskGroup() as group:
                for kind, count in workers.items():
                    for _ in range(count):
                        group.create_task(self._work(kind))
                group.create_task(self._sweep())
        finally:
            await self._connections.aclose()

    async def _load(self) -> None:
        """Fill the cache and the reservations before anything is decided: what is not seen yet may hold a host."""
        for kind in PLURALS:
            for body in await self._context.api.list_all(kind, self._context.settings.watch_namespaces):
                self._context.objects.put(body)
                self._learn(key_of(body), body)
                self._waker.wake_key(key_of(body), _priority(body))
        for body in self._context.objects.of_kind("PaletteCluster"):
            pools = (body.get("status") or {}).get("machinePools") or ()
            hosts = [HostUid(uid) for pool in pools for uid in pool.get("hosts") or ()]
            self._context.reservations.claim_hosts(key_of(body), hosts)

    async def _work(self, kind: str) -> None:
        queue, reconciler = self._queues[kind], self._reconcilers[kind]
        while True:
            key = await queue.take()
            telemetry.QUEUE_DEPTH.labels(kind).set(queue.depth())
            began = time.monotonic()
            try:
                after_s = await self._look(reconciler, key)
            finally:
                queue.done(key)
            telemetry.RECONCILE_SECONDS.labels(kind).observe(time.monotonic() - began)
            if self._context.objects.get(key) is not None:
                self._waker.learn(key, ((self._context.objects.get(key) or {}).get("status") or {}).get("uid") or "")
                queue.add(key, Priority.RESYNC, after_s=self._resync_s() if after_s is None else after_s)

    async def _look(self, reconciler: Reconciler, key: ObjectKey) -> float | None:
        """Let the reconciler look; a failure to report backs off, and a bug in one look stops no other."""
        try:
            after_s = await reconciler.reconcile(key)
        except ReconcileError as error:
            logger.warning("%s: %s", key, error.message, extra={"object": str(key), "reason": error.reason})
            after_s = self._backoff_s(key)
        except Exception:
            logger.exception("%s: the look failed; it is tried again", key, extra={"object": str(key)})
            telemetry.RECONCILES.labels(key.kind, "error").inc()
            return self._backoff_s(key)
        else:
            self._failures.pop(key, None)
        telemetry.RECONCILES.labels(key.kind, "done").inc()
        return after_s

    def _backoff_s(self, key: ObjectKey) -> float:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        return float(min(60.0, 0.2 * 2.0**failures)) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter

    def _resync_s(self) -> float:
        return self._context.settings.resync_s * random.uniform(0.9, 1.1)  # noqa: S311 - jitter

    async def _sweep(self) -> None:
        """Compare the cache with lists now and then: no event tells of what vanished while a watch was broken."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            try:
                for kind in PLURALS:
                    await self._sweep_kind(kind)
            except ReconcileError as error:
                logger.warning("comparing with the API server: %s", error.message)

    async def _sweep_kind(self, kind: str) -> None:
        known = set(self._context.objects.keys(kind))
        listed = await self._context.api.list_all(kind, self._context.settings.watch_namespaces)
        for body in listed:
            self.feed("MODIFIED", body)
        for key in known - {key_of(body) for body in listed}:
            self._context.objects.drop(key)
            self._waker.wake_key(key, Priority.DELETION)


def _priority(body: dict[str, Any]) -> Priority:
    """Return how urgent a body is, from what it shows alone."""
    metadata = body["metadata"]
    if metadata.get("deletionTimestamp"):
        return Priority.DELETION
    observed = (body.get("status") or {}).get("observedGeneration", -1)
    return Priority.SPEC_CHANGE if observed != metadata.get("generation") else Priority.RESYNC
