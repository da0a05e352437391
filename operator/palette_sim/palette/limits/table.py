"""Which limits a request path is charged to.

The table is the documentation's, row by row. A listed child is charged to itself and to every listed parent; a path
under no listed prefix shares ten requests per second with its resource type.
Source: Palette docs, "Rate Limits" and "Endpoint Prefix Rate".
"""

from dataclasses import dataclass
from functools import lru_cache

UNLISTED_RATE = 10
WILDCARD = "*"

_AT_10_PER_SECOND = """
/v1/auth /v1/nats /v1/users /v1/userprofiles /v1/permissions /v1/roles /v1/teams /v1/tenants /v1/projects /v1/plans
/v1/payments /v1/audits /v1/apiKeys /v1/datasinks /v1/notifications /v1/events /v1/crypto /v1/async /v1/errlogs /v1/jobs
/v1/health /v1/cache /v1/cloudaccounts /v1/packs /v1/workspaces /v1/installers /v1/git/webhook /v1/registries
/v1/services /v1/overlords /v1/cluster /v1/cloudconfigs /v1/cloudconfigs/*/*/machinePools /v1/edgehosts /v1/metrics
/v1/system /v1/mgmt /v1/oidc /v1/clouds /v1/events/components /v1/dashboard
/v1/cloudconfigs/*/*/machinePools/*/machines /v1/cloudconfigs/*/*/machinePools/*/machines/* /v1/auth/authenticate
/v1/auth/services/login /v1/auth/services/edge/login /v1/files /v1/edgehosts/registers /v1/edgehosts/*/health
/v1/edgehosts/*/spc/download /v1/spectroclusters/features/logFetcher /v1/spectroclusters/*/assets
/v1/spectroclusters/cost /v1/spectroclusters/usage /v1/spectroclusters/*/download /v1/spectroclusters/acquire
"""
_AT_2_PER_SECOND = "/v1/auth/user/password/reset"
_AT_50_PER_SECOND = """
/v1/spectroclusters /v1/clusterprofiles /v1/clusterprofiles/*/packs /v1/clusterprofiles/*/packs/manifests
/v1/clusterprofiles/*/packs/*/manifests /v1/clusterprofiles/validate/packs /v1/clusterprofiles/*/validate/packs
/v1/spectroclusters/*/profiles
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """One row: a prefix, in which `*` stands for any one segment, and its requests per second."""

    prefix: str
    rate: int

    @property
    def segments(self) -> tuple[str, ...]:
        """The prefix cut at its slashes."""
        return tuple(self.prefix.strip("/").split("/"))


TABLE: tuple[Limit, ...] = tuple(
    Limit(prefix, rate)
    for rate, prefixes in ((10, _AT_10_PER_SECOND), (2, _AT_2_PER_SECOND), (50, _AT_50_PER_SECOND))
    for prefix in prefixes.split()
)


@lru_cache(maxsize=16_384)
def charges(path: str) -> tuple[Limit, ...]:
    """Name every limit that a request to `path` is charged to, the most specific first; never empty."""
    segments = tuple(path.strip("/").split("/"))
    matching = [row for row in TABLE if _begins(segments, row.segments)]
    if not matching:
        return (Limit("/" + "/".join(segments[:2]), UNLISTED_RATE),)
    own = max(matching, key=_specificity)
    parents = [row for row in matching if row != own and own.segments[: len(row.segments)] == row.segments]
    return (own, *sorted(parents, key=lambda row: -len(row.segments)))


def _begins(segments: tuple[str, ...], prefix: tuple[str, ...]) -> bool:
    return len(segments) >= len(prefix) and all(
        want in (WILDCARD, have) for want, have in zip(prefix, segments, strict=False)
    )


def _specificity(row: Limit) -> tuple[int, tuple[bool, ...]]:
    return len(row.segments), tuple(segment != WILDCARD for segment in row.segments)
