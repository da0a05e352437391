"""Follows a page of docs/how-to as its reader does: saves the files, runs the commands, compares what they print.

What a page is made of, for this:

- A block ```console holds commands behind `$ `, as long as bash needs to see one whole, and below each what it prints;
  where nothing is shown, anything may be printed.
- Any other block whose first line is a comment with a file name, `# connection.yaml`, is saved under it.
- A block ```text is only read, and so is ```promql, which is for Prometheus.
- `<!-- not followed: why -->` before a block says that nobody can follow it here.
- `<!-- by hand: what -->` stands where something happens outside of the terminal, in a browser or in a data centre;
  the test does it.

Any other block is an error: nothing on a page is passed over in silence.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shlex
import signal
import subprocess
import sys
import sysconfig
from asyncio.subprocess import DEVNULL, PIPE, STDOUT
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.token import Token

from palette_sim.controlplane.leash import leashed
from support.shown_output import shows

ROOT = Path(__file__).parents[2]
_HELM = Path(__file__).with_name("helm_cli.py")
_CHECKOUT = ("deploy", "examples")
_COMMAND_WITHIN_S = 120.0
_LOOK_AGAIN_S = 1.0

_MARK = re.compile(r"<!--\s*(not followed|by hand):\s*(.*?)\s*-->", re.DOTALL)
_FILE_NAME = re.compile(r"# ([\w./-]+\.\w+)\n")
# Whoever reads repeats what only looks until it shows what the page shows: the operator needs a moment.
_LOOKS = re.compile(
    r"(kubectl(\s+(-n|--namespace|--context|--kubeconfig)[ =]\S+)*\s+(get|describe|logs|events)"
    r"|palette-operator\s+status|promtool\s+query)\b"
)
# What the library within kubectl and helm logs at times beside their own words, such as of a watch that ended.
_ASIDE = re.compile(r"^[IWE]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ \S+\.go:\d+\] .*\n", re.MULTILINE)
_SESSION = """\
set -a -o pipefail
[ ! -f {session} ] || . {session}
{command}
code=$?
{{ export -p; printf 'cd %q\\n' "$PWD"; }} > {session}
exit $code
"""


class UnclearPage(AssertionError):
    """A page has something that can neither be followed nor says that it is not to be."""


class NotAsThePageSays(AssertionError):
    """A command failed, or printed something else."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what the page shows below it."""

    line: int
    text: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A file that the reader writes."""

    line: int
    name: str
    content: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Something that happens outside of the terminal."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class NotFollowed:
    """A block that nobody can follow here."""

    line: int
    reason: str


Step: TypeAlias = Command | SavedFile | ByHand | NotFollowed


@dataclass(frozen=True, slots=True)
class Followed:
    """What was done of a page, so that a test names what was not."""

    commands: int
    files: int = 0
    by_hand: tuple[str, ...] = ()
    not_followed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who follows a page, and where."""

    folder: Path
    """Empty; their home and where they work. `deploy` and `examples` lead to the checkout."""
    kubeconfig: Path
    in_place_of: Mapping[str, str] = field(default_factory=dict)
    """What this reader has in place of the page's examples, such as Palette's address. Each must be on the page."""
    by_hand: Mapping[str, Callable[[], Awaitable[object]]] = field(default_factory=dict)
    """How what the page has done by hand is done here."""
    tools: Mapping[str, Path] = field(default_factory=dict)
    """Commands that this reader has beside helm, kubectl and palette-operator."""
    looks_for_s: float = 60.0
    """For how long what only looks is repeated."""


def read_page(page: str) -> list[Step]:
    """Return what a page has its reader do, in order. Raises UnclearPage."""
    steps: list[Step] = []
    reason = ""
    for token in MarkdownIt().parse(page):
        line = (token.map or [0])[0] + 1
        if token.type in {"html_block", "inline"}:
            for kind, said in _MARK.findall(token.content):
                if kind == "by hand":
                    steps.append(ByHand(line, said))
                else:
                    reason = said
        elif token.type in {"fence", "code_block"}:
            steps += [NotFollowed(line, reason)] if reason else _block_steps(token, line)
            reason = ""
    if reason:
        raise UnclearPage(f"no block follows the mark 'not followed: {reason}'")
    return steps


def _block_steps(block: Token, line: int) -> list[Step]:
    language = block.info.strip()
    if language in {"text", "promql"}:
        return []
    if language == "console":
        return list(_commands(block.content, line + 1))
    if named := _FILE_NAME.match(block.content):
        return [SavedFile(line, named[1], block.content)]
    raise UnclearPage(
        f"line {line}: a block is neither ```console nor a file with its name in a first line such as "
        "`# connection.yaml`; say <!-- not followed: why --> before it"
    )


def _commands(content: str, first_line: int) -> Iterator[Command]:
    begun, command, shown = first_line, "", list[str]()
    is_whole = True
    for number, line in enumerate(content.splitlines(), first_line):
        if not is_whole:
            command += f"\n{line}"
        elif line.startswith("$ "):
            if command:
                yield Command(begun, command, tuple(shown))
            begun, command, shown = number, line.removeprefix("$ "), []
        elif not command:
            raise UnclearPage(f"line {number}: a console block begins with a command, behind `$ `")
        else:
            shown.append(line)
            continue
        is_whole = _is_whole(command)
    if not is_whole:
        raise UnclearPage(f"line {begun}: the block ends before this command does:\n{command}")
    if command:
        yield Command(begun, command, tuple(shown))


def _is_whole(command: str) -> bool:
    """Whether bash would run this, and not ask for another line."""
    if command.endswith("\\"):
        return False
    judged = subprocess.run(["bash", "-n"], input=command, text=True, capture_output=True, check=False)
    return judged.returncode == 0 and not judged.stderr  # an unfinished here-document is only a warning


async def follow(page: Path, reader: Reader) -> Followed:
    """Do what a page says, step by step; return what was done. Raises UnclearPage or NotAsThePageSays."""
    text = _content(page)
    if unused := [example for example in reader.in_place_of if example not in text]:
        raise UnclearPage(f"{page.name} has none of {unused}")
    steps = read_page(text)
    by_hand = tuple(step.what for step in steps if isinstance(step, ByHand))
    if set(by_hand) != set(reader.by_hand):
        raise UnclearPage(f"{page.name} has these done by hand: {by_hand}; the test can do {[*reader.by_hand]}")
    _furnish(reader)
    for step in steps:
        try:
            await _take(step, reader)
        except NotAsThePageSays as error:
            raise NotAsThePageSays(f"{page.name}, line {step.line}: {error}") from None
    counted = Counter(type(step) for step in steps)
    reasons = tuple(step.reason for step in steps if isinstance(step, NotFollowed))
    return Followed(counted[Command], counted[SavedFile], by_hand, reasons)


def _content(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _furnish(reader: Reader) -> None:
    """Make the reader's desk: a checkout, and the commands that are not installed beside Python."""
    for part in _CHECKOUT:
        (reader.folder / part).symlink_to(ROOT / part)
    helm = reader.folder / ".bin" / "helm"
    helm.parent.mkdir()
    helm.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(_HELM))} "$@"\n')
    helm.chmod(0o755)
    for name, tool in reader.tools.items():
        (reader.folder / ".bin" / name).symlink_to(tool)


async def _take(step: Step, reader: Reader) -> None:
    match step:
        case SavedFile():
            file = reader.folder / step.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_placed(step.content, reader), encoding="utf-8")
        case ByHand():
            await reader.by_hand[step.what]()
        case Command():
            await _run(step, reader)
        case NotFollowed():
            pass


async def _run(step: Command, reader: Reader) -> None:
    """Run a command, and what only looks again and again, until it prints what the page shows."""
    command = _placed(step.text, reader)
    shown = [_placed(line, reader) for line in step.shown]
    looks = _LOOKS.match(command) is not None and command.count("kubectl ") < 2
    deadline = asyncio.get_running_loop().time() + (reader.looks_for_s if looks else 0)
    while True:
        code, printed = await _bash(command, reader)
        if code == 0 and (not shown or shows(shown, printed)):
            return
        if asyncio.get_running_loop().time() >= deadline:
            wanted = "\n".join(shown) if shown else "(success)"
            raise NotAsThePageSays(f"{command}\n--- exit code {code}, printed\n{printed}--- the page shows\n{wanted}")
        await asyncio.sleep(_LOOK_AGAIN_S)


async def _bash(command: str, reader: Reader) -> tuple[int, str]:
    """Run a command in the reader's session: what an earlier one exported holds, and so does its `cd`."""
    script = _SESSION.format(command=command, session=shlex.quote(str(reader.folder / ".session")))
    process = await asyncio.create_subprocess_exec(
        *leashed(["bash", "-c", script]),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        cwd=reader.folder,
        env=_environment(reader),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(_COMMAND_WITHIN_S):
            printed, _ = await process.communicate()
    except TimeoutError:
        raise NotAsThePageSays(f"{command}\n--- does not end within {_COMMAND_WITHIN_S:g} s") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.returncode or 0, _ASIDE.sub("", printed.decode(errors="replace"))


def _environment(reader: Reader) -> dict[str, str]:
    beside_python = sysconfig.get_path("scripts")
    return {
        "PATH": os.pathsep.join([str(reader.folder / ".bin"), beside_python, os.environ["PATH"]]),
        "HOME": str(reader.folder),
        "KUBECONFIG": str(reader.kubeconfig),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "127.0.0.1,localhost",
    }


def _placed(text: str, reader: Reader) -> str:
    for example, own in reader.in_place_of.items():
        text = text.replace(example, own)
    return text
