"""Every condition reason that the operator gives, read from its code: a new one is known here at once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORD = re.compile(r"[A-Z][A-Za-z]+")
# Where a reason is among the arguments of what says it.
_PLACES = dict.fromkeys(
    ("Stalled", "Waiting", "Unavailable", "NotFound", "NotSeenYet", "Await", "Conflict", "Vanished"), 0
)
_PLACES |= dict.fromkeys(("lacks", "holds", "unsure", "tell", "true", "false", "unknown"), 1)


@cache
def given_reasons() -> frozenset[str]:
    """Return the reasons of conditions, errors and events."""
    return frozenset(word for node in code() for part in _saying(node) for word in words(part))


def _saying(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the expressions in a node that are reasons."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
            if name in _PLACES and len(args) > _PLACES[name]:
                yield args[_PLACES[name]]
        case ast.Yield(value=ast.Tuple(elts=[reason, _])):  # an objection of a policy
            yield reason
        case ast.Assign(targets=[ast.Tuple(elts=[ast.Name(id="reason"), _])], value=ast.Tuple(elts=[reason, _])):
            yield reason


def words(node: ast.AST) -> Iterator[str]:
    """Yield the words that an expression may come to."""
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and WORD.fullmatch(part.value):
            yield part.value


def code() -> Iterator[ast.AST]:
    """Yield every node of the operator's code, the command line's left out."""
    for path in sorted((ROOT / "operator" / "palette_operator").rglob("*.py")):
        if "cli" not in path.parts:
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))
