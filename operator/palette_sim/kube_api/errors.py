"""What the server answers when it refuses: a Kubernetes `Status`, worded as kube-apiserver words it.

Source: k8s.io/apimachinery, packages api/errors and util/validation/field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from palette_sim.kube_api.json_types import JsonObject


@dataclass(frozen=True, slots=True, order=True)
class ResourceName:
    """Group and plural: what the Go code calls a GroupResource."""

    group: str
    plural: str

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


@dataclass(frozen=True, slots=True)
class FieldError:
    """One cause of an `Invalid` status: its reason, the path of the field, and the sentence on it."""

    reason: str
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


class StatusError(Exception):
    """A request is refused with an HTTP status and a Kubernetes `Status` body."""

    def __init__(self, code: int, reason: str, message: str, details: JsonObject | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details

    def status(self) -> JsonObject:
        """Return the `Status` object that is sent."""
        body: JsonObject = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        return body | {"code": self.code}


def render_value(value: object) -> str:
    """Write a refused value as the Go code does: strings quoted, the rest as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def invalid_value(field: str, value: object, detail: str) -> FieldError:
    """Say that a value is malformed."""
    return FieldError("FieldValueInvalid", field, f"Invalid value: {render_value(value)}: {detail}")


def required_value(field: str, detail: str = "") -> FieldError:
    """Say that a value is missing."""
    return FieldError("FieldValueRequired", field, "Required value" + (f": {detail}" if detail else ""))


def duplicate_value(field: str, value: object) -> FieldError:
    """Say that a value must be unique and is not."""
    return FieldError("FieldValueDuplicate", field, f"Duplicate value: {render_value(value)}")


def forbidden_value(field: str, detail: str) -> FieldError:
    """Say that a value would be fine elsewhere, not here and now."""
    return FieldError("FieldValueForbidden", field, f"Forbidden: {detail}")


def invalid(kind: str, group: str, name: str, causes: Iterable[FieldError]) -> StatusError:
    """422: the object breaks its schema or its rules."""
    causes = list(dict.fromkeys(causes))
    sentences = [str(cause) for cause in causes]
    summary = sentences[0] if len(sentences) == 1 else f"[{', '.join(sentences)}]"
    qualified = f"{kind}.{group}" if group else kind
    named = {"name": name, "group": group, "kind": kind}
    details: JsonObject = {key: value for key, value in named.items() if value}
    details["causes"] = [{"reason": c.reason, "message": c.message, "field": c.field} for c in causes]
    return StatusError(422, "Invalid", f'{qualified} "{name}" is invalid: {summary}', details)


def _details(resource: ResourceName, name: str) -> JsonObject:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    return {key: value for key, value in details.items() if value}


def not_found(resource: ResourceName, name: str) -> StatusError:
    """404 for an object."""
    return StatusError(404, "NotFound", f'{resource} "{name}" not found', _details(resource, name))


class NoSuchPathError(Exception):
    """Nothing is served under the path: a 404 that is not even a `Status`."""


def already_exists(resource: ResourceName, name: str) -> StatusError:
    """409 for a create."""
    return StatusError(409, "AlreadyExists", f'{resource} "{name}" already exists', _details(resource, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(resource: ResourceName, name: str, why: str = MODIFIED) -> StatusError:
    """409 for a change whose precondition does not hold."""
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return StatusError(409, "Conflict", message, _details(resource, name))


def unprocessable() -> StatusError:
    """422 for a JSON patch that does not fit the object."""
    return StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def forbidden(resource: ResourceName, name: str, why: str) -> StatusError:
    """403 for something that the state of the cluster forbids."""
    return StatusError(403, "Forbidden", f'{resource} "{name}" is forbidden: {why}', _details(resource, name))


def bad_request(message: str) -> StatusError:
    """400: the request cannot be understood."""
    return StatusError(400, "BadRequest", message)


def expired(message: str) -> StatusError:
    """410: the asked-for resource version is no longer in the history."""
    return StatusError(410, "Expired", message)


def method_not_allowed(resource: ResourceName) -> StatusError:
    """405: the resource has no such verb."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(405, "MethodNotAllowed", message, _details(resource, ""))


def unsupported_media_type(accepted: Iterable[str]) -> StatusError:
    """415: the body has a content type that is not understood here."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return StatusError(415, "UnsupportedMediaType", message)


def unauthorized() -> StatusError:
    """401: the bearer token is missing or wrong."""
    return StatusError(401, "Unauthorized", "Unauthorized")
