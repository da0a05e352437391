"""What a device reports of itself, in the shapes that Palette and the device's own API share.

Source: Palette OpenAPI 4.9, v1DeviceSpec; Edge Management OpenAPI, v1HardwareSpec.

Facts are there to be shown: one that cannot be read is unset, and the rest of the host is worth reading.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from palette_operator.domain.observed import DiskFacts, GpuFacts, HostHardware, HostNic, PartitionFacts
from palette_operator.http.wire import Number, Switch, Texts, Wire


class Nic(Wire):
    """v1Nic."""

    nic_name: str = ""
    ip: str = ""
    subnet: str = ""
    gateway: str = ""
    dns: Texts = Field(default_factory=list)
    mac_addr: str = ""
    is_default: bool = False

    def facts(self) -> HostNic:
        """As the domain knows it."""
        return HostNic(
            self.nic_name, self.ip, self.subnet, self.gateway, tuple(self.dns), self.mac_addr, self.is_default
        )


class Cpu(Wire):
    """v1CPU."""

    cores: Number = None


class Memory(Wire):
    """v1Memory; described as bytes once, and meant in MiB."""

    size_in_mb: Number = Field(default=None, alias="sizeInMB")


class Partition(Wire):
    """v1Partition; spaces in GB."""

    file_system_type: str = ""
    mount_point: str = ""
    total_space: Number = None
    used_space: Number = None
    free_space: Number = None

    def facts(self) -> PartitionFacts:
        """As the domain knows it."""
        return PartitionFacts(
            self.file_system_type, self.mount_point, self.total_space, self.used_space, self.free_space
        )


class Disk(Wire):
    """v1Disk; `size` in GB, and absent for a drive without a medium."""

    controller: str = ""
    vendor: str = ""
    size: Number = None
    partitions: list[Partition] = Field(default_factory=list)

    def facts(self) -> DiskFacts:
        """As the domain knows it."""
        return DiskFacts(
            self.controller, self.vendor, self.size, tuple(partition.facts() for partition in self.partitions)
        )


class Gpu(Wire):
    """v1GPUDeviceSpec, less the addresses."""

    vendor: str = ""
    model: str = ""
    gpu_count: Number = None
    memory: str = ""
    mig_capable: Switch = None
    mig_strategy: str = ""

    def facts(self) -> GpuFacts:
        """As the domain knows it."""
        return GpuFacts(self.vendor, self.model, self.gpu_count, self.memory, self.mig_capable, self.mig_strategy)


class Os(Wire):
    """v1OS."""

    family: str = ""
    version: str = ""
    kernel: str = ""
    kernel_version: str = ""


class HardwareSpec(Wire):
    """What both APIs tell of the hardware in one place: v1HardwareSpec, and the greater part of v1DeviceSpec."""

    arch_type: str = ""
    cpu: Cpu = Field(default_factory=Cpu)
    memory: Memory = Field(default_factory=Memory)
    disks: list[Disk] = Field(default_factory=list)
    gpus: list[Gpu] = Field(default_factory=list)
    os: Os = Field(default_factory=Os)

    def hardware_with(self, nics: Sequence[Nic], *, secure_boot: bool | None) -> HostHardware:
        """As the domain knows it, with what the two APIs tell in different places."""
        return HostHardware(
            arch=self.arch_type,
            cpu_cores=self.cpu.cores,
            memory_mib=self.memory.size_in_mb,
            disks=tuple(disk.facts() for disk in self.disks),
            gpus=tuple(gpu.facts() for gpu in self.gpus),
            nics=tuple(nic.facts() for nic in nics),
            os_family=self.os.family,
            os_version=self.os.version,
            kernel=self.os.kernel,
            kernel_version=self.os.kernel_version,
            secure_boot=secure_boot,
        )
