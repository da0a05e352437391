"""How often each part of Palette's API may be called: the documented endpoint-prefix table, as data.

Limits hold per source address and prefix. Source: Palette docs, "Rate Limits" and "Endpoint Prefix Rate".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PrefixLimit:
    """One row of the table: what may be asked of the paths that begin with `prefix`."""

    prefix: str
    """Segments; `:uid` and `{name}` stand for any one segment."""
    per_second: float
    burst: int
    """The documented burst queue: read by some as 5 requests, by others as 5 times the rate."""

    @property
    def segments(self) -> tuple[str, ...]:
        """The prefix as compared with a path: every wildcard is the same one."""
        return tuple("*" if _is_wildcard(segment) else segment for segment in _split(self.prefix))


DOCUMENTED: tuple[PrefixLimit, ...] = (
    PrefixLimit("/v1/auth", 10, 5),
    PrefixLimit("/v1/nats", 10, 5),
    PrefixLimit("/v1/users", 10, 5),
    PrefixLimit("/v1/userprofiles", 10, 5),
    PrefixLimit("/v1/permissions", 10, 5),
    PrefixLimit("/v1/roles", 10, 5),
    PrefixLimit("/v1/teams", 10, 5),
    PrefixLimit("/v1/tenants", 10, 5),
    PrefixLimit("/v1/projects", 10, 5),
    PrefixLimit("/v1/plans", 10, 5),
    PrefixLimit("/v1/payments", 10, 5),
    PrefixLimit("/v1/audits", 10, 5),
    PrefixLimit("/v1/apiKeys", 10, 5),
    PrefixLimit("/v1/datasinks", 10, 5),
    PrefixLimit("/v1/notifications", 10, 5),
    PrefixLimit("/v1/events", 10, 5),
    PrefixLimit("/v1/crypto", 10, 5),
    PrefixLimit("/v1/async", 10, 5),
    PrefixLimit("/v1/errlogs", 10, 5),
    PrefixLimit("/v1/jobs", 10, 5),
    PrefixLimit("/v1/health", 10, 5),
    PrefixLimit("/v1/cache", 10, 5),
    PrefixLimit("/v1/cloudaccounts", 10, 5),
    PrefixLimit("/v1/packs", 10, 5),
    PrefixLimit("/v1/workspaces", 10, 5),
    PrefixLimit("/v1/installers", 10, 5),
    PrefixLimit("/v1/git/webhook", 10, 5),
    PrefixLimit("/v1/registries", 10, 5),
    PrefixLimit("/v1/services", 10, 5),
    PrefixLimit("/v1/overlords", 10, 5),
    PrefixLimit("/v1/cluster", 10, 5),
    PrefixLimit("/v1/cloudconfigs", 10, 5),
    PrefixLimit("/v1/cloudconfigs/{cloudType}/{uid}/machinePools", 10, 5),
    PrefixLimit("/v1/edgehosts", 10, 5),
    PrefixLimit("/v1/metrics", 10, 5),
    PrefixLimit("/v1/system", 10, 5),
    PrefixLimit("/v1/mgmt", 10, 5),
    PrefixLimit("/v1/oidc", 10, 5),
    PrefixLimit("/v1/clouds", 10, 5),
    PrefixLimit("/v1/events/components", 10, 5),
    PrefixLimit("/v1/dashboard", 10, 5),
    PrefixLimit("/v1/cloudconfigs/{cloudType}/:uid/machinePools/{machinePoolName}/machines", 10, 5),
    PrefixLimit("/v1/cloudconfigs/{cloudType}/:uid/machinePools/{machinePoolName}/machines/:machineUid", 10, 5),
    PrefixLimit("/v1/auth/authenticate", 10, 5),
    PrefixLimit("/v1/auth/services/login", 10, 5),
    PrefixLimit("/v1/auth/services/edge/login", 10, 5),
    PrefixLimit("/v1/files", 10, 5),
    PrefixLimit("/v1/edgehosts/registers", 10, 5),
    PrefixLimit("/v1/edgehosts/:uid/health", 10, 5),
    PrefixLimit("/v1/edgehosts/:uid/spc/download", 10, 5),
    PrefixLimit("/v1/spectroclusters/features/logFetcher", 10, 5),
    PrefixLimit("/v1/spectroclusters/:uid/assets", 10, 5),
    PrefixLimit("/v1/spectroclusters/cost", 10, 5),
    PrefixLimit("/v1/spectroclusters/usage", 10, 5),
    PrefixLimit("/v1/spectroclusters/:uid/download", 10, 5),
    PrefixLimit("/v1/spectroclusters/acquire", 10, 5),
    PrefixLimit("/v1/auth/user/password/reset", 2, 5),
    PrefixLimit("/v1/spectroclusters", 50, 5),
    PrefixLimit("/v1/clusterprofiles", 50, 5),
    PrefixLimit("/v1/clusterprofiles/:uid/packs", 50, 5),
    PrefixLimit("/v1/clusterprofiles/:uid/packs/manifests", 50, 5),
    PrefixLimit("/v1/clusterprofiles/:uid/packs/{packName}/manifests", 50, 5),
    PrefixLimit("/v1/clusterprofiles/validate/packs", 50, 5),
    PrefixLimit("/v1/clusterprofiles/:uid/validate/packs", 50, 5),
    PrefixLimit("/v1/spectroclusters/:uid/profiles", 50, 5),
)

UNLISTED_PER_SECOND = 10
"""What a prefix that the table does not name is given. Source: Palette docs, "Rate Limits", the general limit."""
UNLISTED_BURST = 5


class LimitTable:
    """Finds which limits a path counts against. Unchanging once built."""

    def __init__(self, overrides: Mapping[str, float] | None = None) -> None:
        """Take the documented rows, with the rates (requests per second) in `overrides` by prefix put in place."""
        rows = {row.segments: row for row in DOCUMENTED}
        for prefix, per_second in (overrides or {}).items():
            row = PrefixLimit(prefix, per_second, UNLISTED_BURST)
            documented = rows.get(row.segments)
            rows[row.segments] = replace(documented, per_second=per_second) if documented else row
        self._rows = rows
        self._by_resource: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for segments in sorted(rows, key=_precedence):
            self._by_resource[segments[:2]].append(segments)

    def route(self, path: str) -> tuple[PrefixLimit, ...]:
        """Name every limit that a request to `path` counts against, the most specific first; never empty.

        A listed child counts against itself and against each listed parent: under either reading of "counted
        together" the request then stays within its limits.
        """
        segments = _split(path)
        for pattern in self._by_resource.get(segments[:2], ()):
            if _matches(pattern, segments):
                return tuple(
                    self._rows[pattern[:length]]
                    for length in range(len(pattern), 0, -1)
                    if pattern[:length] in self._rows
                )
        return (PrefixLimit("/" + "/".join(segments[:2]), UNLISTED_PER_SECOND, UNLISTED_BURST),)


def _split(path: str) -> tuple[str, ...]:
    return tuple(segment for segment in path.partition("?")[0].split("/") if segment)


def _is_wildcard(segment: str) -> bool:
    return segment.startswith((":", "{"))


def _matches(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    return len(pattern) <= len(segments) and all(
        expected in ("*", found) for expected, found in zip(pattern, segments, strict=False)
    )


def _precedence(pattern: tuple[str, ...]) -> tuple[int, tuple[bool, ...]]:
    """Longest first; among equals a literal before a wildcard, from the left."""
    return -len(pattern), tuple(segment == "*" for segment in pattern)
