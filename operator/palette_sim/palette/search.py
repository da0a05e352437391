"""Filtering and sorting of the searches. Source: Palette OpenAPI 4.9, v1SearchFilterSummarySpec."""

from collections.abc import Callable, Iterable
from datetime import datetime

from palette_sim.common.errors import invalid
from palette_sim.palette.bodies.filters import (
    DateCondition,
    FilterGroup,
    FilterItem,
    KeyValueCondition,
    SearchBody,
    SearchSort,
    StringCondition,
)
from palette_sim.palette.views.rows import SearchRow
from palette_sim.palette.world.records import tag_texts

Predicate = Callable[[SearchRow], bool]
SortKey = Callable[[SearchRow], str | float]

_TEXTS: dict[str, Callable[[SearchRow], list[str]]] = {
    "uid": lambda row: [row.uid],
    "projectUid": lambda row: [row.project_uid],
    "tags": lambda row: tag_texts(row.labels),
    "healthState": lambda row: [row.health],
}
CLUSTER_TEXTS = _TEXTS | {
    "clusterName": lambda row: [row.name],
    "clusterUid": lambda row: [row.uid],
    "clusterState": lambda row: [row.state],
    "environment": lambda row: [row.environment],
}
HOST_TEXTS = _TEXTS | {
    "name": lambda row: [row.name],
    "state": lambda row: [row.state],
    "architecture": lambda row: [row.arch],
}
_FLAGS: dict[str, Callable[[SearchRow], bool]] = {"isDeleted": lambda row: row.is_deleted}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda have, want: have == want,
    "contains": lambda have, want: want in have,
    "beginsWith": lambda have, want: have.startswith(want),
}
_DATE_TESTS: dict[str, Callable[[float, float], bool]] = {
    "eq": lambda have, want: have == want,
    "gt": lambda have, want: have > want,
    "gte": lambda have, want: have >= want,
    "lt": lambda have, want: have < want,
    "lte": lambda have, want: have <= want,
}


def search(
    rows: Iterable[SearchRow],
    body: SearchBody,
    texts: dict[str, Callable[[SearchRow], list[str]]],
    last_modified_s: Callable[[SearchRow], float],
) -> list[SearchRow]:
    """List the rows that the filter admits, in the order asked for; newest first when none is.

    `last_modified_s` tells a row's `lastModifiedTimestamp`, heartbeats included. Raises ApiError 400 for an unknown
    property or a condition that does not fit its type.
    """
    admits = _Compiler(texts, last_modified_s).filter(body)
    found = [row for row in rows if admits(row)]
    found.sort(key=lambda row: row.created_s, reverse=True)
    for sort in reversed(body.sort or []):
        found.sort(key=_sort_key(sort, last_modified_s), reverse=sort.order == "desc")
    return found


def _sort_key(sort: SearchSort, last_modified_s: Callable[[SearchRow], float]) -> SortKey:
    keys: dict[str, SortKey] = {
        "clusterName": lambda row: row.name,
        "clusterState": lambda row: row.state,
        "healthState": lambda row: row.health,
        "environment": lambda row: row.environment,
        "creationTimestamp": lambda row: row.created_s,
        "lastModifiedTimestamp": last_modified_s,
    }
    return keys[sort.field or "creationTimestamp"]


class _Compiler:
    """Turns a filter into one predicate."""

    def __init__(
        self, texts: dict[str, Callable[[SearchRow], list[str]]], last_modified_s: Callable[[SearchRow], float]
    ) -> None:
        self._texts = texts
        self._dates: dict[str, Callable[[SearchRow], float]] = {
            "creationTimestamp": lambda row: row.created_s,
            "lastModifiedTimestamp": last_modified_s,
        }

    def filter(self, body: SearchBody) -> Predicate:
        if body.filter is None:
            return lambda _: True
        groups = [self._group(group) for group in body.filter.filter_groups or []]
        return _join(groups, body.filter.conjunction)

    def _group(self, group: FilterGroup) -> Predicate:
        return _join([self._item(item) for item in group.filters or []], group.conjunction)

    def _item(self, item: FilterItem) -> Predicate:
        name, condition = item.property or "", item.condition
        if condition is not None:
            if item.type == "string" and condition.string and name in self._texts:
                return _text_predicate(self._texts[name], condition.string)
            if item.type == "keyValue" and condition.key_value and name == "tags":
                return _tag_predicate(condition.key_value)
            if item.type == "bool" and condition.bool_ and name in _FLAGS:
                read, wanted = _FLAGS[name], bool(condition.bool_.value)
                return lambda row: read(row) is wanted
            if item.type == "date" and condition.date and name in self._dates:
                return _date_predicate(self._dates[name], condition.date)
        raise invalid(f"filter: property {name!r} of type {item.type!r} cannot be searched by this condition")


def _join(predicates: list[Predicate], conjunction: str | None) -> Predicate:
    if not predicates:
        return lambda _: True
    if conjunction == "or":
        return lambda row: any(predicate(row) for predicate in predicates)
    return lambda row: all(predicate(row) for predicate in predicates)


def _text_predicate(read: Callable[[SearchRow], list[str]], condition: StringCondition) -> Predicate:
    test = _TEXT_TESTS[condition.operator or "eq"]
    fold = str.casefold if condition.ignore_case else str
    wanted = [fold(value) for value in (condition.match and condition.match.values) or []]
    quantify = all if condition.match and condition.match.conjunction == "and" else any
    negation = bool(condition.negation)

    def predicate(row: SearchRow) -> bool:
        have = [fold(text) for text in read(row)]
        return quantify(any(test(text, value) for text in have) for value in wanted) is not negation

    return predicate


def _tag_predicate(condition: KeyValueCondition) -> Predicate:
    key = condition.key or ""
    return _text_predicate(lambda row: [row.labels[key]] if key in row.labels else [], condition)


def _date_predicate(read: Callable[[SearchRow], float], condition: DateCondition) -> Predicate:
    try:
        wanted = [
            datetime.fromisoformat(text).timestamp() for text in (condition.match and condition.match.values) or []
        ]
    except ValueError:
        raise invalid("filter: a date condition holds something that is not a time") from None
    negation = bool(condition.negation)
    if condition.operator == "range":
        return lambda row: (bool(wanted) and min(wanted) <= read(row) <= max(wanted)) is not negation
    test = _DATE_TESTS[condition.operator or "eq"]
    quantify = all if condition.match and condition.match.conjunction == "and" else any
    return lambda row: quantify(test(read(row), value) for value in wanted) is not negation
