"""Actions that a person asks for once, by an annotation that bears the present time.

    kubectl annotate eh edge-0042-a palette.spectrocloud.com/reset-requested-at=$(date -u +%FT%TZ)

Git owns the spec, and a field that says "reset" would say it for ever. What was asked for is remembered in
`status.lastHandledRequests` before it is done: an action that may be lost is better than one that is done twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

_LATEST = timedelta(minutes=10)
_AHEAD = timedelta(minutes=1)
"""By which somebody's clock may be ahead of ours."""
_REMEMBERED_CHARACTERS = 64
"""More than any time needs: of what is none, a beginning is remembered."""


class OneShot(StrEnum):
    """An action that can be asked for."""

    RESET = "reset"
    REBOOT = "reboot"
    SHUTDOWN = "shutdown"
    RENEW_CERTIFICATES = "renew-certificates"

    @property
    def annotation(self) -> str:
        """The annotation that asks for it."""
        return f"palette.spectrocloud.com/{self.value}-requested-at"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A request that is not acted upon."""

    action: OneShot
    why: str
    """Names the annotation and says what to do instead."""


@dataclass(frozen=True, slots=True)
class Requests:
    """What is asked for now and was not handled yet."""

    due: tuple[OneShot, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    handled: Mapping[str, str] = field(default_factory=dict)
    """`status.lastHandledRequests` as it must stand before any of them is done."""

    @property
    def is_new(self) -> bool:
        """Whether anything is to be remembered."""
        return bool(self.due or self.ignored)


def requests(
    annotations: Mapping[str, str],
    offered: Iterable[OneShot],
    handled: Mapping[str, str],
    *,
    created_at: datetime | None,
    now: datetime,
) -> Requests:
    """Judge the requests for what is `offered` on a resource created at `created_at`.

    Due is a time after the resource's creation, at most 10 minutes old and not more than a minute ahead. Any other is
    to be told of once, and never acted upon later: who wrote it may have left long ago.
    """
    asked = list(_unhandled(annotations, offered, handled))
    judged = [(action, _objection(action, text, created_at, now)) for action, text in asked]
    return Requests(
        due=tuple(action for action, why in judged if not why),
        ignored=tuple(Ignored(action, why) for action, why in judged if why),
        handled={**handled, **{action.value: text[:_REMEMBERED_CHARACTERS] for action, text in asked}},
    )


def _unhandled(
    annotations: Mapping[str, str], offered: Iterable[OneShot], handled: Mapping[str, str]
) -> Iterator[tuple[OneShot, str]]:
    for action in offered:
        text = annotations.get(action.annotation, "")
        if text and text[:_REMEMBERED_CHARACTERS] != handled.get(action.value):
            yield action, text


def _objection(action: OneShot, text: str, created_at: datetime | None, now: datetime) -> str:
    """Return why a request is ignored; "" when it is due. The text itself is never repeated."""
    at = _moment(text)
    if at is None:
        return f"{action.annotation} is not a UTC time such as 2026-01-31T12:00:00Z; nothing was done"
    if created_at is None or at <= created_at:
        return f"{action.annotation} is not newer than the resource; set it to the present time to {action.value}"
    if now - at > _LATEST:
        return f"{action.annotation} is more than 10 minutes old; set it to the present time to {action.value}"
    if at - now > _AHEAD:
        return f"{action.annotation} lies in the future; set it to the present time to {action.value}"
    return ""


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
