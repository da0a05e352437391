"""What queries ask for: the metrics that they name, and what they ask of labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from palette_operator.cli.metrics_page import own_metrics

# Not preceded by a colon: `cluster_namespace_job:palette_edge_hosts:sum` is a rule's, not the operator's.
_SELECTOR = re.compile(r"(?<![:\w])(palette_\w+)(?![:\w])(?:\s*\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)")
_FENCE = re.compile(r"^```promql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OF_TARGETS = frozenset({"cluster", "namespace", "job", "instance", "pod", "le"})
"""Labels that Prometheus adds when it scrapes, and that of buckets."""


@dataclass(frozen=True, slots=True)
class Selector:
    """One metric in a query, and the labels that are matched with what."""

    metric: str
    matchers: tuple[tuple[str, str, str], ...]


def selectors(query: str) -> Iterator[Selector]:
    """Yield each metric of the operator that a query names."""
    for metric, matchers in _SELECTOR.findall(query):
        yield Selector(metric, tuple(_MATCHER.findall(matchers)))


def strangers(query: str) -> list[str]:
    """Return what a query asks for that the operator does not serve: metrics, and labels on these."""
    known = served_labels()
    found = list(selectors(query))
    labels = set().union(*(known.get(selector.metric, set()) for selector in found)) | _OF_TARGETS
    grouped = {name.strip() for names in _GROUPING.findall(query) for name in names.split(",")} - {""}
    return [
        *(selector.metric for selector in found if selector.metric not in known),
        *(
            f"{selector.metric}{{{label}}}"
            for selector in found
            for label, _, _ in selector.matchers
            if label not in known.get(selector.metric, set()) | _OF_TARGETS
        ),
        *sorted(f"by ({label})" for label in grouped - labels),
    ]


def served_labels() -> dict[str, set[str]]:
    """Return the labels of every series that the operator serves, by its name."""
    found: dict[str, set[str]] = {}
    for metric in own_metrics():
        parts = ("_bucket", "_sum", "_count") if metric.type == "histogram" else ("",)
        found |= {metric.name + part: set(metric.labels) for part in parts}
    return found


def queries_in(page: Path) -> list[str]:
    """Return every block of PromQL of a page; each block is one query."""
    return [block.strip() for block in _FENCE.findall(page.read_text(encoding="utf-8"))]
