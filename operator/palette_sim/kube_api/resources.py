"""What the server knows of a resource: its names, schema, columns and rules; and which resources there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeAlias

from palette_sim.kube_api.errors import FieldError, ResourceName
from palette_sim.kube_api.json_types import JsonObject, dump
from palette_sim.kube_api.store import Stored
from palette_sim.kube_api.structural import Structural
from palette_sim.kube_api.tables import AGE, NAME, Column
from palette_sim.kube_api.validation import Validator

Conversion: TypeAlias = Callable[[JsonObject], JsonObject]

VERBS: Final = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
_METADATA_FIELDS: Final = frozenset({"metadata.name", "metadata.namespace"})


@dataclass(frozen=True)
class Resource:
    """One version of one resource, as it is served."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    schema: Mapping[str, Any] = field(repr=False)
    singular: str = ""
    list_kind: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    columns: tuple[Column, ...] = (NAME, AGE)
    has_status: bool = False
    is_custom: bool = False
    tracks_generation: bool = False
    needs_resource_version: bool = False
    """Whether an update must name the resource version that it changes."""
    status_kept_on_create: bool = False
    selectable_fields: frozenset[str] = frozenset()
    verbs: tuple[str, ...] = VERBS
    stored_group: str | None = None
    """The group under which the objects are stored, where the same ones are served under two."""
    from_stored: Conversion | None = None
    to_stored: Conversion | None = None
    complete: Callable[[JsonObject], None] | None = None
    """Fills in what the server itself knows about a new or changed object, in place."""
    check: Callable[[JsonObject], Iterable[FieldError]] | None = None
    """Finds what the schema cannot say."""

    @property
    def api_version(self) -> str:
        """Return `group/version`, or the version alone for the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def name(self) -> ResourceName:
        """Return the name used in messages."""
        return ResourceName(self.group, self.plural)

    @cached_property
    def stored_as(self) -> ResourceName:
        """Return the name under which the objects are stored."""
        return ResourceName(self.group if self.stored_group is None else self.stored_group, self.plural)

    @cached_property
    def structural(self) -> Structural:
        """Return the schema for pruning and defaulting, compiled once."""
        return Structural.parse(self.schema, is_resource=True)

    @cached_property
    def validator(self) -> Validator:
        """Return the schema for validation, compiled once."""
        return Validator(self.schema)

    @cached_property
    def status_validator(self) -> Validator:
        """Return the schema of the status alone, compiled once."""
        return Validator(self.schema.get("properties", {}).get("status", {}))

    @cached_property
    def field_labels(self) -> frozenset[str]:
        """Return the fields that a field selector may name."""
        return _METADATA_FIELDS | self.selectable_fields

    def body(self, stored: Stored) -> JsonObject:
        """Return a stored object as this version shows it. Not to be changed."""
        if stored.body.get("apiVersion") == self.api_version:
            return stored.body
        if self.from_stored is not None:
            return self.from_stored(stored.body)
        return {**stored.body, "apiVersion": self.api_version}

    def raw(self, stored: Stored) -> bytes:
        """Return the JSON of a stored object as this version shows it."""
        body = self.body(stored)
        return stored.raw if body is stored.body else dump(body)


class Catalogue:
    """The resources that are served, built in and defined at run time."""

    def __init__(self, resources: Iterable[Resource] = ()) -> None:
        self._served: dict[tuple[str, str, str], Resource] = {}
        for resource in resources:
            self.add(resource)

    def add(self, resource: Resource) -> None:
        """Serve a resource from now on, in place of an earlier one of the same name and version."""
        self._served[resource.group, resource.version, resource.plural] = resource

    def remove(self, name: ResourceName) -> None:
        """Serve no version of a resource any more."""
        self._served = {key: found for key, found in self._served.items() if found.name != name}

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """Return the resource behind a path, if there is one."""
        return self._served.get((group, version, plural))

    def groups(self) -> dict[str, dict[str, list[Resource]]]:
        """Return resources by group, then by version; a CRD's first version comes first."""
        found: dict[str, dict[str, list[Resource]]] = {}
        for resource in self._served.values():
            found.setdefault(resource.group, {}).setdefault(resource.version, []).append(resource)
        return found

    def versions(self, name: ResourceName) -> list[Resource]:
        """Return every served version of a resource."""
        return [resource for resource in self._served.values() if resource.name == name]
