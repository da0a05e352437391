"""The archive of etcd and kube-apiserver that the envtest tooling of Kubernetes publishes."""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import httpx

from palette_sim.controlplane.binaries import ETCD, KUBE_APISERVER, KUBERNETES_VERSION, machine
from palette_sim.controlplane.errors import NotThisWay
from palette_sim.controlplane.progress import Progress

MIRROR_VARIABLE = "PALETTE_CONTROLPLANE_MIRROR"
PUBLISHED_AT = "https://github.com/kubernetes-sigs/controller-tools/releases/download"

# Source: kubernetes-sigs/controller-tools, envtest-releases.yaml, v1.36.2. Pinned rather than read from there at run
# time: an index fetched from the same place as the archive would vouch for whatever that place serves.
SHA512 = {
    "darwin-amd64": "b4fe9f973cd1992e3880f8b230ed32c0c243b83371591e3e3315f4404df2cdbe"
    "f8ee94eeb9bb245b7e5feb987d5c4a76c43e0877654ab73f00d7bbc2b9984514",
    "darwin-arm64": "9278f9e5af556b2f1f2d139769c1f0d717c7b4426917fdebdba898bcb725a916"
    "e4910d6160886194ff9be9589ea7c5c32c2b8ae0754703874b7c8ba8ddfc41ce",
    "linux-amd64": "ea743186c8a799f5cf8faf16969f86189d003cb7d130e0ac4b58789f1e5748dc"
    "f30ebe91c837a10d5ac415383da3e10b9e64d65785c938c23e739781cfb76f08",
    "linux-arm64": "2d72ee985a8e262a3c57dc9f7f0fd891f6a8c7bf7ebaa2db6dc6d8eac8ae2818"
    "1afe51c1f368b67756cdb40b10de9b205609e1726e5f27f7c6d824dd9c6649ac",
}

# Many networks allow neither GitHub nor a refusal: whoever waits there should be building after a few seconds.
_TIMEOUT = httpx.Timeout(10, connect=4)
_CHUNK_BYTES = 1 << 18
_LARGEST_ARCHIVE_BYTES = 512 << 20
_MEMBERS = {f"controller-tools/envtest/{name}": name for name in (ETCD, KUBE_APISERVER)}


def mirror(environ: Mapping[str, str]) -> str:
    """Say where archives are fetched from: the variable, else where the envtest tooling publishes them."""
    return (environ.get(MIRROR_VARIABLE) or PUBLISHED_AT).rstrip("/")


def fetch_archive(
    folder: Path, *, base_url: str, progress: Progress, sha512: Mapping[str, str] = SHA512, machine_name: str = ""
) -> str:
    """Put etcd and kube-apiserver of this machine's archive into `folder`; return its name.

    `sha512` maps a machine to the one checksum its archive may have. Raises `NotThisWay` when there is no archive for
    this machine, it cannot be fetched, its checksum differs (nothing of it is unpacked then), or it lacks a binary.
    """
    name = machine_name or machine()
    if name not in sha512:
        raise NotThisWay(f"no archive of {KUBERNETES_VERSION} is known for {name}")
    archive = f"envtest-{KUBERNETES_VERSION}-{name}.tar.gz"
    url = f"{base_url}/envtest-{KUBERNETES_VERSION}/{archive}"
    with tempfile.TemporaryFile(dir=folder) as packed:
        with progress.task(f"Fetching {url}") as tell:
            try:
                found = _download(url, packed, tell)
            except httpx.HTTPError as error:
                raise NotThisWay(f"cannot fetch {url}: {str(error) or type(error).__name__}") from error
        if found != sha512[name]:
            raise NotThisWay(f"{url} has SHA-512 {found[:16]}..., not {sha512[name][:16]}...; refused")
        packed.seek(0)
        _unpack(packed, folder, url)
    return f"envtest archive {archive}"


def _download(url: str, packed: IO[bytes], tell: Callable[[str], None]) -> str:
    """Stream `url` into `packed` and return its SHA-512."""
    digest = hashlib.sha512()
    with httpx.stream("GET", url, timeout=_TIMEOUT, follow_redirects=True) as response:
        response.raise_for_status()
        for chunk in response.iter_bytes(_CHUNK_BYTES):
            digest.update(chunk)
            packed.write(chunk)
            if packed.tell() > _LARGEST_ARCHIVE_BYTES:
                raise NotThisWay(f"{url} is larger than any archive of a control plane")
            tell(f"{packed.tell() / 1e6:.0f} MB")
    return digest.hexdigest()


def _unpack(packed: IO[bytes], folder: Path, url: str) -> None:
    """Copy the two binaries, and nothing else, out of the archive."""
    missing = set(_MEMBERS)
    try:
        with tarfile.open(fileobj=packed, mode="r:gz") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.name in missing and member.isfile() else None
                if content is None:
                    continue
                target = folder / _MEMBERS[member.name]
                with content, target.open("wb") as unpacked:
                    shutil.copyfileobj(content, unpacked)
                target.chmod(0o755)
                missing.discard(member.name)
    except (tarfile.TarError, EOFError) as error:
        raise NotThisWay(f"{url} is not a readable archive: {error}") from error
    if missing:
        raise NotThisWay(f"{url} holds no {' and no '.join(sorted(missing))}")
