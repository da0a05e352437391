"""How a simulated API says no.

Bodies are v1Error: `{code, message, details, ref}`. Router-level errors carry a numeric code, everything else a string.
Source: Palette docs, "Response Codes"; Palette OpenAPI 4.9, v1Error; Edge Management OpenAPI, v1Error.
"""

from dataclasses import dataclass
from uuid import uuid4

from palette_sim.common.jsonvalue import Json


@dataclass(eq=False)
class ApiError(Exception):
    """One refusal, ready to be sent. The message never holds what the caller sent, only names of fields."""

    status: int
    code: str | int
    message: str

    def __post_init__(self) -> None:
        super().__init__(f"{self.status} {self.code}: {self.message}")

    def body(self) -> dict[str, Json]:
        """Write it as v1Error, with a fresh correlation id as `ref`."""
        return {"code": self.code, "message": self.message, "details": {}, "ref": uuid4().hex}


def invalid(message: str) -> ApiError:
    """Say that the request does not follow the schema."""
    return ApiError(400, "InvalidRequestPayload", message)
