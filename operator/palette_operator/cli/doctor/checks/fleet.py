"""The fleet: whether the credential sees all of it, and whether looking at it leaves room within the limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import ScopeLook
from palette_operator.domain.errors import ReconcileError, Stalled
from palette_operator.domain.resources import RateLimit
from palette_operator.palette import operations
from palette_operator.palette.limits import LimitTable
from palette_operator.palette.wire.search import PAGE_SIZE

_FLEET, _HEADROOM, _THROTTLED = "fleet", "rate-limit", "throttled"
_TIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """What full passes over a connection's fleet ask of the search's limit."""

    connection: str
    group: str
    requests: int
    """Of one pass."""
    every_s: float
    per_second: float
    """What the connection may use of the limit."""

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.every_s


def claims(look: ScopeLook, claimed: Mapping[str, str], unread: Mapping[str, ReconcileError]) -> Finding:
    """Judge whether everything that resources stand for is there: `claimed` names the resource of each uid.

    `unread` are listings of resources that failed: where nothing is found to be amiss, all is not well for that.
    """
    where = f"project {look.project.name}: "
    if isinstance(look.clusters, ReconcileError) or isinstance(look.hosts, ReconcileError):
        return skipped(_FLEET, f"{where}the fleet could not be listed")
    unseen = {uid: name for uid, name in claimed.items() if uid not in look.clusters and uid not in look.hosts}
    if unread and not unseen:
        why = next(iter(unread.values())).message
        return skipped(_FLEET, f"{where}what resources stand for is not known: {some(unread)} cannot be listed; {why}")
    if not claimed:
        counts = f"{len(look.clusters)} clusters and {len(look.hosts)} edge hosts"
        return ok(_FLEET, f"{where}{counts}, of which no resource is known to stand for any")
    if not unseen:
        return ok(_FLEET, f"{where}sees all {len(claimed)} clusters and edge hosts that resources stand for")
    return _unseen(where, look, claimed, unseen)


def claimed_elsewhere(count: int, project_uid: str) -> Finding:
    """Say that resources belong to a project that the credential does not see."""
    message = f"{count} resources are of project {project_uid}, which the credential does not see"
    return failure(_FLEET, message, "give the credential's user a role in that project, or use another credential")


def load(connection: str, group: str, limit: RateLimit, fleet_seconds: int, scopes: Sequence[ScopeLook]) -> Load:
    """Work out what the passes over these projects take, in pages of both listings."""
    table = LimitTable({each.prefix: float(each.per_second) for each in limit.overrides})
    rates = [row.per_second * float(limit.share) for row in table.route(operations.SEARCH_CLUSTERS.template)]
    if limit.global_per_second:
        rates.append(float(limit.global_per_second))
    requests = sum(_pages(scope.clusters) + _pages(scope.hosts) for scope in scopes)
    return Load(connection, group, requests, float(fleet_seconds), min(rates))


def headroom(own: Load, every: Sequence[Load]) -> Finding:
    """Judge how much of the search's limit passes use, those of other connections of the group included."""
    group = [each for each in every if each.group == own.group]
    per_second = min(each.per_second for each in group)
    used = sum(each.rate for each in group) / per_second
    others = f", with {some(each.connection for each in group if each is not own)}" if len(group) > 1 else ""
    said = (
        f"a pass over the fleet takes {own.requests} requests every {own.every_s:g} s: "
        f"{used:.0%} of the {per_second:g} a second that it may use{others}"
    )
    if used <= _TIGHT:
        return ok(_HEADROOM, said)
    remedy = f"raise spec.poll.fleetSeconds to {math.ceil(own.every_s * used / _TIGHT)} or more, or use fewer projects"
    return warning(_HEADROOM, said, remedy)


def throttling(met: bool) -> Iterator[Finding]:
    """Warn when Palette refused some of our own few requests."""
    if met:
        yield warning(
            _THROTTLED,
            "Palette answered 429 while this looked: something else at this address uses up the limit",
            "find it, or lower spec.rateLimit.share so that both fit",
        )


def _unseen(where: str, look: ScopeLook, claimed: Mapping[str, str], unseen: Mapping[str, str]) -> Finding:
    said = f"{where}{len(unseen)} of {len(claimed)} that resources stand for are not listed: {some(unseen.values())}"
    reads = list(look.missing.values())
    if reads and all(read is False for read in reads):
        return warning(
            _FLEET,
            f"{said}; Palette says that they are gone",
            "they were deleted in Palette: the conditions of the resources tell what the operator does about it",
        )
    if any(isinstance(read, Stalled) and read.reason == "Forbidden" for read in reads):
        said += "; the credential may not read them"
    elif any(read is True for read in reads):
        said += "; yet a read finds them"
    return failure(
        _FLEET,
        said,
        "the credential sees only a part of the fleet: give its user a role over the whole project, not over "
        "single resources",
    )


def _pages(rows: Mapping[str, object] | ReconcileError) -> int:
    return max(1, math.ceil(len(rows) / PAGE_SIZE)) if isinstance(rows, Mapping) else 1
