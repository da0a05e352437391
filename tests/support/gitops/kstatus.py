"""kstatus, by its published rules: what `kubectl`-like tools, Flux's default checks and kpt make of a resource.

Source: sigs.k8s.io/cli-utils, pkg/kstatus, README and package documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

Status: TypeAlias = Literal["InProgress", "Failed", "Current", "Terminating"]


def kstatus(body: Mapping[str, Any]) -> Status:
    """Return the status of a custom resource."""
    metadata, status = body["metadata"], body.get("status") or {}
    if metadata.get("deletionTimestamp"):
        return "Terminating"
    observed = status.get("observedGeneration")
    if observed is not None and "generation" in metadata and observed != metadata["generation"]:
        return "InProgress"
    conditions = [each for each in status.get("conditions") or () if each["type"] in {"Reconciling", "Stalled"}]
    for condition in conditions:
        if condition["status"] == "True":
            return "InProgress" if condition["type"] == "Reconciling" else "Failed"
    ready = next((each for each in status.get("conditions") or () if each["type"] == "Ready"), None)
    return "Current" if ready is None or ready["status"] == "True" else "InProgress"
