"""What somebody who deletes a resource wants for its object in Palette, read from a spec that may not even be valid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def deletes(spec: Mapping[str, Any]) -> bool:
    """Whether deletion was asked for in so many words, and by one who may write: anything else is Orphan."""
    return (spec.get("deletion") or {}).get("policy") == "Delete" and spec.get("mode", "Manage") == "Manage"


def may_write(spec: Mapping[str, Any]) -> bool:
    """Whether even taking our mark off is allowed: not while suspended, observing or waiting for approvals."""
    return spec.get("mode", "Manage") == "Manage" and not spec.get("suspend")
