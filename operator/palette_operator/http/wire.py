"""What all bodies have in common, whoever answers: they are read with tolerance, and never quoted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, TypeAlias, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from palette_operator.domain.errors import Unavailable
from palette_operator.http.replies import Reply

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose answers are read."""

    name: str
    """For messages: `Palette`."""
    unreachable: str
    """The condition reason for an answer that is none of theirs."""


class Wire(BaseModel):
    """A part of a reply: unknown fields are ignored, missing and null ones take their default."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, frozen=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, value: object) -> object:
        return _without_null_items(value) if isinstance(value, dict) else value


def _without_null_items(value: object) -> object:
    if isinstance(value, dict):
        return {k: v for k, v in value.items() if v is not None and _is_json(v)}
    return [item for item in value if item is not None and _is_json(item)] if isinstance(value, list) else value


def _is_json(value: object) -> bool:
    """Return True; raises ValueError for NaN and the infinities, which the parser lets pass and JSON does not have."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number that is none")
    return True


def _unset_when_zero(value: object) -> object:
    """Take the year 1 and nothing for unset: both servers write the one, and sometimes the other."""
    return None if value == "" or (isinstance(value, str) and value.startswith("0001-01-01")) else value


def _unset_when_odd(value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
    """Take a time that cannot be read for unset: times only hint, and the rest of the row is worth reading."""
    try:
        moment: datetime | None = read(_unset_when_zero(value))
    except ValidationError:
        return None
    return moment


def _none_when_odd(value: object, read: ValidatorFunctionWrapHandler) -> object:
    """Take what is only shown and cannot be read for unset: the rest of the row is worth reading."""
    try:
        return read(value)
    except ValidationError:
        return None


def with_zone(value: datetime | None) -> datetime | None:
    """Take a time without a zone for UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


Labels: TypeAlias = Annotated[dict[str, str], BeforeValidator(_without_null_items)]
Texts: TypeAlias = Annotated[list[str], BeforeValidator(_without_null_items)]
Time: TypeAlias = Annotated[datetime | None, WrapValidator(_unset_when_odd)]
Number: TypeAlias = Annotated[int | None, WrapValidator(_none_when_odd)]
"""A figure that is only shown."""
Switch: TypeAlias = Annotated[bool | None, WrapValidator(_none_when_odd)]
"""A yes or no that is only shown."""
Uid: TypeAlias = Annotated[str, Field(min_length=1)]
"""A uid, or a name by which something is known; without it the thing would read as another, or as one not there."""


def decode(doing: str, reply: Reply, shape: type[T], speaker: Speaker) -> T:
    """Read a reply as `shape`; raises Unavailable that names the call and the place, never a value of the body."""
    try:
        return TypeAdapter(shape).validate_json(reply.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join("[]" if isinstance(step, int) else step for step in first["loc"]) or "the body"
        message = f"{doing}: {speaker.name}'s answer cannot be read ({place}: {first['type']})"
    # Outside of the handler: the validation error quotes the body, which may hold secrets.
    raise Unavailable(speaker.unreachable, message)


def check_acknowledged(doing: str, reply: Reply, speaker: Speaker) -> None:
    """Return if a write was done; raises Unavailable when the answer is not the speaker's, whatever its status.

    A write is answered with nothing, or with JSON. A sign-in page with status 200 comes from a proxy, and whether the
    speaker ever saw the write is not known.
    """
    unread = Unavailable(speaker.unreachable, f"{doing}: the answer is not one that {speaker.name} gives to a write")
    try:
        answer = from_json(reply.content) if reply.content.strip() else None
    except ValueError:
        raise unread from None
    if isinstance(answer, dict) and answer.get("code") and answer.get("message"):
        raise unread


def without_empty(body: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is not set: older servers do not know every field."""
    return {key: value for key, value in body.items() if value not in (None, "", {}, [])}
