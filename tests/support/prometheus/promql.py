"""What queries ask for, read by a parser of PromQL: the metrics that they name, and what they ask of labels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import promql_parser as promql

from palette_operator.cli.metrics_page import PROCESS, own_metrics

_FENCE = re.compile(r"^```promql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_TARGETS = frozenset({"cluster", "namespace", "job", "instance", "node", "pod"})
"""Labels that Prometheus adds when it scrapes."""
_OF_PROMETHEUS = frozenset({"up"})


@dataclass(frozen=True, slots=True)
class Selector:
    """One metric in a query, and what is asked of its labels."""

    metric: str
    matchers: tuple[tuple[str, str], ...]
    """The labels that are matched, with what."""
    grouped_by: frozenset[str]
    """The labels that must be left of it where it is grouped, or brought together with another."""

    @property
    def labels(self) -> frozenset[str]:
        """Every label that it must have."""
        return self.grouped_by | {label for label, _ in self.matchers}


@dataclass(frozen=True, slots=True)
class Served:
    """A series that the operator serves."""

    metric: str
    """What it belongs to: a histogram is served as several."""
    labels: frozenset[str]


def selectors(query: str) -> list[Selector]:
    """Return each metric that a query names; raises ValueError for what is no PromQL."""
    return list(_selectors(promql.parse(query), frozenset()))


def strangers(query: str) -> list[str]:
    """Return what a query asks for that the operator does not serve: metrics, and labels on these.

    What rules record is theirs, and not looked at.
    """
    known, odd = served(), []
    for selector in selectors(query):
        if ":" in selector.metric or selector.metric in _OF_PROMETHEUS:
            continue
        if selector.metric not in known:
            odd.append(selector.metric)
            continue
        unknown = selector.labels - known[selector.metric].labels - OF_TARGETS
        odd += [f"{selector.metric}{{{label}}}" for label in sorted(unknown)]
    return odd


def served() -> dict[str, Served]:
    """Return every series that the operator serves, by its name."""
    found = {name: Served(name, frozenset()) for name, *_ in PROCESS}
    for metric in own_metrics():
        labels = frozenset(metric.labels)
        if metric.type == "histogram":
            found[f"{metric.name}_bucket"] = Served(metric.name, labels | {"le"})
            found |= {f"{metric.name}_{part}": Served(metric.name, labels) for part in ("sum", "count")}
        else:
            found[metric.name] = Served(metric.name, labels)
    return found


def queries_in(page: Path) -> list[str]:
    """Return every block of PromQL of a page; each block is one query."""
    return [block.strip() for block in _FENCE.findall(page.read_text(encoding="utf-8"))]


def _selectors(node: Any, needed: frozenset[str]) -> Iterator[Selector]:  # noqa: ANN401 - of the parser's tree
    """Yield the selectors below a node, of which these labels must be left."""
    match node:
        case promql.VectorSelector():
            matchers = tuple((matcher.name, matcher.value) for matcher in node.matchers.matchers)
            yield Selector(node.name, matchers, needed)
        case promql.MatrixSelector():
            yield from _selectors(node.vector_selector, needed)
        case promql.AggregateExpr():
            yield from _selectors(node.expr, _needed_of_a_group(node, needed))
        case promql.Call():
            bounds = frozenset({"le"} if node.func.name == "histogram_quantile" else ())
            for argument in node.args:
                yield from _selectors(argument, needed | bounds)
        case promql.BinaryExpr():
            needed |= _brought_together_by(node)
            yield from _selectors(node.lhs, needed)
            yield from _selectors(node.rhs, needed)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _selectors(node.expr, needed)
        case promql.NumberLiteral() | promql.StringLiteral():
            return
        case _:
            raise ValueError(f"unknown to this reading: {node}")


def _needed_of_a_group(group: promql.AggregateExpr, needed: frozenset[str]) -> frozenset[str]:
    """Return the labels that must be left within a group; raises ValueError when it loses one that is needed."""
    modifier = group.modifier
    if modifier is not None and modifier.type == promql.AggModifierType.Without:
        kept = needed - set(modifier.labels)
        inner = needed
    else:
        inner = frozenset(modifier.labels if modifier else ())
        kept = needed & inner
    if kept != needed:
        raise ValueError(f"{', '.join(sorted(needed - kept))} is lost in {group.prettify()}")
    return inner


def _brought_together_by(node: promql.BinaryExpr) -> frozenset[str]:
    matching = node.modifier.matching if node.modifier else None
    if matching is None or matching.type != promql.LabelModifierType.Include:
        return frozenset()
    return frozenset(matching.labels)
