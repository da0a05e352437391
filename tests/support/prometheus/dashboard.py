"""The dashboard as Grafana uses it: variables filled in, each query of each panel run as that panel does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.prometheus.server import SCRAPE_EVERY_S, PrometheusServer, Series

DASHBOARD = Path(__file__).parents[3] / "deploy" / "dashboards" / "palette-operator.json"
Panel = dict[str, Any]

_LABEL_VALUES = re.compile(r"label_values\((?P<selector>.+), (?P<label>\w+)\)")


@dataclass(frozen=True, slots=True)
class Shown:
    """What one query of a panel shows."""

    panel: Panel
    query: str
    series: list[Series]

    @property
    def is_empty(self) -> bool:
        """Whether there is no number at all, not even 0."""
        return not any(series.values for series in self.series)

    @property
    def is_zero(self) -> bool:
        """Whether there are numbers, and each is 0."""
        return not self.is_empty and not any(any(series.values) for series in self.series)


def load() -> dict[str, Any]:
    """Return the dashboard that ships."""
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return dashboard


def panels(dashboard: Mapping[str, Any]) -> Iterator[Panel]:
    """Yield every panel but the titles of rows."""
    yield from (panel for panel in dashboard["panels"] if panel["type"] != "row")


def queries(dashboard: Mapping[str, Any]) -> Iterator[tuple[Panel, str]]:
    """Yield every panel with each of its queries."""
    yield from ((panel, target["expr"]) for panel in panels(dashboard) for target in panel["targets"])


def filled_in(text: str, variables: Mapping[str, str]) -> str:
    """Return a query with the values of its variables; raises KeyError for one that nobody defines."""
    return re.sub(r"\$(\w+)", lambda found: variables[found[1]], text)


async def variables(dashboard: Mapping[str, Any], server: PrometheusServer) -> dict[str, str]:
    """Return what stands for each variable while `All` is chosen."""
    chosen = {"__rate_interval": f"{4 * SCRAPE_EVERY_S}s"}
    for variable in dashboard["templating"]["list"]:
        if variable["type"] != "query":
            continue
        asked = _LABEL_VALUES.fullmatch(variable["query"]["query"])
        assert asked, variable["query"]
        found = await server.label_values(filled_in(asked["selector"], chosen), asked["label"])
        chosen[variable["name"]] = variable.get("allValue") or f"({'|'.join(found)})"
    return chosen


async def shown(dashboard: Mapping[str, Any], server: PrometheusServer, at: float) -> list[Shown]:
    """Return what every query shows at a moment: numbers and tables as they are, lines since the server started."""
    chosen = await variables(dashboard, server)
    found = []
    for panel, query in queries(dashboard):
        ask = server.instant if panel["targets"][0]["instant"] else server.since_the_start
        found.append(Shown(panel, query, await ask(filled_in(query, chosen), at)))
    return found


def says_why(panel: Panel) -> bool:
    """Whether a panel has words for when it is empty."""
    return bool(panel["fieldConfig"]["defaults"].get("noValue"))
