"""Builds the image's root file system in a folder, without a container engine: the Dockerfile's own steps, its own way.

The base image is stood in for by a copy of the Python that runs the tests, furnished as the official images are: with
pip, without bytecode. So the versions of Python differ; the steps, what they install and what they leave do not.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.dockerfile import ROOT, Stage, Step, context_files, read_stages

_PATHS = re.compile(r"(?<![\w./$}])/(?=(?:opt|src|dist|usr/local)\b)")
"""The absolute paths of the Dockerfile; a new one must be added here."""
_NOT_IN_THE_BASE = ("__pycache__", "site-packages", "dist-packages", "test", "tests", "idlelib", "lib2to3", "config-*")
_STEP_WITHIN_S = 240
_NOBODY = 65532


@dataclass(slots=True)
class BuiltImage:
    """A root file system, and what its last stage says of running it."""

    root: Path
    stage: Stage
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, entrypoint: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
        """Run the entry point, or another command, with the image's environment alone, as nobody where that can be."""
        entrypoint = entrypoint or [self.mapped(word) for word in self.stage.last("ENTRYPOINT").words]
        user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [*entrypoint, *arguments],
            env=self.environment,
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=_STEP_WITHIN_S,
            check=False,
            **user,
        )

    def mapped(self, text: str) -> str:
        """Return a text with the image's absolute paths as those of this folder."""
        return _PATHS.sub(f"{self.root}/", text)


def build_image(folder: Path) -> BuiltImage:
    """Take every step of the Dockerfile in an empty folder; raises CalledProcessError with what a step said."""
    base, root = folder / "base", folder / "root"
    _furnish_base(base)
    done: dict[str, Path] = {}
    image = BuiltImage(root, Stage("", ""))
    for number, stage in enumerate(read_stages()):
        if number:
            # Scripts name their interpreter by its whole path: each stage is at the same place while it is built.
            root.rename(done.setdefault(image.stage.name, folder / f"stage-{number}"))
        shutil.copytree(base, root, symlinks=True, copy_function=os.link)
        image = BuiltImage(root, stage, {"PATH": f"{root}/usr/local/bin:/usr/bin:/bin"})
        image.environment |= {"LD_LIBRARY_PATH": f"{root}/usr/local/lib"}  # of the stand-in, not of the image
        _take_steps(image, done)
    return image


def _take_steps(image: BuiltImage, done: Mapping[str, Path]) -> None:
    where = image.root
    for step in image.stage.steps:
        if step.verb == "WORKDIR":
            where = Path(image.mapped(step.value))
            where.mkdir(parents=True)
        elif step.verb == "ENV":
            set_to = {name: image.mapped(value) for name, value in step.pairs.items()}
            image.environment |= {n: v.replace("$PATH", image.environment["PATH"]) for n, v in set_to.items()}
        elif step.verb == "COPY":
            _copy(step, image, where, done)
        elif step.verb == "RUN":
            subprocess.run(
                ["/bin/sh", "-c", image.mapped(step.value)],
                env={**_of_the_builder(), **image.environment},
                cwd=where,
                timeout=_STEP_WITHIN_S,
                check=True,
                umask=0o022,
            )


def _of_the_builder() -> dict[str, str]:
    """Return what a builder has from outside: the way to the package registry."""
    return {n: v for n, v in os.environ.items() if n == "HOME" or n.startswith("PIP_") or n.lower().endswith("_proxy")}


def _copy(step: Step, image: BuiltImage, where: Path, done: Mapping[str, Path]) -> None:
    target = step.words[-1]
    to = Path(image.mapped(target)) if target.startswith("/") else where / target
    if step.copied_from:
        [source] = step.sources
        shutil.copytree(done[step.copied_from] / source.lstrip("/"), to, symlinks=True)
        return
    files = list(context_files())
    for source in step.sources:
        for file in [file for file in files if file == Path(source) or Path(source) in file.parents]:
            within = file.relative_to(source) if file != Path(source) else Path()
            copied = (to / file.name if target.endswith("/") else to) if within == Path() else to / within
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, copied)


def _furnish_base(base: Path) -> None:
    """Copy this Python to where the official images have theirs."""
    prefix, version = Path(sys.base_prefix), f"python{sys.version_info[0]}.{sys.version_info[1]}"
    library = Path(sysconfig.get_path("stdlib"))
    to = base / "usr" / "local"
    (to / "bin").mkdir(parents=True)
    shutil.copy2(prefix / "bin" / version, to / "bin" / version)
    for name in ("python3", "python"):
        (to / "bin" / name).symlink_to(version)
    shutil.copytree(library, to / "lib" / version, symlinks=True, ignore=shutil.ignore_patterns(*_NOT_IN_THE_BASE))
    for shared in prefix.glob("lib/libpython*.so*"):
        shutil.copy2(shared, to / "lib" / shared.name, follow_symlinks=False)
    subprocess.run(
        [to / "bin" / "python", "-I", "-m", "ensurepip"],
        env={"LD_LIBRARY_PATH": str(to / "lib"), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        stdout=subprocess.DEVNULL,
    )
    _make_readable(base)


def _make_readable(folder: Path) -> None:
    """Give a copy the modes that installed files have."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
