"""What an object becomes before it is stored: pure rules for create and update, as kube-apiserver applies them.

Every function takes freshly parsed JSON, which it may change. Source: k8s.io/apiextensions-apiserver,
pkg/registry/customresource; k8s.io/apiserver, pkg/registry/rest.
"""

from __future__ import annotations

import copy
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from palette_sim.kube_api.errors import StatusError, bad_request, conflict, invalid, invalid_value
from palette_sim.kube_api.json_types import JsonObject, metadata_of, same_json
from palette_sim.kube_api.metadata import (
    keep_server_fields,
    metadata_problems,
    prune_metadata,
    shape_problem,
    update_problems,
)
from palette_sim.kube_api.structural import duplicates, fill_defaults, prune

if TYPE_CHECKING:
    from palette_sim.kube_api.resources import Resource

FieldValidation = Literal["Ignore", "Warn", "Strict"]
# Letters and digits that cannot be mistaken for one another, nor form words.
# Source: k8s.io/apimachinery, util/rand.
_SUFFIX_ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH: Final = 5


@dataclass(slots=True)
class Decoded:
    """An object as the schema knows it, and the fields that the schema did not know."""

    body: JsonObject
    unknown: list[str] = field(default_factory=list)


def decode(resource: Resource, body: object) -> Decoded:
    """Prune and default an object. 400 when it is not one of this resource."""
    if not isinstance(body, dict):
        raise bad_request("the body of the request must be an object")
    _check_version(resource, body)
    metadata = body.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        metadata = body["metadata"] = {}
    if problem := shape_problem(metadata):
        raise bad_request(f"{_cannot_be_handled(resource)}: {problem}")
    unknown = prune_metadata(metadata) + prune(body, resource.structural)
    fill_defaults(body, resource.structural)
    return Decoded(body, sorted(unknown))


def _cannot_be_handled(resource: Resource) -> str:
    return f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'


def strict_error(resource: Resource, unknown: list[str]) -> StatusError:
    """Return the refusal of unknown fields in a whole object."""
    return bad_request(f"{_cannot_be_handled(resource)}: strict decoding error: {unknown_fields(unknown)}")


def unknown_fields(unknown: list[str]) -> str:
    """Name unknown fields as strict decoding does."""
    return ", ".join(f'unknown field "{path}"' for path in unknown)


def _check_version(resource: Resource, body: JsonObject) -> None:
    body.setdefault("kind", resource.kind)
    found = body.setdefault("apiVersion", resource.api_version)
    if found != resource.api_version:
        raise bad_request(
            f"the API version in the data ({found}) does not match the expected API version ({resource.api_version})"
        )


def check_place(body: JsonObject, namespace: str, name: str = "") -> None:
    """Set the namespace of the URL, and the name where the object has none. 400 when they differ."""
    metadata = metadata_of(body)
    if name and metadata.setdefault("name", name) != name:
        raise bad_request(f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})")
    if not namespace:
        metadata.pop("namespace", None)
        return
    if metadata.get("namespace") and metadata["namespace"] != namespace:
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    metadata["namespace"] = namespace


def prepare_create(resource: Resource, body: JsonObject, now: str, uid: str) -> None:
    """Make `body` what is stored for a new object."""
    metadata = metadata_of(body)
    for name in ("resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "generation"):
        metadata.pop(name, None)
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + _suffix()
    metadata |= {"uid": uid, "creationTimestamp": now}
    if resource.tracks_generation:
        metadata["generation"] = 1
    if resource.has_status and not resource.status_kept_on_create:
        body.pop("status", None)
        # What is read back from storage is defaulted again, so a default status survives.
        fill_defaults(body, resource.structural)
    if resource.complete is not None:
        resource.complete(body)


def _suffix() -> str:
    return "".join(secrets.choice(_SUFFIX_ALPHABET) for _ in range(_SUFFIX_LENGTH))


def prepare_update(resource: Resource, body: JsonObject, before: JsonObject, subresource: str) -> JsonObject:
    """Return what is stored for a changed object, given what is stored now. `before` is only read."""
    if subresource == "status":
        metadata = {**before["metadata"]}
        updated = {name: value for name, value in before.items() if name != "status"}
        updated["metadata"] = metadata
        if "status" in body:
            updated["status"] = body["status"]
        return updated
    metadata = metadata_of(body)
    metadata.pop("resourceVersion", None)
    keep_server_fields(metadata, before["metadata"])
    if resource.has_status:
        body.pop("status", None)
        if "status" in before:
            # Copied, because `complete` may change it.
            body["status"] = copy.deepcopy(before["status"]) if resource.complete else before["status"]
    if resource.complete is not None:
        resource.complete(body)
    if resource.tracks_generation and _desire(resource, body) != _desire(resource, before):
        metadata["generation"] = before["metadata"].get("generation", 0) + 1
    return body


def _desire(resource: Resource, body: JsonObject) -> JsonObject:
    aside = {"metadata", "status"} if resource.has_status else {"metadata"}
    return {name: value for name, value in body.items() if name not in aside}


def is_unchanged(body: JsonObject, before: JsonObject) -> bool:
    """Whether storing `body` would change nothing but the resource version."""
    version = before["metadata"].get("resourceVersion")
    return same_json({**body, "metadata": {**body["metadata"], "resourceVersion": version}}, before)


def check_replaced(resource: Resource, body: JsonObject, before: JsonObject) -> None:
    """Refuse to replace another object than the one that is meant, even its status. 409."""
    wanted, found = metadata_of(body), metadata_of(before)
    if wanted.get("uid") and wanted["uid"] != found["uid"]:
        group = resource.group if resource.is_custom else ""
        place = "/".join(filter(None, ["/registry", group, resource.plural, found.get("namespace"), found["name"]]))
        why = (
            f"StorageError: invalid object, Code: 4, Key: {place}, ResourceVersion: 0, AdditionalErrorMsg: "
            f"Precondition failed: UID in precondition: {wanted['uid']}, UID in object meta: {found['uid']}"
        )
        raise conflict(resource.name, found["name"], why)


def check_preconditions(resource: Resource, body: JsonObject, before: JsonObject, subresource: str) -> None:
    """Refuse a change of another version than the one that is stored, 409, or of the uid, 422.

    A patch of the status passes over the uid, as kube-apiserver does.
    """
    wanted, found = metadata_of(body), metadata_of(before)
    name = found["name"]
    if wanted.get("resourceVersion") and wanted["resourceVersion"] != found["resourceVersion"]:
        raise conflict(resource.name, name)
    if not subresource and wanted.get("uid") and wanted["uid"] != found["uid"]:
        problem = invalid_value("metadata.uid", wanted["uid"], "field is immutable")
        raise invalid(resource.kind, resource.group, name, [problem])


def require_version(resource: Resource, body: JsonObject) -> None:
    """Refuse an update that does not name its resource version, where the resource needs it. 422."""
    metadata = metadata_of(body)
    if resource.needs_resource_version and not metadata.get("resourceVersion"):
        problem = invalid_value("metadata.resourceVersion", 0, "must be specified for an update")
        raise invalid(resource.plural, resource.group, metadata.get("name", ""), [problem])


def validate(resource: Resource, body: JsonObject, before: JsonObject | None = None, subresource: str = "") -> None:
    """Refuse an object that breaks its schema. 422, with every cause.

    A change of the status alone is checked against the schema of the status alone, as kube-apiserver does.
    """
    metadata = metadata_of(body)
    if body["kind"] != resource.kind:
        wrong_kind = invalid_value("kind", body["kind"], f"must be {resource.kind}")
        raise invalid(body["kind"], resource.group, metadata.get("name", ""), [wrong_kind])
    if subresource == "status":
        problems = resource.status_validator.causes(body.get("status", {}), "status")
        status_schema = resource.structural.properties.get("status")
        if status_schema is not None:
            problems += duplicates(body.get("status"), status_schema, "status")
    else:
        problems = metadata_problems(metadata)
        problems += update_problems(metadata, before["metadata"]) if before else []
        problems += resource.validator.causes(body)
        problems += duplicates(body, resource.structural)
        problems += resource.check(body) if resource.check is not None else ()
    if problems:
        raise invalid(resource.kind, resource.group, metadata.get("name", ""), problems)
