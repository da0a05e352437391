"""Every generated file of the chart, by its path from the repository's root."""

from __future__ import annotations

import json
from pathlib import Path

from palette_operator.cli.chart.readme import with_values_table
from palette_operator.cli.chart.schema import with_connection_spec

_CHART = Path("deploy/helm/palette-operator")


def chart_files(root: Path) -> dict[Path, str]:
    """Return the content of the chart's README.md and values.schema.json, as they must be.

    Of both, only a part is generated: the rest, like values.yaml, is taken from where it stands under `root`.
    """
    readme, values, schema = (
        (root / _CHART / name).read_text(encoding="utf-8")
        for name in ("README.md", "values.yaml", "values.schema.json")
    )
    whole_schema = with_connection_spec(json.loads(schema))
    return {
        _CHART / "README.md": with_values_table(readme, values, whole_schema),
        _CHART / "values.schema.json": json.dumps(whole_schema, indent=2) + "\n",
    }
