"""The chart as a whole: it is the operator's version, and asks for what it cannot know."""

from __future__ import annotations

import re

import helm_python
import pytest
import yaml

from palette_operator import __version__
from support.chart import CHART, rendered

ROOT = CHART.parents[2]
PAGES = [ROOT / "README.md", CHART / "README.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]


def test_chart_and_operator_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))

    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_without_an_operator_id_it_says_which_value_is_missing_and_why() -> None:
    with pytest.raises(helm_python.HelmRenderError, match="operatorId is required: choose one"):
        rendered({"operatorId": ""})


def test_each_command_that_installs_it_says_where_the_image_is() -> None:
    texts = [page.read_text(encoding="utf-8").replace("\\\n", " ") for page in PAGES]
    commands = [command for text in texts for command in re.findall(r"helm install palette-operator .*", text)]

    assert len(commands) >= 4
    for command in commands:
        assert "image.repository=registry.example.com/" in command or "--values values.yaml" in command


def test_the_values_that_the_install_page_writes_say_it_too() -> None:
    page = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```yaml\n# values\.yaml\n(.*?)```", page, re.DOTALL)

    assert yaml.safe_load(block)["image"]["repository"] == "registry.example.com/palette-operator"
