"""What must be sure before anything is decided: that Palette can be reached, and was seen whole lately."""

from __future__ import annotations

from datetime import datetime

from palette_operator.domain.errors import Unavailable, Waiting
from palette_operator.reconcile.findings import Findings
from palette_operator.reconcile.sites import Site

_NEXT_PASS_S = 5.0


def check_reachable(site: Site, findings: Findings) -> None:
    """Raise Unavailable, and let what was seen remotely become Unknown, when Palette has been away for too long."""
    if site.unreachable:
        findings.unreachable = True
        raise Unavailable("PaletteUnreachable", "Palette cannot be reached; nothing is created or deleted meanwhile")


def check_fresh(site: Site, now: datetime) -> None:
    """Raise Waiting, and ask for a pass, unless the fleet was seen whole a moment ago."""
    snapshot = site.fleet.snapshot
    limit_s = 2.0 * site.spec.poll.fleet_seconds + 30.0
    if snapshot is None or (now - snapshot.began_at).total_seconds() > limit_s:
        site.fleet.request_pass()
        message = "waiting for a complete look at the fleet before creating anything"
        raise Waiting("AwaitingFleet", message, retry_after_s=_NEXT_PASS_S)
