"""The metrics that the operator serves, and what of them a query asks for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import promql_parser as promql

from palette_operator.cli.metrics_page import PROCESS, own_metrics

# Those by which Prometheus tells targets apart.
TARGET_LABELS = frozenset({"cluster", "namespace", "job", "instance", "node", "pod"})


@dataclass(frozen=True, slots=True)
class Sample:
    """What is served under a name."""

    metric: str
    """What it belongs to: a histogram is served under several names."""
    labels: frozenset[str]


def served() -> dict[str, Sample]:
    """Return every sample that the operator serves, by its name."""
    found = {name: Sample(name, frozenset()) for name, *_ in PROCESS}
    for metric in own_metrics():
        labels = frozenset(metric.labels)
        if metric.type == "histogram":
            found[f"{metric.name}_bucket"] = Sample(metric.name, labels | {"le"})
            found |= {f"{metric.name}_{part}": Sample(metric.name, labels) for part in ("sum", "count")}
        else:
            found[metric.name] = Sample(metric.name, labels)
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """What a query asks for: a metric, by labels that it must have."""

    metric: str
    labels: frozenset[str]


def asked(query: str) -> list[Asked]:
    """Return every metric that a query names, each with the labels that it is selected or grouped by.

    Raises ValueError for what is no PromQL.
    """
    return list(_asked(promql.parse(query), frozenset()))


def _asked(node: Any, grouped_by: frozenset[str]) -> Iterator[Asked]:  # noqa: ANN401 - a node of the parser's tree
    match node:
        case promql.VectorSelector():
            matched = {matcher.name for matcher in node.matchers.matchers}
            yield Asked(node.name, grouped_by | matched)
        case promql.MatrixSelector():
            yield from _asked(node.vector_selector, grouped_by)
        case promql.AggregateExpr():
            # What is grouped by is asked of what is inside; an outer group's labels must have come through this one.
            by = node.modifier is not None and node.modifier.type == promql.AggModifierType.By
            inner = frozenset(node.modifier.labels) if by else grouped_by
            if by and not grouped_by <= inner:
                raise ValueError(f"{sorted(grouped_by - inner)} is lost in {node}")
            yield from _asked(node.expr, inner)
        case promql.Call():
            given = frozenset({"le"}) if node.func.name == "histogram_quantile" else frozenset()
            for argument in node.args:
                yield from _asked(argument, grouped_by | given)
        case promql.BinaryExpr():
            yield from _asked(node.lhs, grouped_by)
            yield from _asked(node.rhs, grouped_by)
        case promql.ParenExpr() | promql.UnaryExpr() | promql.SubqueryExpr():
            yield from _asked(node.expr, grouped_by)
        case promql.NumberLiteral() | promql.StringLiteral():
            return
        case _:
            raise ValueError(f"unknown to this reading: {node}")
