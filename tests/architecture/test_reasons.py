"""The page of conditions knows every reason that the code gives, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "conditions.md"
WORD = re.compile(r"[A-Z][A-Za-z]+")
# Where a reason is among the arguments of what says it.
PLACES = dict.fromkeys(
    ("Stalled", "Waiting", "Unavailable", "NotFound", "NotSeenYet", "Await", "Conflict", "Vanished"), 0
)
PLACES |= dict.fromkeys(("lacks", "holds", "unsure", "tell"), 1)


def code() -> Iterator[ast.AST]:
    for path in sorted((ROOT / "operator" / "palette_operator").rglob("*.py")):
        if "cli" not in path.parts:
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def words(node: ast.AST) -> Iterator[str]:
    """Yield the words that an expression may come to."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and WORD.fullmatch(part.value):
            yield part.value


def given_reasons() -> set[str]:
    given: set[str] = set()
    for node in code():
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in PLACES and len(node.args) > PLACES[name]:
                given.update(words(node.args[PLACES[name]]))
    return given


def documented() -> set[str]:
    return set(re.findall(rf"`({WORD.pattern})`", PAGE.read_text(encoding="utf-8")))


def test_every_reason_that_is_given_is_on_the_page() -> None:
    given = given_reasons()

    assert {"ProfileNotFound", "PaletteUnreachable", "Updating"} <= given
    assert sorted(given - documented()) == []


def test_the_page_names_nothing_that_the_code_does_not_know() -> None:
    known = {word for node in code() for word in words(node)}

    assert sorted(documented() - known) == []
