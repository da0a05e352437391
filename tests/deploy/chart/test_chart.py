"""The chart as a whole: Helm finds nothing to say against it, and it is the operator's version."""

from __future__ import annotations

import helm_python
import pytest
import yaml

from palette_operator import __version__
from support.chart import CHART, rendered


def test_chart_and_operator_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))

    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_without_an_operator_id_it_says_which_value_is_missing_and_why() -> None:
    with pytest.raises(helm_python.HelmRenderError, match="operatorId is required: choose one"):
        rendered({"operatorId": ""})
