"""Signs that Palette will do without an operation of ours, or that this server never had it.

Palette promises a notice before it drops an API, without saying how it comes over HTTP: the standard headers are
looked for, and the router's refusal of a path that the server does not have. Nothing here makes a call fail.

Sources: Palette docs, "Palette API Lifecycle"; RFC 9745 (`Deprecation`), RFC 8594 (`Sunset`), RFC 7234 (`Warning`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from prometheus_client import Gauge

from palette_operator.http.replies import Reply
from palette_operator.palette import metrics
from palette_operator.palette.failures import is_routers
from palette_operator.palette.operations import Operation

logger = logging.getLogger(__name__)

NAMED_AT_MOST = 8
"""Operations that a message names; the rest it counts."""
_OF_AN_END = re.compile(r"deprecat|sunset|obsolete|retire|remov|end[ -]of[ -]life", re.IGNORECASE)
_RELATION = re.compile(r"""\brel\s*=\s*"?[^",;]*\b(?:deprecation|sunset|successor-version)\b""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a reply said of the end of its operation."""

    sunset: date | None = None
    """When it stops working, UTC; None when that was not said."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of all operations of one connection."""

    announced: Mapping[Operation, Notice]
    missing: frozenset[Operation]

    @property
    def message(self) -> str:
        """Say it for people, the same until it changes; "" when there is nothing to say."""
        ending = sorted(_ending(operation, notice) for operation, notice in self.announced.items())
        lacking = sorted(_named(operation) for operation in self.missing)
        parts = []
        if ending:
            parts.append(f"Palette announces the end of {_some(ending)}: look for a newer version of the operator")
        if lacking:
            parts.append(f"this Palette does not have {_some(lacking)}: it may be of a version that is not supported")
        return "; ".join(parts)


class Lifecycle:
    """Keeps what the replies on one connection said. Bounded: one entry for each operation there is."""

    def __init__(self) -> None:
        self._announced: dict[Operation, Notice] = {}
        self._missing: set[Operation] = set()
        self._suspects: set[Operation] = set()
        self._refused_last: Operation | None = None
        """The operation whose refusal by the router was the latest answer of all; None after any other answer."""

    @property
    def outlook(self) -> Outlook:
        """What is known now."""
        return Outlook(dict(self._announced), frozenset(self._missing))

    def note(self, operation: Operation, reply: Reply) -> None:
        """Take note of what a reply says.

        An announcement stands until the connection is opened anew: behind one address there may be servers of several
        versions, which would else take turns. What was missing and then answers is there.
        """
        notice = notice_in(reply.headers)
        if notice is not None:
            self._announce(operation, notice)
        if is_routers(reply):
            self._suspect(operation)
            return
        self._refused_last = None
        self._suspects.discard(operation)
        self._find(operation)
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            self._convict()

    def forget(self) -> None:
        """Withdraw everything, as at the end of a connection. Safe to repeat."""
        for operation in self._announced:
            _gauge(operation, "announced").dec()
        self._announced.clear()
        for operation in list(self._missing):
            self._find(operation)
        self._suspects.clear()

    def _announce(self, operation: Operation, notice: Notice) -> None:
        known = self._announced.get(operation)
        if known == notice or (known is not None and notice.sunset is None):
            return
        self._announced[operation] = notice
        logger.warning("Palette announces the end of %s", _ending(operation, notice))
        if known is None:
            _gauge(operation, "announced").inc()

    def _suspect(self, operation: Operation) -> None:
        """Suspect that the server lacks an operation; if its router refuses another one too, the address is wrong."""
        if self._refused_last not in {None, operation}:
            self._suspects.clear()
        elif operation not in self._missing:
            self._suspects.add(operation)
        self._refused_last = operation

    def _convict(self) -> None:
        """Believe what is suspected: the server answers to others."""
        for operation in self._suspects:
            self._missing.add(operation)
            _gauge(operation, "missing").inc()
            logger.warning("this Palette does not have %s", _named(operation))
        self._suspects.clear()

    def _find(self, operation: Operation) -> None:
        """Take back that an operation is missing, if that was said."""
        if operation in self._missing:
            self._missing.remove(operation)
            _gauge(operation, "missing").dec()


def notice_in(headers: Mapping[str, str]) -> Notice | None:
    """Read the headers that announce an end; None when there are none. What cannot be read announces no date."""
    deprecation, sunset = headers.get("deprecation", "").strip(), headers.get("sunset", "").strip()
    announced = (
        bool(deprecation) and deprecation.lower() not in {"false", "?0"},
        bool(sunset),
        bool(_RELATION.search(headers.get("link", ""))),
        _warns(headers.get("warning", "")),
    )
    return Notice(_day(sunset)) if any(announced) else None


def _warns(warning: str) -> bool:
    """Whether it is the persistent warning, 299, and one about an end: its text counts days, so it is not kept."""
    return bool(re.search(r"(?:^|,)\s*299\b", warning)) and bool(_OF_AN_END.search(warning))


def _day(http_date: str) -> date | None:
    try:
        moment = parsedate_to_datetime(http_date)
        return _in_utc(moment).date()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _named(operation: Operation) -> str:
    return f"{operation.method} {operation.template}"


def _ending(operation: Operation, notice: Notice) -> str:
    return _named(operation) if notice.sunset is None else f"{_named(operation)} (on {notice.sunset.isoformat()})"


def _some(names: list[str]) -> str:
    rest = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {rest} more" if rest > 0 else "")


def _gauge(operation: Operation, sign: str) -> Gauge:
    return metrics.DEPRECATED.labels(operation.method, operation.template, sign)
