"""Every query of the dashboard is PromQL, and asks for metrics and labels that the operator serves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from palette_operator.cli.dashboard import files
from palette_operator.cli.dashboard.panels import Panel, Query
from support.prometheus.dashboard import filled_in
from support.prometheus.promql import selectors, served, strangers

_CHOSEN = {"cluster": ".*", "namespace": ".*", "job": "palette-operator", "__rate_interval": "1m"}
_GROUPED_BY = re.compile(r"\bby \(([\w, ]+)\)")
_IN_LEGEND = re.compile(r"\{\{(\w+)\}\}")


def _panels() -> Iterator[Panel]:
    for row in files.ROWS:
        yield from row.panels


QUERIES = {f"{panel.title}: {query.legend or 'its query'}": query for panel in _panels() for query in panel.queries}
each_query = pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)


def asked(query: Query) -> str:
    return filled_in(query.expression, _CHOSEN)


@each_query
def test_a_query_names_metrics_and_labels_that_are_there(query: Query) -> None:
    assert selectors(asked(query))
    assert strangers(asked(query)) == []


@each_query
def test_a_query_is_about_the_operators_that_are_chosen_alone(query: Query) -> None:
    """Other programs have the metrics of processes, too."""
    for selector in selectors(asked(query)):
        assert {"cluster", "namespace", "job"} <= selector.labels, selector.metric


@each_query
def test_a_legend_names_labels_that_the_query_keeps(query: Query) -> None:
    kept = {label for labels in _GROUPED_BY.findall(query.expression) for label in labels.split(", ")}

    assert set(_IN_LEGEND.findall(query.legend)) <= kept


def test_every_metric_of_ours_is_in_some_panel() -> None:
    known = served()
    used = {known[selector.metric].metric for query in QUERIES.values() for selector in selectors(asked(query))}

    assert {series.metric for name, series in known.items() if name.startswith("palette_")} - used == set()
