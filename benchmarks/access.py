"""Reads what the simulated Palette wrote into its access log while a phase ran."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_CREATED = 201
_LISTING_PREFIX = "/v1/dashboard"
_HOST_SEARCH = "/v1/dashboard/edgehosts/search"


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Palette, as it arrived."""

    arrived_s: float
    """Seconds since 1970."""
    method: str
    path: str
    prefix: str
    status: int
    throttled: bool


class AccessLog:
    """Follows the file that the simulated Palette appends to."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read_to = 0
        self.requests: list[Request] = []

    def follow(self) -> list[Request]:
        """Read what is new, and return all requests so far, in the order of their answers."""
        if not self._file.exists():
            return self.requests
        with self._file.open("rb") as file:
            file.seek(self._read_to)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self.requests.extend(_parse(line) for line in whole.splitlines())
        return self.requests


def _parse(line: bytes) -> Request:
    entry = json.loads(line)
    return Request(
        arrived_s=entry["arrived_s"],
        method=entry["method"],
        path=entry["path"],
        prefix=entry["prefix"],
        status=entry["status"],
        throttled=entry["throttled"],
    )


def since(requests: Iterable[Request], moment_s: float, until_s: float = float("inf")) -> list[Request]:
    """Return what arrived from `moment_s` on and before `until_s`."""
    return [request for request in requests if moment_s <= request.arrived_s < until_s]


def creations(requests: Iterable[Request], path: str) -> list[float]:
    """Return when each successful POST to `path` arrived, in order."""
    return sorted(r.arrived_s for r in requests if r.method == "POST" and r.path == path and r.status == _CREATED)


def first_pass_s(requests: Iterable[Request]) -> float | None:
    """Return when the first look at the whole fleet was over; None before.

    At the start Palette is empty, so that one page shows everything, and the page of edge hosts is the last of a pass.
    """
    return min((r.arrived_s for r in requests if r.path == _HOST_SEARCH), default=None)


def by_verb_and_prefix(requests: Iterable[Request]) -> Counter[tuple[str, str]]:
    """Count requests by verb and rate limit."""
    return Counter((request.method, request.prefix) for request in requests)


def throttled(requests: Iterable[Request]) -> int:
    """Count the 429s."""
    return sum(request.throttled for request in requests)


def not_listing(requests: Iterable[Request]) -> int:
    """Count the requests that are about single objects: their number should not grow while nothing happens."""
    return sum(request.prefix != _LISTING_PREFIX for request in requests)
