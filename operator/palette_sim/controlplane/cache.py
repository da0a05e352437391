"""The folder where a fetched or built control plane is kept, so that it is fetched or built once."""

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from palette_sim.controlplane.binaries import KUBERNETES_VERSION, Binaries, machine, recognise
from palette_sim.controlplane.errors import NotThisWay
from palette_sim.controlplane.progress import Progress

CACHE_VARIABLE = "PALETTE_CONTROLPLANE_CACHE"

_SOURCE = "SOURCE"
_FILLING = ".filling-"


def project_root() -> Path | None:
    """Return the checkout that this code runs from; None when it runs from an installed package."""
    root = Path(__file__).resolve().parents[3]
    return root if (root / "pyproject.toml").is_file() and (root / "operator" / "palette_sim").is_dir() else None


def cache_folder(environ: Mapping[str, str], root: Path | None) -> Path:
    """Say where control planes are kept: the variable, else the checkout, else the user's cache."""
    if override := environ.get(CACHE_VARIABLE):
        return Path(override).expanduser().absolute()
    if root is not None:
        return root / ".cache" / "controlplane"
    user_cache = environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(user_cache) / "palette-operator" / "controlplane"


class Cache:
    """Keeps one control plane a version and machine, whole or not at all; safe among processes."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self.folder = folder / f"{KUBERNETES_VERSION}-{machine()}"
        self._progress = progress

    def found(self) -> Binaries:
        """Return what is kept. Raises `NotThisWay` when nothing is, or it does not run here."""
        source = self.folder / _SOURCE
        origin = source.read_text(encoding="utf-8").strip() if source.is_file() else "of unknown origin"
        return recognise(self.folder, f"cache, {origin}")

    def filled_by(self, fetch: Callable[[Path], str]) -> Binaries:
        """Have `fetch` put both binaries into a folder and name their origin; keep them and return them.

        Nothing is kept unless both are there and run. When another process was faster, its result is returned and
        `fetch` is not called. Raises `NotThisWay`, also when the cache cannot be written.
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with self._lock():
                return self._found_or_fetched(fetch)
        except OSError as error:
            raise NotThisWay(f"cannot write to {self.folder.parent}: {error}") from error

    def _found_or_fetched(self, fetch: Callable[[Path], str]) -> Binaries:
        try:
            return self.found()
        except NotThisWay:
            pass
        for abandoned in self.folder.parent.glob(f"{_FILLING}*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_FILLING, dir=self.folder.parent) as scratch:
            staging = Path(scratch) / "binaries"
            staging.mkdir()
            origin = fetch(staging)
            recognise(staging, origin)
            (staging / _SOURCE).write_text(f"{origin}\n", encoding="utf-8")
            shutil.rmtree(self.folder, ignore_errors=True)
            staging.rename(self.folder)
        return recognise(self.folder, origin)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.folder.parent / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                with self._progress.task(f"Waiting for another process that fills {self.folder}"):
                    fcntl.flock(lock, fcntl.LOCK_EX)
            yield
