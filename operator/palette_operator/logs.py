"""The operator's log: JSON or text, each line about a resource with the fields to find it by.

A line is written when something was done, became so, or failed in another way than before. A look that found all as it
was writes none.
"""

from __future__ import annotations

import logging
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.identifiers import ObjectKey

# Kopf tells of each event that it passes on; httpx of each request, with its URL.
_QUIET = {"kopf.objects": logging.WARNING, "httpx": logging.WARNING, "httpcore": logging.WARNING}
_SAME_WITHIN_S = 3_600.0
_MOST_REMEMBERED = 10_000


@dataclass(slots=True)
class _Look:
    key: ObjectKey
    generation: int | None
    began_s: float = field(default_factory=time.monotonic)
    is_over: bool = False
    """A task that was begun during a look may outlive it, and is then about other resources too."""


_present: ContextVar[_Look | None] = ContextVar("look", default=None)


def configure_logging(level: str, log_format: str) -> None:
    """Send logs to standard error. `log_format` is json or text; `level` debug, info, warning or error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_with_look)
    if log_format == "json":
        handler.setFormatter(_Json("%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name, quiet_level in _QUIET.items():
        logging.getLogger(name).setLevel(quiet_level)


def about(key: ObjectKey) -> dict[str, str]:
    """Return the field that says which resource a line is about: `PaletteCluster/retail/store-0042`."""
    return {"object": "/".join(part for part in key if part)}


@contextmanager
def looking_at(key: ObjectKey, generation: int | None) -> Iterator[None]:
    """Let every line bear the resource and its generation that is written meanwhile, by whatever is called."""
    look = _Look(key, generation)
    token = _present.set(look)
    try:
        yield
    finally:
        look.is_over = True
        _present.reset(token)


def took() -> dict[str, float]:
    """Return the field that says how long the present look has lasted; none outside of a look."""
    look = _present.get()
    return {} if look is None or look.is_over else {"duration_s": _since(look.began_s)}


class Acting:
    """One action under way."""

    def __init__(self) -> None:
        self.was_needed = True

    def not_needed(self) -> None:
        """Say that it had been done already, which is worth no line."""
        self.was_needed = False


@contextmanager
def acting(logger: logging.Logger, action: str, doing: str) -> Iterator[Acting]:
    """Log an action when it is done, or why it was not; `action` names its kind, `doing` says it in plain words.

    The same failure again is for debugging alone.
    """
    began_s, under_way, named = time.monotonic(), Acting(), _named(doing)
    try:
        yield under_way
    except ReconcileError as error:
        fields = {"action": action, "duration_s": _since(began_s), **cause(error)}
        logger.log(level_of(f"{named}: {error.message}"), "%s: not done: %s", named, error.message, extra=fields)
        raise
    level = logging.INFO if under_way.was_needed else logging.DEBUG
    logger.log(level, "%s", named, extra={"action": action, "duration_s": _since(began_s)})


def cause(error: ReconcileError) -> dict[str, str]:
    """Return the fields that say why something failed, with Palette's reference for its support."""
    ref = error.answer.ref if error.answer is not None else ""
    return {"reason": error.reason, **({"ref": ref} if ref else {})}


class Repetitions:
    """What was said of which resource within the last hour; bounded."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` tells monotonic seconds."""
        self._now = now
        self._said: OrderedDict[tuple[str, str], float] = OrderedDict()

    def is_news(self, subject: str, text: str) -> bool:
        """Tell whether that was not said within an hour, and remember that it is said now."""
        now = self._now()
        said_s = self._said.get((subject, text))
        if said_s is not None and now - said_s < _SAME_WITHIN_S:
            return False
        self._said[subject, text] = now
        self._said.move_to_end((subject, text))
        if len(self._said) > _MOST_REMEMBERED:
            self._said.popitem(last=False)
        return True


_REPETITIONS = Repetitions()


def level_of(text: str, level: int = logging.INFO) -> int:
    """Return the level for a line that may come again and again: `level` at first, then an hour long DEBUG."""
    look = _present.get()
    return level if _REPETITIONS.is_news(str(look.key) if look else "", text) else logging.DEBUG


def _named(doing: str) -> str:
    look = _present.get()
    return doing if look is None or look.is_over else f"{look.key}: {doing}"


def _since(began_s: float) -> float:
    return round(time.monotonic() - began_s, 3)


def _with_look(record: logging.LogRecord) -> bool:
    """Add the present look's fields to a line that does not say itself what it is about. Keeps every line."""
    look = _present.get()
    if look is not None and not look.is_over and not hasattr(record, "object"):
        record.object = about(look.key)["object"]
    if look is not None and not look.is_over and look.generation is not None and not hasattr(record, "generation"):
        record.generation = look.generation
    return True


class _Json(JsonFormatter):
    """One object a line: time, level, logger and message first, then whatever else is known."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Fill in the fields of a line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        log_data["time"] = at.replace("+00:00", "Z")
        log_data["level"] = record.levelname.lower()
        log_data["logger"] = record.name
        super().add_fields(log_data, record, message_dict)
