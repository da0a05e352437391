import hashlib
import io
import tarfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console

from palette_sim.controlplane.archive import PUBLISHED_AT, SHA512, fetch_archive, mirror
from palette_sim.controlplane.binaries import KUBERNETES_VERSION
from palette_sim.controlplane.errors import NotThisWay
from palette_sim.controlplane.process import choose_free_port
from palette_sim.controlplane.progress import Progress

MACHINE = "linux-amd64"
WHOLE = {
    "controller-tools/envtest/etcd": b"an etcd",
    "controller-tools/envtest/kube-apiserver": b"a kube-apiserver",
    "controller-tools/envtest/kubectl": b"a kubectl",
    "../outside": b"an attempt",
}


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """The folder that the loopback server publishes."""
    folder = tmp_path / "published"
    folder.mkdir()
    return folder


@pytest.fixture
def base_url(published: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SilentHandler, directory=str(published))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "target"
    folder.mkdir()
    return folder


def publish(folder: Path, content: bytes) -> dict[str, str]:
    """Publish `content` as this version's archive; return the checksums that vouch for it."""
    path = folder / f"envtest-{KUBERNETES_VERSION}" / f"envtest-{KUBERNETES_VERSION}-{MACHINE}.tar.gz"
    path.parent.mkdir()
    path.write_bytes(content)
    return {MACHINE: hashlib.sha512(content).hexdigest()}


def packed(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def fetch(target: Path, base_url: str, sha512: dict[str, str]) -> str:
    progress = Progress(Console(file=io.StringIO()))
    return fetch_archive(target, base_url=base_url, progress=progress, sha512=sha512, machine_name=MACHINE)


def test_both_binaries_come_out_executable_and_nothing_else_does(published: Path, base_url: str, target: Path) -> None:
    origin = fetch(target, base_url, publish(published, packed(WHOLE)))

    assert origin == "envtest archive envtest-v1.36.2-linux-amd64.tar.gz"
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        "etcd": b"an etcd",
        "kube-apiserver": b"a kube-apiserver",
    }
    assert all(path.stat().st_mode & 0o111 for path in target.iterdir())
    assert not (target.parent / "outside").exists()


def test_an_archive_with_another_checksum_is_refused_and_not_unpacked(
    published: Path, base_url: str, target: Path
) -> None:
    publish(published, packed(WHOLE))

    with pytest.raises(NotThisWay, match=r"has SHA-512 [0-9a-f]{16}\.\.\., not ea743186c8a799f5\.\.\.; refused"):
        fetch(target, base_url, SHA512)

    assert list(target.iterdir()) == []


BROKEN = {
    "an archive without etcd is refused": (
        packed({"controller-tools/envtest/kube-apiserver": b"a kube-apiserver"}),
        "holds no controller-tools/envtest/etcd",
    ),
    "a file that is no archive is refused": (b"<html>sign in first</html>", "is not a readable archive"),
    "an archive that was cut is refused": (packed({**WHOLE, "rest": bytes(50_000)})[:-20], "is not a readable archive"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
def test_broken_archives(content: bytes, message: str, published: Path, base_url: str, target: Path) -> None:
    sha512 = publish(published, content)

    with pytest.raises(NotThisWay, match=message):
        fetch(target, base_url, sha512)


def test_an_archive_that_is_not_published_is_refused_with_its_address(base_url: str, target: Path) -> None:
    with pytest.raises(NotThisWay, match=r"cannot fetch http://127\.0\.0\.1:.*404"):
        fetch(target, base_url, SHA512)


def test_a_place_that_cannot_be_reached_is_refused(target: Path) -> None:
    with pytest.raises(NotThisWay, match="cannot fetch"):
        fetch(target, f"http://127.0.0.1:{choose_free_port()}", SHA512)


def test_a_machine_without_an_archive_asks_nobody(target: Path) -> None:
    with pytest.raises(NotThisWay, match=r"no archive of v1\.36\.2 is known for linux-amd64"):
        fetch(target, "http://never-asked.invalid", {})


MIRRORS = {
    "archives come from where they are published": ({}, PUBLISHED_AT),
    "a mirror stands in for it": ({"PALETTE_CONTROLPLANE_MIRROR": "http://mirror/envtest/"}, "http://mirror/envtest"),
}


@pytest.mark.parametrize(("environ", "want"), MIRRORS.values(), ids=MIRRORS)
def test_where_archives_come_from(environ: dict[str, str], want: str) -> None:
    assert mirror(environ) == want
