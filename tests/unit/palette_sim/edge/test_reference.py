"""The reference page names everything that there is."""

import re
from pathlib import Path

import pytest

from palette_sim.edge.config import SiteConfig
from palette_sim.edge.routes.table import ENDPOINTS

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "operator" / "palette_sim" / "edge"
PAGE = (ROOT / "docs" / "reference" / "simulated-edge-hosts.md").read_text(encoding="utf-8")
CODE = re.compile(r'(?:broken|ApiError)\((?:\s*\d+,)?\s*"(\w+)"')
# Of what is not there to be read, and of one state: the page tells of these in words.
_IN_WORDS = {"LinkNotFound", "ContentNotFound", "SigningKeyNotFound"}

NAMES = {
    "code": {code for source in FOLDER.rglob("*.py") for code in CODE.findall(source.read_text())} - _IN_WORDS,
    "end of a path": {path.rsplit("/", 1)[1] for _, path in ENDPOINTS},
    "option": {
        "--" + option.replace("_", "-")
        for option in re.findall(r"^    (\w+): Annotated\[", (FOLDER / "cli.py").read_text(), re.MULTILINE)
    },
    "choice": {name for name in SiteConfig.model_fields if name.endswith("_status")} | {"kubeconfig"},
}


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in sorted(names)])
def test_the_page_names_every(kind: str, name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", PAGE), f"{kind} {name}"
