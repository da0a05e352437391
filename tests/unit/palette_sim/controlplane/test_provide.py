import io
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from palette_sim.controlplane.binaries import Binaries, recognise
from palette_sim.controlplane.errors import NoControlPlane, NotThisWay
from palette_sim.controlplane.progress import Progress
from palette_sim.controlplane.provide import Way, first_that_works, ways


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(shown: io.StringIO) -> Progress:
    return Progress(Console(file=shown, width=400))


def binaries(source: str) -> Binaries:
    return Binaries(Path("/b/etcd"), Path("/b/kube-apiserver"), "v1.36.2", "3.6.8", source)


def works(source: str) -> Callable[[], Binaries]:
    return lambda: binaries(source)


def refuses(reason: str) -> Callable[[], Binaries]:
    def refuse() -> Binaries:
        raise NotThisWay(reason)

    return refuse


def write_binaries(folder: Path, *, etcd: str = "etcd Version: 3.6.8", api: str = "Kubernetes v1.36.2") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, says in (("etcd", etcd), ("kube-apiserver", api)):
        (folder / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (folder / name).chmod(0o755)


WAYS = {
    "the first way that works wins": ([Way("a", works("a")), Way("b", works("b"))], "a"),
    "a way that does not work is passed over": ([Way("a", refuses("no")), Way("b", works("b"))], "b"),
}


@pytest.mark.parametrize(("candidates", "want"), WAYS.values(), ids=WAYS)
def test_ways_are_tried_in_turn(candidates: list[Way], want: str, progress: Progress) -> None:
    assert first_that_works(candidates, progress).source == want


def test_a_way_that_is_passed_over_is_told_with_its_reason(progress: Progress, shown: io.StringIO) -> None:
    first_that_works([Way("cache", refuses("nothing in it")), Way("b", works("b"))], progress)

    assert shown.getvalue() == "cache: nothing in it; next: b\n"


def test_when_no_way_works_one_line_names_each_reason_and_the_next_step(progress: Progress) -> None:
    with pytest.raises(NoControlPlane) as caught:
        first_that_works([Way("cache", refuses("empty")), Way("Go modules", refuses("Go is not on PATH"))], progress)

    assert str(caught.value) == (
        "no genuine control plane v1.36.2 can be had here (cache: empty; Go modules: Go is not on PATH); "
        "put etcd and kube-apiserver into a folder and name it in KUBEBUILDER_ASSETS"
    )


ORDER = {
    "assets come first where they are named": (
        {"KUBEBUILDER_ASSETS": "/assets"},
        ["KUBEBUILDER_ASSETS", "cache", "envtest archive", "Go modules"],
    ),
    "assets that nobody named are not missed": ({}, ["cache", "envtest archive", "Go modules"]),
    "an empty name is no name": ({"KUBEBUILDER_ASSETS": ""}, ["cache", "envtest archive", "Go modules"]),
}


@pytest.mark.parametrize(("environ", "want"), ORDER.values(), ids=ORDER)
def test_the_order_is_assets_cache_archive_build(
    environ: dict[str, str], want: list[str], progress: Progress, tmp_path: Path
) -> None:
    assert [way.title for way in ways(progress, environ, tmp_path)] == want


def test_assets_are_used_where_they_lie_and_nothing_is_cached(progress: Progress, tmp_path: Path) -> None:
    assets, cache = tmp_path / "assets", tmp_path / "cache"
    write_binaries(assets)
    environ = {"KUBEBUILDER_ASSETS": str(assets), "PALETTE_CONTROLPLANE_CACHE": str(cache)}

    found = first_that_works(ways(progress, environ, None), progress)

    assert found == Binaries(
        assets / "etcd", assets / "kube-apiserver", "v1.36.2", "3.6.8", f"KUBEBUILDER_ASSETS={assets}"
    )
    assert not cache.exists()


def test_a_folder_that_lacks_binaries_is_refused_by_their_names(tmp_path: Path) -> None:
    with pytest.raises(NotThisWay, match=r"^no etcd and no kube-apiserver in "):
        recognise(tmp_path, "somewhere")


def test_a_file_that_cannot_be_executed_counts_as_missing(tmp_path: Path) -> None:
    write_binaries(tmp_path)
    (tmp_path / "etcd").chmod(0o644)

    with pytest.raises(NotThisWay, match=r"^no etcd in "):
        recognise(tmp_path, "somewhere")


def test_a_binary_that_says_it_is_something_else_is_refused(tmp_path: Path) -> None:
    write_binaries(tmp_path, api="kube-scheduler v1")

    with pytest.raises(NotThisWay, match="exits 0 and says 'kube-scheduler v1', not 'Kubernetes '"):
        recognise(tmp_path, "somewhere")


def test_a_binary_for_another_machine_is_refused(tmp_path: Path) -> None:
    write_binaries(tmp_path)
    (tmp_path / "etcd").write_bytes(b"\x7fELF of another machine")

    with pytest.raises(NotThisWay, match="etcd does not run here"):
        recognise(tmp_path, "somewhere")
