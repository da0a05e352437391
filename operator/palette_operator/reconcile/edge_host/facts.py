"""A device's own facts as its status shows them, whichever API told them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_operator.domain.observed import DiskFacts, HostHardware, HostNic, PartitionFacts
from palette_operator.domain.resources import (
    Disk,
    DiskPartition,
    Gpu,
    Hardware,
    HardwareNic,
    HostNetworkStatus,
    OperatingSystem,
)

# Used space is followed in steps: it moves with every log line, and a status is not a place for that.
_STEPS_OF_A_PARTITION = 10


def hardware_status(hardware: HostHardware, shown: Hardware | None) -> dict[str, Any] | None:
    """Return the status field `hardware`; None when nothing is known.

    `shown` is what the status says now: used and free space stay as they are until they have moved by a tenth of the
    partition.
    """
    before = _partitions(shown)
    return (
        Hardware(
            arch_type=hardware.arch,
            cpu_cores=hardware.cpu_cores,
            memory_mib=hardware.memory_mib,
            disks=tuple(_disk(disk, before) for disk in hardware.disks),
            gpus=tuple(
                Gpu(
                    vendor=gpu.vendor,
                    model=gpu.model,
                    count=gpu.count,
                    memory=gpu.memory,
                    mig_capable=gpu.mig_capable,
                    mig_strategy=gpu.mig_strategy,
                )
                for gpu in hardware.gpus
            ),
            nics=tuple(_nic(nic) for nic in hardware.nics),
            secure_boot=hardware.secure_boot,
        ).to_kubernetes()
        or None
    )


def os_status(hardware: HostHardware) -> dict[str, Any] | None:
    """Return the status field `os`; None when nothing is known."""
    system = OperatingSystem(
        family=hardware.os_family,
        version=hardware.os_version,
        kernel=hardware.kernel,
        kernel_version=hardware.kernel_version,
    )
    return system.to_kubernetes() or None


def network_status(hardware: HostHardware, address: str = "") -> dict[str, Any] | None:
    """Return the status field `network`; None when nothing is known.

    `address` is the device's, where it tells of no interface.
    """
    nic = default_nic(hardware)
    if nic is None:
        return {"ip": address} if address else None
    network = HostNetworkStatus(nic=nic.name, ip=nic.ip, subnet=nic.subnet, gateway=nic.gateway, dns=nic.dns)
    return network.to_kubernetes() or None


def default_nic(hardware: HostHardware) -> HostNic | None:
    """Return the interface that carries the default route, else the first."""
    nics = hardware.nics
    return next((nic for nic in nics if nic.is_default), nics[0] if nics else None)


def _nic(nic: HostNic) -> HardwareNic:
    return HardwareNic(
        name=nic.name,
        ip=nic.ip,
        mac_addr=nic.mac,
        subnet=nic.subnet,
        gateway=nic.gateway,
        dns=nic.dns,
        is_default=nic.is_default or None,
    )


def _disk(disk: DiskFacts, before: Mapping[str, DiskPartition]) -> Disk:
    partitions = tuple(_partition(seen, before.get(seen.mount_point)) for seen in disk.partitions)
    return Disk(controller=disk.controller, vendor=disk.vendor, size_gb=disk.size_gb, partitions=partitions)


def _partition(seen: PartitionFacts, shown: DiskPartition | None) -> DiskPartition:
    used, free = seen.used_gb, seen.free_gb
    if shown is not None and shown.total_gb == seen.total_gb and not _has_moved(seen, shown):
        used, free = shown.used_gb, shown.free_gb
    return DiskPartition(
        file_system_type=seen.file_system,
        mount_point=seen.mount_point,
        total_gb=seen.total_gb,
        used_gb=used,
        free_gb=free,
    )


def _has_moved(seen: PartitionFacts, shown: DiskPartition) -> bool:
    if (seen.used_gb is None, seen.free_gb is None) != (shown.used_gb is None, shown.free_gb is None):
        return True
    step_gb = max((seen.total_gb or 0) / _STEPS_OF_A_PARTITION, 1)
    moves = (abs((seen.used_gb or 0) - (shown.used_gb or 0)), abs((seen.free_gb or 0) - (shown.free_gb or 0)))
    return max(moves) >= step_gb


def _partitions(shown: Hardware | None) -> dict[str, DiskPartition]:
    """Return what is shown of each partition, by mount point: disks have no name."""
    disks = shown.disks if shown else ()
    return {partition.mount_point: partition for disk in disks for partition in disk.partitions}
