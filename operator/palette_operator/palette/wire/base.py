"""What all of Palette's replies have in common."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from pydantic import Field

from palette_operator.http import wire
from palette_operator.http.replies import Reply
from palette_operator.http.wire import Labels, Speaker, Texts, Time, Uid, Wire, with_zone, without_empty

__all__ = ["Labels", "Texts", "Time", "Uid", "Wire", "with_zone", "without_empty"]

T = TypeVar("T")
PALETTE = Speaker("Palette", "PaletteUnreachable")


class Metadata(Wire):
    """v1ObjectMeta. What has no uid is nothing that could be found again."""

    uid: Uid
    name: str = ""
    labels: Labels = Field(default_factory=dict)
    annotations: Labels = Field(default_factory=dict)
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


class Reference(Wire):
    """Any of the many `{uid, name}` pairs."""

    uid: str = ""
    name: str = ""


class Identified(Wire):
    """The metadata of what a reference resolves to."""

    uid: Uid
    name: str = ""


class ListMeta(Wire):
    """v1ListMetaData: `continue` is empty on the last page."""

    continue_: str = Field(default="", alias="continue")
    count: int | None = None


class Created(Wire):
    """v1Uid, the answer to a create."""

    uid: Uid


def decode(doing: str, reply: Reply, shape: type[T]) -> T:
    """Read a reply as `shape`; raises Unavailable that names the call and the place, never a value of the body."""
    return wire.decode(doing, reply, shape, PALETTE)


def check_acknowledged(doing: str, reply: Reply) -> None:
    """Return if a write was done; raises Unavailable when the answer is not one of Palette's, whatever its status."""
    wire.check_acknowledged(doing, reply, PALETTE)
