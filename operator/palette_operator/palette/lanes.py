"""Who goes first when many wait for the same limit.

Pure: a weighted queue over four lanes. Every lane gets its share whoever asks; within a lane the connections take
turns, and each is served first come first served. Whoever waited in vain is owed no more than one round.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

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


class Line(NamedTuple, Generic[RouteT]):
    """Those who wait for the same limits, for the same reason, on behalf of the same connection."""

    route: RouteT
    lane: Lane
    caller: str


class Ticket(NamedTuple, Generic[RouteT]):
    """A place in a line."""

    line: Line[RouteT]
    number: int


class _Turns:
    """Virtual time of those who share something: whoever has had the least for its weight is next."""

    def __init__(self) -> None:
        self._had: dict[Hashable, float] = {}
        self._reached = 0.0

    def had(self, who: Hashable) -> float:
        return self._had.get(who, self._reached)

    def arrive(self, who: Hashable) -> None:
        """Start level with the others after idleness: it saves up no claims."""
        self._had[who] = max(self._had.get(who, 0.0), self._reached)

    def served(self, who: Hashable, weight: int) -> None:
        had = self._had[who]
        self._reached = max(self._reached, had)
        # Who was held up by a limit of its own while others went is not given all of that at once afterwards.
        self._had[who] = max(had, self._reached - 1.0) + 1.0 / weight


class WeightedQueue(Generic[RouteT, WaiterT]):
    """Waiters by route, lane and caller, chosen by stride scheduling.

    A route stands for the set of limits that its requests count against: one that may not go now is passed over, so
    that it never holds up the others.
    """

    def __init__(self) -> None:
        self._lines: dict[Line[RouteT], OrderedDict[int, WaiterT]] = {}
        self._lanes = _Turns()
        self._callers = {lane: _Turns() for lane in Lane}
        self._arrivals = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def __iter__(self) -> Iterator[WaiterT]:
        for line in self._lines.values():
            yield from line.values()

    def push(self, route: RouteT, lane: Lane, waiter: WaiterT, caller: str = "") -> Ticket[RouteT]:
        """Let `waiter` join the end of its line."""
        line = Line(route, lane, caller)
        if not any(busy.lane is lane for busy in self._lines):
            self._lanes.arrive(lane)
        if not any(busy.lane is lane and busy.caller == caller for busy in self._lines):
            self._callers[lane].arrive(caller)
        self._arrivals += 1
        self._lines.setdefault(line, OrderedDict())[self._arrivals] = waiter
        return Ticket(line, self._arrivals)

    def pop(self, may_go: Callable[[RouteT], bool]) -> tuple[RouteT, WaiterT] | None:
        """Take the waiter whose turn it is among the routes that may go; None if there is none."""
        passable = {route for route in self.routes() if may_go(route)}
        ready = [line for line in self._lines if line.route in passable]
        if not ready:
            return None
        lane = min(ready, key=lambda line: (self._lanes.had(line.lane), self._first(line))).lane
        turns = self._callers[lane]
        line = min(
            (line for line in ready if line.lane is lane), key=lambda line: (turns.had(line.caller), self._first(line))
        )
        self._lanes.served(lane, lane.value)
        turns.served(line.caller, 1)
        return line.route, self._drop(line, self._first(line))

    def remove(self, ticket: Ticket[RouteT]) -> None:
        """Let a waiter go that waits no longer; nothing happens if it was taken."""
        if ticket.number in self._lines.get(ticket.line, ()):
            self._drop(ticket.line, ticket.number)

    def routes(self) -> set[RouteT]:
        """Name the routes that someone waits for."""
        return {line.route for line in self._lines}

    def _first(self, line: Line[RouteT]) -> int:
        return next(iter(self._lines[line]))

    def _drop(self, line: Line[RouteT], number: int) -> WaiterT:
        waiting = self._lines[line]
        waiter = waiting.pop(number)
        if not waiting:
            del self._lines[line]
        return waiter
