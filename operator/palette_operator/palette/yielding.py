"""How fast to go while somebody else draws on the same limit: find what is left, stay just below, look now and then.

Palette counts per source address, so a stranger behind the same address (Terraform, a person's script) takes from the
same limit, and a 429 is all that is ever seen of it. To halve at each 429 and grow back steadily would be to be refused
at every climb. Instead the rate that held is kept, and left only to look whether more is free. A look that fails costs
one refusal, so that one in REQUESTS_PER_LOOK requests is risked for it and no more. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt

REQUESTS_PER_LOOK = 150
"""Requests between two looks. With those of the look itself it keeps refusals well under 1 in 100."""
LEAST_S_PER_LOOK, MOST_S_PER_LOOK = 20.0, 40.0
PAUSES_PER_LOOK = 7.0
"""A look that fails costs a pause: at 50 a second it must not come every 3 s, and less often where pauses are long."""
GROWTH = 0.07
"""Requests per second that each request of a look adds: the rate doubles in 10 s, whatever it is."""
FIRST_CUT = 0.5
"""Of a rate that held for long and no longer does: nothing is known yet but that there is a rival."""
LEAST_CUT, MOST_CUT = 0.95, 0.75
MARGIN = 0.95
"""Of what was found to be free: the rest makes room for a rival that is not regular."""
STEP = 0.15
"""Of the way up to where a look was refused: what held for so long may be exceeded by a little."""
UNNOTICED_REQUESTS = 5
"""Palette's burst queue: so many requests too many go unnoticed before the first is refused."""
TOLERATED_PART = 1 / 130
"""Refusals that cut nothing, of all requests: an irregular rival causes some at any rate."""
MOST_TOLERATED = 2.0
FLOOR = 0.1
"""However often Palette refuses, a tenth of the rate is kept: enough to notice that it no longer does."""
FORGOTTEN_AFTER_S = 600.0
"""A rival that was last met this long ago is taken to be gone: who sends little would never come to look."""


@dataclass(slots=True)
class YieldingRate:
    """The rate at which requests may go, at most `full`: what a rival takes is left to it."""

    full: float
    """Requests per second when there is no rival."""
    since: float
    """When the last refusal was; at first, when counting began."""
    per_second: float = field(init=False)
    """The rate that holds now."""
    steady: float = field(init=False)
    """The rate between looks; `full` when no rival is known."""
    sent: int = 0
    """Requests since the last refusal that went as soon as the rate allowed."""
    _hold_s: float = LEAST_S_PER_LOOK
    """Seconds between two looks, at least."""
    _tolerated: float = 0.0
    """How many refusals may come before one cuts the rate."""

    def __post_init__(self) -> None:
        self.per_second = self.steady = self.full

    @property
    def has_rival(self) -> bool:
        """Whether somebody else was met, and not yet found to be gone."""
        return self.steady < self.full

    def change(self, full: float) -> None:
        """Set another full rate; what a rival left is still known."""
        had_rival, self.full = self.has_rival, full
        self.steady = min(self.steady, full) if had_rival else full
        self.per_second = min(self.per_second, full) if had_rival else full

    def advance(self, now: float) -> None:
        """Forget a rival that was not met for long."""
        if self.has_rival and now - self.since > FORGOTTEN_AFTER_S:
            self.steady = self.per_second = self.full

    def went(self) -> None:
        """Count a request that went as soon as the rate allowed. During a look each lets the next come sooner."""
        self.sent += 1
        self._tolerated = min(MOST_TOLERATED, self._tolerated + TOLERATED_PART)
        if self.has_rival and self._is_looking:
            self.per_second = min(self.full, self.per_second + GROWTH)
            if self.per_second >= self.full and self.sent >= 2 * self._between_looks:
                self.steady = self.full

    def returned(self) -> None:
        """Take back one that went: it was never sent."""
        self.sent = max(0, self.sent - 1)

    def refuse(self, now: float, pause_s: float) -> None:
        """Yield after a refusal: to what held before a look, or, when nothing is known to hold, to what was free.

        `pause_s` is how long nothing goes now.
        """
        self._tolerated -= 1.0
        if not self.has_rival:
            self.steady, self._tolerated = FIRST_CUT * self.per_second, 0.0
        elif self._is_looking:
            self.steady = max(self.steady, self._found(now))
        elif self._tolerated < 0:
            cut = MARGIN * self._free(now) / self.per_second
            self.steady, self._tolerated = self.per_second * max(MOST_CUT, min(LEAST_CUT, cut)), 0.0
        self.steady = self.per_second = max(self.steady, FLOOR * self.full)
        self.sent, self.since = 0, now
        self._hold_s = min(MOST_S_PER_LOOK, max(LEAST_S_PER_LOOK, PAUSES_PER_LOOK * pause_s))

    @property
    def _between_looks(self) -> float:
        return max(REQUESTS_PER_LOOK, self._hold_s * self.steady)

    @property
    def _is_looking(self) -> bool:
        return self.sent >= self._between_looks

    def _free(self, now: float) -> float:
        """Tell how many requests per second were free since the last refusal.

        Palette's burst queue is used up at every refusal: what went between two of them is what came free, whatever
        the queue's size. If it filled up meanwhile, more was free than that.
        """
        return self.sent / max(now - self.since, 1.0 / self.full)

    def _found(self, now: float) -> float:
        """Tell what to try after a look that was refused.

        While the rate grew, requests beyond what was free added up unnoticed; the rate at which that began was free.
        """
        grown_unnoticed = sqrt(2 * UNNOTICED_REQUESTS * GROWTH * self.per_second)
        at_least = MARGIN * max(self._free(now), self.per_second - grown_unnoticed)
        return max(at_least, self.steady + STEP * (self.per_second - self.steady))
