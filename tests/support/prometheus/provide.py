"""Prometheus and promtool for the tests: those on PATH, else those of Debian's package, fetched once into `.cache`.

A test in `tests/monitoring` asks for the fixture `prometheus`; elsewhere:

    prometheus = provide()
    subprocess.run([prometheus.promtool, "check", "rules", rules], check=True)
    subprocess.Popen([prometheus.server, f"--config.file={config}", f"--storage.tsdb.path={folder}", ...])

Nothing is installed and nothing of the system is changed: apt fetches the package, with a list of packages of our own
where the system has none, and two files are taken out of it. No root is needed. Run as a module, it says what is found.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from palette_sim.controlplane import Progress

CACHE = Path(__file__).resolve().parents[3] / ".cache" / "prometheus"

_SERVER, _PROMTOOL = "prometheus", "promtool"
_VERSION_WITHIN_S, _STEP_WITHIN_S = 20, 300


class NoPrometheus(Exception):
    """No way of providing Prometheus works here; the message names each with its reason, and the next step."""


class NotThisWay(Exception):
    """One way does not work here; the message says why."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A Prometheus server and the promtool of the same version, which run on this machine."""

    server: Path
    promtool: Path
    version: str
    """What promtool says of itself, such as `2.42.0+ds`."""


def provide(environ: Mapping[str, str] = os.environ, cache: Path = CACHE) -> Prometheus:
    """Return Prometheus and promtool, fetching them when none are there yet.

    The first way that works: PATH, the cache, Debian's package `prometheus`. Repeatable, and safe among processes.
    Raises NoPrometheus when none works.
    """
    refusals: list[str] = []
    ways: dict[str, Callable[[], Prometheus]] = {
        "PATH": lambda: _on_path(environ),
        "cache": lambda: recognise(cache),
        "Debian's package": lambda: _kept(cache, lambda folder: _fetch(folder, environ)),
    }
    for title, way in ways.items():
        try:
            return way()
        except NotThisWay as refusal:
            refusals.append(f"{title}: {refusal}")
    raise NoPrometheus(
        f"no Prometheus can be had here ({'; '.join(refusals)}); put prometheus and promtool of 2.42 or newer on PATH"
    )


def recognise(folder: Path) -> Prometheus:
    """Return the binaries in `folder` with the version that promtool says; raises NotThisWay."""
    server, promtool = folder / _SERVER, folder / _PROMTOOL
    missing = [path.name for path in (server, promtool) if not os.access(path, os.X_OK)]
    if missing:
        raise NotThisWay(f"no {' and no '.join(missing)} in {folder}")
    return Prometheus(server, promtool, _version(promtool))


def _on_path(environ: Mapping[str, str]) -> Prometheus:
    found = [shutil.which(name, path=environ.get("PATH", os.defpath)) for name in (_SERVER, _PROMTOOL)]
    server, promtool = (Path(path) if path else None for path in found)
    if server is None or promtool is None:
        raise NotThisWay("prometheus and promtool are not both there")
    return Prometheus(server, promtool, _version(promtool))


def _version(promtool: Path) -> str:
    said = _run([promtool, "--version"], within_s=_VERSION_WITHIN_S)
    words = said.split()
    if words[:2] != ["promtool,", "version"] or len(words) < 3:
        raise NotThisWay(f"{promtool} --version says {said[:80]!r}")
    return words[2]


def _kept(cache: Path, fetch: Callable[[Path], None]) -> Prometheus:
    """Have `fetch` put both binaries into a folder and keep that, whole or not at all; once among processes."""
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with cache.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                return recognise(cache)  # another process was faster
            except NotThisWay:
                shutil.rmtree(cache, ignore_errors=True)
            with tempfile.TemporaryDirectory(prefix=f".{cache.name}-", dir=cache.parent) as scratch:
                staging = Path(scratch) / "binaries"
                staging.mkdir()
                fetch(staging)
                recognise(staging)
                staging.rename(cache)
            return recognise(cache)
    except OSError as error:
        raise NotThisWay(f"cannot keep it in {cache}: {error}") from error


def _fetch(folder: Path, environ: Mapping[str, str]) -> None:
    """Put both binaries of Debian's package into `folder`; raises NotThisWay."""
    apt_get, dpkg_deb = (shutil.which(name, path=environ.get("PATH", os.defpath)) for name in ("apt-get", "dpkg-deb"))
    if apt_get is None or dpkg_deb is None:
        raise NotThisWay("apt-get and dpkg-deb are not both on PATH")
    with tempfile.TemporaryDirectory(prefix="debian-", dir=folder.parent) as scratch:
        package = _download(apt_get, Path(scratch))
        _run([dpkg_deb, "--extract", package, scratch], within_s=_STEP_WITHIN_S)
        for name in (_SERVER, _PROMTOOL):
            Path(scratch, "usr", "bin", name).rename(folder / name)


def _download(apt_get: str, folder: Path) -> Path:
    """Fetch the package into `folder`: by the system's list of packages, else by a list that is fetched first."""
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True)
    own = ("-o", f"Dir::State::Lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=")
    # As who we are: apt's own user may enter neither a home nor a temporary folder.
    apt = (apt_get, "--quiet", "-o", "Acquire::Retries=3", "-o", "APT::Sandbox::User=")
    with Progress(Console(stderr=True)).task("Fetching Debian's package prometheus (20 MB, once)"):
        try:
            _run([*apt, "download", _SERVER], within_s=_STEP_WITHIN_S, folder=folder)
        except NotThisWay:
            _run([*apt, *own, "update"], within_s=_STEP_WITHIN_S, folder=folder)
            _run([*apt, *own, "download", _SERVER], within_s=_STEP_WITHIN_S, folder=folder)
    package = next(folder.glob("*.deb"), None)
    if package is None:
        raise NotThisWay("apt-get fetched nothing")
    return package


def _run(command: Sequence[str | Path], *, within_s: float, folder: Path | None = None) -> str:
    """Run a command and return what it printed; raises NotThisWay with the last of what it said."""
    try:
        ran = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within_s, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotThisWay(f"{command[0]} does not run here: {error}") from error
    if ran.returncode:
        last = " ".join((ran.stderr or ran.stdout).strip().splitlines()[-2:])
        raise NotThisWay(f"{command[0]} fails: {last}")
    return ran.stdout or ran.stderr


if __name__ == "__main__":
    Console().print(provide())
