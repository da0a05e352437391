"""Pages of at most 50 items, with tokens that are offsets in disguise; and lists that misbehave on purpose.

A token says where to go on, not in what list: rows that come or go between two pages shift the rest.
Source: Palette docs, "Pagination".
"""

import base64
import binascii
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from typing import Generic, TypeVar

from pydantic import Field

from palette_sim.common.errors import ApiError, invalid
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.common.settings import Settings

MAX_PAGE = 50

T = TypeVar("T")


class Quirk(StrEnum):
    """How pages misbehave."""

    SAME_TOKEN = "same-token"  # noqa: S105 - each page gives the token that led to it
    NEVER_ENDING = "never-ending"  # the first page again and again, each time with a token never seen before
    CYCLE = "cycle"  # the last page leads back to the first
    EMPTY_PAGES = "empty-pages"  # from the second page on there is nothing but a token
    NO_COUNT = "no-count"
    NEGATIVE_COUNT = "negative-count"
    WRONG_COUNT = "wrong-count"  # one more than there are
    DUPLICATES = "duplicates"  # the first item of each page stands in for its last one


class ListSettings(Settings):
    """How every paged list behaves."""

    largest_page: int = Field(default=MAX_PAGE, ge=1, description="The most items on a page, whatever is asked for.")
    token_life_s: float | None = Field(
        default=None, ge=0, description="A continue token expires after this long, in simulated seconds; null: never."
    )
    shuffle: bool = Field(default=False, description="The order is another one for each page.")
    quirk: Quirk | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list and the `listmeta` that belongs to them."""

    items: Sequence[T]
    listmeta: JsonObject


@dataclass(frozen=True, slots=True)
class _Token:
    """What a continue token says. Its serial number keeps two of the same place apart."""

    offset: int
    issued_s: float = 0.0
    """Said only while tokens expire."""
    serial: int = 0


class Lists:
    """Cuts lists into pages, as the settings say."""

    def __init__(self, seed: int = 0) -> None:
        self.settings = ListSettings()
        self._dice = random.Random(seed)  # noqa: S311 - reproducible disorder, not secret
        self._serials = count(1)

    def cut(self, items: Sequence[T], query: Mapping[str, str], now_s: float) -> Page[T]:
        """Cut the page that `limit`, `offset` and `continue` ask for.

        Raises ApiError 400 when they are malformed, or the token has expired.
        """
        settings = self.settings
        limit = min(whole_number(query, "limit") or MAX_PAGE, MAX_PAGE, settings.largest_page)
        if settings.largest_page > MAX_PAGE:
            limit = settings.largest_page
        offset = self._follow(query["continue"], now_s) if query.get("continue") else whole_number(query, "offset")
        rows = self._dice.sample(items, len(items)) if settings.shuffle else items
        end = min(offset + limit, len(rows))
        issued_s = 0.0 if settings.token_life_s is None else now_s
        token = _write_token(_Token(end, issued_s), len(rows)) if end < len(rows) else ""
        listmeta: JsonObject = {"continue": token, "count": len(rows), "limit": limit, "offset": end}
        page = Page(rows[offset:end], listmeta)
        return page if settings.quirk is None else self._misbehave(settings.quirk, page, rows, query)

    def _follow(self, token: str, now_s: float) -> int:
        read = _read_token(token)
        life_s = self.settings.token_life_s
        if life_s is not None and now_s - read.issued_s >= life_s:
            raise ApiError(400, "InvalidContinueToken", "The continue token has expired.")
        return read.offset

    def _misbehave(self, quirk: Quirk, page: Page[T], rows: Sequence[T], query: Mapping[str, str]) -> Page[T]:
        meta, items = dict(page.listmeta), page.items
        here = query.get("continue", "")
        match quirk:
            case Quirk.SAME_TOKEN:
                meta["continue"] = here or meta["continue"]
            case Quirk.NEVER_ENDING:
                items = rows[: len(items)] if here else items
                meta["continue"] = _write_token(_Token(0, serial=next(self._serials)), len(rows))
            case Quirk.CYCLE:
                meta["continue"] = meta["continue"] or _write_token(_Token(0), len(rows))
            case Quirk.EMPTY_PAGES:
                items = () if here else items
                meta["continue"] = _write_token(_Token(len(rows), serial=next(self._serials)), len(rows))
            case Quirk.NO_COUNT:
                del meta["count"]
            case Quirk.NEGATIVE_COUNT:
                meta["count"] = -1
            case Quirk.WRONG_COUNT:
                meta["count"] = len(rows) + 1
            case Quirk.DUPLICATES:
                items = [*items[:-1], items[0]] if items else items
        return Page(items, meta)


def whole_number(query: Mapping[str, str], name: str) -> int:
    """Read a number from the query, 0 when it is not there; raises ApiError 400 for anything else."""
    text = query.get(name, "0")
    if not text.isdecimal():
        raise invalid(f"{name} in query must be a whole number")
    return int(text)


def _write_token(token: _Token, of: int) -> str:
    inner = f"{token.issued_s}/{token.serial}" if token.issued_s or token.serial else ""
    text = json.dumps({"offset": token.offset, "count": of, "token": inner}, separators=(",", ":"))
    return base64.b64encode(text.encode()).decode()


def _read_token(text: str) -> _Token:
    try:
        read = json.loads(base64.b64decode(text, validate=True))
        issued_s, serial = (read["token"] or "0/0").split("/")
        token = _Token(int(read["offset"]), float(issued_s), int(serial))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError):
        raise invalid("continue in query is not a token of this server") from None
    if token.offset < 0:
        raise invalid("continue in query is not a token of this server")
    return token
