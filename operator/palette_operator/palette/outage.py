"""What may still be sent to a Palette that does not answer: a probe now and then, and a ramp once it answers again.

Buckets fill up during an outage, and everyone who waited would come back at once, upon a service that is just getting
up. Pure: time comes in as `now`, in seconds of any monotonic clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from palette_operator.palette.buckets import WHOLE

SHUT_AFTER = 8
"""Requests in a row without an answer. Fewer are two callers, with their own retries, of a part that is down."""
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 15.0
"""Shorter than what those who are turned away rest by themselves: it is not they who find out late."""
RAMP_FIRST_PER_S = 2.0
RAMP_DOUBLES_IN_S = 1.0
RAMP_S = 8.0
"""After it the ramp is steeper than all of Palette's limits together."""


class Passage(Enum):
    """What may pass."""

    OPEN = "open"
    SHUT = "shut"
    """One probe at a time, with pauses."""
    RAMP = "ramp"
    """More every second."""


@dataclass(slots=True)
class Outage:
    """Whether one endpoint answers, and how many requests may go there to find out."""

    passage: Passage = Passage.OPEN
    unanswered: int = 0
    """In a row."""
    why: str = ""
    """There was no answer, the last time."""
    pauses: int = 0
    """Since it last was open."""
    probe_at: float = 0.0
    probing: bool = False
    _ramp_began: float = 0.0
    _ramp_advanced: float = 0.0
    _ramp_tokens: float = 0.0

    def turns_away(self, now: float, *, may_probe: bool) -> bool:
        """Tell whether a request that comes now would wait in vain."""
        if self.passage is not Passage.SHUT:
            return False
        return not may_probe or self.probing or now < self.probe_at

    def may_go(self, now: float) -> bool:
        """Tell whether one more request may go."""
        self._advance(now)
        match self.passage:
            case Passage.OPEN:
                return True
            case Passage.SHUT:
                return not self.probing and now >= self.probe_at
        return self._ramp_tokens >= WHOLE

    def next_at(self, now: float) -> float:
        """Tell when the next may go, should nothing be heard meanwhile; infinity while a probe is under way."""
        self._advance(now)
        match self.passage:
            case Passage.OPEN:
                return now
            case Passage.SHUT:
                return float("inf") if self.probing else max(now, self.probe_at)
        missing = 1.0 - self._ramp_tokens
        return now + max(0.0, missing) / self._ramp_per_s(now)

    def take(self) -> bool:
        """Count one that goes; tell whether it is the probe. `answered`, `failed` or `dropped` must follow."""
        if self.passage is Passage.RAMP:
            self._ramp_tokens -= 1.0
        elif self.passage is Passage.SHUT:
            self.probing = True
        return self.passage is Passage.SHUT

    def answered(self, now: float) -> bool:
        """Note a sign of life; tell whether it ended an outage."""
        self.unanswered = 0
        if self.passage is not Passage.SHUT:
            return False
        self.passage, self.probing = Passage.RAMP, False
        self._ramp_began = self._ramp_advanced = now
        self._ramp_tokens = 1.0
        return True

    def failed(self, why: str, now: float, jitter: float, *, probe: bool) -> bool:
        """Note a request without an answer, and why; tell whether all that wait should now be told.

        `jitter` (0 to 1) lengthens the pause by up to a half, so that processes do not probe as one.
        """
        self.unanswered += 1
        self.why = why
        late = self.passage is Passage.SHUT and not probe
        if late or (self.passage is Passage.OPEN and self.unanswered < SHUT_AFTER):
            return False
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(self.pauses, 10)) * (1 + jitter / 2)
        self.passage, self.probing = Passage.SHUT, False
        self.pauses += 1
        self.probe_at = now + pause_s
        return True

    def dropped(self) -> None:
        """Let another probe go: the last one was called off before anything was heard."""
        self.probing = False

    def _ramp_per_s(self, now: float) -> float:
        return RAMP_FIRST_PER_S * math.exp2((now - self._ramp_began) / RAMP_DOUBLES_IN_S)

    def _advance(self, now: float) -> None:
        if self.passage is not Passage.RAMP:
            return
        if now - self._ramp_began >= RAMP_S:
            self.passage, self.pauses = Passage.OPEN, 0
            return
        elapsed_s = max(0.0, now - self._ramp_advanced)
        self._ramp_tokens = min(1.0, self._ramp_tokens + elapsed_s * self._ramp_per_s(self._ramp_advanced))
        self._ramp_advanced = max(self._ramp_advanced, now)
