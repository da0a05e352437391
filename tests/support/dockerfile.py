"""The Dockerfile and .dockerignore, read for tests."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from dockerfile_parse import DockerfileParser
from pathspec import PathSpec

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction."""

    verb: str
    """In capitals, such as RUN."""
    value: str

    @property
    def words(self) -> list[str]:
        """The value as a shell splits it; of a JSON array, its elements."""
        return list(json.loads(self.value)) if self.value.startswith("[") else shlex.split(self.value)

    @property
    def pairs(self) -> dict[str, str]:
        """What ENV, LABEL and ARG set."""
        return {name: value for name, _, value in (word.partition("=") for word in self.words)}

    @property
    def copied_from(self) -> str:
        """The stage that COPY takes from; empty for the build context."""
        found = re.match(r"--from=(\S+)", self.value)
        return found[1] if found else ""

    @property
    def sources(self) -> list[str]:
        """What COPY copies."""
        return [word for word in self.words if not word.startswith("--")][:-1]


@dataclass(slots=True)
class Stage:
    """What begins with FROM."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def of(self, verb: str) -> list[Step]:
        """Return the steps of one verb."""
        return [step for step in self.steps if step.verb == verb]

    def last(self, verb: str) -> Step:
        """Return the step of a verb that counts."""
        return self.of(verb)[-1]


def read_stages(file: Path = ROOT / "Dockerfile") -> list[Stage]:
    """Return the stages, with what the ARGs before the first one default to in their bases."""
    given: dict[str, str] = {}
    stages: list[Stage] = []
    for entry in DockerfileParser(str(file)).structure:
        step = Step(entry["instruction"].upper(), re.sub(r"\s+", " ", entry["value"].strip()))
        if step.verb == "FROM":
            base, _, name = Template(step.value).substitute(given).partition(" AS ")
            stages.append(Stage(base, name))
        elif stages:
            stages[-1].steps.append(step)
        elif step.verb == "ARG":
            given |= step.pairs
    return stages


def context_files(root: Path = ROOT) -> Iterator[Path]:
    """Walk through what .dockerignore leaves of a folder, as paths within it."""
    lines = (root / ".dockerignore").read_text(encoding="utf-8").splitlines()
    # Unlike Git, Docker begins each pattern at the root.
    rooted = [re.sub(r"^(!?)(?!\*\*/|\*$|#|$)", r"\1/", line) for line in lines]
    ignored = PathSpec.from_lines("gitignore", rooted)
    allowed = {line.lstrip("!").partition("/")[0] for line in lines if line.startswith("!")}
    for name in sorted(allowed):
        top = root / name
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            within = path.relative_to(root)
            if path.is_file() and not ignored.match_file(within):
                yield within
