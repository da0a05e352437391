"""How many resources are how: counted from what their statuses say, when somebody asks.

Only the leader has seen resources: a standby has nothing to count, and tells nothing. Labels are bounded: kinds,
conditions and reasons are the operator's own words, and of profile versions the most frequent are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from palette_operator.kube.objects import PLURALS, Body

MAX_PROFILE_VERSIONS = 200
"""How many versions of profiles have labels of their own; the clusters of all others are told under `other`."""
OTHER = "other"
_HOLDING_REASONS = frozenset({"HeldByGuard", "PlanAwaitingApproval", "Suspended"})
"""Reasons of Synced for which a guard or a person holds the changes of a resource back."""

_FAMILIES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "palette_operator_objects": (
        "Resources, by each of their conditions. What is present only while it is True counts only then.",
        ("kind", "condition", "status", "reason"),
    ),
    "palette_operator_held": (
        "Resources whose changes or deletion a guard, a permission or a person holds back.",
        ("kind", "reason"),
    ),
    "palette_operator_drifted": (
        "Resources that differ in Palette where spec.drift.policy says to report that.",
        ("kind",),
    ),
    "palette_operator_clusters_by_profile": (
        "PaletteClusters by version of a profile: those that want it (`desired`), and those that run it (`applied`).",
        ("profile", "version", "state"),
    ),
    "palette_operator_deleting_oldest_seconds": (
        "How long the deletion that began first has taken so far; 0 while nothing of the kind is being deleted.",
        ("kind",),
    ),
}


def count_conditions(bodies: Iterable[Body]) -> Counter[tuple[str, ...]]:
    """Count resources by kind and by each condition with its status and reason."""
    return Counter(
        (str(body["kind"]), str(c.get("type")), str(c.get("status")), str(c.get("reason")))
        for body in bodies
        for c in _conditions(body)
    )


def count_held(bodies: Iterable[Body]) -> Counter[tuple[str, ...]]:
    """Count the resources that are held back by kind and reason; one that is being deleted by why that is held."""
    held = ((body, holding_reason(body)) for body in bodies)
    return Counter((str(body["kind"]), reason) for body, reason in held if reason)


def holding_reason(body: Body) -> str:
    """Return why the changes of a resource are held back, or its deletion, which comes first; "" when neither is."""
    deletion_held = _reason(body, "DeletionHeld", "True")
    synced = _reason(body, "Synced", "False")
    return deletion_held or (synced if synced in _HOLDING_REASONS else "")


def count_drifted(bodies: Iterable[Body]) -> Counter[tuple[str, ...]]:
    """Count the resources whose drift is reported, by kind; 0 for a kind that has none."""
    counts = Counter[tuple[str, ...]]({(kind,): 0 for kind in ("EdgeHost", "PaletteCluster")})
    counts.update((str(body["kind"]),) for body in bodies if _reason(body, "Drifted", "True"))
    return counts


def count_profiles(bodies: Iterable[Body]) -> Counter[tuple[str, ...]]:
    """Count the clusters that want and that run each version of each profile."""
    pairs = Counter[tuple[str, ...]]()
    for body in bodies:
        for profile in (body.get("status") or {}).get("profiles") or ():
            for state in ("desired", "applied"):
                if version := profile.get(state):
                    pairs[str(profile.get("name")), str(version), state] += 1
    return _bounded(pairs)


def oldest_deletions_s(bodies: Iterable[Body], now: datetime) -> dict[tuple[str, ...], float]:
    """Return for each kind how long its oldest deletion has taken, in seconds; 0 without one."""
    oldest: dict[tuple[str, ...], float] = {(kind,): 0.0 for kind in PLURALS}
    for body in bodies:
        since = _moment(body["metadata"].get("deletionTimestamp"))
        if since is not None:
            kind = (str(body["kind"]),)
            oldest[kind] = max(oldest[kind], (now - since).total_seconds())
    return oldest


class ResourceMetrics(Collector):
    """Serves all of these. Before `watch`, and on a standby, there is nothing to count."""

    def __init__(self) -> None:
        self._bodies: Callable[[], Iterable[Body]] = tuple
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def watch(self, bodies: Callable[[], Iterable[Body]], now: Callable[[], datetime]) -> None:
        """Count these from now on."""
        self._bodies, self._now = bodies, now

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Return the families without samples, as registering asks for."""
        for name in _FAMILIES:
            yield _family(name, {})

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count now."""
        bodies = list(self._bodies())
        if not bodies:
            yield from self.describe()
            return
        yield _family("palette_operator_objects", count_conditions(bodies))
        yield _family("palette_operator_held", count_held(bodies))
        yield _family("palette_operator_drifted", count_drifted(bodies))
        yield _family("palette_operator_clusters_by_profile", count_profiles(bodies))
        yield _family("palette_operator_deleting_oldest_seconds", oldest_deletions_s(bodies, self._now()))


def _family(name: str, values: Mapping[tuple[str, ...], float]) -> GaugeMetricFamily:
    documentation, labels = _FAMILIES[name]
    family = GaugeMetricFamily(name, documentation, labels=labels)
    for each, value in sorted(values.items()):
        family.add_metric(each, value)
    return family


def _bounded(pairs: Counter[tuple[str, ...]]) -> Counter[tuple[str, ...]]:
    """Keep the most frequent versions, and put the rest together."""
    totals = Counter[tuple[str, ...]]()
    for (profile, version, _), count in pairs.items():
        totals[profile, version] += count
    named = {pair for pair, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))[:MAX_PROFILE_VERSIONS]}
    bounded = Counter[tuple[str, ...]]()
    for (profile, version, state), count in pairs.items():
        bounded[(profile, version, state) if (profile, version) in named else (OTHER, OTHER, state)] += count
    return bounded


def _reason(body: Body, type_: str, status: str) -> str:
    """Return the reason of a condition with this status; "" when the resource has none such."""
    found = (c for c in _conditions(body) if c.get("type") == type_ and c.get("status") == status)
    return str(next(found, {}).get("reason") or "")


def _conditions(body: Body) -> Iterable[Mapping[str, Any]]:
    return (body.get("status") or {}).get("conditions") or ()


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


RESOURCE_METRICS = ResourceMetrics()
REGISTRY.register(RESOURCE_METRICS)
