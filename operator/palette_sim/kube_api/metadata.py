"""The rules on `metadata`: names, labels, what clients may change, what the server sets.

Source: k8s.io/apimachinery, api/validation and util/validation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from palette_sim.kube_api.errors import FieldError, forbidden_value, invalid_value, required_value

if TYPE_CHECKING:
    from palette_sim.kube_api.json_types import JsonObject

KNOWN_FIELDS: Final = frozenset(
    [
        "name",
        "generateName",
        "namespace",
        "selfLink",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "labels",
        "annotations",
        "ownerReferences",
        "finalizers",
        "managedFields",
    ]
)
_SERVER_FIELDS: Final = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation")
MAX_NAME_LENGTH: Final = 253
MAX_LABEL_LENGTH: Final = 63
MAX_ANNOTATIONS_BYTES: Final = 256 * 1024

_SUBDOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL_VALUE: Final = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_QUALIFIED_NAME: Final = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_SUBDOMAIN_ADVICE: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_VALUE_ADVICE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_LABEL_VALUE}')"
)
_NAME_PART_ADVICE: Final = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_QUALIFIED_NAME}')"
)


def prune_metadata(metadata: JsonObject) -> list[str]:
    """Remove unknown members and `managedFields`, which are not kept here; return the paths of the unknown ones."""
    unknown = sorted(set(metadata) - KNOWN_FIELDS)
    for name in (*unknown, "managedFields", "selfLink"):
        metadata.pop(name, None)
    for name in [name for name, value in metadata.items() if value is None]:
        del metadata[name]
    return [f"metadata.{name}" for name in unknown]


def shape_problem(metadata: JsonObject) -> str:
    """Return what the Go decoder would say of a member of the wrong type, or nothing."""
    for name in ("labels", "annotations"):
        members = metadata.get(name, {})
        if not isinstance(members, dict):
            return _cannot_unmarshal(members, name, "map[string]string")
        for value in members.values():
            if not isinstance(value, str):
                return _cannot_unmarshal(value, name, "string")
    finalizers = metadata.get("finalizers", [])
    if not isinstance(finalizers, list) or not all(isinstance(item, str) for item in finalizers):
        return _cannot_unmarshal(finalizers, "finalizers", "[]string")
    for name in ("name", "namespace", "uid", "resourceVersion", "generateName"):
        if not isinstance(metadata.get(name, ""), str):
            return _cannot_unmarshal(metadata[name], name, "string")
    return ""


def _cannot_unmarshal(value: object, name: str, wanted: str) -> str:
    found = {bool: "bool", int: "number", float: "number", str: "string", list: "array"}.get(type(value), "object")
    return f"json: cannot unmarshal {found} into Go struct field ObjectMeta.{name} of type {wanted}"


def metadata_problems(metadata: JsonObject) -> list[FieldError]:
    """Check names, labels, annotations and finalizers of an object that is to be stored."""
    problems = []
    name = metadata.get("name", "")
    if not name:
        problems.append(required_value("metadata.name", "name or generateName is required"))
    elif len(name) > MAX_NAME_LENGTH:
        problems.append(invalid_value("metadata.name", name, f"must be no more than {MAX_NAME_LENGTH} bytes"))
    elif not re.fullmatch(_SUBDOMAIN, name):
        problems.append(invalid_value("metadata.name", name, _SUBDOMAIN_ADVICE))
    for key, value in metadata.get("labels", {}).items():
        problems += _qualified_name_problems("metadata.labels", key)
        if len(value) > MAX_LABEL_LENGTH:
            advice = f"must be no more than {MAX_LABEL_LENGTH} bytes"
            problems.append(invalid_value("metadata.labels", value, advice))
        elif not re.fullmatch(_LABEL_VALUE, value):
            problems.append(invalid_value("metadata.labels", value, _LABEL_VALUE_ADVICE))
    annotations = metadata.get("annotations", {})
    for key in annotations:
        problems += _qualified_name_problems("metadata.annotations", key.lower())
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > MAX_ANNOTATIONS_BYTES:
        too_long = f"Too long: may not be more than {MAX_ANNOTATIONS_BYTES} bytes"
        problems.append(FieldError("FieldValueTooLong", "metadata.annotations", too_long))
    for finalizer in metadata.get("finalizers", []):
        problems += _qualified_name_problems("metadata.finalizers", finalizer)
    return problems


def _qualified_name_problems(field: str, key: str) -> list[FieldError]:
    prefix, slash, name = key.rpartition("/")
    if slash and not re.fullmatch(_SUBDOMAIN, prefix):
        return [invalid_value(field, key, f"prefix part {_SUBDOMAIN_ADVICE}")]
    if len(name) > MAX_LABEL_LENGTH:
        return [invalid_value(field, key, f"name part must be no more than {MAX_LABEL_LENGTH} bytes")]
    if not re.fullmatch(_QUALIFIED_NAME, name):
        return [invalid_value(field, key, _NAME_PART_ADVICE)]
    return []


def keep_server_fields(metadata: JsonObject, before: JsonObject) -> None:
    """Set what only the server sets back to what it was."""
    for name in _SERVER_FIELDS:
        if name in before:
            metadata[name] = before[name]
        else:
            metadata.pop(name, None)


def update_problems(metadata: JsonObject, before: JsonObject) -> list[FieldError]:
    """Check what an update may not change."""
    if "deletionTimestamp" not in before:
        return []
    added = sorted(set(metadata.get("finalizers", [])) - set(before.get("finalizers", [])))
    if not added:
        return []
    shown = ", ".join(f'"{name}"' for name in added)
    why = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{shown}}}"
    return [forbidden_value("metadata.finalizers", why)]
