"""The PromQL that panels have in common.

A standby tells nothing of the fleet. After a takeover, until the replica that led before is scraped again, both are
heard of: what the leader alone knows is therefore taken once per release, and never added up over replicas.
"""

from __future__ import annotations

_CHOSEN = ('cluster=~"$cluster"', 'namespace=~"$namespace"', 'job=~"$job"')
# By which labels the replicas of one release differ.
_REPLICA = "instance, node, pod"


def each(metric: str, *matchers: str) -> str:
    """Select a metric of the releases that are chosen, of each replica."""
    return f"{metric}{{{', '.join((*matchers, *_CHOSEN))}}}"


def told(metric: str, *matchers: str) -> str:
    """Select a gauge of which the leader alone knows the value."""
    return f"max without ({_REPLICA}) ({each(metric, *matchers)})"


def total(expression: str, *labels: str) -> str:
    """Add up, by labels."""
    return f"sum{_by(labels)}({expression})"


def largest(expression: str, *labels: str) -> str:
    """Take the largest, by labels."""
    return f"max{_by(labels)}({expression})"


def per_second(counter: str, *matchers: str) -> str:
    """Return by how much a counter grows each second."""
    return f"rate({each(counter, *matchers)}[$__rate_interval])"


def last_hour(counter: str, *matchers: str) -> str:
    """Return by how much a counter has grown within an hour."""
    return f"increase({each(counter, *matchers)}[1h])"


def quantile(of: float, histogram: str, *labels: str, window: str = "$__rate_interval") -> str:
    """Return a quantile of what a histogram observed within the window; nothing where it observed nothing."""
    buckets = f"rate({each(f'{histogram}_bucket')}[{window}])"
    return f"histogram_quantile({of}, {total(buckets, 'le', *labels)}) >= 0"


def or_zero(expression: str) -> str:
    """Return 0 where a sum of everything has nothing to add up."""
    return f"{expression} or vector(0)"


def or_none(expression: str, label: str) -> str:
    """Return one 0, called `none` by this label, where there is nothing: none is known, which is not "No data"."""
    return f'{expression} or on () label_replace(vector(0), "{label}", "none", "", "")'


def _by(labels: tuple[str, ...]) -> str:
    return f" by ({', '.join(labels)}) " if labels else ""
