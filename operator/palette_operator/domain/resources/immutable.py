"""The values of fields that may not change, for servers that cannot check it and for objects that were recreated."""

from __future__ import annotations

from collections.abc import Mapping

from palette_operator.domain.resources.base import Immutable, Model
from palette_operator.domain.resources.cluster import PaletteCluster
from palette_operator.domain.resources.edge_host import EdgeHost


def immutable_values(resource: EdgeHost | PaletteCluster) -> dict[str, str]:
    """Return each immutable field's value in effect, by path; "" where it is unset and has no default."""
    return {field.path: _in_effect(resource, field) for field in resource.IMMUTABLE}


def changed_immutables(resource: EdgeHost | PaletteCluster, pinned: Mapping[str, str]) -> tuple[str, ...]:
    """Return a message for each immutable field whose value differs from `pinned`.

    Paths that are not pinned are skipped: they became immutable after the object was created.
    """
    now = immutable_values(resource)
    kind = type(resource).__name__
    return tuple(immutability_message(path, kind) for path, value in now.items() if pinned.get(path, value) != value)


def immutability_message(path: str, kind: str) -> str:
    """Return what is said, by the server and by the operator alike, when an immutable field was changed."""
    return f"{path} is immutable: create a new {kind}, or put back the old value"


def _in_effect(resource: EdgeHost | PaletteCluster, field: Immutable) -> str:
    value = _look_up(resource, field.path)
    if value in (None, ""):
        value = _look_up(resource, field.default_from) if field.default_from else field.default
    if isinstance(value, bool | Model):
        return "true" if value else "false"
    return str(value)


def _look_up(resource: Model, path: str) -> object:
    found: object = resource
    for step in path.split("."):
        if not isinstance(found, Model):
            return None
        names = {spec.alias: name for name, spec in type(found).model_fields.items()}
        found = getattr(found, names[step])
    return found
