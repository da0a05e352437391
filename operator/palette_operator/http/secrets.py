"""Finds what in a request body may never be repeated in a message, and strikes it out of one. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

_VARIABLES = frozenset({"variables", "profileVariables"})
SHORTEST_SECRET = 4
"""Shorter values are too common to be struck out of a message without spoiling it, and no secrets worth the name."""


def variable_values(body: object) -> tuple[str, ...]:
    """Collect the values of all profile variables in a body: any of them may come from a Secret."""
    return tuple(_values(body))


def texts_in(body: object) -> Iterator[str]:
    """Yield every text in a body: for those of which any part may be secret."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, Mapping):
        yield from texts_in(list(body.values()))
    elif isinstance(body, (list, tuple)):
        for child in body:
            yield from texts_in(child)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Strike out each secret that is no shorter than SHORTEST_SECRET, also where it is quoted as in JSON or a URL."""
    spelled = {each for secret in secrets if len(secret) >= SHORTEST_SECRET for each in _spellings(secret)}
    # The longest first: a secret that holds another one would else leave its rest behind.
    for each in sorted(spelled, key=len, reverse=True):
        text = text.replace(each, "***")
    return text


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    for ensures_ascii in (True, False):
        yield json.dumps(secret, ensure_ascii=ensures_ascii)[1:-1]


def _values(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, child in node.items():
            if key in _VARIABLES and isinstance(child, (list, tuple)):
                yield from (str(item["value"]) for item in child if isinstance(item, Mapping) and item.get("value"))
            else:
                yield from _values(child)
    elif isinstance(node, (list, tuple)):
        for child in node:
            yield from _values(child)
