"""A device's own facts, as its status shows them."""

from dataclasses import replace
from typing import Any

import pytest

from palette_operator.domain.observed import DiskFacts, GpuFacts, HostHardware, HostNic, PartitionFacts
from palette_operator.domain.resources import EdgeHostStatus, Hardware
from palette_operator.reconcile.edge_host.facts import hardware_status, os_status
from support.rows import host_row

ROOT = PartitionFacts("ext4", "/", total_gb=200, used_gb=40, free_gb=160)
TINY = PartitionFacts("vfat", "/boot", total_gb=1, used_gb=0, free_gb=1)
FULL = HostHardware(
    arch="amd64",
    cpu_cores=8,
    memory_mib=16_384,
    disks=(DiskFacts("SCSI", "VMware", 300, (ROOT,)), DiskFacts("SCSI", "NECVMWar")),
    gpus=(GpuFacts("NVIDIA", "T4", 2, "16 GB", mig_capable=False, mig_strategy="none"),),
    nics=(HostNic("eth0", "10.0.0.5", "255.255.255.0", "10.0.0.1", ("10.0.0.2",), "52:54:00:12:34:56", True),),
    os_family="ubuntu",
    os_version="22.04",
    kernel="Linux",
    kernel_version="6.8",
    secure_boot=True,
)


def _with(partition: PartitionFacts) -> HostHardware:
    return HostHardware(disks=(DiskFacts(partitions=(partition,)),))


def _shown(hardware: HostHardware, before: HostHardware | None = None) -> dict[str, Any]:
    shown = Hardware.model_validate(hardware_status(before, None)) if before else None
    return hardware_status(hardware, shown) or {}


def test_every_fact_of_a_device_is_found_in_its_status() -> None:
    assert _shown(FULL) == {
        "archType": "amd64",
        "cpuCores": 8,
        "memoryMiB": 16_384,
        "disks": [
            {
                "controller": "SCSI",
                "vendor": "VMware",
                "sizeGB": 300,
                "partitions": [
                    {"fileSystemType": "ext4", "mountPoint": "/", "totalGB": 200, "usedGB": 40, "freeGB": 160}
                ],
            },
            {"controller": "SCSI", "vendor": "NECVMWar"},
        ],
        "gpus": [
            {
                "vendor": "NVIDIA",
                "model": "T4",
                "count": 2,
                "memory": "16 GB",
                "migCapable": False,
                "migStrategy": "none",
            }
        ],
        "nics": [
            {
                "name": "eth0",
                "ip": "10.0.0.5",
                "macAddr": "52:54:00:12:34:56",
                "subnet": "255.255.255.0",
                "gateway": "10.0.0.1",
                "dns": ["10.0.0.2"],
                "isDefault": True,
            }
        ],
        "secureBoot": True,
    }
    assert os_status(FULL) == {"family": "ubuntu", "version": "22.04", "kernel": "Linux", "kernelVersion": "6.8"}
    EdgeHostStatus.model_validate({"hardware": _shown(FULL), "os": os_status(FULL)})


def test_a_device_that_told_nothing_has_no_facts() -> None:
    assert hardware_status(HostHardware(), None) is None
    assert os_status(HostHardware()) is None


SPACES: dict[str, tuple[PartitionFacts, PartitionFacts, tuple[int | None, int | None]]] = {
    "that moved a little is left as it was": (ROOT, replace(ROOT, used_gb=59, free_gb=141), (40, 160)),
    "that moved by a tenth is told": (ROOT, replace(ROOT, used_gb=60, free_gb=140), (60, 140)),
    "whose free half alone moved is told": (ROOT, replace(ROOT, free_gb=100), (40, 100)),
    "of another partition is told": (ROOT, replace(ROOT, total_gb=400, used_gb=41, free_gb=359), (41, 359)),
    "that was never shown is told": (replace(ROOT, mount_point="/else"), ROOT, (40, 160)),
    "of a tiny partition that moved by 1 GB is told": (TINY, replace(TINY, used_gb=1, free_gb=0), (1, 0)),
    "that is no longer told is gone": (ROOT, replace(ROOT, used_gb=None, free_gb=None), (None, None)),
    "that is told at last is shown": (replace(ROOT, used_gb=None, free_gb=None), ROOT, (40, 160)),
}


@pytest.mark.parametrize(("before", "after", "want"), SPACES.values(), ids=[f"space {name}" for name in SPACES])
def test_used_space(before: PartitionFacts, after: PartitionFacts, want: tuple[int | None, int | None]) -> None:
    partition = _shown(_with(after), before=_with(before))["disks"][0]["partitions"][0]

    assert (partition.get("usedGB"), partition.get("freeGB")) == want


def test_used_space_alone_makes_no_row_differ() -> None:
    fuller = replace(ROOT, used_gb=180, free_gb=20)

    assert host_row(hardware=_with(ROOT)).projection == host_row(hardware=_with(fuller)).projection
    assert host_row(hardware=_with(ROOT)) != host_row(hardware=_with(replace(ROOT, total_gb=500)))
