"""Builds etcd and kube-apiserver from the Go modules that `tests/controlplane/go.mod` pins."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from palette_sim.controlplane.binaries import ETCD, KUBE_APISERVER, KUBERNETES_VERSION
from palette_sim.controlplane.errors import NotThisWay
from palette_sim.controlplane.leash import leashed
from palette_sim.controlplane.progress import Progress

_PACKAGES = {ETCD: "go.etcd.io/etcd/server/v3", KUBE_APISERVER: "k8s.io/kubernetes/cmd/kube-apiserver"}
_KEPT_LINES = 5


def build(folder: Path, *, root: Path | None, cache: Path, environ: Mapping[str, str], progress: Progress) -> str:
    """Build both binaries into `folder`; return the origin in words.

    About five minutes on two cores the first time, seconds from Go's build cache. Raises `NotThisWay` when `root` is
    not a checkout, Go is not on PATH, or the build fails (then with what Go said last).
    """
    module = _module_of(root)
    go = shutil.which("go", path=environ.get("PATH", os.defpath))
    if go is None:
        raise NotThisWay("Go is not on PATH")
    environment = go_environment(environ, cache)
    for binary, package in _PACKAGES.items():
        title = f"Building {binary} for Kubernetes {KUBERNETES_VERSION} from Go modules (minutes, the first time)"
        with progress.task(title) as tell:
            _run([go, *build_arguments(package, folder / binary)], module, environment, tell)
    return f"built from Go modules by {_go_version(go, module, environment)}"


def _module_of(root: Path | None) -> Path:
    module = root / "tests" / "controlplane" if root else None
    if module is None or not (module / "go.mod").is_file():
        raise NotThisWay("the Go module tests/controlplane is in a checkout of the project only, and this is not one")
    return module


def build_arguments(package: str, output: Path) -> list[str]:
    """Compose the `go build` arguments: reproducible, and with the version that the binary shall say of itself."""
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    stamps = {"gitVersion": KUBERNETES_VERSION, "gitMajor": major, "gitMinor": minor}
    stamp_flags = " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in stamps.items())
    # A flag given here outranks the user's GOFLAGS, which may hold -mod=mod or -mod=vendor beside what is needed.
    flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", f"-ldflags=-s -w {stamp_flags}"]
    return ["build", "-v", *flags, "-o", str(output), package]


def go_environment(environ: Mapping[str, str], cache: Path) -> dict[str, str]:
    """Compose the environment of Go: the user's own, its caches included, with the toolchain that is there.

    Without a home Go refuses to run; its caches then go to `cache`.
    """
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    homeless = {"GOPATH": str(cache / "go"), "GOCACHE": str(cache / "go-build")} if not environ.get("HOME") else {}
    return {**homeless, **environ, **fixed}


def _run(command: list[str], folder: Path, environment: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Run `command` and pass on the lines it says, as it says them. Raises `NotThisWay` when it fails."""
    last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
    with subprocess.Popen(  # noqa: S603 - `go build` of packages named above, without a shell
        leashed(command),
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            for count, line in enumerate(process.stdout or (), start=1):
                last_lines.append(line.strip())
                tell(f"{count} steps, {line.strip()[:80]}")
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise NotThisWay(f"{command[-1]} does not build: {' | '.join(last_lines)}")


def _go_version(go: str, folder: Path, environment: Mapping[str, str]) -> str:
    ran = subprocess.run(  # noqa: S603 - Go's own version, without a shell
        [go, "env", "GOVERSION"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return ran.stdout.strip() or "an unknown Go"
