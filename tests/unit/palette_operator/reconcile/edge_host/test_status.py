"""What an edge host's status says, from what Palette lists."""

from dataclasses import replace

import pytest

from palette_operator.domain.identifiers import ClusterUid
from palette_operator.domain.observed import DiskFacts, HostHardware, HostNic, HostRow, PartitionFacts
from palette_operator.domain.resources import EdgeHostStatus, parse_status
from palette_operator.reconcile.edge_host.facts import default_nic
from palette_operator.reconcile.edge_host.status import connected, observed_fields, registered
from support.rows import host_row

NIC = HostNic("eth0", "10.0.0.5", "255.255.255.0", "10.0.0.1", ("10.0.0.2",), "52:54:00:12:34:56", is_default=False)
WIFI = HostNic("wlan0", "10.9.0.5", "255.255.255.0", "10.9.0.1", (), "52:54:00:12:34:57", is_default=True)

CONDITIONS: dict[str, tuple[HostRow, tuple[str, str], tuple[str, str]]] = {
    "ready and healthy": (host_row(), ("True", "Paired"), ("True", "Healthy")),
    "in use and healthy": (host_row(state="in-use"), ("True", "Paired"), ("True", "Healthy")),
    "healthy in another spelling": (host_row(health="Healthy"), ("True", "Paired"), ("True", "Healthy")),
    "not paired": (
        host_row(state="unpaired", health=""),
        ("False", "AwaitingRegistration"),
        ("False", "NeverConnected"),
    ),
    "not paired, whatever its health": (
        host_row(state="unpaired", health="healthy"),
        ("False", "AwaitingRegistration"),
        ("False", "NeverConnected"),
    ),
    "without a state": (host_row(state="", health=""), ("False", "AwaitingRegistration"), ("False", "NeverConnected")),
    "paired, and not heard of": (host_row(health=""), ("True", "Paired"), ("False", "NeverConnected")),
    "unhealthy": (host_row(health="unhealthy"), ("True", "Paired"), ("False", "Disconnected")),
    "in a health that nobody has heard of": (host_row(health="odd"), ("True", "Paired"), ("Unknown", "UnknownState")),
    "in a state that nobody has heard of": (
        host_row(state="quarantined"),
        ("Unknown", "UnknownState"),
        ("True", "Healthy"),
    ),
}


@pytest.mark.parametrize(("row", "is_registered", "is_connected"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions(row: HostRow, is_registered: tuple[str, str], is_connected: tuple[str, str]) -> None:
    assert (registered(row).status, registered(row).reason) == is_registered
    assert (connected(row).status, connected(row).reason) == is_connected


def test_why_a_host_is_unhealthy_is_told_in_palettes_words() -> None:
    assert connected(host_row(health="unhealthy", health_message="agent lost")).message == "agent lost"
    assert connected(host_row(health="unhealthy")).message


def test_the_default_interface_is_shown_else_the_first() -> None:
    assert default_nic(HostHardware(nics=(NIC, WIFI))) == WIFI
    assert default_nic(HostHardware(nics=(NIC,))) == NIC
    assert default_nic(HostHardware()) is None


def test_a_host_without_interfaces_still_has_its_address() -> None:
    assert observed_fields(host_row(address="10.0.0.7"), None)["network"] == {"ip": "10.0.0.7"}


def test_what_the_device_reported_is_a_valid_status() -> None:
    hardware = HostHardware(arch="amd64", cpu_cores=8, nics=(NIC,), os_family="ubuntu")
    row = host_row(hardware=hardware, state="in-use", cluster_uid=ClusterUid("c1"), cluster_name="store-42")
    row = replace(row, host_state="cluster", host_type="appliance")
    fields = observed_fields(row, ("retail", "control"))

    status = EdgeHostStatus.model_validate(fields)
    assert status.hardware is not None
    assert (status.hardware.arch_type, status.hardware.cpu_cores) == ("amd64", 8)
    assert status.os is not None
    assert (status.os.family, status.host_state, status.host_type) == ("ubuntu", "cluster", "appliance")
    assert status.network is not None
    assert (status.network.nic, status.network.ip, status.network.dns) == ("eth0", "10.0.0.5", ("10.0.0.2",))
    assert fields["clusterRef"] == {"name": "store-42", "uid": "c1", "namespace": "retail", "pool": "control"}


def test_used_space_is_told_in_steps_from_what_the_status_says() -> None:
    def hardware(used_gb: int) -> HostHardware:
        return HostHardware(disks=(DiskFacts(partitions=(PartitionFacts("ext4", "/", 200, used_gb, 200 - used_gb),)),))

    before = parse_status(EdgeHostStatus, observed_fields(host_row(hardware=hardware(40)), None))

    fields = observed_fields(host_row(hardware=hardware(41)), None, before)

    assert fields["hardware"]["disks"][0]["partitions"][0]["usedGB"] == 40


def test_what_palette_no_longer_says_leaves_the_status() -> None:
    bare = replace(host_row(state="", health="", agent_version=""), name="")
    fields = observed_fields(bare, None)

    assert {name for name, value in fields.items() if value is not None} == {"uid"}


def test_a_cluster_that_no_resource_stands_for_is_named_all_the_same() -> None:
    row = host_row(cluster_uid=ClusterUid("c9"), cluster_name="theirs")

    assert observed_fields(row, None)["clusterRef"] == {"name": "theirs", "uid": "c9"}
