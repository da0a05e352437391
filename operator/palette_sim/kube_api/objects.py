"""Create, read, change and delete objects: the verbs, over the store, by the rules of `strategy`.

Nothing here awaits, so every verb is atomic.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from palette_sim.kube_api import patches, strategy
from palette_sim.kube_api.builtins import CRD_GROUP, builtin_resources
from palette_sim.kube_api.crds import crd_resource, defined_name, defined_resources
from palette_sim.kube_api.errors import (
    ResourceName,
    StatusError,
    already_exists,
    conflict,
    forbidden,
    invalid,
    invalid_value,
    not_found,
)
from palette_sim.kube_api.json_types import JsonObject, Key, dump, metadata_of
from palette_sim.kube_api.resources import Catalogue, Resource
from palette_sim.kube_api.store import Store, Stored

if TYPE_CHECKING:
    from palette_sim.kube_api.selectors import Predicate

NAMESPACES: Final = ResourceName("", "namespaces")
CRDS: Final = ResourceName(CRD_GROUP, "customresourcedefinitions")
FIRST_NAMESPACES: Final = ("default", "kube-system", "kube-public", "kube-node-lease")


@dataclass(slots=True)
class Write:
    """How a write was asked for, and the warnings that it led to."""

    namespace: str = ""
    name: str = ""
    subresource: str = ""
    field_validation: str = "Warn"
    dry_run: bool = False
    warnings: list[str] = field(default_factory=list)

    @property
    def key(self) -> Key:
        """Return the key of the object that is written."""
        return self.namespace, self.name


def utc_now() -> datetime:
    """Return the time, as the server stamps it."""
    return datetime.now(UTC)


class Objects:
    """The cluster's content, changed by verbs."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self.store = Store()
        self.catalogue = Catalogue([*builtin_resources(), crd_resource()])
        self.clock = clock
        namespaces = self._builtin("namespaces")
        for name in FIRST_NAMESPACES:
            self.create(namespaces, {"metadata": {"name": name}}, Write())

    def _builtin(self, plural: str) -> Resource:
        found = self.catalogue.find("", "v1", plural)
        if found is None:
            raise LookupError(plural)
        return found

    def get(self, resource: Resource, key: Key) -> Stored:
        """Return an object; 404 if it is not there."""
        stored = self.store.get(resource.stored_as, key)
        if stored is None:
            raise not_found(resource.name, key[1])
        return stored

    def create(self, resource: Resource, body: object, write: Write) -> Stored:
        """Create an object. 400, 404 for its namespace, 409, 422."""
        decoded = strategy.decode(resource, body)
        self._judge_unknown(decoded.unknown, write, strategy.strict_error(resource, decoded.unknown))
        return self._create_decoded(resource, decoded.body, write)

    def _create_decoded(self, resource: Resource, body: JsonObject, write: Write) -> Stored:
        strategy.check_place(body, write.namespace, write.name)
        strategy.prepare_create(resource, body, self._timestamp(), str(uuid.uuid4()))
        self._check_namespace(resource, body)
        strategy.validate(resource, body)
        key = (write.namespace, metadata_of(body)["name"])
        if self.store.get(resource.stored_as, key) is not None:
            raise already_exists(resource.name, key[1])
        return self._put(resource, body, write)

    def _check_namespace(self, resource: Resource, body: JsonObject) -> None:
        if not resource.namespaced:
            return
        namespace = metadata_of(body)["namespace"]
        found = self.store.get(NAMESPACES, ("", namespace))
        if found is None:
            raise not_found(NAMESPACES, namespace)
        if "deletionTimestamp" in found.body["metadata"]:
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise forbidden(resource.name, metadata_of(body).get("name", ""), why)

    def update(self, resource: Resource, body: object, write: Write) -> Stored:
        """Replace an object, or its status. 400, 404, 409, 422."""
        before = self.get(resource, write.key)
        decoded = strategy.decode(resource, body)
        self._judge_unknown(decoded.unknown, write, strategy.strict_error(resource, decoded.unknown))
        strategy.check_place(decoded.body, write.namespace, write.name)
        strategy.check_replaced(resource, decoded.body, resource.body(before))
        strategy.require_version(resource, decoded.body)
        return self._change(resource, decoded.body, before, write)

    def patch(self, resource: Resource, content_type: str, change: object, write: Write) -> tuple[Stored, bool]:
        """Patch an object, or its status; an apply patch creates what is not there. Return it, and if it is new."""
        before = self.store.get(resource.stored_as, write.key)
        if content_type == patches.APPLY_PATCH:
            change = self._decode_applied(resource, change, write)
            if before is None and not write.subresource:
                return self._create_decoded(resource, change, write), True
        if before is None:
            raise not_found(resource.name, write.name)
        target: JsonObject = json.loads(resource.raw(before))
        decoded = strategy.decode(resource, patches.patch(content_type, target, change, resource.structural))
        shown = decoded.body if decoded.unknown else {}
        self._judge_unknown(decoded.unknown, write, _unknown_in_patch(shown, decoded.unknown))
        strategy.check_place(decoded.body, write.namespace, write.name)
        return self._change(resource, decoded.body, before, write), False

    def _decode_applied(self, resource: Resource, change: object, write: Write) -> JsonObject:
        fresh = json.loads(dump(change))
        decoded = strategy.decode(resource, fresh)
        if decoded.unknown:
            namespace = metadata_of(decoded.body).get("namespace", "")
            place = f"{namespace}/{write.name}; {resource.api_version}, Kind={resource.kind}"
            path = decoded.unknown[0]
            message = f"failed to create typed patch object ({place}): .{path}: field not declared in schema"
            raise StatusError(500, "", message)
        # Defaults are for the merged object: applying them here would undo what others have set.
        if self.store.get(resource.stored_as, write.key) is None:
            return decoded.body
        applied = json.loads(dump(change))
        metadata_of(applied).pop("managedFields", None)
        return dict(applied)

    def _change(self, resource: Resource, body: JsonObject, before: Stored, write: Write) -> Stored:
        shown = resource.body(before)
        strategy.check_preconditions(resource, body, shown, write.subresource)
        updated = strategy.prepare_update(resource, body, shown, write.subresource)
        strategy.validate(resource, updated, shown, write.subresource)
        if strategy.is_unchanged(updated, shown):
            return before
        metadata = metadata_of(updated)
        if "deletionTimestamp" in metadata and not metadata.get("finalizers"):
            return self._finish_deletion(resource, updated, write)
        return self._put(resource, updated, write)

    def _put(self, resource: Resource, body: JsonObject, write: Write) -> Stored:
        stored_body = resource.to_stored(body) if resource.to_stored is not None else body
        if write.dry_run:
            before = self.store.get(resource.stored_as, (write.namespace, metadata_of(body)["name"]))
            if before is not None:
                metadata_of(stored_body)["resourceVersion"] = str(before.version)
            return Stored(stored_body, dump(stored_body), 0)
        stored = self.store.put(resource.stored_as, stored_body)
        if resource.name == CRDS:
            self._serve(stored.body)
        return stored

    def delete(self, resource: Resource, options: JsonObject, write: Write) -> tuple[Stored, bool]:
        """Delete an object, or mark it for deletion while finalizers remain; return it and if it is gone now."""
        stored = self.get(resource, write.key)
        _check_delete_preconditions(resource, options.get("preconditions") or {}, stored)
        if resource.name == NAMESPACES:
            return self._delete_namespace(resource, stored, write)
        if not stored.body["metadata"].get("finalizers"):
            return self._finish_deletion(resource, stored.body, write), True
        return self._mark_deleted(resource, stored, write), False

    def _mark_deleted(self, resource: Resource, stored: Stored, write: Write) -> Stored:
        if "deletionTimestamp" in stored.body["metadata"]:
            return stored
        body: JsonObject = json.loads(stored.raw)
        metadata_of(body).update(deletionTimestamp=self._timestamp(), deletionGracePeriodSeconds=0)
        if "generation" in metadata_of(body):
            metadata_of(body)["generation"] += 1
        if resource.complete is not None:
            resource.complete(body)
        return self._put(resource, body, write)

    def _finish_deletion(self, resource: Resource, body: JsonObject, write: Write) -> Stored:
        if write.dry_run:
            return Stored(body, dump(body), 0)
        name = metadata_of(body)["name"]
        namespace = metadata_of(body).get("namespace", "")
        removed = self.store.remove(resource.stored_as, (namespace, name))
        shown = {**body, "metadata": {**metadata_of(body), "resourceVersion": str(removed.version)}}
        if resource.name == CRDS:
            self._withdraw(removed.body)
        elif namespace:
            self._finish_namespace(namespace)
        return Stored(shown, dump(shown), removed.version)

    def delete_collection(
        self, resource: Resource, matches: Predicate | None, options: JsonObject, write: Write
    ) -> list[Stored]:
        """Delete every matching object of a namespace, or of all; return them as they were."""
        found = self.store.collection(resource.stored_as).sorted_objects(write.namespace)
        chosen = [(key, stored) for key, stored in found if matches is None or matches(resource.body(stored))]
        for (namespace, name), _ in chosen:
            self.delete(resource, options, Write(namespace, name, dry_run=write.dry_run))
        return [stored for _, stored in chosen]

    def _delete_namespace(self, resource: Resource, stored: Stored, write: Write) -> tuple[Stored, bool]:
        marked = self._mark_deleted(resource, stored, write)
        if write.dry_run:
            return marked, False
        for name, collection in self.store.collections():
            versions = self.catalogue.versions(name)
            if versions and versions[0].namespaced:
                for (namespace, object_name), _ in collection.sorted_objects(write.name):
                    self.delete(versions[0], {}, Write(namespace, object_name))
        self._finish_namespace(write.name)
        return marked, self.store.get(NAMESPACES, ("", write.name)) is None

    def _finish_namespace(self, namespace: str) -> None:
        """Remove a namespace that is being deleted once nothing is left in it."""
        stored = self.store.get(NAMESPACES, ("", namespace))
        if stored is None or "deletionTimestamp" not in stored.body["metadata"]:
            return
        if not any(collection.sorted_objects(namespace) for _, collection in self.store.collections()):
            self.store.remove(NAMESPACES, ("", namespace))

    def _serve(self, crd: JsonObject) -> None:
        self.catalogue.remove(defined_name(crd))
        for resource in defined_resources(crd):
            self.catalogue.add(resource)

    def _withdraw(self, crd: JsonObject) -> None:
        name = defined_name(crd)
        self.catalogue.remove(name)
        collection = self.store.collection(name)
        for key in list(collection.objects):
            self.store.remove(name, key)
            if key[0]:
                self._finish_namespace(key[0])
        for watcher in list(collection.watchers):
            watcher.close()

    def _judge_unknown(self, unknown: list[str], write: Write, refusal: StatusError) -> None:
        if not unknown or write.field_validation == "Ignore":
            return
        if write.field_validation == "Strict":
            raise refusal
        write.warnings += [f'unknown field "{path}"' for path in unknown]

    def _timestamp(self) -> str:
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")


def _unknown_in_patch(patched: JsonObject, unknown: list[str]) -> StatusError:
    detail = f"strict decoding error: {strategy.unknown_fields(unknown)}"
    return invalid(
        "", "", "", [invalid_value("patch", json.dumps(patched, sort_keys=True, separators=(",", ":")), detail)]
    )


def _check_delete_preconditions(resource: Resource, preconditions: JsonObject, stored: Stored) -> None:
    metadata = stored.body["metadata"]
    for label, name, guess in (
        ("UID", "uid", "deleted and then recreated"),
        ("ResourceVersion", "resourceVersion", "modified"),
    ):
        wanted, found = preconditions.get(name), metadata[name]
        if wanted and wanted != found:
            why = (
                f"the {label} in the precondition ({wanted}) does not match the {label} in record ({found}). "
                f"The object might have been {guess}"
            )
            raise conflict(ResourceName(resource.group, resource.kind), metadata["name"], why)
