"""A local cluster in the shape of any other."""

from dataclasses import replace

import pytest

from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.identifiers import CloudConfigUid, ClusterUid, HostUid, PoolName, ProfileUid
from palette_operator.domain.local import (
    Archive,
    ArchiveProfile,
    LocalCluster,
    LocalClusterConfig,
    LocalCondition,
    LocalNode,
    LocalPool,
    LocalPoolHost,
    LocalPoolNode,
)
from palette_operator.domain.local_view import hosts_in, local_applied, local_observed, local_row
from support.builders import cluster, config, pool

MADE = cluster(pools=(pool("control", "h1"), pool("worker", "w1", "w2")), definition="/opt/store.tgz")
CONFIG = LocalClusterConfig(
    name="store-42",
    uid=ClusterUid("c1"),
    labels={"site": "42"},
    archive_path="/opt/store.tgz",
    cloud=replace(config(MADE), uid=CloudConfigUid("")),
)


def node(name: str, state: str = "Running", health: str = "Healthy", ip: str = "") -> LocalPoolNode:
    return LocalPoolNode(name, ip=ip, state=state, health=health)


WORKERS = LocalPool(
    PoolName("worker"),
    hosts=(LocalPoolHost(HostUid("w1"), address="10.0.0.1"), LocalPoolHost(HostUid("w2"), address="10.0.0.2")),
    nodes=(node("n1", ip="10.0.0.1"), node("n2", ip="10.0.0.2")),
)
LOCAL = LocalCluster(
    name="store-42",
    uid=ClusterUid("c1"),
    labels={"stale": "yes"},
    state="Running",
    health="Healthy",
    kubernetes_version="1.32.1",
    vip="10.4.2.10",
    pools=(WORKERS,),
)
ARCHIVE = Archive("/opt/store.tgz", (ArchiveProfile("edge-base", ProfileUid("p1"), "1.4.0", "infra"),))
NODES = (
    LocalNode("n1", HostUid("w1"), status=LocalCondition("Ready", "True")),
    LocalNode("n2", HostUid("w2"), status=LocalCondition("Ready", "False")),
    LocalNode("n0", HostUid("h1"), status=LocalCondition("Ready", "True")),
)


def test_labels_are_those_of_the_configuration_once_it_was_read() -> None:
    assert local_row(LOCAL).labels == {"stale": "yes"}
    assert local_row(LOCAL, CONFIG).labels == {"site": "42"}


def test_a_host_that_gives_no_uid_is_known_by_the_clusters_name() -> None:
    assert local_row(replace(LOCAL, uid=ClusterUid(""))).uid == "store-42"


def test_what_was_read_is_compared_like_any_cluster() -> None:
    seen = local_observed(LOCAL, CONFIG, NODES, ARCHIVE)

    assert seen.config is not None
    assert seen.config.definition == "/opt/store.tgz"
    assert seen.detail is not None
    assert [(p.name, p.version) for p in seen.detail.profiles] == [("edge-base", "1.4.0")]
    assert [(m.name, m.host_uid, m.state, m.ready) for m in seen.machines[PoolName("worker")]] == [
        ("n1", "w1", "Running", True),
        ("n2", "w2", "Running", False),
    ]
    assert [m.name for m in seen.machines[PoolName("control")]] == ["n0"]


def test_a_node_that_failed_has_joined_all_the_same() -> None:
    failed = replace(LOCAL, pools=(replace(WORKERS, nodes=(node("n1", "Error"), node("n2", "Deleting"))),))

    seen = local_observed(failed, CONFIG, NODES, None)

    assert [m.state for m in seen.machines[PoolName("worker")]] == ["Failed", "Deleting"]


def test_what_was_not_read_is_not_in_it() -> None:
    seen = local_observed(LOCAL, None, None, None)

    assert seen.config is None
    assert seen.machines == {}


def test_what_is_wrong_is_told_in_the_hosts_words() -> None:
    ill = replace(
        LOCAL, health_reason="a node is away", conditions=(LocalCondition("NodesReady", "False", reason="NotReady"),)
    )

    detail = local_observed(ill, None, None, None).detail

    assert detail is not None
    assert detail.failures == ("a node is away", "NodesReady: NotReady")


READY = {
    "all nodes are ready": (WORKERS, {"w1", "w2"}),
    "one node is told by its address": (
        replace(WORKERS, nodes=(node("n1", ip="10.0.0.1"), node("n2", health="Unhealthy", ip="10.0.0.2"))),
        {"w1"},
    ),
    "one node is told by its host's name": (
        replace(WORKERS, nodes=(node("w2"), node("w1", state="Provisioning"))),
        {"w2"},
    ),
    "no node has come": (replace(WORKERS, nodes=()), set()),
}


@pytest.mark.parametrize("case", READY.values(), ids=READY)
def test_a_host_is_ready_when_its_node_is(case: tuple[LocalPool, set[str]]) -> None:
    workers, hosts = case

    assert hosts_in(replace(LOCAL, pools=(workers,))) == hosts


APPLIED = {
    "it runs on its definition": (LOCAL, MADE, "Applied", "the cluster runs on its definition"),
    "another definition is wanted": (
        LOCAL,
        replace(MADE, definition="/opt/next.tgz"),
        "ApplyPending",
        "the definition /opt/next.tgz has not reached the cluster yet",
    ),
    "it comes up": (replace(LOCAL, state="Provisioning"), MADE, "ApplyPending", "the cluster is Provisioning"),
    "hosts restart": (
        replace(LOCAL, is_reboot_pending=True),
        MADE,
        "ApplyPending",
        "hosts of the cluster are still to be restarted",
    ),
    "settings are on their way": (
        replace(LOCAL, ntp_servers_applied=False),
        MADE,
        "ApplyPending",
        "time servers have not reached every host yet",
    ),
}


@pytest.mark.parametrize("case", APPLIED.values(), ids=APPLIED)
def test_applied_tells_what_is_left_to_do(case: tuple[LocalCluster, DesiredCluster, str, str]) -> None:
    local, wanted, reason, message = case

    said = local_applied(wanted, local_observed(local, CONFIG, NODES, ARCHIVE), local)

    assert (said.reason, said.message) == (reason, message)


def test_nothing_is_applied_before_the_configuration_was_read() -> None:
    said = local_applied(MADE, local_observed(LOCAL, None, None, None), LOCAL)

    assert said.message == "the cluster's configuration has not been read yet"
