"""How long to wait between two passes over a fleet. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from palette_operator.domain.errors import ReconcileError, Waiting

LEAST_S = 1.0
FIRST_RETRY_S = 2.0
"""A list that moved while it was read is worth another look at once; so is a hiccup."""
LONGEST_RETRY_S = 60.0
WORK_TO_REST = 2.0
"""However often a pass is asked for, two thirds of the time belong to other searches."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause between passes."""

    least_s: float
    """Even when a pass is asked for."""
    most_s: float


class Pace:
    """Chooses pauses: steady while all is well, growing while passes fail."""

    def __init__(self, fleet_seconds: float, jitter: Callable[[], float]) -> None:
        """`jitter` (0 to 1) spreads each pause by a tenth to either side."""
        self._fleet_seconds = fleet_seconds
        self._jitter = jitter
        self._failures = 0

    def after(self, failure: ReconcileError | None, took_s: float) -> Pause:
        """Choose the pause after a pass that took `took_s` and ended so."""
        spread = 0.9 + 0.2 * self._jitter()
        if failure is None:
            self._failures = 0
            least_s = max(LEAST_S, WORK_TO_REST * took_s)
            return Pause(least_s, max(least_s, self._fleet_seconds * spread))
        self._failures += 1
        retry_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2.0 ** min(self._failures - 1, 10)) * spread
        asked_s = failure.retry_after_s if isinstance(failure, Waiting) else 0.0
        pause_s = max(retry_s, asked_s)
        return Pause(pause_s, pause_s)
