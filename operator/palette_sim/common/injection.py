"""What goes wrong on purpose: faults, dropped and lost responses, pauses, latency, outages."""

import asyncio
import random
import re
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from palette_sim.common.mangling import Place
from palette_sim.common.settings import Settings


class FaultKind(StrEnum):
    """What a fault does."""

    RESPOND = "respond"  # answer so instead of processing
    DROP = "drop"  # close the connection before processing
    LOSE = "lose"  # process, then close the connection without an answer
    MANGLE = "mangle"  # process, and damage the body of the answer
    OMIT = "omit"  # process, and leave one field out of the answer


class Fate(StrEnum):
    """What became of the answer to a request."""

    ANSWERED = "answered"
    DROPPED = "dropped"  # before it was processed
    LOST = "lost"  # processed, but the caller never heard


class FaultBody(StrEnum):
    """The body of an injected error."""

    JSON = "json"
    HTML = "html"
    EMPTY = "empty"
    TRUNCATED = "truncated"


def require_pattern(text: str) -> str:
    """Return `text`; raises ValueError unless it is a regular expression."""
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return text


Pattern = Annotated[str, AfterValidator(require_pattern)]


class Matching(Settings):
    """Which requests something is about: regular expressions for the whole method, and the path without the query."""

    method: Pattern = ".*"
    path: Pattern = ".*"


class FaultSpec(Matching):
    """A fault for the next `count` requests that match; without a count, until it is removed."""

    kind: FaultKind = FaultKind.RESPOND
    count: int | None = Field(default=1, ge=1)
    status: int = Field(default=500, ge=200, le=599)
    code: str | int = "InternalError"
    message: str = "An injected fault."
    body: FaultBody = FaultBody.JSON
    retry_after_s: int | None = Field(default=None, ge=0)
    headers: dict[str, str] = Field(default_factory=dict, description="Sent along, such as the Location of a redirect.")
    reply: JsonValue = Field(default=None, description="This body instead of an error's; null: an error's.")
    seed: int = Field(default=0, description="Of what `mangle` and `omit` do; each answer is damaged differently.")


class AnnouncementSpec(Matching):
    """Headers that every answer to a matching request carries, such as `Deprecation` and `Sunset`, until removed."""

    headers: dict[str, str] = Field(min_length=1)


class PauseSpec(Matching):
    """A pause for requests that match, before or after they are processed, until it is released."""

    point: Literal["before", "after"] = "before"
    count: int | None = Field(default=1, ge=1, description="How many requests it stops; null: all.")


class LatencySpec(Settings):
    """A delay before each request is processed, drawn evenly from a range; real seconds."""

    min_s: float = Field(default=0, ge=0)
    max_s: float = Field(default=0, ge=0)


class OutageMode(StrEnum):
    """How a Palette that is down shows itself."""

    OFF = "off"
    DROP = "drop"  # connections are closed without an answer
    UNAVAILABLE = "unavailable"  # a gateway answers 503 with HTML


@dataclass(slots=True)
class Fault:
    """A fault that is in force, and how many requests it has still to meet."""

    id: int
    spec: FaultSpec
    left: int | None
    dice: random.Random
    """Of its own, so that the same seed does the same damage whatever else is drawn."""
    omitted: dict[str, Place] = field(default_factory=dict)
    """What was left out of the latest answer to each request, by method and path."""


@dataclass(slots=True)
class Pause:
    """A pause that is in force. `waiting` requests are stopped at it now."""

    id: int
    spec: PauseSpec
    left: int | None
    waiting: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _abandoned: bool = False

    async def reached(self) -> None:
        """Wait until a request is stopped at it."""
        await self._reached.wait()

    def release(self) -> None:
        """Let all go on that wait, and stop nobody any more. Safe to repeat."""
        self._released.set()

    def abandon(self) -> None:
        """Drop the connections of all that wait, and stop nobody any more."""
        self._abandoned = True
        self.release()

    @property
    def is_released(self) -> bool:
        """Whether it stops nobody any more."""
        return self._released.is_set()

    async def hold(self) -> bool:
        """Stop the current request here; tells whether it may go on once it is released."""
        self.waiting += 1
        self._reached.set()
        try:
            await self._released.wait()
        finally:
            self.waiting -= 1
        return not self._abandoned


class Injections:
    """Everything that is to go wrong at present."""

    def __init__(self, seed: int = 0) -> None:
        self.faults: dict[int, Fault] = {}
        self.pauses: dict[int, Pause] = {}
        self.announcements: dict[int, AnnouncementSpec] = {}
        self.latency = LatencySpec()
        self.outage = OutageMode.OFF
        self._ids = count(1)
        self._dice = random.Random(seed)  # noqa: S311 - reproducible delays, not secret

    def add_fault(self, spec: FaultSpec) -> Fault:
        """Put a fault into force."""
        fault = Fault(next(self._ids), spec, spec.count, random.Random(spec.seed))  # noqa: S311 - reproducible
        self.faults[fault.id] = fault
        return fault

    def add_pause(self, spec: PauseSpec) -> Pause:
        """Put a pause into force."""
        pause = Pause(next(self._ids), spec, spec.count)
        self.pauses[pause.id] = pause
        return pause

    def announce(self, spec: AnnouncementSpec) -> int:
        """Send headers with every answer to the requests that match; returns the number of the announcement."""
        number = next(self._ids)
        self.announcements[number] = spec
        return number

    def announced(self, method: str, path: str) -> dict[str, str]:
        """Tell the headers that the answer to this request carries."""
        matching = (spec.headers for spec in self.announcements.values() if _matches(spec, method, path))
        return {name: text for headers in matching for name, text in headers.items()}

    def take_fault(self, method: str, path: str) -> Fault | None:
        """Tell the fault that this request meets, if any, and count it."""
        for fault in self.faults.values():
            if _matches(fault.spec, method, path):
                if fault.left is not None:
                    fault.left -= 1
                    if not fault.left:
                        del self.faults[fault.id]
                return fault
        return None

    async def pause(self, point: str, method: str, path: str) -> bool:
        """Stop this request at the pauses that match it; tells whether it may go on afterwards."""
        for pause in list(self.pauses.values()):
            if pause.spec.point == point and not pause.is_released and _matches(pause.spec, method, path):
                if pause.left == 0:
                    continue
                if pause.left is not None:
                    pause.left -= 1
                if not await pause.hold():
                    return False
        return True

    async def delay(self) -> None:
        """Wait for the injected latency."""
        if self.latency.max_s:
            await asyncio.sleep(self._dice.uniform(min(self.latency.min_s, self.latency.max_s), self.latency.max_s))

    def release_all(self) -> None:
        """Release every pause and remove it."""
        for pause in self.pauses.values():
            pause.release()
        self.pauses.clear()

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.release_all()
        self.faults.clear()
        self.announcements.clear()
        self.latency = LatencySpec()
        self.outage = OutageMode.OFF


def _matches(spec: Matching, method: str, path: str) -> bool:
    return bool(re.fullmatch(spec.method, method) and re.fullmatch(spec.path, path))
