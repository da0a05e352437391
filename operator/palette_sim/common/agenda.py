"""What is still to happen, in order of time."""

import heapq
from collections.abc import Callable
from itertools import count

# A step gets the simulated time at which it was due, which may be well before the time at which it is run.
Step = Callable[[float], None]


class Agenda:
    """Steps that fall due; run in order of time, then of planning."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Step]] = []
        self._number = count()

    def plan(self, due_s: float, step: Step) -> None:
        """Have `step` run at the simulated time `due_s`. A step judges by itself whether it still applies."""
        heapq.heappush(self._due, (due_s, next(self._number), step))

    def run_until(self, now_s: float) -> None:
        """Run all that is due, also what these steps plan up to `now_s`."""
        while self._due and self._due[0][0] <= now_s:
            due_s, _, step = heapq.heappop(self._due)
            step(due_s)
