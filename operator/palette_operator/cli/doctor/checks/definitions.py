"""The CRDs: whether they are installed, and those of this version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from palette_operator import __version__
from palette_operator.cli.crd import Schema, custom_resource_definition
from palette_operator.cli.doctor.findings import Finding, failure, ok, skipped, some, warning
from palette_operator.cli.doctor.observations import Body, Seen
from palette_operator.domain.errors import ReconcileError
from palette_operator.domain.resources import VERSION, Kind

CHECK = "crds"
_APPLY = f"apply the CRDs of version {__version__}: palette-operator crds apply"
# What is said for people, and what is walked into.
_NOT_COMPARED = frozenset({"description", "title", "properties", "items", "additionalProperties"})


@dataclass(frozen=True, slots=True)
class Differences:
    """How a schema in the cluster differs from ours, by paths of fields."""

    lacking: tuple[str, ...]
    additional: tuple[str, ...]
    altered: tuple[str, ...]


def definition(kind: Kind, found: Seen[Body | None]) -> Finding:
    """Judge one CustomResourceDefinition as the API server holds it."""
    ours = custom_resource_definition(kind)
    name = str(ours["metadata"]["name"])
    if isinstance(found, ReconcileError):
        return skipped(CHECK, f"{name}: cannot be read; {found.message}")
    if found is None:
        return failure(CHECK, f"{name} is not installed", _APPLY)
    served = next((each for each in found["spec"]["versions"] if each["name"] == VERSION and each.get("served")), None)
    if served is None or found["spec"]["scope"] != kind.scope or "status" not in (served.get("subresources") or {}):
        return failure(CHECK, f"{name} does not serve {VERSION} as this version needs it", _APPLY)
    if not _is_established(found):
        return failure(CHECK, f"{name} is installed but not served", f"see why: kubectl describe crd {name}")
    return _compared(name, differences(ours["spec"]["versions"][0], served))


def differences(ours: Mapping[str, Any], found: Mapping[str, Any]) -> Differences:
    """Compare two versions of a CRD: fields, their limits and defaults, and columns. Descriptions do not count."""
    wanted, there = (dict(_facets(each["schema"]["openAPIV3Schema"], "")) for each in (ours, found))
    common = wanted.keys() & there.keys()
    altered = [path or "the object" for path in sorted(common) if wanted[path] != there[path]]
    columns = (ours.get("additionalPrinterColumns") or [], found.get("additionalPrinterColumns") or [])
    lacking, additional = sorted(wanted.keys() - there.keys()), sorted(there.keys() - wanted.keys())
    return Differences(
        tuple(lacking), tuple(additional), (*altered, *(["the columns"] if columns[0] != columns[1] else []))
    )


def _compared(name: str, found: Differences) -> Finding:
    lacks, has = f"it lacks {some(found.lacking)}", f"it has {some(found.additional)}"
    if found.lacking and found.additional:
        return failure(CHECK, f"{name} is of another version: {lacks}; {has}", _APPLY)
    if found.lacking:
        return failure(CHECK, f"{name} is older than this version: {lacks}", _APPLY)
    if found.additional:
        remedy = "use the palette-operator of the version that the CRD came with; until then these fields are ignored"
        return warning(CHECK, f"{name} is newer than this version: {has}", remedy)
    if found.altered:
        return warning(
            CHECK, f"{name} is of another build, or was changed by hand: {some(found.altered)} differ", _APPLY
        )
    return ok(CHECK, f"{name} is current")


def _is_established(found: Body) -> bool:
    conditions = (found.get("status") or {}).get("conditions") or ()
    return any(each.get("type") == "Established" and each.get("status") == "True" for each in conditions)


def _facets(schema: Schema, path: str) -> Iterator[tuple[str, object]]:
    """Yield each field's path with all that is enforced of it, but not what is enforced of the fields in it."""
    yield path, {key: _ordered(key, value) for key, value in schema.items() if key not in _NOT_COMPARED}
    for name, child in schema.get("properties", {}).items():
        yield from _facets(child, f"{path}.{name}".lstrip("."))
    if isinstance(schema.get("items"), dict):
        yield from _facets(schema["items"], f"{path}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _facets(schema["additionalProperties"], f"{path}.*")


def _ordered(key: str, value: object) -> object:
    return sorted(value) if key in {"required", "enum"} and isinstance(value, list) else value
