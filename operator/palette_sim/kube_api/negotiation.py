"""In which form a client wants objects: as they are, as a Table, or as metadata alone.

Answers are always JSON: what a client says of protobuf or CBOR is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from palette_sim.kube_api import tables
from palette_sim.kube_api.json_types import JsonObject, dump, metadata_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from palette_sim.kube_api.resources import Resource
    from palette_sim.kube_api.store import Stored

Shape = Literal["object", "table", "partial"]
_SHAPES: dict[str, Shape] = {
    "Table": "table",
    "PartialObjectMetadata": "partial",
    "PartialObjectMetadataList": "partial",
}


def parse_shape(accept: str) -> Shape:
    """Return the first form in an Accept header that is known here."""
    for choice in accept.split(","):
        media_type, *parameters = (part.strip() for part in choice.split(";"))
        values = dict(part.split("=", 1) for part in parameters if "=" in part)
        if media_type == "application/json" and values.get("g") == "meta.k8s.io" and values.get("v") == "v1":
            shape = _SHAPES.get(values.get("as", ""))
            if shape is not None:
                return shape
        elif media_type in {"application/json", "*/*", "application/*"} and "as" not in values:
            return "object"
    return "object"


def wants(accept: str, kind: str) -> bool:
    """Whether an Accept header asks for `kind`, in the version that is served here."""
    return any(f"as={kind}" in choice and "v=v2" in choice.split(";") for choice in accept.replace(" ", "").split(","))


@dataclass(frozen=True, slots=True)
class Form:
    """How the objects of one answer are written."""

    resource: Resource
    shape: Shape
    include: str = "Metadata"
    """How much of an object goes with its row of a table: None, Metadata or Object."""

    def one(self, stored: Stored, now: datetime) -> bytes:
        """Write one object."""
        body = self.resource.body(stored)
        if self.shape == "table":
            return self._table([stored], {"resourceVersion": metadata_of(body).get("resourceVersion", "")}, now)
        if self.shape == "partial":
            return dump(tables.partial(body))
        return self.resource.raw(stored)

    def many(self, found: Sequence[Stored], list_metadata: JsonObject, now: datetime) -> bytes:
        """Write a list."""
        if self.shape == "table":
            return self._table(found, list_metadata, now)
        if self.shape == "partial":
            kind, version = "PartialObjectMetadataList", "meta.k8s.io/v1"
            items = [dump(tables.partial(self.resource.body(stored))) for stored in found]
        else:
            kind = self.resource.list_kind or f"{self.resource.kind}List"
            version = self.resource.api_version
            items = [self.resource.raw(stored) for stored in found]
        head = dump({"kind": kind, "apiVersion": version, "metadata": list_metadata})
        return head[:-1] + b',"items":[' + b",".join(items) + b"]}\n"

    def bookmark(self, version: int, annotations: JsonObject | None = None) -> bytes:
        """Write the object of a BOOKMARK event."""
        metadata: JsonObject = {"resourceVersion": str(version)}
        if annotations:
            metadata["annotations"] = annotations
        body = {"kind": self.resource.kind, "apiVersion": self.resource.api_version, "metadata": metadata}
        if self.shape == "table":
            row = {"cells": [None] * len(self.resource.columns), "object": body}
            return dump(tables.table(self.resource.columns, [row], {"resourceVersion": str(version)}))
        return dump(tables.partial(body) if self.shape == "partial" else body)

    def _table(self, found: Sequence[Stored], list_metadata: JsonObject, now: datetime) -> bytes:
        columns = self.resource.columns
        rows = [tables.row(columns, self.resource.body(stored), self.include, now) for stored in found]
        return dump(tables.table(columns, rows, list_metadata))
