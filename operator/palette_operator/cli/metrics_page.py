"""The reference page of the metrics: from the collectors that /metrics is served from, so that none is forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from prometheus_client import REGISTRY, Histogram
from prometheus_client.registry import Collector, CollectorRegistry

import palette_operator.app  # noqa: F401 - whatever the operator serves is registered when this is imported
from palette_operator import telemetry
from palette_operator.domain.resources import KINDS
from palette_operator.palette import metrics
from palette_operator.reconcile.host_metrics import HEALTHS, OFFLINE_FOR, STATES
from palette_operator.reconcile.resource_metrics import MAX_PROFILE_VERSIONS, OTHER

_ABOUT = """\
What each replica serves on `/metrics`: port 8080 in the chart, `--metrics-port` elsewhere. Only the replica that leads
looks at resources and talks to Palette, so all but the process's own is told by that one, or is 0. Add up, or take the
maximum, over the replicas of one operator (`by (cluster, namespace, job)`); then a new leader changes nothing.

No label names a cluster or a host, so the number of series does not grow with the fleet. A histogram is served as
`_bucket`, `_sum` and `_count`. A counter whose labels are known beforehand is there from 0 on: Prometheus sees no
increase in one that begins with 1."""

_LABELS = "What a label may say. The same word may mean another thing on another metric."

_PROCESS = "What the client library tells on Linux of each replica's process."


@dataclass(frozen=True, slots=True)
class Group:
    """Metrics that tell of one thing, by how their names begin; the longest beginning counts."""

    title: str
    about: str
    begins: tuple[str, ...]


GROUPS = (
    Group("The operator", "How the work goes.", ("palette_operator_",)),
    Group(
        "Resources",
        "Counted from what their statuses say, at each scrape.",
        tuple(
            f"palette_operator_{name}" for name in ("objects", "held", "drifted", "clusters_by_profile", "deleting_")
        ),
    ),
    Group(
        "Edge hosts",
        "EdgeHosts, counted at each scrape; and the traffic with those that are reached through their own API.",
        ("palette_edge_", "palette_local_"),
    ),
    Group(
        "Palette's API",
        "Requests, [the limiter](../explanation/rate-limits.md) and credentials.",
        ("palette_api_", "palette_limiter_", "palette_credential_"),
    ),
    Group("The fleet", "How Palette is [looked at](../explanation/looking-at-the-fleet.md).", ("palette_fleet_",)),
)


@dataclass(frozen=True, slots=True)
class Label:
    """What a label may say, on the metrics whose names begin so."""

    name: str
    on: str
    values: str


def _words(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


_REMOTE = "`none` before Palette has said one, `other` for one that is not known here"
LABELS = (
    Label("code", "palette_", "the status of the answer, such as `200`; `none` when no answer came"),
    Label("condition", "palette_", "the type of a [condition](conditions.md)"),
    Label("connection", "palette_", "the name of a PaletteConnection"),
    Label("fleet", "palette_", "`CONNECTION/PROJECT`; `CONNECTION/*` where one listing serves the whole tenant"),
    Label("for", "palette_", _words(OFFLINE_FOR)),
    Label("group", "palette_", "`spec.rateLimit.group` of the connections, else their endpoint"),
    Label("health", "palette_", f"{_words(HEALTHS)}; {_REMOTE}"),
    Label("kind", "palette_", _words(kind.kind for kind in KINDS)),
    Label("method", "palette_", "of HTTP"),
    Label("outcome", "palette_fleet_", _words(get_args(metrics.PassOutcome))),
    Label("outcome", "palette_operator_", _words(get_args(telemetry.Outcome))),
    Label("path", "palette_api_", "a template of [Palette's operations](palette-operations.md)"),
    Label("path", "palette_edge_", "a template of [the operations of edge hosts](edge-operations.md)"),
    Label(
        "prefix", "palette_", "a prefix that has [a limit of its own](palette-operations.md), such as `/v1/edgehosts`"
    ),
    Label(
        "profile",
        "palette_",
        f"the name of a cluster profile; `{OTHER}` for all but the {MAX_PROFILE_VERSIONS} versions most in use",
    ),
    Label("reach", "palette_", _words(("answering", "silent"))),
    Label("reason", "palette_", "a [reason](conditions.md)"),
    Label("sign", "palette_", _words(("announced", "missing"))),
    Label("state", "palette_edge_", f"{_words(STATES)}; {_REMOTE}"),
    Label("state", "palette_operator_", _words(("desired", "applied"))),
    Label("status", "palette_", _words(("True", "False", "Unknown"))),
    Label("version", "palette_operator_build", "of the operator"),
    Label("version", "palette_operator_clusters", f"of the profile, or `{OTHER}`"),
    Label("why", "palette_fleet_fallbacks", _words(get_args(metrics.WhyNotTenantWide))),
    Label("why", "palette_fleet_short", _words(get_args(metrics.WhyNotShort))),
)

# On other systems the library tells less, and the page should be the same everywhere.
PROCESS = (
    ("process_cpu_seconds_total", "counter", "seconds", "CPU time used."),
    ("process_max_fds", "gauge", "", "How many files and connections may be open."),
    ("process_open_fds", "gauge", "", "How many are."),
    ("process_resident_memory_bytes", "gauge", "bytes", "Memory in use."),
    ("process_start_time_seconds", "gauge", "seconds since 1970", "When the process began."),
    ("process_virtual_memory_bytes", "gauge", "bytes", "Memory that is mapped."),
    ("python_gc_collections_total", "counter", "", "Rounds of the garbage collector, by `generation`."),
    ("python_gc_objects_collected_total", "counter", "", "What it found, by `generation`."),
    ("python_gc_objects_uncollectable_total", "counter", "", "What of that it could not remove, by `generation`."),
    ("python_info", "gauge", "", "1, with the version of Python."),
)
_UNITS = {"_timestamp_seconds": "seconds since 1970", "_seconds": "seconds", "_per_second": "requests a second"}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, as it is served."""

    name: str
    type: str
    labels: tuple[str, ...]
    help: str
    buckets: tuple[float, ...] = ()

    @property
    def unit(self) -> str:
        """The unit that the name ends with; "" for what is counted."""
        return next((unit for suffix, unit in _UNITS.items() if self.name.endswith(suffix)), "")


class Unplaced(Exception):
    """A metric belongs to no group, or a label of it is not described."""


def metrics_page() -> str:
    """Return the page as Markdown; the same every time. Raises Unplaced."""
    own = own_metrics()
    sections = ["<!-- Generated by `make generate`; do not edit. -->", "# Metrics", _ABOUT]
    for group in GROUPS:
        members = [metric for metric in own if group_of(metric) is group]
        rows = [(f"`{m.name}`", m.type, _words(m.labels), m.unit, _meaning(m)) for m in members]
        sections += [f"## {group.title}", group.about, _table(("metric", "type", "labels", "unit", ""), rows)]
    process = [(f"`{name}`", *cells) for name, *cells in PROCESS]
    sections += ["## The process", _PROCESS, _table(("metric", "type", "unit", ""), process)]
    labels = [(f"`{label.name}`", _on(label), label.values) for label in LABELS]
    sections += ["## Labels", _LABELS, _table(("label", "on", ""), labels)]
    return "\n\n".join(sections) + "\n"


def own_metrics(registry: CollectorRegistry = REGISTRY) -> list[Metric]:
    """Return every metric that is served, by name, but for the process's own."""
    found = [metric for collector in registry._collector_to_names for metric in _told_by(collector)]
    return sorted((m for m in found if not m.name.startswith(("process_", "python_"))), key=lambda m: m.name)


def group_of(metric: Metric) -> Group:
    """Return the group that a metric belongs to. Raises Unplaced."""
    fitting = [(len(begin), group) for group in GROUPS for begin in group.begins if metric.name.startswith(begin)]
    if not fitting:
        raise Unplaced(f"metric {metric.name} begins like none of the groups of metrics_page.py")
    return max(fitting, key=lambda found: found[0])[1]


def _told_by(collector: Collector) -> Iterator[Metric]:
    """Yield the metrics of a collector. The library keeps the names of labels and the buckets to itself."""
    describe = getattr(collector, "describe", collector.collect)
    for family in describe():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels: tuple[str, ...] = getattr(collector, "_labelnames", ()) or getattr(family, "_labelnames", ())
        bounds = collector._upper_bounds[:-1] if isinstance(collector, Histogram) else ()
        yield Metric(name, family.type, labels, family.documentation, tuple(bounds))


def _meaning(metric: Metric) -> str:
    for label in metric.labels:
        if not any(known.name == label and metric.name.startswith(known.on) for known in LABELS):
            raise Unplaced(f"label {label} of metric {metric.name} is not described in metrics_page.py")
    buckets = f" Buckets: {', '.join(f'{bound:g}' for bound in metric.buckets)}." if metric.buckets else ""
    return metric.help + buckets


def _on(label: Label) -> str:
    return "" if label.on == "palette_" else f"`{label.on}...`"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("".join(f"| {cell} " if cell else "| " for cell in cells) + "|" for cells in lines)
