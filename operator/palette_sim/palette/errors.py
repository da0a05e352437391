"""How the simulated Palette says no. Source: Palette docs, "Response Codes"."""

from dataclasses import dataclass

from palette_sim.common.errors import ApiError


def unauthorized() -> ApiError:
    """Say that no known key came with the request."""
    return ApiError(401, "UnAuthorizedAccess", "The request carries no valid authentication.")


def forbidden(permission: str) -> ApiError:
    """Say that `permission`, such as `cluster.get`, is not granted in the scope of the request."""
    return ApiError(403, "OperationForbidden", f"Operation forbidden: {permission} is not granted in this scope.")


def not_found(kind: str, uid: str) -> ApiError:
    """Say that the object, or one that it depends on, does not exist."""
    return ApiError(404, "ResourceNotFound", f"The {kind} '{uid}' is not found.")


@dataclass(frozen=True, slots=True)
class Problem:
    """A rule of operation that a request breaks, with the machine pool or profile it is about ("" if neither)."""

    code: str
    message: str
    pool: str = ""
    profile_uid: str = ""


class Refused(Exception):
    """An operational error: the request is well-formed, the state of things does not allow it.

    It is sent with the configured status. Source: Palette docs, "Response Codes" (500: explicit code and message).
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
