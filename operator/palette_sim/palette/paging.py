"""Pages of at most 50 items, with tokens that are offsets in disguise.

A token says where to go on, not in what list: rows that come or go between two pages shift the rest.
Source: Palette docs, "Pagination".
"""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from palette_sim.palette.errors import invalid
from palette_sim.palette.jsonvalue import JsonObject

MAX_PAGE = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list and the `listmeta` that belongs to them."""

    items: Sequence[T]
    listmeta: JsonObject


def cut_page(items: Sequence[T], query: Mapping[str, str]) -> Page[T]:
    """Cut the page that `limit`, `offset` and `continue` ask for; raises ApiError 400 when they are malformed."""
    limit = min(whole_number(query, "limit") or MAX_PAGE, MAX_PAGE)
    offset = _read_token(query["continue"]) if query.get("continue") else whole_number(query, "offset")
    end = min(offset + limit, len(items))
    listmeta: JsonObject = {
        "continue": _write_token(end, len(items)) if end < len(items) else "",
        "count": len(items),
        "limit": limit,
        "offset": end,
    }
    return Page(items[offset:end], listmeta)


def whole_number(query: Mapping[str, str], name: str) -> int:
    """Read a number from the query, 0 when it is not there; raises ApiError 400 for anything else."""
    text = query.get(name, "0")
    if not text.isdecimal():
        raise invalid(f"{name} in query must be a whole number")
    return int(text)


def _write_token(offset: int, count: int) -> str:
    text = json.dumps({"offset": offset, "count": count, "token": ""}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _read_token(token: str) -> int:
    try:
        offset = json.loads(base64.b64decode(token, validate=True))["offset"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise invalid("continue in query is not a token of this server") from None
    if not isinstance(offset, int) or offset < 0:
        raise invalid("continue in query is not a token of this server")
    return offset
