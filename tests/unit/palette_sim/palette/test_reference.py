"""The reference page names everything that there is."""

import re
from pathlib import Path

import pytest

from palette_sim.palette.admin import ENDPOINTS as ADMIN_ENDPOINTS
from palette_sim.palette.config import Durations, LimitReading
from palette_sim.palette.server import ENDPOINTS

ROOT = Path(__file__).parents[4]
SOURCES = (ROOT / "operator" / "palette_sim" / "palette").rglob("*.py")
PAGE = (ROOT / "docs" / "reference" / "simulated-palette.md").read_text(encoding="utf-8")

CODES = {code for source in SOURCES for code in re.findall(r'(?:Refused|Problem)\(\s*"(\w+)"', source.read_text())}
LAST_SEGMENTS = {path.rsplit("/", 1)[1] for _, path in [*ENDPOINTS, *ADMIN_ENDPOINTS] if not path.endswith("}")}
CLI = (ROOT / "operator" / "palette_sim" / "palette" / "cli.py").read_text(encoding="utf-8")
OPTIONS = set(re.findall(r"^    (\w+): Annotated\[", CLI, re.MULTILINE))

NAMES = {
    "code": CODES - {"ClusterNotComingUp"},  # of the admin API alone
    "setting": set(Durations.model_fields),
    "reading of the limits": {reading.value for reading in LimitReading},
    "end of a path": LAST_SEGMENTS,
    "option": {"--" + option.replace("_", "-") for option in OPTIONS},
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in sorted(names)])
def test_the_page_names_every(kind: str, name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", PAGE), f"{kind} {name}"
