"""Since when a device has been silent, and whether that is long enough to be told. Pure.

Whoever acts upon Connected, as Cluster API's MachineHealthCheck acts upon conditions of a node, should not act upon a
flap: with a grace, a device that was connected stays so until it has been silent for that long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from palette_operator.domain.conditions import Condition, true
from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import EdgeHostStatus
from palette_operator.reconcile.edge_host.status import connected


@dataclass(frozen=True, slots=True)
class Silence:
    """How a device's silence is told."""

    condition: Condition
    """Connected."""
    since: datetime | None
    """When the silence was first seen, UTC; None while there is none."""
    left_s: float | None
    """Seconds until it counts; None when it counts already, or there is none."""

    @property
    def fields(self) -> dict[str, Any]:
        """The status fields that follow; None removes one."""
        return {"silentSince": self.since.strftime("%Y-%m-%dT%H:%M:%SZ") if self.since else None}


def judge_silence(row: HostRow, before: EdgeHostStatus, now: datetime, grace_s: float) -> Silence:
    """Return Connected for a device that may just have fallen silent; `before` is its status as it is."""
    condition = connected(row)
    if condition.reason != "Disconnected":
        return Silence(condition, None, None)
    since = before.silent_since or now.replace(microsecond=0)
    left_s = (since + timedelta(seconds=grace_s) - now).total_seconds()
    was_connected = any(c.type == "Connected" and c.status == "True" for c in before.conditions)
    if left_s <= 0 or not was_connected:
        return Silence(condition, since, None)
    message = "silent for less than spec.poll.disconnectedGraceSeconds of the connection"
    return Silence(true("Connected", "Silent", message), since, left_s)
