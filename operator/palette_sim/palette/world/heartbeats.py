"""Heartbeats of clusters and hosts, computed when somebody looks.

Source of the question: whether a heartbeat moves `lastModifiedTimestamp` is not documented; it can be chosen.
"""

from dataclasses import dataclass
from zlib import crc32

from palette_sim.palette.config import Bumps

_ONE_BUMP_IN = 4
_LONGEST_SEARCH = 64


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The beat that all agents share; each begins when its cluster or host came up."""

    period_s: float
    bumps: Bumps

    def last_beat_s(self, since_s: float, at_s: float) -> float:
        """Tell when the last beat came before or at `at_s`."""
        return since_s + max(0, int((at_s - since_s) // self.period_s)) * self.period_s

    def last_bump_s(self, uid: str, since_s: float, at_s: float) -> float:
        """Tell when a beat last moved `lastModifiedTimestamp`; `since_s` when none has yet."""
        if self.bumps is Bumps.NEVER or at_s <= since_s:
            return since_s
        if self.bumps is Bumps.ALWAYS:
            return self.last_beat_s(since_s, at_s)
        latest = int((at_s - since_s) // self.period_s)
        for beat in range(latest, max(0, latest - _LONGEST_SEARCH), -1):
            if crc32(f"{uid}/{beat}".encode()) % _ONE_BUMP_IN == 0:
                return since_s + beat * self.period_s
        return since_s
