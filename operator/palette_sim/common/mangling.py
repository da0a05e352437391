"""Answers that were damaged on the way, or by a server that errs: every one differs from what Palette documents.

A damaged answer is never a plausible lie, such as another number in a number's place: no client could tell. The one
exception is `omit`: what lacks a field may be true. There a client can tell by asking again.
"""

import json
import random
from collections.abc import Callable

from palette_sim.common.jsonvalue import Json

_DEEP = 100_000
_STRAY: tuple[Json, ...] = (None, True, -1, 1.5, "", "stray", [], ["stray"], {}, {"stray": "stray"})
_Step = str | int
Place = tuple[_Step, ...]
"""Where in a body something stands."""


def mangle(body: bytes, dice: random.Random) -> bytes:
    """Damage a JSON body; the same dice do the same damage."""
    return dice.choice(_DAMAGES)(body, dice)


def omit(body: bytes, dice: random.Random, before: Place = ()) -> tuple[bytes, Place]:
    """Leave one field out, however deep it stands; tell which.

    It is never what was left out `before`, nor a part of it, nor what it is a part of: what two answers in a row do not
    show is not there. A body that has no such field stays as it is.
    """
    parsed = json.loads(body)
    fields = [place for place in _paths(parsed, ()) if place and isinstance(place[-1], str)]
    places = [place for place in fields if not before or not _overlap(place, before)]
    if not places:
        return body, ()
    place = dice.choice(places)
    return json.dumps(_without(parsed, place)).encode(), place


def _overlap(one: Place, other: Place) -> bool:
    return all(a == b for a, b in zip(one, other, strict=False))


def _cut(body: bytes, dice: random.Random) -> bytes:
    return body[: dice.randrange(len(body))]


def _tail(body: bytes, dice: random.Random) -> bytes:
    return body + dice.choice((b"}", b"]", b"<html></html>", b"\0"))


def _no_text(body: bytes, dice: random.Random) -> bytes:
    """Put a byte in that no UTF-8 text has."""
    place = dice.randrange(len(body))
    return body[:place] + b"\xff" + body[place:]


def _page(_: bytes, __: random.Random) -> bytes:
    return b"<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"


def _pit(_: bytes, dice: random.Random) -> bytes:
    return dice.choice((b"[", b'{"items":')) * _DEEP


def _stranger(_: bytes, dice: random.Random) -> bytes:
    """Answer with JSON of some other shape."""
    return json.dumps(dice.choice(_STRAY)).encode()


def _odd_number(body: bytes, dice: random.Random) -> bytes:
    """Put what is no number of JSON's, or too large a one, in the place of a value."""
    marker = "\x01mangled\x01"
    text = json.dumps(_replaced(json.loads(body), dice, marker))
    number = dice.choice(("NaN", "Infinity", "1e999999", "9" * 5000, "0x10", "01"))
    return text.replace(json.dumps(marker), number).encode()


def _other_type(body: bytes, dice: random.Random) -> bytes:
    """Put an object, a list or a text in the place of a value of another type."""
    parsed = json.loads(body)
    path = dice.choice(list(_paths(parsed, ())))
    found = parsed
    for step in path:
        found = found[step]
    strangers = [stray for stray in _STRAY[4:] if type(stray) is not type(found)]
    return json.dumps(_with(parsed, path, dice.choice(strangers))).encode()


_DAMAGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    _cut,
    _tail,
    _no_text,
    _page,
    _pit,
    _stranger,
    _odd_number,
    _other_type,
)


def _replaced(parsed: Json, dice: random.Random, value: Json) -> Json:
    return _with(parsed, dice.choice(list(_paths(parsed, ()))), value)


def _paths(value: Json, here: Place) -> list[Place]:
    found = [here]
    if isinstance(value, dict):
        found += [path for key, item in value.items() for path in _paths(item, (*here, key))]
    elif isinstance(value, list):
        found += [path for index, item in enumerate(value) for path in _paths(item, (*here, index))]
    return found


def _without(parsed: Json, place: Place) -> Json:
    step, *rest = place
    if isinstance(parsed, list):
        return [_without(item, tuple(rest)) if index == step else item for index, item in enumerate(parsed)]
    if not isinstance(parsed, dict):
        return parsed
    if not rest:
        return {key: item for key, item in parsed.items() if key != step}
    return {key: _without(item, tuple(rest)) if key == step else item for key, item in parsed.items()}


def _with(parsed: Json, path: Place, value: Json) -> Json:
    if not path:
        return value
    step, *rest = path
    if isinstance(parsed, dict):
        return {key: _with(item, tuple(rest), value) if key == step else item for key, item in parsed.items()}
    if isinstance(parsed, list):
        return [_with(item, tuple(rest), value) if index == step else item for index, item in enumerate(parsed)]
    return value
