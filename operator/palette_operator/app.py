"""Puts one operator together and, while this replica leads, runs it under kopf until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Coroutine, Iterator
from datetime import UTC, datetime
from typing import Any

import kopf
from prometheus_client import start_http_server

from palette_operator import __version__, handlers
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.leadership import Fence
from palette_operator.domain.marks import Identity
from palette_operator.kube.api import KubeApi
from palette_operator.kube.election import Election, Timing
from palette_operator.kube.events import EventRecorder
from palette_operator.kube.leases import Leases
from palette_operator.kube.objects import ObjectCache
from palette_operator.kube.secrets import Secrets
from palette_operator.probes import serving_probes
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.finalizer import Finalizer
from palette_operator.reconcile.local_hosts.hosts import local_hosts
from palette_operator.reconcile.local_hosts.ranges import allowed_ranges
from palette_operator.reconcile.local_hosts.transfers import Transfers
from palette_operator.reconcile.operator import Operator
from palette_operator.reconcile.remote_events import RemoteEvents
from palette_operator.reconcile.report import Reporter
from palette_operator.reconcile.reservations import Reservations
from palette_operator.reconcile.sites import Sites
from palette_operator.reconcile.waking import WakeIndex
from palette_operator.settings import Settings

logger = logging.getLogger(__name__)

_END_WITHIN_S = 20.0


async def run(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Stand by, and run the operator while this replica leads, until `stop` is set, or SIGTERM or SIGINT comes.

    Raises LeaseLost when another replica may lead: nothing of this one may go on, so the process ends and is started
    anew. Raises a ReconcileError when there is no API server, or when it cannot be used at all at the start.
    """
    logger.info("palette-operator %s, operator id %s, replica %s", __version__, settings.operator_id, settings.replica)
    stop = stop or asyncio.Event()
    _set_on_signals(stop)
    timing = Timing(settings.lease_duration_s)
    async with Leases.connect(settings.namespace, timing.request_s) as leases:
        election = Election(leases, settings.replica, timing, on_loss=_end_in_any_case)
        # All that takes its time to load is loaded while nobody waits for this replica.
        async with KubeApi.connect(election.leads) as api, serving_probes(settings.probe_port, election.can_lead):
            with _metrics(settings):
                if await _unless(stop, election.win()):
                    await election.hold(_lead(settings, api, election.leads, stop))


def _set_on_signals(stop: asyncio.Event) -> None:
    """Stop on a signal as long as the replica stands by: kopf takes the signals over when it leads."""
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)


def _end_in_any_case() -> None:
    """Kill this process, should it not end by itself soon: it has lost the lead, and is of no use as it is."""
    asyncio.get_running_loop().call_later(_END_WITHIN_S, signal.raise_signal, signal.SIGKILL)


async def _unless(stop: asyncio.Event, winning: Coroutine[Any, Any, None]) -> bool:
    """Wait for what is tried, and raise what it raises; call it off, and return False, when `stop` is set first."""
    tasks = [asyncio.create_task(winning, name="election"), asyncio.create_task(stop.wait(), name="stop")]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].done() and tasks[0].result() is None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _lead(settings: Settings, api: KubeApi, leads: Fence, stop: asyncio.Event) -> None:
    operator = Operator(await context(settings, api, leads))
    await _run_under_kopf(settings, operator, handlers.registry(lambda: operator), stop)


async def context(settings: Settings, api: KubeApi, leads: Fence) -> Context:
    """Return the shared parts of an operator, with the identity of the management cluster it runs in."""
    objects = ObjectCache()

    def now() -> datetime:
        return datetime.now(UTC)

    def connection_exists(name: str) -> bool:
        return objects.get(ObjectKey("PaletteConnection", "", name)) is not None

    ranges = await allowed_ranges(settings, api)
    events = EventRecorder(api, now)
    reporter = Reporter(api, objects, events.record, now)
    secrets = Secrets(api, time.monotonic)
    return Context(
        settings=settings,
        identity=Identity(settings.operator_id, await api.cluster_identity(), settings.takeover),
        hash_key=await api.hash_key(settings.namespace),
        leads=leads,
        api=api,
        objects=objects,
        secrets=secrets,
        finalizer=Finalizer(api, objects),
        reporter=reporter,
        events=events,
        remote_events=RemoteEvents(objects, secrets, reporter, now, time.monotonic),
        reservations=Reservations(),
        wakes=WakeIndex(),
        local_hosts=local_hosts(ranges, poll_s=settings.local_poll_s, fence=leads),
        local_ranges=ranges,
        transfers=Transfers(time.monotonic),
        sites=Sites(connection_exists, api.namespace_labels, time.monotonic, settings.unreachable_after_s),
        now=now,
        monotonic=time.monotonic,
    )


async def _run_under_kopf(
    settings: Settings, operator: Operator, registry: kopf.OperatorRegistry, stop: asyncio.Event
) -> None:
    working: list[asyncio.Task[None]] = []

    async def begin(**_: object) -> None:
        task = asyncio.create_task(operator.run(), name="operator")
        # Without its workers the operator is of no use: the process ends, and is started anew.
        task.add_done_callback(lambda _: stop.set())
        working.append(task)

    async def end(**_: object) -> None:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)

    kopf.on.startup(registry=registry, id="begin")(begin)
    kopf.on.cleanup(registry=registry, id="end")(end)
    await kopf.operator(
        registry=registry,
        settings=handlers.settings(),
        standalone=True,
        clusterwide=not settings.watch_namespaces,
        namespaces=settings.watch_namespaces,
        stop_flag=stop,
    )
    for task in working:
        if task.done() and not task.cancelled():
            task.result()  # raises what ended it


@contextlib.contextmanager
def _metrics(settings: Settings) -> Iterator[None]:
    if not settings.metrics_port:
        yield
        return
    server, thread = start_http_server(settings.metrics_port)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
