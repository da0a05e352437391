"""Puts one operator together and runs it under kopf until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import kopf
from prometheus_client import start_http_server

from palette_operator import __version__, handlers
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.marks import Identity
from palette_operator.kube.api import KubeApi
from palette_operator.kube.events import EventRecorder
from palette_operator.kube.objects import ObjectCache
from palette_operator.kube.secrets import Secrets
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


async def run(settings: Settings, stop: asyncio.Event | None = None) -> None:
    """Run the operator until cancelled, `stop` is set, or SIGTERM or SIGINT comes.

    Raises a ReconcileError when the API server cannot be used at all at the start.
    """
    logger.info("palette-operator %s, operator id %s", __version__, settings.operator_id)
    async with KubeApi.connect() as api:
        operator = Operator(await context(settings, api))
        registry = handlers.registry(lambda: operator)
        with _metrics(settings):
            await _run_under_kopf(settings, operator, registry, stop)


async def context(settings: Settings, api: KubeApi) -> Context:
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
        api=api,
        objects=objects,
        secrets=secrets,
        finalizer=Finalizer(api, objects),
        reporter=reporter,
        events=events,
        remote_events=RemoteEvents(objects, secrets, reporter, now, time.monotonic),
        reservations=Reservations(),
        wakes=WakeIndex(),
        local_hosts=local_hosts(ranges, poll_s=settings.local_poll_s),
        local_ranges=ranges,
        transfers=Transfers(time.monotonic),
        sites=Sites(connection_exists, api.namespace_labels, time.monotonic, settings.unreachable_after_s),
        now=now,
        monotonic=time.monotonic,
    )


async def _run_under_kopf(
    settings: Settings, operator: Operator, registry: kopf.OperatorRegistry, stop: asyncio.Event | None
) -> None:
    working: list[asyncio.Task[None]] = []
    stop = stop or asyncio.Event()

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
        liveness_endpoint=f"http://0.0.0.0:{settings.probe_port}/healthz" if settings.probe_port else None,
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
