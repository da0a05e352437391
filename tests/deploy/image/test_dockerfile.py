"""What can be said of the image without building it; `make image-check` builds it."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from palette_operator.settings import Settings
from support.dockerfile import ROOT, Stage, context_files, read_stages

_STAGES = read_stages()
_LAST = _STAGES[-1]
_OCI = "org.opencontainers.image."


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sysconfig.get_path("scripts")) / "hadolint"
    linted = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)

    assert linted.stdout + linted.stderr == ""
    assert linted.returncode == 0


@pytest.mark.parametrize("stage", _STAGES, ids=lambda stage: stage.name or "last")
def test_the_base_is_pinned_to_a_patch_version_of_one_debian(stage: Stage) -> None:
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+(@sha256:[0-9a-f]{64})?", stage.base)
    assert stage.base == _STAGES[0].base


def test_it_runs_as_a_number_that_is_not_root() -> None:
    user, group = _LAST.last("USER").value.split(":")

    assert int(user) > 0
    assert int(group) > 0


def test_the_command_is_executed_itself_and_gets_the_signals() -> None:
    assert _LAST.last("ENTRYPOINT").words == ["/opt/palette-operator/bin/palette-operator"]
    assert _LAST.last("ENTRYPOINT").value.startswith("[")
    assert _LAST.last("CMD").words == ["run"]


def test_the_ports_are_those_that_the_operator_serves_by_default() -> None:
    defaults = Settings(operator_id="")

    assert [int(port) for port in _LAST.last("EXPOSE").words] == [defaults.metrics_port, defaults.probe_port]


def test_it_says_what_it_is_in_the_words_of_the_oci() -> None:
    labels = _LAST.last("LABEL").pairs

    assert set(labels) == {
        _OCI + word for word in ("title", "description", "licenses", "version", "revision", "source")
    }
    assert labels[f"{_OCI}title"] == "palette-operator"
    assert labels[f"{_OCI}licenses"] == "Apache-2.0"
    assert {labels[_OCI + word] for word in ("version", "revision", "source")} == {"$VERSION", "$REVISION", "$SOURCE"}
    assert set(_LAST.last("ARG").pairs) == {"VERSION", "REVISION", "SOURCE"}


def test_what_is_installed_from_a_registry_has_its_hash_in_a_lock() -> None:
    installs = [
        command
        for stage in _STAGES
        for run in stage.of("RUN")
        for command in re.findall(r"pip \S+ \S+ install [^&]*", run.value)
    ]

    assert len(installs) == 3
    for command in installs:
        assert "--require-hashes -r requirements/" in command or "--no-index --no-deps /dist/" in command


_COPIED = [source for stage in _STAGES for copy in stage.of("COPY") if not copy.copied_from for source in copy.sources]


@pytest.mark.parametrize("source", _COPIED)
def test_what_is_copied_exists_and_is_not_ignored(source: str) -> None:
    path = ROOT / source
    left = [file for file in context_files() if file == Path(source) or Path(source) in file.parents]

    assert path.exists()
    assert left
    assert len(left) == (
        1 if path.is_file() else len([f for f in path.rglob("*") if f.is_file() and "__pycache__" not in f.parts])
    )


def test_what_is_not_ignored_is_copied() -> None:
    beside = [f for f in context_files() if not any(f == Path(s) or Path(s) in f.parents for s in _COPIED)]

    assert beside == []
