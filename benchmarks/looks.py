"""Looks at edge hosts, as the simulated hosts saw them: how many calls each took, and when the next one came."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

FACTS = "/v1/edge-mgmt/edgehosts/current"
"""Every look begins with this."""
LOGIN = "/v1/users/default/login"


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen of the looks at hosts that answer."""

    times: dict[str, list[float]]
    """When each look began to be answered, by uid of the host."""
    gets: dict[str, list[int]]
    """How many GETs each of them took."""
    logins: dict[str, int]

    @property
    def fewest(self) -> int:
        """How often every host was looked at, at least."""
        return min(map(len, self.times.values()), default=0)

    @property
    def first_round_s(self) -> float:
        """From the first look at any host to the first look at the last one."""
        first = [times[0] for times in self.times.values() if times]
        return max(first) - min(first)

    @property
    def gaps_s(self) -> list[float]:
        """All times between a look at a host and the next one at it; what follows the first look is start-up."""
        return [later - earlier for times in self.times.values() for earlier, later in pairwise(times[1:])]

    @property
    def longest_gap_s(self) -> float:
        """For how long at most a host was not looked at."""
        return max(self.gaps_s, default=float("inf"))

    @property
    def usual_gap_s(self) -> float:
        """For how long one half of the time a host was not looked at."""
        return median(self.gaps_s) if self.gaps_s else float("inf")

    def gets_of_look(self, number: int) -> float:
        """Return the mean number of GETs that look `number`, from 0, took."""
        found = [gets[number] for gets in self.gets.values() if len(gets) > number]
        return sum(found) / len(found) if found else 0.0

    @property
    def most_logins(self) -> int:
        """How often the operator logged in at one host, at most."""
        return max(self.logins.values(), default=0)


class LookLog:
    """Follows the file in which simulated hosts write what was asked of them."""

    def __init__(self, file: Path, uids: Iterable[str], *, rest_s: float) -> None:
        """Heed the hosts `uids` alone; between two looks at one of them lie at least `rest_s`."""
        self._rest_s = rest_s
        self._last_s: dict[str, float] = {}
        self.looks = Looks({}, {}, {})
        for uid in uids:
            self.looks.times[uid], self.looks.gets[uid], self.looks.logins[uid] = [], [], 0
        self._file = file
        self._read_to = 0

    def follow(self) -> Looks:
        """Read what is new, whole lines alone, and return all looks so far."""
        if self._file.exists():
            with self._file.open("rb") as file:
                file.seek(self._read_to)
                whole, newline, _ = file.read().rpartition(b"\n")
            self._read_to += len(whole) + len(newline)
            for line in whole.splitlines():
                self._note(json.loads(line))
        return self.looks

    def _note(self, asked: dict[str, Any]) -> None:
        """Sort a request into the looks: each begins where the facts are asked for after a rest.

        A look may ask for the facts again, to prove that it is the host that answers.
        """
        uid, at_s, found = asked["uid"], asked["answered_s"], self.looks
        if uid not in found.times:
            return
        if asked["path"] == LOGIN:
            found.logins[uid] += 1
        elif asked["method"] == "GET":
            if asked["path"] == FACTS and at_s - self._last_s.get(uid, float("-inf")) >= self._rest_s:
                found.times[uid].append(at_s)
                found.gets[uid].append(0)
            if found.gets[uid]:
                found.gets[uid][-1] += 1
            self._last_s[uid] = at_s
