"""What the Dockerfile's steps leave: built here without a container engine, on this Python in place of the image's.

Not a part of `make test`, since it installs everything anew: `make image-check`.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from palette_operator import __version__
from support.container_image import BuiltImage, build_image
from support.dockerfile import ROOT

_BUILD_TOOLS = ("pip", "ensurepip", "setuptools", "wheel", "hatchling", "build", "virtualenv", "uv")
_UNCHECKED_HASH = 1  # PEP 552


@pytest.fixture(scope="module")
def image() -> Iterator[BuiltImage]:
    """The image's root file system, which nobody may write to; its folder can be entered by everybody."""
    if "deb_system" in sysconfig.get_scheme_names():
        pytest.skip("Debian's own Python looks for packages elsewhere than that of the image")
    folder = Path(tempfile.mkdtemp(prefix="image-"))
    try:
        folder.chmod(0o755)
        built = build_image(folder)
        for path in _all(built.root):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode & ~0o222)
        yield built
    finally:
        for path in [folder, *folder.rglob("*")]:
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder)


def _all(root: Path) -> list[Path]:
    return [root, *sorted(root.rglob("*"))]


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["doctor", "--help"]], ids=" ".join)
def test_the_entry_point_runs_with_nothing_but_the_image(image: BuiltImage, arguments: list[str]) -> None:
    ran = image.run(*arguments)

    assert (ran.returncode, ran.stderr[-3000:]) == (0, "")
    assert "palette-operator" in ran.stdout


def test_it_is_the_version_of_the_checkout(image: BuiltImage) -> None:
    assert image.run("--version").stdout == f"{__version__}\n"


def test_the_default_command_comes_as_far_as_to_the_cluster_that_is_not_there(image: BuiltImage) -> None:
    ran = image.run(*image.stage.last("CMD").words, "--operator-id", "emea", "--metrics-port", "0")

    assert ran.returncode == 1
    assert "cannot start" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr


def test_the_command_is_on_the_path_for_kubectl_exec(image: BuiltImage) -> None:
    assert shutil.which("palette-operator", path=image.environment["PATH"]) == image.mapped(
        image.stage.last("ENTRYPOINT").words[0]
    )


def test_nothing_of_the_build_is_left(image: BuiltImage) -> None:
    top = {path.name for path in image.root.iterdir()} | {path.name for path in (image.root / "opt").iterdir()}
    names = "|".join(_BUILD_TOOLS)
    tools = re.compile(rf"({names})([\d.]*|-[\d.]+\.dist-info)")
    left = [path for path in _all(image.root) if tools.fullmatch(path.name) and "wsgiref" not in path.parts]

    assert top == {"usr", "opt", "palette-operator"}
    assert [str(path.relative_to(image.root)) for path in left] == []


def test_what_is_installed_is_what_the_lock_says_and_the_operator(image: BuiltImage) -> None:
    listing = "import importlib.metadata as m; print(*sorted(f'{d.name}=={d.version}' for d in m.distributions()))"
    listed = image.run("-c", listing, entrypoint=[image.mapped("/opt/palette-operator/bin/python")]).stdout
    installed = {re.sub(r"[-_.]+", "-", each).lower().replace("==", " ") for each in listed.split()}
    locked = {
        re.sub(r"[-_.]+", "-", line.split(" ")[0]).lower().replace("==", " ")
        for line in (ROOT / "requirements" / "run.lock").read_text().splitlines()
        if "==" in line
    }

    own = f"palette-operator {re.sub('[-_.]+', '-', __version__)}"
    assert own in installed
    assert installed - {own} <= locked
    assert {"kopf", "kubernetes", "httpx", "pydantic"} <= {each.split(" ")[0] for each in installed}


def test_the_manifests_are_in_it_and_the_simulators_are_not(image: BuiltImage) -> None:
    [package] = image.root.glob("opt/palette-operator/lib/python*/site-packages/palette_operator")
    crds = {file.name: file.read_bytes() for file in (package / "manifests" / "crds").iterdir()}

    assert crds == {file.name: file.read_bytes() for file in (ROOT / "deploy" / "crds").iterdir()}
    assert not (package.parent / "palette_sim").exists()
    demo = image.run("demo")
    assert demo.returncode == 1
    assert "pip install 'palette-operator[sim]'" in demo.stderr


def test_all_of_it_is_compiled_for_good(image: BuiltImage) -> None:
    sources = [path for path in _all(image.root) if path.suffix == ".py" and path.is_file()]
    compiled = {
        source: next(source.parent.glob(f"__pycache__/{source.stem}.cpython-*.pyc"), None) for source in sources
    }

    assert len(sources) > 1000
    assert [str(source) for source, bytecode in compiled.items() if bytecode is None] == []
    flags = {bytecode.read_bytes()[4] for bytecode in compiled.values() if bytecode}
    assert flags == {_UNCHECKED_HASH}


def test_everybody_may_read_it_and_nobody_but_the_owner_could_ever_write_it(image: BuiltImage) -> None:
    for path in _all(image.root):
        mode, owner = path.lstat().st_mode, path.lstat().st_uid
        assert owner == os.geteuid(), path
        if path.is_symlink():
            assert path.resolve().is_relative_to(image.root), path
            continue
        assert not mode & (stat.S_ISUID | stat.S_ISGID), path
        assert mode & stat.S_IROTH, path
        assert not path.is_dir() or mode & stat.S_IXOTH, path
        assert not mode & 0o022, path


def test_running_it_writes_nothing(image: BuiltImage) -> None:
    before = {path: path.lstat().st_mtime_ns for path in _all(image.root)}

    image.run("--help")

    assert {path: path.lstat().st_mtime_ns for path in _all(image.root)} == before
