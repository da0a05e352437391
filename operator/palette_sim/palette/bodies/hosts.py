"""Bodies about edge hosts."""

from pydantic import Field

from palette_sim.common.bodies import ArchType, Body
from palette_sim.palette.bodies.base import ObjectTags, OnOff


class TunnelConfig(Body):
    """v1SpectroTunnelConfig."""

    remote_ssh: OnOff | None = None
    remote_ssh_temp_user: OnOff | None = None


class EdgeHostSpecBody(Body):
    """v1EdgeHostDeviceSpecEntity."""

    arch_type: ArchType | None = None
    host_pairing_key: str | None = Field(default=None, repr=False)
    tunnel_config: TunnelConfig | None = None


class EdgeHostBody(Body):
    """v1EdgeHostDeviceEntity."""

    metadata: ObjectTags | None = None
    spec: EdgeHostSpecBody | None = None


class EdgeHostMetaUpdate(Body):
    """v1EdgeHostDeviceMetaUpdateEntity."""

    metadata: ObjectTags | None = None


class HostPairingKey(Body):
    """v1EdgeHostDeviceHostPairingKey."""

    host_pairing_key: str | None = Field(default=None, repr=False)
