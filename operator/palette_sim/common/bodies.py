"""What all request bodies share, and how a body that cannot be read is refused."""

from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from palette_sim.common.errors import ApiError, invalid

Labels = dict[str, str] | None
ArchType = Literal["amd64", "arm64"]
# Taken as it comes, and not kept: what an edge cluster does not have here.
Unkept = dict[str, object] | None
Int32 = Annotated[int, Field(ge=-(2**31), lt=2**31)]


class Body(BaseModel):
    """Base of all request bodies."""

    model_config = ConfigDict(strict=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


BodyT = TypeVar("BodyT", bound=Body)


class Nic(Body):
    """v1Nic."""

    dns: list[str] | None = None
    gateway: str | None = None
    ip: str | None = None
    is_default: bool | None = None
    mac_addr: str | None = None
    nic_name: str | None = None
    subnet: str | None = None


class Taint(Body):
    """v1Taint."""

    key: str | None = None
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    time_added: str | None = None


def read_error(error: ValidationError) -> ApiError:
    """Turn a failed validation into a 400 that names the first offending field and repeats no value."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    if first["type"] == "missing":
        return invalid(f"{field} in body is required")
    if first["type"] == "extra_forbidden":
        return invalid(f"{field} in body is not known")
    if first["type"] == "json_invalid":
        return invalid("body is not valid JSON")
    return invalid(f"{field} in body is invalid: {first['msg'][:1].lower()}{first['msg'][1:]}")
