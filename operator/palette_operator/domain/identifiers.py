"""Identifiers with types, so that a project cannot be passed for a cluster."""

from __future__ import annotations

from typing import NamedTuple, NewType

ClusterUid = NewType("ClusterUid", str)
HostUid = NewType("HostUid", str)
"""An edge host's uid in Palette: the device id that the caller (or the device itself) gives."""
ProfileUid = NewType("ProfileUid", str)
"""The uid of one version of a cluster profile; each version has its own."""
ProjectUid = NewType("ProjectUid", str)
CloudConfigUid = NewType("CloudConfigUid", str)
MachineUid = NewType("MachineUid", str)
PoolName = NewType("PoolName", str)


class ObjectKey(NamedTuple):
    """Names one custom resource of the management cluster. `namespace` is empty for cluster-scoped kinds."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
