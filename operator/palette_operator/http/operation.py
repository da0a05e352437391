"""What a call does to the other side, and how its path is filled. Pure."""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import quote

_PLACEHOLDER = re.compile(r"\{[^}]+\}")
# Within a path these name other places.
_NO_NAMES = frozenset({"", ".", ".."})


class Effect(Enum):
    """What a call does to the other side, and so whether it may be sent again when it may not have been done."""

    READ = "reads"
    """Changes nothing; may be repeated, and is all that a client that may only read sends."""
    SET = "sets"
    """Done twice it comes to the same; may be repeated."""
    ONCE = "does once"
    """Done twice it does two things, or fails the second time: there are no idempotency keys. Never repeated."""


def filled_path(template: str, names: tuple[str, ...]) -> str:
    """Fill the `{placeholders}` of a path, in order, with `names`, escaped.

    Raises ValueError when there are too few or too many, or one that would lead to another path.
    """
    if len(names) != len(_PLACEHOLDER.findall(template)):
        raise ValueError(f"{template} takes other than {len(names)} names")
    if _NO_NAMES.intersection(names):
        raise ValueError(f"a name that leads to another path, for {template}")
    rest = iter(names)
    return _PLACEHOLDER.sub(lambda _: quote(next(rest), safe=""), template)
