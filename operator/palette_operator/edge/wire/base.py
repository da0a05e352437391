"""What all of a host's replies have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, TypeAlias, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from palette_operator.http import wire
from palette_operator.http.replies import Reply, cleaned
from palette_operator.http.wire import Labels, Number, Speaker, Switch, Texts, Time, Wire, with_zone, without_empty

__all__ = [
    "Labels",
    "Number",
    "Saying",
    "Switch",
    "Texts",
    "Time",
    "Wire",
    "Words",
    "check_acknowledged",
    "decode",
    "with_zone",
    "without_empty",
]

T = TypeVar("T")
HOST = Speaker("the host", "Unreachable")


def _in_words(value: object) -> object:
    if not isinstance(value, dict):
        return value
    return {key: _word(each) for key, each in value.items() if each is not None}


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


Words: TypeAlias = Annotated[dict[str, str], BeforeValidator(_in_words)]
"""An object whose values are not specified, read as text."""


Saying: TypeAlias = Annotated[str, AfterValidator(lambda text: cleaned(text, ()))]
"""Words for people, which end in a status: printable, in one line, and not too many."""


class Metadata(Wire):
    """v1MetaData."""

    id: str = ""
    name: str = ""
    labels: Labels = Field(default_factory=dict)
    creation_timestamp: Time = None
    last_modified_timestamp: Time = None

    @property
    def created_at(self) -> datetime | None:
        """When it was created, with a time zone."""
        return with_zone(self.creation_timestamp)

    @property
    def modified_at(self) -> datetime | None:
        """When it was last modified, with a time zone."""
        return with_zone(self.last_modified_timestamp)


class Health(Wire):
    """v1Health."""

    status: str = ""
    reason: Saying = ""


def decode(doing: str, reply: Reply, shape: type[T]) -> T:
    """Read a reply as `shape`; raises Unavailable that names the call and the place, never a value of the body."""
    return wire.decode(doing, reply, shape, HOST)


def check_acknowledged(doing: str, reply: Reply) -> None:
    """Return if a write was done; raises Unavailable when the answer is not one of the host's, whatever its status."""
    wire.check_acknowledged(doing, reply, HOST)
