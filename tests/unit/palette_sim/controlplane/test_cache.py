import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from palette_sim.controlplane.cache import Cache, cache_folder, project_root
from palette_sim.controlplane.errors import NotThisWay
from palette_sim.controlplane.progress import Progress

FOLDERS = {
    "the variable outranks all": (
        {"PALETTE_CONTROLPLANE_CACHE": "/kept", "XDG_CACHE_HOME": "/xdg"},
        Path("/checkout"),
        Path("/kept"),
    ),
    "a checkout keeps it beside its code": (
        {"XDG_CACHE_HOME": "/xdg"},
        Path("/checkout"),
        Path("/checkout/.cache/controlplane"),
    ),
    "an installed package uses the user's cache": (
        {"XDG_CACHE_HOME": "/xdg"},
        None,
        Path("/xdg/palette-operator/controlplane"),
    ),
}


@pytest.mark.parametrize(("environ", "root", "want"), FOLDERS.values(), ids=FOLDERS)
def test_where_control_planes_are_kept(environ: dict[str, str], root: Path | None, want: Path) -> None:
    assert cache_folder(environ, root) == want


def test_the_users_cache_is_below_home_unless_said_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")

    assert cache_folder({}, None) == Path("/home/someone/.cache/palette-operator/controlplane")


def test_this_checkout_is_recognised() -> None:
    root = project_root()

    assert root is not None
    assert (root / "tests" / "controlplane" / "go.mod").is_file()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", Progress(Console(file=io.StringIO())))


def fetch(folder: Path) -> str:
    for name, says in (("etcd", "etcd Version: 3.6.8"), ("kube-apiserver", "Kubernetes v1.36.2")):
        (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (folder / name).chmod(0o755)
    return "fetched"


def test_what_was_fetched_is_kept_with_its_origin(cache: Cache) -> None:
    first = cache.filled_by(fetch)

    assert first.source == "fetched"
    assert cache.found().source == "cache, fetched"
    assert first.etcd == cache.folder / "etcd"


def test_what_another_process_kept_meanwhile_is_not_fetched_again(cache: Cache) -> None:
    cache.filled_by(fetch)

    def fetch_again(folder: Path) -> str:
        raise AssertionError(folder)

    assert cache.filled_by(fetch_again).source == "cache, fetched"


def test_a_fetch_that_fails_halfway_leaves_nothing_behind(cache: Cache) -> None:
    def fetch_half(folder: Path) -> str:
        fetch(folder)
        (folder / "kube-apiserver").unlink()
        return "half"

    with pytest.raises(NotThisWay, match="no kube-apiserver"):
        cache.filled_by(fetch_half)

    assert [entry.name for entry in cache.folder.parent.iterdir()] == [".lock"]


def test_what_a_killed_process_left_half_done_is_removed(cache: Cache) -> None:
    abandoned = cache.folder.parent / ".filling-killed"
    abandoned.mkdir(parents=True)

    cache.filled_by(fetch)

    assert not abandoned.exists()


def test_a_broken_entry_is_replaced(cache: Cache) -> None:
    cache.folder.mkdir(parents=True)
    (cache.folder / "etcd").write_text("half of an etcd")

    assert cache.filled_by(fetch).source == "fetched"
    assert cache.found().etcd_version == "3.6.8"


def test_a_cache_that_cannot_be_written_is_one_refused_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = Cache(tmp_path / "file", Progress(Console(file=io.StringIO())))

    with pytest.raises(NotThisWay, match=f"cannot write to {os.fspath(tmp_path)}"):
        cache.filled_by(fetch)
