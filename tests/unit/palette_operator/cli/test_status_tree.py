"""The tree of connections, clusters, pools and hosts, from plain resources."""

from __future__ import annotations

from typing import Any

import pytest

from palette_operator.cli.status.objects import view
from palette_operator.cli.status.tree import Bodies, grow, only

Body = dict[str, Any]


def condition(type_: str, status: str = "True", reason: str = "Fine", *, generation: int = 1) -> Body:
    return {"type": type_, "status": status, "reason": reason, "message": "why", "observedGeneration": generation}


def resource(kind: str, name: str, *, ready: str = "True", namespace: str = "retail", **spec: object) -> Body:
    return {
        "kind": kind,
        "metadata": {"name": name, "generation": 1} | ({"namespace": namespace} if namespace else {}),
        "spec": spec,
        "status": {"conditions": [condition("Ready", ready)]},
    }


def connection(name: str = "default", *, ready: str = "True") -> Body:
    return resource("PaletteConnection", name, ready=ready, namespace="", endpoint="https://p.example", project="shop")


def host(name: str, *, uid: str = "", ready: str = "True", namespace: str = "retail", uses: str = "default") -> Body:
    spec = ({"connectionRef": {"name": uses}} if uses else {}) | ({"uid": uid} if uid else {})
    return resource("EdgeHost", name, ready=ready, namespace=namespace, **spec)


def cluster(name: str, *pools: Body, ready: str = "True", chosen: dict[str, list[str]] | None = None) -> Body:
    body = resource(
        "PaletteCluster", name, ready=ready, connectionRef={"name": "default"}, machinePools=list(pools) or [pool()]
    )
    body["status"]["machinePools"] = [{"name": key, "ready": 1, "hosts": uids} for key, uids in (chosen or {}).items()]
    return body


def pool(name: str = "control", *, control: bool = True, hosts: list[Body] | None = None, count: int = 0) -> Body:
    chosen_by = {"edgeHostSelector": {"count": count}} if count else {"edgeHosts": hosts or []}
    return {"name": name, "controlPlane": control} | chosen_by


def test_a_host_is_shown_in_the_pool_that_names_it_and_nowhere_else() -> None:
    tree = grow(Bodies([connection()], [cluster("a", pool(hosts=[{"name": "h1"}]))], [host("h1"), host("h2")]))

    (branch,) = tree.connections
    assert [each.name for each in branch.clusters[0].pools[0].hosts] == ["h1"]
    assert [each.name for each in branch.hosts] == ["h2"]


def test_a_host_chosen_by_label_is_found_by_the_uid_in_the_status() -> None:
    chosen = cluster("a", pool("worker", control=False, count=2), chosen={"worker": ["device-1"]})

    tree = grow(Bodies([connection()], [chosen], [host("h1", uid="device-1")]))

    (worker,) = tree.connections[0].clusters[0].pools
    assert [each.name for each in worker.hosts] == ["h1"]
    assert (worker.ready, worker.desired) == (1, 2)


def test_a_host_that_is_named_and_reported_is_shown_once() -> None:
    body = cluster("a", pool(hosts=[{"name": "h1"}]), chosen={"control": ["device-1"]})

    (control,) = grow(Bodies([connection()], [body], [host("h1", uid="device-1")])).connections[0].clusters[0].pools

    assert len(control.hosts) == 1
    assert not control.devices


def test_a_device_without_edgehost_is_shown_by_uid_and_not_held_against_anybody() -> None:
    tree = grow(Bodies([connection()], [cluster("a", pool(hosts=[{"uid": "device-9"}]))]))

    assert tree.connections[0].clusters[0].pools[0].devices == ("device-9",)
    assert tree.ready


def test_hosts_of_one_name_in_two_namespaces_are_two() -> None:
    hosts = [host("h1"), host("h1", namespace="other")]

    tree = grow(Bodies([connection()], [cluster("a", pool(hosts=[{"name": "h1"}]))], hosts))

    assert [(each.namespace, each.name) for each in tree.connections[0].hosts] == [("other", "h1")]


def test_the_control_plane_comes_first() -> None:
    body = cluster("a", pool("aaa", control=False), pool("zzz"))

    tree = grow(Bodies([connection()], [body]))

    assert [each.name for each in tree.connections[0].clusters[0].pools] == ["zzz", "aaa"]


def test_what_names_a_connection_that_is_not_there_is_shown_under_it() -> None:
    tree = grow(Bodies([], [], [host("h1", uses="gone")]))

    (branch,) = tree.connections
    assert (branch.name, branch.reason) == ("gone", "NotFound")
    assert [each.name for each in branch.hosts] == ["h1"]
    assert not tree.ready


def test_a_connection_that_may_not_be_read_is_left_out_of_account() -> None:
    tree = grow(Bodies(None, [], [host("h1")]))

    assert tree.connections[0].reason == "Forbidden"
    assert tree.ready


def test_what_goes_through_no_connection_stands_beside_the_connections() -> None:
    local = cluster("a", pool(hosts=[{"name": "h1"}]))
    del local["spec"]["connectionRef"]

    tree = grow(Bodies([connection()], [local], [host("h1", uses=""), host("h2", uses="")]))

    assert [each.name for each in tree.connections] == ["default"]
    assert [each.name for each in tree.clusters[0].pools[0].hosts] == ["h1"]
    assert [each.name for each in tree.hosts] == ["h2"]
    assert [each.name for each in only("a", tree).clusters] == ["a"]


def test_a_host_whose_spec_names_no_device_is_known_by_what_it_reported() -> None:
    reported = host("h1", uses="")
    reported["status"]["uid"] = "device-1"

    assert grow(Bodies([], [], [reported])).hosts[0].uid == "device-1"


READINESS = {
    "nothing at all is not ready": (Bodies(), False),
    "all ready": (Bodies([connection()], [cluster("a")], [host("h")]), True),
    "a connection that is not": (Bodies([connection(ready="False")], [cluster("a")]), False),
    "a cluster that is not": (Bodies([connection()], [cluster("a", ready="Unknown")]), False),
    "a free host that is not": (Bodies([connection()], [], [host("h", ready="False")]), False),
    "a host without connection that is not": (Bodies([connection()], [], [host("h", ready="False", uses="")]), False),
    "a host in a pool that is not": (
        Bodies([connection()], [cluster("a", pool(hosts=[{"name": "h"}]))], [host("h", ready="False")]),
        False,
    ),
}


@pytest.mark.parametrize(("bodies", "ready"), READINESS.values(), ids=READINESS)
def test_readiness_is_that_of_every_object(bodies: Bodies, ready: bool) -> None:
    assert grow(bodies).ready is ready


def test_one_cluster_is_shown_with_its_connection_and_hosts_alone() -> None:
    wanted = cluster("a", pool(hosts=[{"name": "h1"}]))
    bodies = Bodies(
        [connection(), connection("other")], [wanted, cluster("b", ready="False")], [host("h1"), host("h2")]
    )

    tree = only("a", grow(bodies))

    (branch,) = tree.connections
    assert [each.name for each in branch.clusters] == ["a"]
    assert not branch.hosts
    assert tree.ready


def test_a_cluster_that_is_not_there_leaves_an_empty_tree() -> None:
    tree = only("nowhere", grow(Bodies([connection()], [cluster("a")])))

    assert not tree.connections
    assert not tree.ready


def test_ready_for_an_older_generation_says_nothing_about_this_one() -> None:
    body = cluster("a")
    body["metadata"]["generation"] = 2

    seen = view(body)

    assert (seen.ready, seen.reason) == ("Unknown", "NotSeenYet")


def test_a_resource_without_status_has_not_been_seen() -> None:
    body = host("h")
    del body["status"]

    assert view(body).reason == "NotSeenYet"


def test_conditions_come_in_the_order_in_which_they_are_settled() -> None:
    body = cluster("a")
    body["status"]["conditions"] += [condition(each) for each in ("Stalled", "Applied", "Surprising", "Owned")]

    assert [each.type for each in view(body).conditions] == ["Owned", "Applied", "Stalled", "Surprising"]


def test_the_json_shape_is_kept() -> None:
    tree = grow(Bodies([connection()], [cluster("a", pool(hosts=[{"name": "h1"}]))], [host("h1"), host("h2")]))

    printed = tree.model_dump(mode="json", by_alias=True)

    common = {"kind", "namespace", "name", "ready", "reason", "message", "conditions"}
    (branch,) = printed["connections"]
    (first,) = branch["clusters"]
    assert set(printed) == {"ready", "connections", "clusters", "hosts"}
    assert set(branch) == common | {"endpoint", "project", "clusters", "hosts"}
    assert set(first) == common | {"uid", "state", "health", "kubernetesVersion", "profile", "nodes", "pools"}
    assert set(first["pools"][0]) == {"name", "controlPlane", "desired", "ready", "hosts", "devices"}
    assert set(branch["hosts"][0]) == common | {"uid", "state", "health"}
