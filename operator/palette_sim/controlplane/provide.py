"""The ways to an etcd and a kube-apiserver, in the order in which they are tried."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from palette_sim.controlplane.archive import fetch_archive, mirror
from palette_sim.controlplane.binaries import KUBERNETES_VERSION, Binaries, recognise
from palette_sim.controlplane.cache import Cache, cache_folder, project_root
from palette_sim.controlplane.errors import NoControlPlane, NotThisWay
from palette_sim.controlplane.gobuild import build
from palette_sim.controlplane.progress import Progress

ASSETS_VARIABLE = "KUBEBUILDER_ASSETS"


@dataclass(frozen=True, slots=True)
class Way:
    """One way of providing the binaries; `go` raises `NotThisWay` where it does not work."""

    title: str
    go: Callable[[], Binaries]


def provide(progress: Progress | None = None, environ: Mapping[str, str] = os.environ) -> Binaries:
    """Return an etcd and a kube-apiserver, fetching or building them when none are there yet.

    The first way that works: the folder KUBEBUILDER_ASSETS, the cache, the published envtest archive, a build from Go
    modules. What was fetched or built is kept in the cache. Repeatable, and safe among processes. Raises
    `NoControlPlane` when none works.
    """
    shown = progress or Progress(Console(stderr=True))
    return first_that_works(ways(shown, environ, project_root()), shown)


def ways(progress: Progress, environ: Mapping[str, str], root: Path | None) -> list[Way]:
    """List the ways in the order in which they are tried."""
    kept_in = cache_folder(environ, root)
    cache = Cache(kept_in, progress)

    def fetch(folder: Path) -> str:
        return fetch_archive(folder, base_url=mirror(environ), progress=progress)

    def compile_modules(folder: Path) -> str:
        return build(folder, root=root, cache=kept_in, environ=environ, progress=progress)

    assets = environ.get(ASSETS_VARIABLE)
    named = [Way(ASSETS_VARIABLE, lambda: recognise(Path(assets), f"{ASSETS_VARIABLE}={assets}"))] if assets else []
    return [
        *named,
        Way("cache", cache.found),
        Way("envtest archive", lambda: cache.filled_by(fetch)),
        Way("Go modules", lambda: cache.filled_by(compile_modules)),
    ]


def first_that_works(candidates: Sequence[Way], progress: Progress) -> Binaries:
    """Go the ways in turn and return what the first one that works provides.

    Raises `NoControlPlane` with every way's reason, in one line, when none does.
    """
    refusals: list[str] = []
    for way in candidates:
        if refusals:
            progress.note(f"{refusals[-1]}; next: {way.title}")
        try:
            return way.go()
        except NotThisWay as refusal:
            refusals.append(f"{way.title}: {refusal}")
    raise NoControlPlane(
        f"no genuine control plane {KUBERNETES_VERSION} can be had here ({'; '.join(refusals)}); "
        f"put etcd and kube-apiserver into a folder and name it in {ASSETS_VARIABLE}"
    )
