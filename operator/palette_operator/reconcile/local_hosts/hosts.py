"""The hosts of `EdgeHost.spec.local`: which client reaches them, what they showed, and what is measured of them."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import TypeAlias

from prometheus_client import Gauge

from palette_operator.domain.leadership import Fence, always
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.edge.client import EdgeClient
from palette_operator.edge.ranges import AllowedRanges
from palette_operator.reconcile.local_hosts.access import LocalAccess
from palette_operator.reconcile.local_hosts.fleet import LocalFleet, LocalSighting
from palette_operator.reconcile.local_hosts.looks import look_at_host

LocalHosts: TypeAlias = LocalFleet[LocalAccess, EdgeClient, LocalHostSeen]
HostSighting: TypeAlias = LocalSighting[LocalHostSeen]

_HOSTS = Gauge(
    "palette_local_hosts", "Hosts that are reached through their own API, by whether they answer.", ["reach"]
)
_ROUND_S = Gauge(
    "palette_local_round_seconds",
    "How long the last round took, in which each host that answers through its own API was looked at once.",
)


def local_hosts(ranges: AllowedRanges, *, poll_s: float, fence: Fence = always) -> LocalHosts:
    """Return an empty fleet, which tells its size to the metrics; nothing is sent that the fence forbids."""

    def open_client(access: LocalAccess) -> EdgeClient:
        return EdgeClient(access.endpoint, access.login, ranges, fence=fence)

    fleet: LocalHosts = LocalFleet(
        open_client,
        look_at_host,
        poll_s=poll_s,
        monotonic=time.monotonic,
        now=lambda: datetime.now(UTC),
        jitter=lambda: random.uniform(0.9, 1.1),  # noqa: S311 - jitter
    )
    _HOSTS.labels("answering").set_function(lambda: fleet.count(answering=True))
    _HOSTS.labels("silent").set_function(lambda: fleet.count(answering=False))
    _ROUND_S.set_function(lambda: fleet.rounds.took_s)
    return fleet
