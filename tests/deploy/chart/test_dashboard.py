"""The dashboard that the chart brings: found by Grafana's sidecar, and the one that is imported by hand."""

from __future__ import annotations

import json

from support.chart import rendered, the
from support.chart_values import VALUE_SETS
from support.prometheus.dashboard import load


def test_it_is_the_dashboard_that_is_imported_by_hand() -> None:
    config_map = the(rendered(VALUE_SETS["with a dashboard"]), "ConfigMap", "palette-operator-dashboard")

    assert {name: json.loads(text) for name, text in config_map["data"].items()} == {"palette-operator.json": load()}
    assert config_map["metadata"]["namespace"] == "palette-system"
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_it_goes_where_and_is_labelled_as_the_sidecar_wants_it() -> None:
    values = VALUE_SETS["with a dashboard in another namespace"]
    metadata = the(rendered(values), "ConfigMap", "palette-operator-dashboard")["metadata"]

    assert metadata["namespace"] == "monitoring"
    assert metadata["annotations"] == {"grafana_folder": "Palette"}
    assert (metadata["labels"]["dashboards"], metadata["labels"].get("grafana_dashboard")) == ("grafana", None)
