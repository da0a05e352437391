"""What the status of a local cluster says beside that of others."""

from dataclasses import replace
from typing import Any

import pytest

from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.identifiers import ClusterUid, HostUid, PoolName
from palette_operator.domain.local import (
    LocalCertificate,
    LocalCertificates,
    LocalCluster,
    LocalPool,
    LocalPoolHost,
    LocalPoolNode,
)
from palette_operator.domain.resources import ProfileStatus
from palette_operator.reconcile.cluster.local.status import expiry_fields, wanted_fields
from support.builders import attached, cluster, detail, pool, profile

MADE: DesiredCluster = cluster(definition="/opt/store.tgz", pools=(pool("control", "h1", "h2"),))
RUNNING = LocalCluster(
    name="store-42",
    uid=ClusterUid("c1"),
    state="Running",
    pools=(
        LocalPool(
            PoolName("control"),
            hosts=(LocalPoolHost(HostUid("h1"), address="10.0.0.1"), LocalPoolHost(HostUid("h2"), address="10.0.0.2")),
            nodes=(LocalPoolNode("n1", ip="10.0.0.1", state="Running", health="Healthy"),),
        ),
    ),
)


def test_nothing_is_there_before_the_cluster_is() -> None:
    assert wanted_fields(MADE, None, None) == {
        "profiles": [{"name": "edge-base", "desired": "1.4.0", "uid": "edge-base-1.4.0"}],
        "profileSummary": "1.4.0",
        "definitionPath": "/opt/store.tgz",
        "machinePools": [{"name": "control", "desired": 2, "ready": 0, "hosts": ["h1", "h2"]}],
        "nodesSummary": "0/2",
    }


def test_what_runs_stands_beside_what_is_wanted() -> None:
    fields = wanted_fields(MADE, RUNNING, detail(profiles=(attached(profile()),)))

    assert fields["profiles"][0]["applied"] == "1.4.0"
    assert fields["nodesSummary"] == "1/2"


@pytest.mark.parametrize(
    "local",
    [replace(RUNNING, is_reboot_pending=True), replace(RUNNING, state="Provisioning")],
    ids=["restarting", "coming up"],
)
def test_the_old_version_is_shown_until_the_hosts_have_restarted(local: LocalCluster) -> None:
    newer = cluster(profiles=(profile(version="1.5.0"),))
    before = [ProfileStatus(name="edge-base", applied="1.4.0")]

    fields = wanted_fields(newer, local, detail(profiles=(attached(profile(version="1.5.0")),)), before)

    assert fields["profiles"][0]["applied"] == "1.4.0"
    assert fields["profileSummary"] == "1.4.0->1.5.0"


def certificates(*expires: str) -> LocalCertificates:
    return LocalCertificates(None, "", tuple(LocalCertificate("ca", each) for each in expires))


EXPIRY: dict[str, tuple[LocalCertificates | None, dict[str, Any]]] = {
    "they were not read": (None, {}),
    "the first to expire counts": (
        certificates("2027-03-01T00:00:00Z", "2026-03-01T02:00:00+02:00"),
        {"certificatesExpireAt": "2026-03-01T00:00:00Z"},
    ),
    "a time of another form says nothing": (certificates("in a year"), {"certificatesExpireAt": None}),
    "a time of no zone says nothing": (certificates("2026-03-01T00:00:00"), {"certificatesExpireAt": None}),
}


@pytest.mark.parametrize("case", EXPIRY.values(), ids=EXPIRY)
def test_when_certificates_expire(case: tuple[LocalCertificates | None, dict[str, Any]]) -> None:
    found, fields = case

    assert expiry_fields(found) == fields
