"""The decisions around two processes, with scripts in their places; the genuine ones run in the scenarios."""

import os
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from palette_sim.controlplane.binaries import Binaries
from palette_sim.controlplane.errors import NotReady
from palette_sim.controlplane.process import choose_free_port
from palette_sim.controlplane.server import GenuineControlPlane

ENDURING = "import time; time.sleep(60)"
ANSWERING = """
import http.server, ssl, sys
flags = dict(flag.removeprefix("--").split("=", 1) for flag in sys.argv[1:])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        token = open(flags["token-auth-file"]).read().split(",")[0]
        known = self.headers["Authorization"] == f"Bearer {token}"
        self.send_response(200 if known else 401)
        self.end_headers()
try:
    server = http.server.HTTPServer((flags["bind-address"], int(flags["secure-port"])), Handler)
except OSError as error:
    sys.exit(f"failed to create listener: bind: {error.strerror.lower()}")
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(flags["tls-cert-file"], flags["tls-private-key-file"])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""
DYING = "import sys; sys.exit('the flag --nonsense is unknown')"


def script(path: Path, content: str) -> Path:
    path.write_text(f"#!{sys.executable} -S\n{content}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def binaries(tmp_path: Path) -> Callable[[str, str], Binaries]:
    def make(etcd: str, kube_apiserver: str) -> Binaries:
        return Binaries(
            etcd=script(tmp_path / "etcd", etcd),
            kube_apiserver=script(tmp_path / "kube-apiserver", kube_apiserver),
            kubernetes_version="v1.36.2",
            etcd_version="3.6.8",
            source="a test",
        )

    return make


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def children() -> list[psutil.Process]:
    return psutil.Process().children()


async def test_it_is_ready_within_the_block_and_gone_after_it(
    binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    plane = GenuineControlPlane(tmp_path / "plane", binaries(ENDURING, ANSWERING))

    async with plane:
        assert plane.version == "v1.36.2"
        assert plane.server in plane.kubeconfig.read_text()
        pids = plane.pids
        assert sorted(pids) == sorted(child.pid for child in children())

    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
    left = {path.name for path in (tmp_path / "plane").iterdir()}
    assert left == {"kubeconfig", "kubeconfig-person", "credentials", "etcd.log", "kube-apiserver.log"}


async def test_a_port_that_was_taken_meanwhile_is_replaced_by_another(
    binaries: Callable[[str, str], Binaries], tmp_path: Path, taken_port: int
) -> None:
    first_choices = iter([choose_free_port(), taken_port])
    plane = GenuineControlPlane(
        tmp_path, binaries(ENDURING, ANSWERING), choose_port=lambda: next(first_choices, 0) or choose_free_port()
    )

    async with plane:
        assert plane.server != f"https://127.0.0.1:{taken_port}"
        assert len(plane.pids) == len(children()) == 2


async def test_ports_that_are_always_taken_end_the_attempts(
    binaries: Callable[[str, str], Binaries], tmp_path: Path, taken_port: int
) -> None:
    plane = GenuineControlPlane(tmp_path, binaries(ENDURING, ANSWERING), choose_port=lambda: taken_port)

    with pytest.raises(NotReady, match="every chosen port was taken at once, 5 times"):
        await plane.start()

    assert children() == []


DEATHS = {
    "an etcd that dies is named with its last words": (DYING, ENDURING, "etcd ended with exit code 1"),
    "a kube-apiserver that dies is named with its last words": (
        ENDURING,
        DYING,
        "kube-apiserver ended with exit code 1",
    ),
}


@pytest.mark.parametrize(("etcd", "kube_apiserver", "message"), DEATHS.values(), ids=DEATHS)
async def test_deaths_at_start(
    etcd: str, kube_apiserver: str, message: str, binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    with pytest.raises(NotReady, match=message) as caught:
        await GenuineControlPlane(tmp_path / "plane", binaries(etcd, kube_apiserver)).start()

    assert str(caught.value).endswith("says last:\nthe flag --nonsense is unknown")
    assert children() == []
    assert list((tmp_path / "plane").glob("etcd-*")) == []


async def test_one_that_never_answers_is_given_up_at_the_deadline(
    binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    plane = GenuineControlPlane(tmp_path, binaries(ENDURING, ENDURING), ready_within_s=0.2)

    with pytest.raises(NotReady, match=r"not ready after 0\.2 s"):
        await plane.start()

    assert children() == []


async def test_one_that_dies_later_is_told_by_wait(binaries: Callable[[str, str], Binaries], tmp_path: Path) -> None:
    async with GenuineControlPlane(tmp_path, binaries(ENDURING, ANSWERING)) as plane:
        os.kill(plane.pids[0], 9)

        with pytest.raises(NotReady, match="etcd ended with exit code -9"):
            await plane.wait()


async def test_its_api_server_is_restarted_at_its_address_before_the_same_etcd(
    binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    async with GenuineControlPlane(tmp_path, binaries(ENDURING, ANSWERING)) as plane:
        (etcd, first), server, kubeconfig = plane.pids, plane.server, plane.kubeconfig.read_text()

        await plane.stop_api_server()
        await plane.stop_api_server()
        assert plane.pids == [etcd]
        assert not psutil.pid_exists(first)
        await plane.start_api_server()

        assert plane.pids[0] == etcd
        assert plane.pids[1] != first
        assert (plane.server, plane.kubeconfig.read_text()) == (server, kubeconfig)


async def test_an_api_server_that_runs_is_not_started_again(
    binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    async with GenuineControlPlane(tmp_path, binaries(ENDURING, ANSWERING)) as plane:
        with pytest.raises(NotReady, match="only after it was stopped alone"):
            await plane.start_api_server()


async def test_an_api_server_that_does_not_come_back_leaves_etcd_running(
    binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    async with GenuineControlPlane(tmp_path / "plane", binaries(ENDURING, ANSWERING)) as plane:
        await plane.stop_api_server()
        binaries(ENDURING, DYING)

        with pytest.raises(NotReady, match="kube-apiserver ended with exit code 1"):
            await plane.start_api_server()

        assert len(plane.pids) == len(children()) == 1


async def test_a_second_start_is_refused_and_a_second_stop_is_harmless(
    binaries: Callable[[str, str], Binaries], tmp_path: Path
) -> None:
    async with GenuineControlPlane(tmp_path, binaries(ENDURING, ANSWERING)) as plane:
        with pytest.raises(NotReady, match="runs already"):
            await plane.start()

        await plane.stop()
        await plane.stop()

    assert children() == []
