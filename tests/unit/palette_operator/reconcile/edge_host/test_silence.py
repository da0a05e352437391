"""When silence counts: at once, or after a grace, and never forgotten by a restart."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from palette_operator.domain.observed import HostRow
from palette_operator.domain.resources import EdgeHostStatus, parse_status
from palette_operator.reconcile.edge_host.silence import judge_silence
from support.builders import NOW
from support.rows import host_row

WELL, ILL = host_row(), host_row(health="unhealthy")


def status(connected: str = "True", silent_s: float | None = None) -> EdgeHostStatus:
    raw: dict[str, Any] = {"conditions": [{"type": "Connected", "status": connected}]} if connected else {}
    if silent_s is not None:
        raw["silentSince"] = (NOW - timedelta(seconds=silent_s)).isoformat()
    return parse_status(EdgeHostStatus, raw)


@dataclass(frozen=True)
class Case:
    row: HostRow
    before: EdgeHostStatus
    want: tuple[str, str]
    since_s: float | None = None
    left_s: float | None = None
    grace_s: float = 120.0


CASES = {
    "a device that is well is connected": Case(WELL, status(), ("True", "Healthy")),
    "one that is well again is not silent any more": Case(WELL, status("False", 500), ("True", "Healthy")),
    "without a grace silence counts at once": Case(ILL, status(), ("False", "Disconnected"), since_s=0, grace_s=0),
    "within the grace it is only noted": Case(ILL, status(), ("True", "Silent"), since_s=0, left_s=120),
    "it is told when it began, not when it was last seen": Case(
        ILL, status(silent_s=100), ("True", "Silent"), since_s=100, left_s=20
    ),
    "after the grace it counts": Case(ILL, status(silent_s=120), ("False", "Disconnected"), since_s=120),
    "one that was disconnected stays so": Case(ILL, status("False", 30), ("False", "Disconnected"), since_s=30),
    "one that was never seen connected is not given a grace": Case(
        ILL, status(""), ("False", "Disconnected"), since_s=0
    ),
    "one of which nothing was known is not either": Case(ILL, status("Unknown"), ("False", "Disconnected"), since_s=0),
    "one that has not come yet is not silent": Case(
        host_row(state="unpaired", health=""), status("False"), ("False", "NeverConnected")
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_silence(case: Case) -> None:
    silence = judge_silence(case.row, case.before, NOW, case.grace_s)

    assert (silence.condition.status, silence.condition.reason) == case.want
    assert silence.since == (None if case.since_s is None else NOW - timedelta(seconds=case.since_s))
    assert silence.left_s == case.left_s


def test_what_is_told_of_a_silence_reads_the_same_until_it_counts() -> None:
    first = judge_silence(ILL, status(), NOW, 120)
    later = judge_silence(ILL, parse_status(EdgeHostStatus, _kept(first.since)), NOW + timedelta(seconds=60), 120)

    assert (first.condition, first.fields) == (later.condition, later.fields)


def _kept(since: datetime | None) -> dict[str, Any]:
    assert since is not None
    return {"silentSince": since.isoformat(), "conditions": [{"type": "Connected", "status": "True"}]}
