"""One operator: its queues and workers, fed by the watch, the fleet pollers and a slow resync."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from typing import Any, Protocol

from palette_operator import logs, telemetry
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import HostUid, ObjectKey, ProjectUid
from palette_operator.kube.objects import PLURALS, Body, generation_of, key_of
from palette_operator.reconcile import waking
from palette_operator.reconcile.backoff import Backoff, next_backoff
from palette_operator.reconcile.cancellation import is_being_cancelled
from palette_operator.reconcile.cluster import ClusterRouter
from palette_operator.reconcile.connection import ConnectionReconciler
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.edge_host import EdgeHostReconciler
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.host_metrics import HOST_METRICS
from palette_operator.reconcile.lead_times import LeadTimes
from palette_operator.reconcile.left_behind import note_of_removal
from palette_operator.reconcile.queue import Priority, WorkQueue
from palette_operator.reconcile.resource_metrics import RESOURCE_METRICS
from palette_operator.reconcile.roll_call import RollCall
from palette_operator.reconcile.waker import Waker

logger = logging.getLogger(__name__)

_CONNECTION_WORKERS = 4


class Reconciler(Protocol):
    """Looks at one key, writes what is needed, reports, and returns what it found."""

    async def reconcile(self, key: ObjectKey) -> Findings: ...  # noqa: D102 - as the class says


class Operator:
    """Everything that runs on behalf of one leader. `feed` it events; `run` it as a task."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queues = {kind: WorkQueue(context.monotonic) for kind in PLURALS}
        for kind, queue in self._queues.items():
            telemetry.QUEUE_DEPTH.labels(kind).set_function(queue.depth)
            telemetry.QUEUE_OLDEST.labels(kind).set_function(queue.oldest_s)
        self._waker = Waker(self._queues, context.wakes)
        self._connections = ConnectionReconciler(context, self._waker)
        self._reconcilers: Mapping[str, Reconciler] = {
            "PaletteConnection": self._connections,
            "EdgeHost": EdgeHostReconciler(context),
            "PaletteCluster": ClusterRouter(context),
        }
        self._backoffs: dict[ObjectKey, Backoff] = {}
        context.objects.on_change = self._changed
        self._roll_call = RollCall(context.objects, self._list_all, self.feed, context.monotonic)
        self._lead_times = LeadTimes(
            context.monotonic, lambda kind, seconds: telemetry.CHANGE_TO_APPLIED.labels(kind).observe(seconds)
        )
        HOST_METRICS.watch(lambda: context.objects.of_kind("EdgeHost"), context.now)
        RESOURCE_METRICS.watch(context.objects.all, context.now)
        context.local_hosts.on_change = self._shown
        context.transfers.on_end = self._waker.wake_key

    def feed(self, event_type: str, body: Body) -> None:
        """Take a watch event in; without a type it tells what is there as a watch begins.

        An event older than what we wrote ourselves is passed over, and so is one of what is known to be gone.
        """
        key = key_of(body)
        self._roll_call.heard(key, listed=not event_type)
        if event_type == "DELETED":
            self._context.objects.drop(body)
            self._waker.wake_key(key, Priority.DELETION)
        elif self._context.objects.put(body):
            self._waker.wake_key(key, _priority(body))

    def _changed(self, key: ObjectKey, before: Body | None, after: Body | None) -> None:
        """Wake those who depend on a resource, whoever changed it, when it changed in what concerns them.

        The resource itself too when something else is asked of it: the answer to a write of our own may be the first to
        show that, and the event that tells of it is then passed over as old.
        """
        self._lead_times.see(key, after)
        if after is not None:
            self._learn(key, after)
            if before is not None and asked_of(before) != asked_of(after):
                self._waker.wake_key(key, _priority(after))
        else:
            self._waker.learn(key, "")
            if before is not None:
                self._tell_what_stays(key, before)
        if before is not None and after is not None and concerns_of(before) == concerns_of(after):
            return
        self._waker.wake(waking.resource(key))
        if key.kind == "EdgeHost":
            self._waker.wake(waking.edge_hosts_in(key.namespace))

    def _tell_what_stays(self, key: ObjectKey, last: Body) -> None:
        was_let_go = self._context.finalizer.has_let_go(last)
        note = note_of_removal(last)
        if note is not None and not was_let_go:
            logger.warning("%s: %s", key, note.message, extra={**logs.about(key), "reason": note.reason})
            self._context.reporter.tell(key, last, Findings(events=[note]))

    def _shown(self, host: ObjectKey) -> None:
        """Wake a host that showed something else through its own API, and those who depend on it."""
        self._waker.wake_key(host)
        self._waker.wake(waking.resource(host))

    def _learn(self, key: ObjectKey, body: Body) -> None:
        status = body.get("status") or {}
        uid = status.get("uid") or ""
        if key.kind == "EdgeHost":
            uid = (body.get("spec") or {}).get("uid") or uid or key.name
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
                group.create_task(self._roll_call.run())
                group.create_task(self._context.local_hosts.run())
                group.create_task(self._context.events.run())
                group.create_task(self._context.remote_events.run())
        finally:
            await self._context.transfers.aclose()
            await self._connections.aclose()

    async def _load(self) -> None:
        """Fill the cache and the reservations before anything is decided: what is not seen yet may hold a host."""
        for kind in PLURALS:
            for body in await self._list_all(kind):
                self._context.objects.put(body)
                self._waker.wake_key(key_of(body), _priority(body))
        for body in self._context.objects.of_kind("PaletteCluster"):
            pools = (body.get("status") or {}).get("machinePools") or ()
            hosts = [HostUid(uid) for pool in pools for uid in pool.get("hosts") or ()]
            self._context.reservations.claim_hosts(key_of(body), hosts)
            self._claim_name(body)
        for body in self._context.objects.of_kind("EdgeHost"):
            self._claim_device(body)

    async def _list_all(self, kind: str) -> list[Body]:
        return await self._context.api.list_all(kind, self._context.settings.watch_namespaces)

    def _claim_name(self, body: Body) -> None:
        """Claim the name of what is in Palette, or may be: a search that lags does not show it to the others yet."""
        status = body.get("status") or {}
        if status.get("projectUid") and (status.get("uid") or status.get("pendingOperation")):
            name = (body.get("spec") or {}).get("name") or body["metadata"]["name"]
            self._context.reservations.claim_name(key_of(body), ProjectUid(status["projectUid"]), name)

    def _claim_device(self, body: Body) -> None:
        """Claim the device that a resource was found to have, before another finds it by its name or tags."""
        status, spec = body.get("status") or {}, body.get("spec") or {}
        if status.get("projectUid") and status.get("uid") and spec.get("mode") != "Observe":
            device = HostUid(status["uid"])
            self._context.reservations.claim_device(key_of(body), ProjectUid(status["projectUid"]), device)

    async def _work(self, kind: str) -> None:
        queue, reconciler = self._queues[kind], self._reconcilers[kind]
        while True:
            key = await queue.take()
            began = time.monotonic()
            try:
                with logs.looking_at(key, self._generation(key)):
                    after_s = await self._look(reconciler, key)
            finally:
                queue.done(key)
            telemetry.RECONCILE_SECONDS.labels(kind).observe(time.monotonic() - began)
            if self._context.objects.get(key) is not None:
                queue.add(key, Priority.RESYNC, after_s=after_s * random.uniform(0.9, 1.1))  # noqa: S311 - jitter
            else:
                self._backoffs.pop(key, None)

    async def _look(self, reconciler: Reconciler, key: ObjectKey) -> float:
        """Let the reconciler look; return when to look again. A bug in one look stops no other."""
        outcome: telemetry.Outcome = "done"
        error: ReconcileError | None = None
        after_s: float | None = None
        try:
            findings = await reconciler.reconcile(key)
        except ReconcileError as failure:
            # The report could not be written; the API server may be away, or was faster.
            level = logs.level_of(failure.message, logging.WARNING)
            logger.log(level, "%s: %s", key, failure.message, extra={**logs.cause(failure), **logs.took()})
            outcome, error = "unreported", failure
        except asyncio.CancelledError:
            if is_being_cancelled():
                raise
            # What the look waited for was called off, not the worker: without this one its work would never be done.
            logger.exception("%s: the look was called off; it is tried again", key, extra=logs.took())
            outcome, error = "error", Unavailable("InternalError", "the look was called off")
        except Exception as defect:
            level = logs.level_of(f"{defect!r}", logging.ERROR)
            logger.log(level, "%s: the look failed; it is tried again", key, exc_info=True, extra=logs.took())
            outcome, error = "error", Unavailable("InternalError", "the look failed")
        else:
            after_s, error = findings.look_again_after_s, findings.error
        telemetry.RECONCILES.labels(key.kind, outcome).inc()
        return self._next_look_s(key, after_s, error)

    def _next_look_s(self, key: ObjectKey, after_s: float | None, error: ReconcileError | None) -> float:
        backoff = next_backoff(self._backoffs.get(key), error, self._generation(key))
        if backoff is None:
            self._backoffs.pop(key, None)
            return self._context.settings.resync_s if after_s is None else after_s
        self._backoffs[key] = backoff
        return backoff.pause_s if after_s is None else after_s

    def _generation(self, key: ObjectKey) -> int | None:
        body = self._context.objects.get(key)
        return None if body is None else generation_of(body)


def _priority(body: dict[str, Any]) -> Priority:
    """Return how urgent a body is, from what it shows alone."""
    metadata = body["metadata"]
    if metadata.get("deletionTimestamp"):
        return Priority.DELETION
    observed = (body.get("status") or {}).get("observedGeneration", -1)
    return Priority.SPEC_CHANGE if observed != metadata.get("generation") else Priority.RESYNC


def asked_of(body: Body) -> tuple[object, ...]:
    """Return what people ask of a resource: a look that did not see it must be followed by another."""
    metadata = body["metadata"]
    return metadata.get("generation"), metadata.get("deletionTimestamp"), metadata.get("annotations")


def concerns_of(body: Body) -> tuple[object, ...]:
    """Return what others may depend on in a resource: not the counts and conditions that it reports."""
    metadata, status = body["metadata"], body.get("status") or {}
    return (
        metadata.get("generation"),
        metadata.get("labels"),
        metadata.get("deletionTimestamp"),
        status.get("state"),
        status.get("health"),
        (status.get("clusterRef") or {}).get("uid"),
    )
