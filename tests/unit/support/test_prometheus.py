from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from support.prometheus.provide import NoPrometheus, provide

_SAYS = "#!/bin/sh\necho 'promtool, version {version} (branch: debian/sid)'\n"
_APT_GET = """#!/bin/sh
case "$*" in
*" update") touch {folder}/updated ;;
*" download prometheus") test -e {folder}/updated && touch prometheus_2.42.deb ;;
esac
"""
_DPKG_DEB = """#!/bin/sh
mkdir -p $3/usr/bin && cp {folder}/package/* $3/usr/bin
"""


def _write(folder: Path, scripts: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def _binaries(version: str) -> dict[str, str]:
    return {"prometheus": _SAYS.format(version=version), "promtool": _SAYS.format(version=version)}


def _debian(folder: Path) -> dict[str, str]:
    """What stands in for apt, on a system without a list of packages."""
    _write(folder / "package", _binaries("2.42.0+ds"))
    return {"apt-get": _APT_GET.format(folder=folder), "dpkg-deb": _DPKG_DEB.format(folder=folder)}


def _path(folder: Path) -> dict[str, str]:
    return {"PATH": str(folder)}


def test_what_is_on_path_comes_first(tmp_path: Path) -> None:
    _write(tmp_path / "bin", _binaries("3.5.0"))
    _write(tmp_path / "cache", _binaries("2.42.0+ds"))

    found = provide(_path(tmp_path / "bin"), tmp_path / "cache")

    assert (found.server, found.version) == (tmp_path / "bin" / "prometheus", "3.5.0")


def test_one_of_both_on_path_is_not_enough(tmp_path: Path) -> None:
    _write(tmp_path / "bin", {"promtool": _binaries("3.5.0")["promtool"]})
    _write(tmp_path / "cache", _binaries("2.42.0+ds"))

    assert provide(_path(tmp_path / "bin"), tmp_path / "cache").promtool == tmp_path / "cache" / "promtool"


def test_the_package_is_fetched_with_a_list_of_our_own_where_the_system_has_none(tmp_path: Path) -> None:
    _write(tmp_path / "bin", _debian(tmp_path))

    found = provide(_path(tmp_path / "bin"), tmp_path / "cache")

    assert (found.promtool, found.version) == (tmp_path / "cache" / "promtool", "2.42.0+ds")
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["prometheus", "promtool"]


def test_what_was_fetched_is_not_fetched_again(tmp_path: Path) -> None:
    _write(tmp_path / "cache", _binaries("2.42.0+ds"))

    assert provide(_path(tmp_path / "empty"), tmp_path / "cache").version == "2.42.0+ds"


def test_where_there_is_no_way_one_line_names_each_reason_and_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(NoPrometheus) as caught:
        provide(_path(tmp_path / "empty"), tmp_path / "cache")

    assert str(caught.value) == (
        "no Prometheus can be had here (PATH: prometheus and promtool are not both there; "
        f"cache: no prometheus and no promtool in {tmp_path / 'cache'}; "
        "Debian's package: apt-get and dpkg-deb are not both on PATH); "
        "put prometheus and promtool of 2.42 or newer on PATH"
    )


def test_what_does_not_say_that_it_is_promtool_is_not_kept(tmp_path: Path) -> None:
    _write(tmp_path / "bin", _debian(tmp_path))
    _write(tmp_path / "package", {"promtool": "#!/bin/sh\necho 'node_exporter, 1'\n"})

    with pytest.raises(NoPrometheus, match="promtool --version says 'node_exporter, 1"):
        provide(_path(tmp_path / "bin"), tmp_path / "cache")

    assert not (tmp_path / "cache").exists()
