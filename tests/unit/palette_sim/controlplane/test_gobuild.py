import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from palette_sim.controlplane.binaries import KUBERNETES_VERSION
from palette_sim.controlplane.cache import project_root
from palette_sim.controlplane.errors import NotThisWay
from palette_sim.controlplane.gobuild import build, build_arguments, go_environment
from palette_sim.controlplane.progress import Progress

FAKE_GO = """#!/bin/sh
if [ "$1" = env ]; then echo go1.26.8; exit; fi
echo "k8s.io/some/package"
while [ "$1" != -o ]; do shift; done
echo built > "$2"
"""
FAILING_GO = """#!/bin/sh
echo "go: downloading k8s.io/kubernetes v1.36.2"
echo "dial tcp: lookup modules.example: no such host"
exit 1
"""


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(file=io.StringIO()))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    module = tmp_path / "checkout" / "tests" / "controlplane"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module example\n")
    return tmp_path / "checkout"


def path_with_go(folder: Path, script: str) -> dict[str, str]:
    folder.mkdir()
    (folder / "go").write_text(script)
    (folder / "go").chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)}


def test_both_binaries_are_built_and_the_origin_names_the_toolchain(
    checkout: Path, tmp_path: Path, progress: Progress
) -> None:
    environ = path_with_go(tmp_path / "bin", FAKE_GO)
    output = tmp_path / "output"
    output.mkdir()

    origin = build(output, root=checkout, cache=tmp_path, environ=environ, progress=progress)

    assert origin == "built from Go modules by go1.26.8"
    assert sorted(path.name for path in output.iterdir()) == ["etcd", "kube-apiserver"]


def test_a_build_that_fails_is_refused_with_what_go_said_last(
    checkout: Path, tmp_path: Path, progress: Progress
) -> None:
    environ = path_with_go(tmp_path / "bin", FAILING_GO)

    with pytest.raises(NotThisWay, match=r"go\.etcd\.io/etcd/server/v3 does not build: .*no such host"):
        build(tmp_path, root=checkout, cache=tmp_path, environ=environ, progress=progress)


def test_without_go_nothing_is_built(checkout: Path, tmp_path: Path, progress: Progress) -> None:
    with pytest.raises(NotThisWay, match="Go is not on PATH"):
        build(tmp_path, root=checkout, cache=tmp_path, environ={"PATH": str(tmp_path)}, progress=progress)


@pytest.mark.parametrize("has_root", [True, False], ids=["a folder without the module", "an installed package"])
def test_outside_a_checkout_nothing_is_built(has_root: bool, tmp_path: Path, progress: Progress) -> None:
    with pytest.raises(NotThisWay, match="tests/controlplane is in a checkout of the project only"):
        build(tmp_path, root=tmp_path if has_root else None, cache=tmp_path, environ={}, progress=progress)


def test_the_binary_is_stamped_with_the_version_it_is() -> None:
    arguments = build_arguments("k8s.io/kubernetes/cmd/kube-apiserver", Path("/out"))

    stamps = dict(re.findall(r"-X k8s\.io/component-base/version\.(\w+)=(\S+)", " ".join(arguments)))
    assert stamps == {"gitVersion": "v1.36.2", "gitMajor": "1", "gitMinor": "36"}


ENVIRONMENTS = {
    "the user's caches and proxy are kept": (
        {"HOME": "/h", "GOCACHE": "/c", "GOPROXY": "http://proxy"},
        {"HOME": "/h", "GOCACHE": "/c", "GOPROXY": "http://proxy"},
    ),
    "without a home the caches are ours": ({}, {"GOPATH": "/kept/go", "GOCACHE": "/kept/go-build"}),
    "without a home a named cache is still the user's": (
        {"GOCACHE": "/c"},
        {"GOPATH": "/kept/go", "GOCACHE": "/c"},
    ),
    "no other toolchain is fetched, no workspace joined": ({"HOME": "/h", "GOTOOLCHAIN": "auto"}, {"HOME": "/h"}),
}


@pytest.mark.parametrize(("environ", "want"), ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_environment_of_go(environ: dict[str, str], want: dict[str, str]) -> None:
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}

    assert go_environment(environ, Path("/kept")) == {**want, **fixed}


def test_the_nested_module_pins_the_version_that_the_code_names() -> None:
    root = project_root()
    assert root is not None
    module = (root / "tests" / "controlplane" / "go.mod").read_text()
    staging = KUBERNETES_VERSION.replace("v1.", "v0.")

    assert re.findall(r"^\tk8s\.io/kubernetes (\S+)", module, re.MULTILINE) == [KUBERNETES_VERSION]
    assert set(re.findall(r"^\tk8s\.io/\S+ => \S+ (\S+)", module, re.MULTILINE)) == {staging}
