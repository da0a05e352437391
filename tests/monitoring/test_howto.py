"""What the how-to on monitoring has its reader write and ask is what Prometheus takes, and what is there."""

from __future__ import annotations

import subprocess
from pathlib import Path

from support.howto import ROOT, SavedFile, read_page
from support.prometheus.provide import Prometheus

PAGE = (ROOT / "docs" / "how-to" / "monitoring.md").read_text(encoding="utf-8")


def test_its_scrape_configuration_is_taken_as_it_stands(prometheus: Prometheus, tmp_path: Path) -> None:
    (file,) = [step for step in read_page(PAGE) if isinstance(step, SavedFile) and step.name == "prometheus.yml"]
    (tmp_path / file.name).write_text(file.content, encoding="utf-8")
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")

    checked = subprocess.run(
        [prometheus.promtool, "check", "config", tmp_path / file.name], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stderr
