"""Work that takes too long for a reconciler: files on their way to hosts, a few at once, one at a time to each.

Nothing of it outlives the process: after a restart a file that had not arrived is sent anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field

from palette_operator import logs
from palette_operator.domain.errors import ReconcileError, Unavailable
from palette_operator.domain.identifiers import ObjectKey
from palette_operator.reconcile.backoff import Backoff, next_backoff

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""How many transfers are under way at once, over all hosts."""
_CLOSE_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class TransferState:
    """How far a transfer has come."""

    under_way: bool = False
    """Running, or waiting for its turn."""
    arrived: str | None = None
    """What the transfer returned; None until it did."""
    failure: ReconcileError | None = None
    """What it last failed with."""
    rests_s: float = 0.0
    """For how long it should not be begun again."""


@dataclass(slots=True)
class _Transfer:
    task: asyncio.Task[None] | None = None
    arrived: str | None = None
    failure: ReconcileError | None = None
    backoff: Backoff | None = None
    rests_until: float = 0.0


@dataclass(slots=True)
class _Host:
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    transfers: dict[str, _Transfer] = field(default_factory=dict)


class Transfers:
    """Runs transfers in the background, and keeps how they ended until nobody wants to know. Close it."""

    def __init__(self, monotonic: Callable[[], float], *, at_once: int = AT_ONCE) -> None:
        self.on_end: Callable[[ObjectKey], None] = lambda _: None
        """Called with the key of a host when a transfer has arrived or failed."""
        self._monotonic = monotonic
        self._permits = asyncio.Semaphore(at_once)
        self._hosts: dict[ObjectKey, _Host] = {}

    def begin(self, key: ObjectKey, mark: str, work: Callable[[], Awaitable[str]]) -> None:
        """Run `work` when it is its turn. Nothing happens when the transfer of that mark is under way already."""
        host = self._hosts.setdefault(key, _Host())
        transfer = host.transfers.setdefault(mark, _Transfer())
        if transfer.task is None:
            transfer.task = asyncio.create_task(self._run(key, host, transfer, work), name=f"transfer to {key}")

    def state(self, key: ObjectKey, mark: str) -> TransferState:
        """Return how far a transfer has come; that of an unknown one says nothing."""
        host = self._hosts.get(key)
        transfer = None if host is None else host.transfers.get(mark)
        if transfer is None:
            return TransferState()
        rests_s = max(0.0, transfer.rests_until - self._monotonic())
        return TransferState(transfer.task is not None, transfer.arrived, transfer.failure, rests_s)

    def retain(self, key: ObjectKey, marks: Collection[str]) -> None:
        """Break off and forget all transfers to a host but these."""
        host = self._hosts.get(key)
        if host is None:
            return
        for mark in host.transfers.keys() - set(marks):
            transfer = host.transfers.pop(mark)
            if transfer.task is not None:
                transfer.task.cancel()
        if not host.transfers:
            del self._hosts[key]

    def hurry(self, key: ObjectKey) -> None:
        """Let what failed be begun again at once: somebody says that the cause is gone."""
        host = self._hosts.get(key)
        for transfer in host.transfers.values() if host else ():
            transfer.rests_until = 0.0

    async def aclose(self) -> None:
        """Break off whatever is under way, and wait a moment for it to end."""
        tasks = [each.task for host in self._hosts.values() for each in host.transfers.values() if each.task]
        for key in list(self._hosts):
            self.retain(key, ())
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_WITHIN_S)

    async def _run(self, key: ObjectKey, host: _Host, transfer: _Transfer, work: Callable[[], Awaitable[str]]) -> None:
        try:
            async with host.turn, self._permits:
                transfer.arrived = await work()
            transfer.failure = transfer.backoff = None
        except ReconcileError as failure:
            self._failed(transfer, failure)
        except Exception:
            logger.exception("%s: the transfer failed; it is tried again", key, extra=logs.about(key))
            self._failed(transfer, Unavailable("InternalError", "the transfer failed; see the operator's log"))
        transfer.task = None
        self.on_end(key)

    def _failed(self, transfer: _Transfer, failure: ReconcileError) -> None:
        transfer.failure = failure.with_traceback(None)
        transfer.backoff = next_backoff(transfer.backoff, failure, None)
        transfer.rests_until = self._monotonic() + (transfer.backoff.pause_s if transfer.backoff else 0.0)
