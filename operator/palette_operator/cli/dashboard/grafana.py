"""How Grafana writes a dashboard down: the JSON model of version 10, which newer versions take and bring up to date.

Source: Grafana's documentation, "Dashboard JSON model"; a test reads the result with Grafana's own types.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count
from string import ascii_uppercase
from typing import Any, TypeAlias

from palette_operator.cli.dashboard.panels import GREEN, Look, Panel, Query, Row

Json: TypeAlias = dict[str, Any]

_SCHEMA_VERSION = 38
_SCREEN = 24
_NUMBER_HIGH, _GRAPH_HIGH = 4, 8
_DATA_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_RELEASES = "palette_operator_build_info"


def dashboard(rows: Iterable[Row]) -> Json:
    """Return the dashboard as it is imported: bound to no data source, for whichever releases are chosen in it."""
    return {
        "uid": "palette-operator",
        "title": "Palette operator",
        "description": (
            "The fleet in Palette and the operator that keeps it. Made by `make generate` from "
            "operator/palette_operator/cli/dashboard."
        ),
        "tags": ["palette-operator", "kubernetes"],
        "schemaVersion": _SCHEMA_VERSION,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "",
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": list(_variables())},
        "panels": list(_placed(rows)),
    }


def _variables() -> Iterator[Json]:
    yield {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "regex": "",
        "hide": 0,
        "includeAll": False,
        "multi": False,
    }
    # Where one Prometheus is enough, nothing says which cluster; nor need a scrape configuration say which namespace.
    # All then includes none.
    yield _release_variable("cluster", _RELEASES, allValue=".*")
    yield _release_variable("namespace", f'{_RELEASES}{{cluster=~"$cluster"}}', allValue=".*")
    # All jobs are all of ours: other programs have the metrics of processes, too.
    yield _release_variable("job", f'{_RELEASES}{{cluster=~"$cluster", namespace=~"$namespace"}}')


def _release_variable(name: str, among: str, **more: object) -> Json:
    """Return a variable for the values that a label has among some series."""
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _DATA_SOURCE,
        "query": {"query": f"label_values({among}, {name})", "refId": f"{name}s"},
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "hide": 0,
        "includeAll": True,
        "multi": True,
        **more,
    }


def _placed(rows: Iterable[Row]) -> Iterator[Json]:
    """Yield titles and panels in reading order, each with its place on the screen."""
    ids, top = count(1), 0
    for row in rows:
        title = {"type": "row", "title": row.title, "collapsed": False, "panels": []}
        yield {"id": next(ids), **title, "gridPos": {"x": 0, "y": top, "w": _SCREEN, "h": 1}}
        top += 1
        width = _SCREEN // row.columns
        height = _NUMBER_HIGH if row.panels[0].look is Look.NUMBER else _GRAPH_HIGH
        for number, panel in enumerate(row.panels):
            line, column = divmod(number, row.columns)
            place = {"x": column * width, "y": top + line * height, "w": width, "h": height}
            yield {"id": next(ids), **_panel(panel), "gridPos": place}
        top += -(-len(row.panels) // row.columns) * height


def _panel(panel: Panel) -> Json:
    queries = zip(ascii_uppercase, panel.queries, strict=False)
    return {
        "title": panel.title,
        "description": panel.tells,
        "datasource": _DATA_SOURCE,
        "targets": [_target(letter, query, panel.look) for letter, query in queries],
        **_LOOKS[panel.look](panel),
    }


def _target(letter: str, query: Query, look: Look) -> Json:
    at_once = look in {Look.NUMBER, Look.TABLE}
    return {
        "refId": letter,
        "expr": query.expression,
        "legendFormat": query.legend,
        "format": "table" if look is Look.TABLE else "time_series",
        "instant": at_once,
        "range": not at_once,
    }


def _number(panel: Panel) -> Json:
    return {
        "type": "stat",
        "fieldConfig": {"defaults": _field(panel), "overrides": []},
        "options": {
            "colorMode": "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "textMode": "name" if panel.shows_legend else "value",
        },
    }


def _lines(panel: Panel) -> Json:
    stacked = panel.look is Look.AREAS
    custom = {
        "drawStyle": "line",
        "fillOpacity": 30 if stacked else 0,
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
    }
    return {
        "type": "timeseries",
        "fieldConfig": {"defaults": {**_field(panel), "min": 0, "custom": custom}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def _table(panel: Panel) -> Json:
    """Return a table with a column for each label, and one for each query, under its legend; none without one."""
    letters = [letter for letter, _ in zip(ascii_uppercase, panel.queries, strict=False)]
    # As Grafana names them: of several queries, each by its letter.
    columns = [f"Value #{letter}" for letter in letters] if len(letters) > 1 else ["Value"]
    legends = dict(zip(columns, (query.legend for query in panel.queries), strict=True))
    hidden = ["Time", *(column for column, legend in legends.items() if not legend)]
    tidied: Json = {
        "id": "organize",
        "options": {
            "excludeByName": dict.fromkeys(hidden, True),
            "indexByName": {},
            "renameByName": {column: legend for column, legend in legends.items() if legend},
        },
    }
    return {
        "type": "table",
        "fieldConfig": {"defaults": {**_field(panel), "custom": {"filterable": True}}, "overrides": []},
        "options": {"showHeader": True, "cellHeight": "sm"},
        "transformations": [*([{"id": "merge", "options": {}}] if len(letters) > 1 else []), tidied],
    }


_LOOKS = {Look.NUMBER: _number, Look.LINES: _lines, Look.AREAS: _lines, Look.TABLE: _table}


def _field(panel: Panel) -> Json:
    bounds = [(bound.value, bound.colour) for bound in panel.bounds]
    # Grafana has the first colour hold from minus infinity on.
    first = [] if bounds and bounds[0][0] == 0 else [(0.0, GREEN)]
    steps = [{"color": colour, "value": value} for value, colour in first + bounds]
    steps[0]["value"] = None
    field: Json = {
        "unit": panel.unit,
        "color": {"mode": "thresholds" if panel.look is Look.NUMBER else "palette-classic"},
        "thresholds": {"mode": "absolute", "steps": steps},
    }
    if panel.unit == "short":
        field["decimals"] = 0
    if panel.when_empty:
        field["noValue"] = panel.when_empty
    return field
