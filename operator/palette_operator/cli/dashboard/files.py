"""The dashboard's file, for people who import it, and the chart's copy of it."""

from __future__ import annotations

import json
from pathlib import Path

from palette_operator.cli.dashboard import glance, operation, palette, resources
from palette_operator.cli.dashboard.grafana import dashboard

ROWS = (
    glance.GLANCE,
    resources.FLEET,
    resources.ROLLOUTS,
    resources.HELD,
    palette.REQUESTS,
    palette.LOOKS,
    palette.HOSTS,
    operation.WORK,
    operation.REPLICAS,
)


def dashboard_files() -> dict[Path, str]:
    """Return the dashboard by its path from the repository's root: a chart can only read what is inside of it."""
    text = json.dumps(dashboard(ROWS), indent=2) + "\n"
    paths = ("deploy/dashboards/palette-operator.json", "deploy/helm/palette-operator/files/dashboard.json")
    return {Path(path): text for path in paths}
