"""The searches: their body, and the pages they answer. Source: Palette OpenAPI 4.9, v1SearchFilterSummarySpec."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import Field

from palette_operator.palette.wire.base import ListMeta, Wire

ItemT = TypeVar("ItemT")

PAGE_SIZE = 50
"""The most that Palette puts on a page. Source: Palette docs, "Pagination"."""
_OLDEST_FIRST = {"field": "creationTimestamp", "order": "asc"}


class ItemPage(Wire, Generic[ItemT]):
    """One page of any list; `items` must be there, or an error body would read as an empty page."""

    items: list[ItemT]
    listmeta: ListMeta = Field(default_factory=ListMeta, alias="listmeta")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """One page of rows."""

    rows: tuple[ItemT, ...]
    total: int | None
    """How many rows the whole list had when this page was cut; None when Palette did not say."""


def search_body(*filters: dict[str, object], latest_first: bool = False) -> dict[str, object]:
    """Ask for rows that satisfy all `filters`, oldest first: an order in which nothing moves when it changes.

    With `latest_first` those that were modified last come first.
    """
    groups = [{"conjunction": "and", "filters": list(filters)}] if filters else []
    return {
        "filter": {"conjunction": "and", "filterGroups": groups},
        "sort": [{"field": "lastModifiedTimestamp", "order": "desc"} if latest_first else _OLDEST_FIRST],
    }


def not_deleted() -> dict[str, object]:
    """Leave out clusters whose record only lingers."""
    return {"property": "isDeleted", "type": "bool", "condition": {"bool": {"value": False}}}


def any_of(name: str, values: Collection[str]) -> dict[str, object]:
    """Require that the text property `name` equals one of `values`."""
    match = {"conjunction": "or", "values": sorted(values)}
    condition = {"string": {"operator": "eq", "negation": False, "ignoreCase": False, "match": match}}
    return {"property": name, "type": "string", "condition": condition}
