"""What a cluster's status says, from what Palette shows."""

from dataclasses import replace

import pytest

from palette_operator.domain.actions import (
    Action,
    ApplyProfiles,
    CreatePool,
    DeletePool,
    ProfileChange,
    SetVariables,
    UpdatePool,
)
from palette_operator.domain.identifiers import HostUid, PoolName
from palette_operator.domain.marks import MARK_LABELS
from palette_operator.domain.observed import ClusterDetail, ObservedCluster
from palette_operator.domain.plan import Memory
from palette_operator.domain.resources import ClusterStatus, LastSync, Managed
from palette_operator.domain.resources.cluster_status import ProfileStatus
from palette_operator.reconcile.cluster.references import Resolved
from palette_operator.reconcile.cluster.status import (
    applied,
    available,
    desired_fields,
    memory_of,
    observed_fields,
    remembered,
    synced_fields,
)
from support.builders import (
    CONFIG,
    IDENTITY,
    UID,
    attached,
    cluster,
    detail,
    fingerprints,
    key,
    observed,
    pack,
    pool,
    profile,
)
from support.rows import cluster_row

BASE, NEXT, APPS = profile(), profile("edge-base", "1.5.0"), profile("apps", "2.1.0")


def seen(state: str, health: str = "Healthy", *failures: str) -> ObservedCluster:
    return ObservedCluster(cluster_row("c1", state=state, health=health), detail(failures=failures))


AVAILABLE: dict[str, tuple[ObservedCluster, tuple[str, str, str]]] = {
    "running and healthy": (seen("Running"), ("True", "Healthy", "the cluster runs and is healthy")),
    "healthy in another spelling": (seen("Running", "healthy"), ("True", "Healthy", "the cluster runs and is healthy")),
    "running, and not heard of": (
        seen("Running", ""),
        ("False", "Provisioning", "the cluster runs; its health has not been reported yet"),
    ),
    "running and unhealthy": (
        seen("Running", "UnHealthy", "NodeReady: node-1 is down"),
        ("False", "Unhealthy", "NodeReady: node-1 is down"),
    ),
    "unhealthy without a word": (
        seen("Running", "UnHealthy"),
        ("False", "Unhealthy", "Palette reports the cluster as unhealthy"),
    ),
    "in error": (
        seen("Error", "", "CloudInfrastructureReady: no host"),
        ("False", "ProvisioningFailed", "CloudInfrastructureReady: no host"),
    ),
    "on its way": (seen("Provisioning", ""), ("False", "Provisioning", "Palette reports Provisioning")),
    "just created": (seen("", ""), ("False", "Provisioning", "Palette reports no state yet")),
    "on its way out": (seen("Deleting"), ("False", "Deleting", "the cluster is being deleted in Palette")),
    "in a state that nobody has heard of": (
        seen("Hibernating"),
        ("Unknown", "UnknownState", "Palette reports the state Hibernating, which is not known here"),
    ),
    "in a health that nobody has heard of": (
        seen("Running", "Degraded"),
        ("Unknown", "UnknownState", "Palette reports the health Degraded, which is not known here"),
    ),
    "gone": (seen("Deleted"), ("False", "Deleting", "the cluster is being deleted in Palette")),
}


@pytest.mark.parametrize(("look", "want"), AVAILABLE.values(), ids=AVAILABLE)
def test_available(look: ObservedCluster, want: tuple[str, str, str]) -> None:
    found = available(look)

    assert (found.status, found.reason, found.message) == want


APPLIED: dict[str, tuple[ClusterDetail | None, tuple[str, str]]] = {
    "every pack is ready": (detail(packs=(pack(BASE), pack(APPS))), ("True", "Applied")),
    "a newer pack exists": (detail(packs=(pack(BASE, "UpgradeAvailable"), pack(APPS))), ("True", "Applied")),
    "a pack waits for others": (
        detail(packs=(pack(BASE), pack(APPS, "WaitingForOtherLayers"))),
        ("False", "ApplyPending"),
    ),
    "a pack in a condition that nobody has heard of": (
        detail(packs=(pack(BASE), pack(APPS, "Unheard"))),
        ("False", "ApplyPending"),
    ),
    "a pack failed": (detail(packs=(pack(BASE), pack(APPS, "Error", message="no image"))), ("False", "ApplyFailed")),
    "a profile has no packs there yet": (detail(packs=(pack(BASE),)), ("False", "ApplyPending")),
    "only the version before is there": (detail(packs=(pack(NEXT), pack(APPS))), ("False", "ApplyPending")),
    "the change has not been applied": (
        detail(packs=(pack(BASE), pack(APPS)), can_be_applied=False),
        ("False", "ApplyPending"),
    ),
    "nothing was read yet": (None, ("False", "ApplyPending")),
}


@pytest.mark.parametrize(("there", "want"), APPLIED.values(), ids=APPLIED)
def test_applied(there: ClusterDetail | None, want: tuple[str, str]) -> None:
    found = applied(cluster(profiles=(BASE, APPS)), there)

    assert (found.status, found.reason) == want


def test_a_pack_that_failed_is_named_with_its_profile_and_what_it_said() -> None:
    found = applied(cluster(profiles=(BASE,)), detail(packs=(pack(BASE, "Error", message="no image"),)))

    assert found.message == "pack k3s of edge-base 1.4.0 failed: no image"


def test_what_palette_does_not_say_is_no_field() -> None:
    bare = ObservedCluster(cluster_row("c1", state="", health=""), detail(kubernetes_version="", api_endpoint=""))

    assert {name for name, value in observed_fields(bare).items() if value is None} == {
        "remoteState",
        "health",
        "kubernetesVersion",
        "endpoint",
    }


def test_version_and_endpoint_stay_while_the_cluster_was_not_read_whole() -> None:
    assert not {"kubernetesVersion", "endpoint"} & observed_fields(ObservedCluster(cluster_row("c1"))).keys()


SUMMARY: dict[str, tuple[ClusterDetail | None, str]] = {
    "the version that runs": (detail(profiles=(attached(NEXT),), packs=(pack(NEXT),)), "1.5.0"),
    "from the one to the other, before the change was sent": (detail(), "1.4.0->1.5.0"),
    "the version that is wanted, while nothing runs": (None, "1.5.0"),
    "the version that is wanted, while it arrives": (
        detail(profiles=(attached(NEXT),), packs=(pack(NEXT, "ReadyForInstall"),)),
        "1.5.0",
    ),
}


@pytest.mark.parametrize(("there", "want"), SUMMARY.values(), ids=SUMMARY)
def test_the_profile_column_shows(there: ClusterDetail | None, want: str) -> None:
    assert desired_fields(cluster(profiles=(NEXT,)), there, frozenset())["profileSummary"] == want


RAN_BEFORE = (ProfileStatus(name="edge-base", desired="1.4.0", applied="1.4.0"),)
COMING = {
    "the old version while the new one is on its way": (
        detail(profiles=(attached(NEXT),), packs=(pack(NEXT, "WaitingForOtherLayers"),)),
        "1.4.0->1.5.0",
    ),
    "the new one once it has arrived": (detail(profiles=(attached(NEXT),), packs=(pack(NEXT),)), "1.5.0"),
    "nothing of a profile that is attached no more": (detail(profiles=()), "1.5.0"),
}


@pytest.mark.parametrize(("there", "want"), COMING.values(), ids=COMING)
def test_the_profile_column_remembers(there: ClusterDetail, want: str) -> None:
    assert desired_fields(cluster(profiles=(NEXT,)), there, frozenset(), RAN_BEFORE)["profileSummary"] == want


def test_nodes_are_counted_by_pool_and_in_all() -> None:
    wanted = cluster(pools=(pool("control", "h1", "h2"), pool("worker", "w1")))
    fields = desired_fields(wanted, None, frozenset({HostUid("h1"), HostUid("w1"), HostUid("elsewhere")}))

    assert fields["machinePools"] == [
        {"name": "control", "desired": 2, "ready": 1, "hosts": ["h1", "h2"]},
        {"name": "worker", "desired": 1, "ready": 1, "hosts": ["w1"]},
    ]
    assert fields["nodesSummary"] == "2/3"


OURS = cluster(labels={"site": "42", **IDENTITY.mark(key())}, pools=(pool("control", "h1"), pool("worker", "w1")))


def resolved() -> Resolved:
    return Resolved(OURS, fingerprints(OURS))


def test_what_was_brought_into_agreement_is_remembered_as_it_was_sent() -> None:
    status = ClusterStatus.model_validate(synced_fields(resolved()))
    memory = memory_of(status)

    assert memory.tags == {"site"}
    assert memory.profiles == {"edge-base"}
    assert memory.pools == {"control", "worker"}
    assert (memory.variables_hash, memory.packs_hash) == (fingerprints(OURS).variables, fingerprints(OURS).packs)
    assert status.last_sync is not None
    assert status.last_sync.spec_hash == fingerprints(OURS).spec


def test_the_mark_is_not_a_tag_that_could_leave_the_spec() -> None:
    assert not memory_of(ClusterStatus.model_validate(synced_fields(resolved()))).tags & set(MARK_LABELS)


BEFORE = ClusterStatus(
    managed=Managed(tags=("old",), profiles=("old",), pools=("old",)),
    last_sync=LastSync(spec_hash="before", variables_hash="before", packs_hash="before"),
)
PARTIAL: dict[str, tuple[Action, dict[str, str]]] = {
    "a pool that went changes no hash": (
        DeletePool(CONFIG, PoolName("old")),
        {"specHash": "before", "variablesHash": "before", "packsHash": "before"},
    ),
    "variables that were set are known to be sent": (
        SetVariables(UID, (BASE,)),
        {"specHash": "before", "variablesHash": fingerprints(OURS).variables, "packsHash": "before"},
    ),
    "profiles that were applied carry their packs": (
        ApplyProfiles(UID, (ProfileChange(BASE),)),
        {"specHash": "before", "variablesHash": "before", "packsHash": fingerprints(OURS).packs},
    ),
}


@pytest.mark.parametrize(("done", "hashes"), PARTIAL.values(), ids=PARTIAL)
def test_a_single_write_is_remembered_before_all_is_in_agreement(done: Action, hashes: dict[str, str]) -> None:
    fields = remembered(BEFORE, [done], resolved())

    assert fields["lastSync"] == hashes
    assert fields["managed"] == {
        "tags": ["old", "site"],
        "profiles": ["edge-base", "old"],
        "pools": ["control", "old", "worker"],
    }


def test_a_pool_told_to_skip_upgrades_is_remembered_until_it_is_told_otherwise() -> None:
    before = ClusterStatus(managed=Managed(upgrade_skipping_pools=("left", "worker")))
    writes: list[Action] = [
        CreatePool(CONFIG, pool("extra", "h9", skip_kubernetes_upgrade=True)),
        UpdatePool(CONFIG, pool("worker", "h2")),
    ]

    assert remembered(before, writes, resolved())["managed"]["upgradeSkippingPools"] == ["extra", "left"]
    assert memory_of(before).upgrade_skipping_pools == {"left", "worker"}


def test_a_status_that_says_nothing_remembers_nothing() -> None:
    assert memory_of(ClusterStatus()) == Memory()


def test_an_observed_cluster_says_how_it_does_without_a_detail() -> None:
    look = replace(observed(), detail=None)

    assert available(look).status == "True"
