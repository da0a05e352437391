"""The shape of the repository, where a mistake would only show elsewhere."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("palette_operator", "palette_sim")


def test_the_source_root_is_no_package() -> None:
    """`operator/__init__.py` would shadow the standard library's `operator` for whatever runs from the root."""
    assert (ROOT / "operator").is_dir()
    assert not (ROOT / "operator" / "__init__.py").exists()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_what_it_is_for(package: str) -> None:
    folders = [path.parent for path in (ROOT / "operator" / package).rglob("*.py")]
    silent = [
        str(folder.relative_to(ROOT))
        for folder in sorted(set(folders))
        if not (folder / "__init__.py").is_file()
        or not (folder / "__init__.py").read_text().lstrip().startswith(('"""', 'r"""'))
    ]
    assert silent == []


@pytest.mark.parametrize("lock", ["run.lock", "dev.lock"])
def test_locked_dependencies_have_hashes_and_name_no_index(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text()
    pinned = [line for line in text.splitlines() if "==" in line]
    assert pinned
    assert all(line.rstrip().endswith("\\") for line in pinned), "each pin is followed by its hashes"
    assert "://" not in text
    assert "index-url" not in text
