"""Who goes first when many wait for the same limit.

Pure: a weighted queue over four lanes. Every lane gets its share, first come first served within it; a lane that
waited in vain is not owed more than its share, and none starves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from enum import Enum
from typing import Generic, TypeVar

RouteT = TypeVar("RouteT", bound=Hashable)
WaiterT = TypeVar("WaiterT")


class Lane(Enum):
    """Why a request is made, with its weight: of 16 contended permits a person's change gets 8."""

    USER_CHANGE = 8
    """Someone changed a spec and is waiting for it."""
    DELETION = 4
    TRANSITION = 3
    """Something is under way in Palette and is being followed."""
    ROUTINE = 1
    """Nobody would miss it for a while: full passes, slow re-checks."""


class WeightedQueue(Generic[RouteT, WaiterT]):
    """Waiters by route and lane, chosen by stride scheduling.

    A route stands for the set of limits that its requests count against: one that may not go now is passed over, so
    that it never holds up the others.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[RouteT, Lane], deque[tuple[int, WaiterT]]] = {}
        self._passes: dict[Lane, float] = dict.fromkeys(Lane, 0.0)
        self._reached = 0.0
        self._arrivals = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def push(self, route: RouteT, lane: Lane, waiter: WaiterT) -> None:
        """Let `waiter` join the end of its line."""
        if not any(busy is lane for _, busy in self._lines):
            # A lane that was idle starts level with the others: idleness saves up no claims.
            self._passes[lane] = max(self._passes[lane], self._reached)
        self._arrivals += 1
        self._lines.setdefault((route, lane), deque()).append((self._arrivals, waiter))

    def pop(self, may_go: Callable[[RouteT], bool]) -> tuple[RouteT, WaiterT] | None:
        """Take the waiter whose turn it is among the routes that may go; None if there is none."""
        ready = [(self._passes[key[1]], line[0][0], key) for key, line in self._lines.items() if may_go(key[0])]
        if not ready:
            return None
        _, _, (route, lane) = min(ready, key=lambda entry: entry[:2])
        self._reached = self._passes[lane]
        self._passes[lane] += 1 / lane.value
        line = self._lines[route, lane]
        _, waiter = line.popleft()
        if not line:
            del self._lines[route, lane]
        return route, waiter

    def discard(self, gone: Callable[[WaiterT], bool]) -> None:
        """Drop the waiters at the head of each line that are no longer waiting."""
        for key, line in list(self._lines.items()):
            while line and gone(line[0][1]):
                line.popleft()
            if not line:
                del self._lines[key]

    def routes(self) -> set[RouteT]:
        """Name the routes that someone waits for."""
        return {route for route, _ in self._lines}
