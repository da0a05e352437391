"""The local fleet: every host that is reached through its own API, looked at in rounds.

Reconcilers never wait for a host: they read what the last look showed, and are woken when another shows something else.
Hosts that do not answer are looked at less often, and in a lane of their own: their time-outs hold up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.domain.observed import Known, Unknown
from palette_operator.reconcile.cancellation import is_being_cancelled
from palette_operator.reconcile.local_hosts.rounds import Rounds, after_failure_s
from palette_operator.reconcile.queue import CallLater, Priority, WorkQueue

logger = logging.getLogger(__name__)

LIVELY_LOOKS = 64
"""How many hosts that answer are looked at at once."""
ASIDE_LOOKS = 16
"""How many of those that do not."""
THOROUGH_EVERY = 10
"""One look in so many also asks for what rarely changes, and so does one that was asked for."""
_CLOSE_WITHIN_S = 5.0


class Closable(Protocol):
    """A client of one host."""

    async def aclose(self) -> None:
        """Log out, and give up its connections."""


AccessT = TypeVar("AccessT")
ClientT = TypeVar("ClientT", bound=Closable)
SeenT = TypeVar("SeenT")


@dataclass(frozen=True, slots=True)
class LocalSighting(Generic[SeenT]):
    """What is known of a host: what it showed when it last answered, and why it does not answer now."""

    seen: SeenT | None = None
    """None until it answered for the first time."""
    seen_at: datetime | None = None
    """When the look that showed it began."""
    is_new: bool = True
    """Whether no look has ended yet since it was enrolled, or is reached in another way: nothing is known of now."""
    is_stale: bool = False
    """Whether a look was asked for that has not ended well yet: what was seen may be of before a write."""
    failure: ReconcileError | None = None
    """None while it answers."""
    failing_since: float = 0.0
    """Monotonic seconds."""

    def says_the_same_as(self, other: LocalSighting[SeenT]) -> bool:
        """Whether nothing changed but the time."""
        return (self.is_new, self.seen) == (other.is_new, other.seen) and _words(self.failure) == _words(other.failure)


@dataclass(slots=True)
class _Host(Generic[AccessT, ClientT, SeenT]):
    access: AccessT
    client: ClientT
    sighting: LocalSighting[SeenT]
    failures: int = 0
    """In a row."""
    looks: int = 0
    asked: bool = False
    """Somebody waits for a look that begins after now."""
    stale: bool = False
    """No look that began since somebody asked for one has ended well."""
    looking: asyncio.Future[SeenT] | None = None
    """The look that is under way."""


class LocalFleet(Generic[AccessT, ClientT, SeenT]):
    """Looks at the hosts that were enrolled, and keeps what it saw. `run` it as a task."""

    def __init__(
        self,
        open_client: Callable[[AccessT], ClientT],
        look: Callable[[ClientT, SeenT | None, bool], Awaitable[SeenT]],
        *,
        poll_s: float,
        monotonic: Callable[[], float],
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        call_later: CallLater | None = None,
    ) -> None:
        """Start out with no host.

        `look` gets a client, what was seen before, and whether to ask for what rarely changes; it raises only
        ReconcileErrors. `jitter` returns a factor around 1 for each pause.
        """
        self.on_change: Callable[[ObjectKey], None] = lambda _: None
        """Called with the key of a host that showed something else, began or ceased to answer, or was asked for."""
        self.rounds = Rounds(monotonic)
        self._open_client = open_client
        self._look = look
        self._poll_s = poll_s
        self._monotonic = monotonic
        self._now = now
        self._jitter = jitter
        self._hosts: dict[ObjectKey, _Host[AccessT, ClientT, SeenT]] = {}
        self._lively = WorkQueue(monotonic, call_later)
        self._aside = WorkQueue(monotonic, call_later)
        self._closing: set[asyncio.Task[None]] = set()

    def enroll(self, key: ObjectKey, access: AccessT) -> None:
        """Look at a host from now on. May be repeated: while the access stays the same, so do client and sighting.

        What was seen is kept when the access changes; why it did not answer is not. Raises what opening a client does.
        """
        known = self._hosts.get(key)
        if known is not None and known.access == access:
            return
        client = self._open_client(access)
        sighting: LocalSighting[SeenT] = (
            LocalSighting() if known is None else replace(known.sighting, failure=None, is_new=True)
        )
        self.withdraw(key)
        self._hosts[key] = _Host(access, client, sighting, asked=True)
        self._lively.add(key, Priority.SPEC_CHANGE)

    def withdraw(self, key: ObjectKey) -> None:
        """Look at a host no more, and forget what was seen. May be repeated."""
        host = self._hosts.pop(key, None)
        if host is not None:
            self._lively.forget(key)
            self._aside.forget(key)
            self.rounds.leave(key)
            if host.looking is not None:
                host.looking.cancel()
            task = asyncio.create_task(_close(host.client))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    def sighting(self, key: ObjectKey) -> LocalSighting[SeenT]:
        """Return all that is known of a host; nothing of one that is not enrolled."""
        host = self._hosts.get(key)
        return LocalSighting() if host is None else host.sighting

    def observe(self, key: ObjectKey) -> Known[SeenT] | Unknown:
        """Return what a host that answers showed; Unknown, and why, for any other."""
        sighting = self.sighting(key)
        if sighting.failure is not None:
            return Unknown(sighting.failure.message)
        if sighting.is_new or sighting.seen is None or sighting.seen_at is None:
            return Unknown(f"{key} has not been looked at yet")
        return Known(sighting.seen, sighting.seen_at)

    def client(self, key: ObjectKey) -> ClientT | None:
        """Return the client of a host, for calls that are not looks; None when it is not enrolled."""
        host = self._hosts.get(key)
        return None if host is None else host.client

    def look_now(self, key: ObjectKey) -> None:
        """Ask for a look that begins after now; its end calls `on_change` whatever it shows. Returns at once."""
        host = self._hosts.get(key)
        if host is not None:
            host.asked = host.stale = True
            host.sighting = replace(host.sighting, is_stale=True)
            self._lane(host).add(key, Priority.SPEC_CHANGE)

    def count(self, *, answering: bool) -> int:
        """Return how many hosts were looked at and answer, or do not."""
        sightings = (host.sighting for host in self._hosts.values())
        return sum(1 for each in sightings if not each.is_new and (each.failure is None) == answering)

    async def run(self) -> None:
        """Look at hosts until cancelled; then log out of them, as far as that takes no time."""
        try:
            async with asyncio.TaskGroup() as group:
                for queue, looks in ((self._lively, LIVELY_LOOKS), (self._aside, ASIDE_LOOKS)):
                    for _ in range(looks):
                        group.create_task(self._work(queue))
        finally:
            for key in list(self._hosts):
                self.withdraw(key)
            if self._closing:
                await asyncio.wait(self._closing, timeout=_CLOSE_WITHIN_S)

    async def _work(self, queue: WorkQueue) -> None:
        while True:
            key = await queue.take()
            try:
                host = self._hosts.get(key)
                if host is not None:
                    await self._look_at(key, host)
            finally:
                queue.done(key)

    async def _look_at(self, key: ObjectKey, host: _Host[AccessT, ClientT, SeenT]) -> None:
        began, asked, stale, lane = self._now(), host.asked, host.stale, self._lane(host)
        host.asked = host.stale = False
        found = await self._outcome(key, host, thorough=stale or host.looks % THOROUGH_EVERY == 0)
        if self._hosts.get(key) is not host:
            return  # withdrawn meanwhile: what it showed is of no interest
        host.stale = host.stale or (stale and isinstance(found, ReconcileError))
        sighting = self._after(host, found, began)
        changed = not sighting.says_the_same_as(host.sighting)
        host.sighting = sighting
        self._rest(key, host, lane)
        if changed or asked:
            self.on_change(key)

    async def _outcome(
        self, key: ObjectKey, host: _Host[AccessT, ClientT, SeenT], *, thorough: bool
    ) -> SeenT | ReconcileError:
        """Return what a look shows, or why it failed: a defect in one look stops no other."""
        failed = Unavailable("InternalError", "the look at the host failed; see the operator's log")
        host.looking = asyncio.ensure_future(self._look(host.client, host.sighting.seen, thorough))
        try:
            return await host.looking
        except ReconcileError as failure:
            return failure.with_traceback(None)
        except asyncio.CancelledError:
            if is_being_cancelled():
                raise
            return failed  # the look was broken off, not who looks
        except Exception:
            logger.exception("%s: the look at the host failed; it is tried again", key, extra=logs.about(key))
            return failed
        finally:
            host.looking = None

    def _after(
        self, host: _Host[AccessT, ClientT, SeenT], found: SeenT | ReconcileError, began: datetime
    ) -> LocalSighting[SeenT]:
        if not isinstance(found, ReconcileError):
            host.failures = 0
            host.looks += 1
            return LocalSighting(found, began, is_new=False, is_stale=host.stale)
        host.failures += 1
        before = host.sighting
        since = before.failing_since if before.failure else self._monotonic()
        return replace(before, failure=found, failing_since=since, is_new=False, is_stale=host.stale)

    def _rest(self, key: ObjectKey, host: _Host[AccessT, ClientT, SeenT], lane: WorkQueue) -> None:
        """Let a host rest until it is looked at again, in the lane that it belongs to by now."""
        failure = host.sighting.failure
        pause_s = self._poll_s if failure is None else after_failure_s(self._poll_s, host.failures, failure)
        if self._lane(host) is not lane:
            lane.forget(key)
        self._lane(host).add(key, Priority.RESYNC, after_s=0.0 if host.asked else pause_s * self._jitter())
        if failure is None:
            self.rounds.seen(key, lambda: (each for each, host in self._hosts.items() if not host.failures))
        else:
            self.rounds.leave(key)

    def _lane(self, host: _Host[AccessT, ClientT, SeenT]) -> WorkQueue:
        return self._aside if host.failures else self._lively


def _words(failure: ReconcileError | None) -> tuple[str, str] | None:
    return None if failure is None else (failure.reason, failure.message)


async def _close(client: Closable) -> None:
    with contextlib.suppress(ReconcileError):
        await client.aclose()
