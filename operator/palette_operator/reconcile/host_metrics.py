"""How many edge hosts are how, and for how long the silent ones have been: counted when somebody asks.

Counted from what the statuses say, in one go at a scrape: keeping counts up to date at each event would cost more, and
would be wrong after the first event that is missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from palette_operator.kube.objects import Body

# Upper bounds in seconds: what a restart takes, what somebody notices, what a site's people fix, what is forgotten.
OFFLINE_FOR: Mapping[str, float] = {
    "under_5m": 300.0,
    "5m_to_1h": 3_600.0,
    "1h_to_1d": 86_400.0,
    "1d_to_7d": 604_800.0,
    "over_7d": float("inf"),
}
STATES = ("unpaired", "ready", "in-use")
HEALTHS = ("healthy", "unhealthy")
# Reasons for which a device is not connected though nothing is wrong: it has not come yet.
_NOT_COME_YET = frozenset({"NeverConnected"})


def count_by_state(bodies: Iterable[Body]) -> Counter[tuple[str, str]]:
    """Count EdgeHosts by state and health; `none` where there is none, `other` for a word that is not known."""
    statuses = (body.get("status") or {} for body in bodies)
    return Counter((_word(s.get("state"), STATES), _word(s.get("health"), HEALTHS)) for s in statuses)


def count_offline(bodies: Iterable[Body], now: datetime) -> Counter[str]:
    """Count the EdgeHosts whose device went silent, by how long ago that was."""
    counts = Counter(dict.fromkeys(OFFLINE_FOR, 0))
    counts.update(_bucket((now - since).total_seconds()) for body in bodies if (since := _offline_since(body)))
    return counts


class HostMetrics(Collector):
    """Serves both counts. Before `watch`, and on a standby, there is nothing to count."""

    def __init__(self) -> None:
        self._bodies: Callable[[], Iterable[Body]] = tuple
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def watch(self, bodies: Callable[[], Iterable[Body]], now: Callable[[], datetime]) -> None:
        """Count these from now on."""
        self._bodies, self._now = bodies, now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return the families without samples, as registering asks for."""
        yield _by_state()
        yield _offline()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count now."""
        bodies = list(self._bodies())
        by_state, offline = _by_state(), _offline()
        for (state, health), count in sorted(count_by_state(bodies).items()):
            by_state.add_metric((state, health), count)
        if bodies:
            for bucket, count in count_offline(bodies, self._now()).items():
                offline.add_metric((bucket,), count)
        yield by_state
        yield offline


def _by_state() -> GaugeMetricFamily:
    return GaugeMetricFamily("palette_edge_hosts", "EdgeHosts, by state and health.", labels=("state", "health"))


def _offline() -> GaugeMetricFamily:
    return GaugeMetricFamily(
        "palette_edge_hosts_offline", "EdgeHosts whose device went silent, by how long it has been.", labels=("for",)
    )


def _word(word: object, known: Container[str]) -> str:
    text = str(word or "").lower()
    return (text if text in known else "other") if text else "none"


def _bucket(silent_s: float) -> str:
    return next(name for name, bound_s in OFFLINE_FOR.items() if silent_s < bound_s)


def _offline_since(body: Mapping[str, Any]) -> datetime | None:
    status = body.get("status") or {}
    connected: Mapping[str, Any] = next((c for c in status.get("conditions") or () if c.get("type") == "Connected"), {})
    if connected.get("status") != "False" or connected.get("reason") in _NOT_COME_YET:
        return None
    # While Palette is away, Connected is Unknown: then all that were silent before become False anew.
    told = status.get("silentSince") or connected.get("lastTransitionTime")
    try:
        since = datetime.fromisoformat(str(told))
    except ValueError:
        return None
    return since if since.tzinfo else None


HOST_METRICS = HostMetrics()
REGISTRY.register(HOST_METRICS)
