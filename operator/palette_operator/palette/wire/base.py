"""What all replies have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
from palette_operator.palette.failures import Reply

T = TypeVar("T")


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
    """Palette writes the year 1 (and sometimes nothing) for a time that was never set."""
    return None if value == "" or (isinstance(value, str) and value.startswith("0001-01-01")) else value


def _unset_when_odd(value: object, read: ValidatorFunctionWrapHandler) -> datetime | None:
    """Take a time that cannot be read for unset: times only hint, and the rest of the row is worth reading."""
    try:
        moment: datetime | None = read(_unset_when_zero(value))
    except ValidationError:
        return None
    return moment


def with_zone(value: datetime | None) -> datetime | None:
    """Take a time without a zone for UTC."""
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


Labels: TypeAlias = Annotated[dict[str, str], BeforeValidator(_without_null_items)]
Texts: TypeAlias = Annotated[list[str], BeforeValidator(_without_null_items)]
Time: TypeAlias = Annotated[datetime | None, WrapValidator(_unset_when_odd)]


class Metadata(Wire):
    """v1ObjectMeta."""

    uid: str = ""
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


class ListMeta(Wire):
    """v1ListMetaData: `continue` is empty on the last page."""

    continue_: str = Field(default="", alias="continue")
    count: int | None = None


class Created(Wire):
    """v1Uid, the answer to a create."""

    uid: str = Field(min_length=1)


def decode(doing: str, reply: Reply, shape: type[T]) -> T:
    """Read a reply as `shape`; raises Unavailable that names the call and the place, never a value of the body."""
    try:
        return TypeAdapter(shape).validate_json(reply.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        place = ".".join("[]" if isinstance(step, int) else step for step in first["loc"]) or "the body"
        message = f"{doing}: Palette's answer cannot be read ({place}: {first['type']})"
    # Outside of the handler: the validation error quotes the body, which may hold secrets.
    raise Unavailable("PaletteUnreachable", message)


def check_acknowledged(doing: str, reply: Reply) -> None:
    """Return if a write was done; raises Unavailable when the answer is not one of Palette's, whatever its status.

    Palette answers a write with nothing, or with JSON. A sign-in page with status 200 comes from a proxy, and whether
    Palette ever saw the write is not known.
    """
    unread = Unavailable("PaletteUnreachable", f"{doing}: the answer is not one that Palette gives to a write")
    try:
        answer = from_json(reply.content) if reply.content.strip() else None
    except ValueError:
        raise unread from None
    if isinstance(answer, dict) and answer.get("code") and answer.get("message"):
        raise unread


def without_empty(body: Mapping[str, object]) -> dict[str, object]:
    """Leave out what is not set: Palette's older versions do not know every field."""
    return {key: value for key, value in body.items() if value not in (None, "", {}, [])}
