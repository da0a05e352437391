"""Which control plane we run, and how one is recognised in a folder."""

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from palette_sim.controlplane.errors import NotThisWay

KUBERNETES_VERSION = "v1.36.2"
"""The newest release that exists both as an envtest archive and as a Go module that Go 1.26 builds."""

ETCD = "etcd"
KUBE_APISERVER = "kube-apiserver"

_VERSION_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Binaries:
    """An etcd and a kube-apiserver that run on this machine."""

    etcd: Path
    kube_apiserver: Path
    kubernetes_version: str
    """What kube-apiserver says of itself, such as `v1.36.2`."""
    etcd_version: str
    """What etcd says of itself, such as `3.6.8`."""
    source: str
    """Where they came from, in words."""


def machine() -> str:
    """Name this machine as Go and the envtest archives do, such as `linux-amd64`."""
    architectures = {"x86_64": "amd64", "aarch64": "arm64"}
    architecture = platform.machine().lower()
    return f"{sys.platform}-{architectures.get(architecture, architecture)}"


def recognise(folder: Path, source: str) -> Binaries:
    """Read the versions of the etcd and kube-apiserver in `folder` by running both.

    Raises `NotThisWay` when one is missing or does not run on this machine.
    """
    missing = [name for name in (ETCD, KUBE_APISERVER) if not _is_executable(folder / name)]
    if missing:
        raise NotThisWay(f"no {' and no '.join(missing)} in {folder}")
    etcd, kube_apiserver = folder / ETCD, folder / KUBE_APISERVER
    return Binaries(
        etcd=etcd,
        kube_apiserver=kube_apiserver,
        kubernetes_version=_version_of(kube_apiserver, "Kubernetes "),
        etcd_version=_version_of(etcd, "etcd Version: "),
        source=source,
    )


def _is_executable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _version_of(binary: Path, prefix: str) -> str:
    try:
        ran = subprocess.run(  # noqa: S603 - the binary that the caller asked us to run, without a shell
            [binary, "--version"], capture_output=True, text=True, timeout=_VERSION_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThisWay(f"{binary} does not run here: {error}") from error
    first_line = ran.stdout.partition("\n")[0].strip()
    if not first_line.startswith(prefix):
        raise NotThisWay(f"{binary} --version exits {ran.returncode} and says {first_line!r}, not {prefix!r}")
    return first_line.removeprefix(prefix)
