"""The hosts of a local cluster: which can be in it, and what is said of those that cannot."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast

import pytest

from palette_operator.domain.errors import ReconcileError, Stalled, Unavailable, Waiting
from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey
from palette_operator.domain.local import LinkStatus, LocalCluster
from palette_operator.domain.local_host import LocalHostSeen
from palette_operator.domain.observed import HostHardware, HostNic, Unknown
from palette_operator.domain.resources import parse_cluster
from palette_operator.kube.objects import Body, ObjectCache
from palette_operator.reconcile.cluster.local.members import Member, Members, check_answers
from palette_operator.reconcile.context import Context
from palette_operator.reconcile.findings import Findings, NotSeenYet
from palette_operator.reconcile.local_hosts.fleet import LocalSighting
from palette_operator.reconcile.local_hosts.hosts import HostSighting
from palette_operator.reconcile.reservations import Reservations
from support.builders import IDENTITY, key
from support.fake_kube import resource_body
from support.local_hosts import host_info

SHIP = key("ship-7")
OTHER = key("ship-8")
NIC = HostNic("eth0", "10.4.2.21", "", "", (), "", is_default=True)
SILENT = Unavailable("Unreachable", "no answer from the host (timed out)")
REFUSED = Stalled("Unauthorized", "the host refuses the login of kairos")
FOREIGN = LocalCluster(name="somebody", uid=ClusterUid("c9"))
OURS = LocalCluster(name="ship-7", uid=ClusterUid("c1"), labels=IDENTITY.mark(SHIP))


def seen(uid: str, cluster: LocalCluster | Unknown | None = None) -> LocalHostSeen:
    info = host_info(uid, hardware=HostHardware(nics=(NIC,)))
    return LocalHostSeen(info, cluster, LinkStatus(), Unknown("not asked for"), Unknown("not asked for"))


def answering(uid: str, cluster: LocalCluster | Unknown | None = None) -> HostSighting:
    return LocalSighting(seen(uid, cluster), is_new=False)


def silent(uid: str, failure: ReconcileError = SILENT) -> HostSighting:
    return LocalSighting(seen(uid), is_new=False, failure=failure, failing_since=100.0)


def edge_host(name: str, *, local: bool = True, labels: dict[str, str] | None = None) -> Body:
    body = resource_body(key(name, "EdgeHost"), labels=labels or {})
    reached = {"endpoint": "https://10.4.2.21:5080", "credentialsSecretRef": {"name": "os"}}
    body["spec"] = {"local": reached} if local else {"connectionRef": {"name": "default"}}
    return body


def cluster(*hosts: str, status: Body | None = None, worker: Body | None = None) -> Body:
    body = resource_body(SHIP, status=status)
    control = {"name": "control", "controlPlane": True, "edgeHosts": [{"name": host} for host in hosts]}
    pools = [*([worker] if worker else []), control]
    body["spec"] = {"cloud": {"edgeLocal": {"controlPlaneEndpoint": {"host": "10.4.2.10"}}}, "machinePools": pools}
    return body


@dataclass
class Scene:
    """EdgeHosts of the namespace, what they showed last, and who holds which."""

    hosts: dict[str, HostSighting]
    bodies: list[Body] = field(default_factory=list)
    reservations: Reservations = field(default_factory=Reservations)

    @property
    def members(self) -> Members:
        objects = ObjectCache()
        for body in self.bodies or [edge_host(name) for name in self.hosts]:
            objects.put(body)
        fleet = SimpleNamespace(sighting=lambda key: self.hosts.get(key.name, LocalSighting()), client=lambda _: None)
        parts: dict[str, Any] = {"objects": objects, "local_hosts": fleet, "identity": IDENTITY}
        return Members(cast("Context", SimpleNamespace(**parts, reservations=self.reservations)))

    def pools(self, body: Body) -> dict[str, list[str]]:
        pools, _ = self.members.pools(SHIP, parse_cluster(body))
        return {pool.name: [host.uid for host in pool.hosts] for pool in pools}


def test_hosts_are_known_by_the_uid_that_they_report_and_where_they_are() -> None:
    scene = Scene({"a": answering("edge-1")})

    pools, members = scene.members.pools(SHIP, parse_cluster(cluster("a")))
    located = scene.members.located(pools, members)

    assert [(host.uid, host.address) for host in located[0].hosts] == [("edge-1", "10.4.2.21")]
    assert scene.reservations.holder(HostUid("edge-1")) == SHIP


def test_a_worker_is_chosen_by_label_among_those_that_are_free() -> None:
    labels = {"role": "worker"}
    scene = Scene(
        {"a": answering("1"), "b": answering("2", FOREIGN), "c": silent("3"), "d": answering("4", OURS)},
        bodies=[edge_host("a"), *(edge_host(name, labels=labels) for name in "bcd")],
    )
    worker = {"name": "worker", "edgeHostSelector": {"matchLabels": labels, "count": 1}}

    assert scene.pools(cluster("a", worker=worker)) == {"worker": ["4"], "control": ["1"]}


def test_a_host_of_the_cluster_may_restart_or_be_in_it() -> None:
    status = {"uid": "c1", "leader": "a", "machinePools": [{"name": "control", "hosts": ["1", "2"]}]}
    scene = Scene({"a": answering("1", OURS), "b": silent("2")})

    assert scene.pools(cluster("a", "b", status=status)) == {"control": ["1", "2"]}


def test_whose_cluster_the_leader_has_is_not_judged_here() -> None:
    assert Scene({"a": answering("1", FOREIGN)}).pools(cluster("a")) == {"control": ["1"]}


def test_two_clusters_never_take_the_same_host() -> None:
    scene = Scene({"a": answering("1")})
    scene.reservations.claim_hosts(OTHER, [HostUid("1")])

    with pytest.raises(Waiting) as caught:
        scene.pools(cluster("a"))

    assert caught.value.reason == "HostInUse"


UNUSABLE: dict[str, tuple[Scene, str, str]] = {
    "it was not looked at yet": (Scene({"a": answering("1"), "b": LocalSighting()}), "AwaitingHost", "not been looked"),
    "it does not answer": (Scene({"a": answering("1"), "b": silent("2")}), "HostNotReady", "no answer from the host"),
    "it does not let us in": (Scene({"a": answering("1"), "b": silent("2", REFUSED)}), "HostNotReady", "refuses"),
    "it is in another cluster": (Scene({"a": answering("1"), "b": answering("2", FOREIGN)}), "HostInUse", "'somebody'"),
    "it has no object": (Scene({"a": answering("1")}), "HostNotFound", "EdgeHost 'b'"),
    "it is reached through Palette": (
        Scene({"a": answering("1")}, bodies=[edge_host("a"), edge_host("b", local=False)]),
        "HostNotLocal",
        "spec.local",
    ),
}


@pytest.mark.parametrize("case", UNUSABLE.values(), ids=UNUSABLE)
def test_a_host_that_is_to_join_cannot_because(case: tuple[Scene, str, str]) -> None:
    scene, reason, words = case

    with pytest.raises(ReconcileError) as caught:
        scene.pools(cluster("a", "b"))

    assert caught.value.reason == reason
    assert words in caught.value.message


def test_a_device_by_uid_needs_an_edge_host_that_stands_for_it() -> None:
    body = cluster("a")
    body["spec"]["machinePools"][0]["edgeHosts"] = [{"uid": "edge-1"}]

    assert Scene({"a": answering("edge-1")}).pools(body) == {"control": ["edge-1"]}
    with pytest.raises(Waiting) as caught:
        Scene({"a": answering("edge-2")}).pools(body)
    assert caught.value.reason == "HostNotFound"


def test_the_leader_is_remembered_though_another_is_named_first() -> None:
    status = {"uid": "c1", "leader": "b"}
    scene = Scene({"a": answering("1"), "b": answering("2")})

    assert scene.members.leader(SHIP, parse_cluster(cluster("a", "b", status=status))).key.name == "b"


def member(sighting: HostSighting) -> Member:
    scene = Scene({"a": sighting})
    found = scene.members.named(SHIP, "a")
    assert found is not None
    return found


STARTING: HostSighting = LocalSighting(
    replace(seen("1"), info=replace(seen("1").info, is_cluster_phase=True)), is_new=False
)
ANSWERS: dict[str, tuple[HostSighting, type[ReconcileError], str, bool]] = {
    "it was not looked at yet": (LocalSighting(), NotSeenYet, "AwaitingHost", False),
    "it has been silent for a moment": (
        replace(silent("1"), failing_since=995.0),
        Unavailable,
        "HostUnreachable",
        False,
    ),
    "it has been silent for long": (silent("1"), Unavailable, "HostUnreachable", True),
    "it does not let us in": (silent("1", REFUSED), Waiting, "HostNotReady", False),
    "it shows no cluster and says that it runs one": (STARTING, Unavailable, "HostUnreachable", False),
    "it does not say what it has": (answering("1", Unknown("an odd answer")), Unavailable, "HostUnreachable", False),
}


@pytest.mark.parametrize("case", ANSWERS.values(), ids=ANSWERS)
def test_a_leader_that_cannot_be_asked_says_nothing_of_its_cluster(
    case: tuple[HostSighting, type[ReconcileError], str, bool],
) -> None:
    sighting, error, reason, unreachable = case
    findings = Findings()

    with pytest.raises(error) as caught:
        check_answers(member(sighting), findings, monotonic_s=1_000.0, unreachable_after_s=90.0)

    assert (caught.value.reason, findings.unreachable) == (reason, unreachable)


def test_a_leader_that_answers_is_believed() -> None:
    sighting = answering("1", OURS)

    assert check_answers(member(sighting), Findings(), monotonic_s=0, unreachable_after_s=90) == sighting.seen


def test_a_host_is_no_member_of_another_namespace() -> None:
    scene = Scene({"a": answering("1")})

    assert scene.members.named(ObjectKey("PaletteCluster", "elsewhere", "ship-7"), "a") is None
