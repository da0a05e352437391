"""CustomResourceDefinitions: how they are completed, checked, and turned into served resources."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from palette_sim.kube_api.builtins import CRD_GROUP
from palette_sim.kube_api.errors import FieldError, ResourceName, invalid_value, required_value
from palette_sim.kube_api.json_types import metadata_of
from palette_sim.kube_api.resources import Resource
from palette_sim.kube_api.tables import NAME, Cell, Column, parse_columns
from palette_sim.kube_api.validation import compile_problem

if TYPE_CHECKING:
    from palette_sim.kube_api.json_types import JsonObject

_OPEN: Final[JsonObject] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
_CONDITIONS: Final = (
    ("NamesAccepted", "NoConflicts", "no conflicts found"),
    ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
)


def crd_resource() -> Resource:
    """Return the resource of CustomResourceDefinitions themselves."""
    return Resource(
        CRD_GROUP,
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        namespaced=False,
        short_names=("crd", "crds"),
        columns=(NAME, Column("Created At", "date", _created_at, format="date-time")),
        has_status=True,
        tracks_generation=True,
        status_kept_on_create=True,
        complete=_complete,
        check=_check,
        schema={
            "type": "object",
            "description": "CustomResourceDefinition represents a resource that should be exposed on the API server.",
            "required": ["spec"],
            "properties": {"spec": _OPEN, "status": _OPEN},
        },
    )


def _created_at(body: JsonObject, _now: datetime) -> Cell:
    created: Cell = metadata_of(body).get("creationTimestamp")
    return created


def _complete(body: JsonObject) -> None:
    spec = body.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("names"), dict):
        return
    names = spec["names"]
    names.setdefault("singular", str(names.get("kind", "")).lower())
    names.setdefault("listKind", f"{names.get('kind', '')}List")
    spec.setdefault("conversion", {"strategy": "None"})
    status = body.setdefault("status", {})
    since = {c["type"]: c["lastTransitionTime"] for c in status.get("conditions") or []}
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    status["conditions"] = [
        {
            "type": kind,
            "status": "True",
            "reason": reason,
            "message": message,
            "lastTransitionTime": since.get(kind, now),
        }
        for kind, reason, message in _CONDITIONS
    ]
    status["acceptedNames"] = dict(names)
    stored = [version.get("name") for version in spec.get("versions") or [] if version.get("storage")]
    status["storedVersions"] = list(dict.fromkeys([*status.get("storedVersions", []), *stored]))


def _check(body: JsonObject) -> Iterator[FieldError]:
    spec = body.get("spec") or {}
    names = spec.get("names") or {}
    for name in ("group", "scope"):
        if not spec.get(name):
            yield required_value(f"spec.{name}")
    for name in ("plural", "kind"):
        if not names.get(name):
            yield required_value(f"spec.names.{name}")
    wanted = f"{names.get('plural')}.{spec.get('group')}"
    if metadata_of(body).get("name") != wanted:
        detail = 'must be spec.names.plural+"."+spec.group'
        yield invalid_value("metadata.name", metadata_of(body).get("name"), detail)
    versions = spec.get("versions") or []
    if len([version for version in versions if version.get("storage")]) != 1:
        yield invalid_value("spec.versions", versions, "must have exactly one version marked as storage version")
    for index, version in enumerate(versions):
        field = f"spec.versions[{index}].schema.openAPIV3Schema"
        schema = (version.get("schema") or {}).get("openAPIV3Schema")
        if not isinstance(schema, dict):
            yield required_value(field, "schemas are required")
        elif problem := compile_problem(schema):
            yield invalid_value(field, "", problem)


def defined_name(crd: JsonObject) -> ResourceName:
    """Return the name of the resource that a CRD defines."""
    return ResourceName(crd["spec"]["group"], crd["spec"]["names"]["plural"])


def defined_resources(crd: JsonObject) -> list[Resource]:
    """Return the resources that a stored CRD has served, one for each served version."""
    spec = crd["spec"]
    names = spec["names"]
    return [
        Resource(
            spec["group"],
            version["name"],
            names["kind"],
            names["plural"],
            namespaced=spec["scope"] == "Namespaced",
            schema=version["schema"]["openAPIV3Schema"],
            singular=names["singular"],
            list_kind=names["listKind"],
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            columns=parse_columns(version.get("additionalPrinterColumns") or ()),
            has_status="status" in (version.get("subresources") or {}),
            is_custom=True,
            tracks_generation=True,
            needs_resource_version=True,
            selectable_fields=frozenset(
                field["jsonPath"].lstrip(".") for field in version.get("selectableFields") or ()
            ),
        )
        for version in spec["versions"]
        if version.get("served")
    ]
