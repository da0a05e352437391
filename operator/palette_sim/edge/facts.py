"""What a host is made of, as its API writes it. Source: Edge Management OpenAPI, v1HardwareSpec, v1DNS and v1NTP.

By default a host is the one that the documentation shows.
Source: Palette docs, "Edge Management API", the sample reply.
"""

from typing import Literal

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from palette_sim.common.bodies import ArchType
from palette_sim.common.jsonvalue import JsonObject
from palette_sim.common.settings import Settings

HostState = Literal["registration", "cluster", "recovery"]
NodeRole = Literal["init", "controlplane", "worker", "unknown"]


class Fact(Settings):
    """Base of all facts: written by the API's names, and left out where there is nothing to tell."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)

    def json_object(self) -> JsonObject:
        """Write it as the API does."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Partition(Fact):
    """v1Partition; sizes as the host gives them."""

    file_system_type: str | None = None
    free_space: int | None = None
    mount_point: str | None = None
    total_space: int | None = None
    used_space: int | None = None


class Disk(Fact):
    """v1Disk, in GB; a drive without a medium has no size."""

    controller: str | None = None
    partitions: list[Partition] = Field(default_factory=list)
    size: int | None = None
    vendor: str | None = None


class Gpu(Fact):
    """v1GPUDeviceSpec."""

    vendor: str | None = None
    model: str | None = None
    gpu_count: int | None = None
    memory: str | None = None
    mig_capable: bool | None = None
    mig_strategy: str | None = None
    addresses: dict[str, str] | None = None


class Cpu(Fact):
    """v1CPU."""

    cores: int = 4


class Memory(Fact):
    """v1Memory."""

    size_in_mb: int = Field(default=7930, alias="sizeInMB")


class OperatingSystem(Fact):
    """v1OS."""

    family: str | None = "kairos-core-sles"
    version: str | None = "v2.4.3"
    kernel: str | None = None
    kernel_version: str | None = None


class Nic(Fact):
    """v1Nic."""

    dns: list[str] = Field(default_factory=lambda: ["10.10.128.8"])
    gateway: str | None = "10.10.128.1"
    ip: str | None = "10.10.135.182"
    is_default: bool | None = True
    mac_addr: str | None = "00:50:56:b8:9e:98"
    nic_name: str | None = "ens160"
    subnet: str | None = "255.255.192.0"


class Dns(Fact):
    """v1DNS."""

    nameservers: list[str] = Field(default_factory=lambda: ["10.10.128.8"])
    options: list[str] = Field(default_factory=list)
    search_domains: list[str] = Field(default_factory=lambda: ["."])


class Ntp(Fact):
    """v1NTP."""

    fallback_ntp_servers: list[str] = Field(default_factory=list)
    ntp_servers: list[str] = Field(default_factory=list)


def sample_disks() -> list[Disk]:
    """Return the disks of the documentation's sample: one with a partition, one bare, one without a size."""
    partition = Partition(
        file_system_type="ext4", free_space=13, mount_point="/run/initramfs/cos-state", total_space=24, used_space=9
    )
    return [
        Disk(controller="SCSI", partitions=[partition], size=300, vendor="VMware"),
        Disk(controller="SCSI", size=4, vendor="NECVMWar"),
        Disk(controller="SCSI", vendor="NECVMWar"),
    ]


class Hardware(Fact):
    """v1HardwareSpec."""

    arch_type: ArchType = "amd64"
    cpu: Cpu = Field(default_factory=Cpu)
    disks: list[Disk] = Field(default_factory=sample_disks)
    gpus: list[Gpu] = Field(default_factory=list)
    memory: Memory = Field(default_factory=Memory)
    os: OperatingSystem = Field(default_factory=OperatingSystem)


class HostInfo(Fact):
    """v1HostInfo, without the state that follows from what the host does."""

    host_type: str = "appliance"
    secure_boot: bool = False
