"""The cloud config of edge-native clusters and their machines. Source: Palette OpenAPI 4.9."""

from __future__ import annotations

from pydantic import Field

from palette_operator.domain.identifiers import CloudConfigUid, HostUid, MachineUid
from palette_operator.domain.observed import EdgeNativeConfig, Machine
from palette_operator.http.edge_native import ConfigSpec
from palette_operator.palette.wire.base import Metadata, Wire


class CloudConfig(Wire):
    """v1EdgeNativeCloudConfig."""

    spec: ConfigSpec

    def config(self, uid: CloudConfigUid) -> EdgeNativeConfig:
        """As the domain knows it."""
        return self.spec.config(uid)


class MachineSpec(Wire):
    """v1EdgeNativeMachineSpec."""

    edge_host_uid: str = ""


class MachineStatus(Wire):
    """v1CloudMachineStatus."""

    instance_state: str = ""
    ready: bool = False


class MachineItem(Wire):
    """v1EdgeNativeMachine."""

    metadata: Metadata
    spec: MachineSpec = Field(default_factory=MachineSpec)
    status: MachineStatus = Field(default_factory=MachineStatus)

    def machine(self) -> Machine:
        """As the domain knows it."""
        return Machine(
            uid=MachineUid(self.metadata.uid),
            name=self.metadata.name,
            host_uid=HostUid(self.spec.edge_host_uid) if self.spec.edge_host_uid else None,
            state=self.status.instance_state,
            ready=self.status.ready,
        )


class Machines(Wire):
    """v1EdgeNativeMachines."""

    items: list[MachineItem]
