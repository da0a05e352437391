"""Posts Kubernetes events about resources, beside the work: nobody waits for one, and a lost one is no failure.

Not through kopf: it posts each repetition as an event of its own, keeps any number of them while the API server is
away, and puts those about cluster-scoped resources where the operator runs.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from kubernetes.aio import client

from palette_operator.domain.errors import ReconcileError, Waiting
from palette_operator.domain.event_budget import EventBudget, EventNote, Posting
from palette_operator.kube.errors import Conflict, Vanished
from palette_operator.kube.objects import CLUSTER_SCOPED_EVENTS, Body

logger = logging.getLogger(__name__)

COMPONENT = "palette-operator"
MOST_WAITING = 5_000
"""Events that wait for the API server; more are not posted."""
_MOST_MESSAGE = 1024
_LAST_S = 2.0
"""How long the operator's end may wait for the last events."""


class EventApi(Protocol):
    """Who takes events. Each call raises a ReconcileError on failure and may be repeated."""

    async def create_event(self, namespace: str, event: client.CoreV1Event) -> None:
        """Create an event; raises Conflict when there is one of that name."""

    async def count_event(self, namespace: str, name: str, count: int, last_at: datetime) -> None:
        """Say how often an event was seen, and when last; raises Vanished when there is none of that name."""


@dataclass(slots=True)
class _Waiting:
    body: Body
    note: EventNote
    posting: Posting
    is_new: bool


class EventRecorder:
    """Takes events at any time and posts them in the order in which they came, as long as `run` runs."""

    def __init__(
        self,
        api: EventApi,
        now: Callable[[], datetime],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        instance: str = "",
    ) -> None:
        """`now` tells UTC; `instance` names the process, by default its host."""
        self._api = api
        self._now = now
        self._sleep = sleep
        self._instance = instance or socket.gethostname()
        self._budget = EventBudget()
        self._waiting: dict[str, _Waiting] = {}
        """By the event's name: a repetition joins the one that still waits."""
        self._told = asyncio.Event()
        self._is_failing = False

    @property
    def waiting(self) -> int:
        """How many events have not been posted yet."""
        return len(self._waiting)

    def record(self, body: Body, note: EventNote) -> None:
        """Have an event about a resource posted, unless it has had enough of them lately."""
        note = replace(note, message=_cut(note.message))
        metadata = body["metadata"]
        posting = self._budget.judge(str(metadata["uid"]), str(metadata["name"]), note, self._now())
        if posting is None:
            return
        before = self._waiting.get(posting.name)
        if before is not None:
            before.posting = posting
        elif len(self._waiting) < MOST_WAITING:
            self._waiting[posting.name] = _Waiting(body, note, posting, is_new=posting.count == 1)
            self._told.set()

    async def run(self) -> None:
        """Post events until cancelled; then those that wait, if that is quickly done."""
        try:
            while True:
                await self._told.wait()
                self._told.clear()
                while self._waiting:
                    await self._sleep(await self._post_next())
        finally:
            try:
                async with asyncio.timeout(_LAST_S):
                    while self._waiting and not await self._post_next():
                        pass
            except TimeoutError:
                pass

    async def _post_next(self) -> float:
        """Post the event that has waited longest; return for how many seconds the API server is to be left alone."""
        name, waiting = next(iter(self._waiting.items()))
        sent = waiting.posting
        try:
            await self._post(waiting)
        except Vanished:
            pass  # its namespace is gone, with all that there was to be told of
        except Waiting as error:
            self._complain(error)
            return error.retry_after_s
        except ReconcileError as error:
            # It is refused, and would be another time too; in a namespace that is going, so is every other.
            self._complain(error)
            if error.reason == "KubernetesForbidden":
                self._drop_those_in(_namespace(waiting.body))
                return 0.0
        else:
            self._is_failing = False
        if waiting.posting == sent:
            del self._waiting[name]
        else:
            waiting.is_new = False  # it was told once more meanwhile
        return 0.0

    def _drop_those_in(self, namespace: str) -> None:
        self._waiting = {name: each for name, each in self._waiting.items() if _namespace(each.body) != namespace}

    async def _post(self, waiting: _Waiting) -> None:
        namespace = _namespace(waiting.body)
        event, posting = self._event(namespace, waiting), waiting.posting
        if not waiting.is_new:
            try:
                await self._api.count_event(namespace, posting.name, posting.count, posting.last_at)
            except Vanished:
                await self._api.create_event(namespace, event)
            return
        try:
            await self._api.create_event(namespace, event)
        except Conflict:
            # It was created by an attempt whose answer was lost.
            await self._api.count_event(namespace, posting.name, posting.count, posting.last_at)

    def _event(self, namespace: str, waiting: _Waiting) -> client.CoreV1Event:
        body, note, posting = waiting.body, waiting.note, waiting.posting
        about = body["metadata"]
        return client.CoreV1Event(
            metadata=client.V1ObjectMeta(name=posting.name, namespace=namespace),
            involved_object=client.V1ObjectReference(
                api_version=body["apiVersion"],
                kind=body["kind"],
                namespace=about.get("namespace"),
                name=about["name"],
                uid=about["uid"],
                resource_version=about.get("resourceVersion"),
            ),
            type=note.type,
            reason=note.reason,
            message=note.message,
            count=posting.count,
            first_timestamp=posting.first_at,
            last_timestamp=posting.last_at,
            source=client.V1EventSource(component=COMPONENT),
            reporting_component=COMPONENT,
            reporting_instance=self._instance,
        )

    def _complain(self, error: ReconcileError) -> None:
        """Say once that events are not posted, until one is again."""
        if not self._is_failing:
            logger.warning("events: %s", error.message, extra={"reason": error.reason})
        self._is_failing = True


def _namespace(body: Body) -> str:
    """Return where the events about a resource are."""
    return body["metadata"].get("namespace") or CLUSTER_SCOPED_EVENTS


def _cut(message: str) -> str:
    """Return as much of a message as an event takes. Source: Kubernetes, validation of Event, note."""
    return message if len(message) <= _MOST_MESSAGE else message[: _MOST_MESSAGE - 3] + "..."
