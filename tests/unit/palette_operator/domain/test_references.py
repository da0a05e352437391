"""From names to uids: which profile version, which hosts, and what is said when one is not there."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from palette_operator.domain.desired import DesiredHost
from palette_operator.domain.errors import Stalled, Waiting
from palette_operator.domain.identifiers import ClusterUid, HostUid, ObjectKey, PoolName, ProfileUid
from palette_operator.domain.observed import ProfileVersion
from palette_operator.domain.references import (
    HostDirectory,
    KnownHost,
    check_distinct,
    check_static_addresses,
    resolve_pools,
    resolve_profile,
    with_two_node_priorities,
)
from palette_operator.domain.resources import ClusterProfile, MachinePool, Nic
from support.builders import host, key, pool, profile
from support.rows import host_row

CATALOG = (
    ProfileVersion(ProfileUid("base-140"), "edge-base", "1.4.0"),
    ProfileVersion(ProfileUid("base-150"), "edge-base", "1.5.0"),
    ProfileVersion(ProfileUid("twin-1"), "twin", "1.0.0"),
    ProfileVersion(ProfileUid("twin-2"), "twin", "1.0.0"),
)


def reference(**fields: Any) -> ClusterProfile:  # noqa: ANN401 - as in YAML
    return ClusterProfile.model_validate({"name": "edge-base", **fields})


def resolved_profile(**fields: Any) -> ProfileUid:  # noqa: ANN401 - as in YAML
    return resolve_profile(reference(**fields), CATALOG, {}, project="retail-prod").uid


def test_a_profile_is_found_by_name_and_version() -> None:
    assert resolved_profile(version="1.5.0") == "base-150"


def test_a_uid_wins_over_the_name_of_the_entry() -> None:
    found = resolve_profile(reference(name="mine", uid="base-140"), CATALOG, {}, project="retail-prod")

    assert (found.uid, found.name, found.version) == ("base-140", "edge-base", "1.4.0")


MISSING = {
    "a version that is not published": {"version": "9.9.9"},
    "a name that is not published": {"name": "nothing", "version": "1.4.0"},
    "a uid that is not published": {"uid": "base-999"},
}


@pytest.mark.parametrize("fields", MISSING.values(), ids=MISSING)
def test_a_profile_that_is_not_there_is_waited_for(fields: dict[str, str]) -> None:
    with pytest.raises(Waiting) as caught:
        resolved_profile(**fields)

    assert caught.value.reason == "ProfileNotFound"
    assert "project 'retail-prod'" in caught.value.message
    assert all(value in caught.value.message for value in fields.values())


def test_two_profiles_of_one_name_and_version_are_never_guessed_between() -> None:
    with pytest.raises(Stalled) as caught:
        resolved_profile(name="twin", version="1.0.0")

    assert caught.value.reason == "ProfileAmbiguous"


def test_values_come_from_the_spec_and_from_secrets_and_are_never_shown() -> None:
    wanted = reference(
        version="1.4.0",
        variables=[
            {"name": "registry", "value": "r.example.com"},
            {"name": "password", "valueFrom": {"secretKeyRef": {"name": "store-vars", "key": "password"}}},
            {"name": "empty", "value": ""},
        ],
    )
    found = resolve_profile(wanted, CATALOG, {("store-vars", "password"): "hush"}, project="retail-prod")

    assert {each.name: each.value for each in found.variables} == {
        "registry": "r.example.com",
        "password": "hush",
        "empty": "",
    }
    assert "hush" not in repr(found)


US, THEM = ClusterUid("c1"), ClusterUid("c2")
SITE = {"matchLabels": {"site": "42"}}


def known(name: str, *, labels: dict[str, str] | None = None, **row: Any) -> KnownHost:  # noqa: ANN401
    uid = HostUid(f"uid-{name}")
    return KnownHost(name, uid, {"site": "42"} if labels is None else labels, row=host_row(uid, **row))


@dataclass(frozen=True)
class Setting:
    """What pools can choose from."""

    hosts: list[KnownHost] = field(default_factory=lambda: [known("a"), known("b"), known("c")])
    taken: dict[str, ObjectKey] = field(default_factory=dict)
    before: dict[str, list[str]] = field(default_factory=dict)
    ours: ClusterUid | None = US

    @property
    def directory(self) -> HostDirectory:
        return HostDirectory(
            by_name={each.name: each for each in self.hosts},
            rows={HostUid("direct"): host_row("direct")},
            taken={HostUid(uid): holder for uid, holder in self.taken.items()},
            cluster_uid=self.ours,
            before={PoolName(name): [HostUid(uid) for uid in uids] for name, uids in self.before.items()},
        )


def naming(name: str, *hosts: str) -> dict[str, Any]:
    return {"name": name, "edgeHosts": [{"name": each} for each in hosts]}


def selecting(name: str, count: int) -> dict[str, Any]:
    return {"name": name, "edgeHostSelector": {**SITE, "count": count}}


def chosen(setting: Setting, *pools: dict[str, Any]) -> dict[str, list[str]]:
    wanted = [MachinePool.model_validate(each) for each in pools]
    return {each.name: [h.uid for h in each.hosts] for each in resolve_pools(wanted, setting.directory)}


CHOICES: dict[str, tuple[Setting, list[dict[str, Any]], dict[str, list[str]]]] = {
    "hosts are named": (Setting(), [naming("control", "b", "a")], {"control": ["uid-b", "uid-a"]}),
    "a host without an object is named by uid": (
        Setting(),
        [{"name": "control", "edgeHosts": [{"uid": "direct"}]}],
        {"control": ["direct"]},
    ),
    "a selector takes the first by name": (Setting(), [selecting("control", 2)], {"control": ["uid-a", "uid-b"]}),
    "a choice stays though another would come first": (
        Setting(before={"control": ["uid-c"]}),
        [selecting("control", 2)],
        {"control": ["uid-c", "uid-a"]},
    ),
    "a choice is given up when its label goes": (
        Setting([known("a", labels={}), known("b")], before={"control": ["uid-a"]}),
        [selecting("control", 1)],
        {"control": ["uid-b"]},
    ),
    "hosts of this cluster stay though they are in use": (
        Setting(
            [known("a", state="in-use", health="unhealthy", cluster_uid=US), known("b")], before={"control": ["uid-a"]}
        ),
        [selecting("control", 1)],
        {"control": ["uid-a"]},
    ),
    "hosts that are unhealthy are passed over": (
        Setting([known("a", health="unhealthy"), known("b")]),
        [selecting("control", 1)],
        {"control": ["uid-b"]},
    ),
    "hosts that another cluster has reserved are passed over": (
        Setting(taken={"uid-a": key("other")}),
        [selecting("control", 1)],
        {"control": ["uid-b"]},
    ),
    "two pools of one cluster share no host": (
        Setting(),
        [selecting("control", 1), selecting("worker", 2)],
        {"control": ["uid-a"], "worker": ["uid-b", "uid-c"]},
    ),
    "a selector leaves alone what a later pool names": (
        Setting(),
        [selecting("control", 1), naming("worker", "a")],
        {"control": ["uid-b"], "worker": ["uid-a"]},
    ),
    "pools keep the order of the spec": (
        Setting(),
        [selecting("b-first", 1), naming("a-second", "c")],
        {"b-first": ["uid-a"], "a-second": ["uid-c"]},
    ),
}


@pytest.mark.parametrize(("setting", "pools", "want"), CHOICES.values(), ids=CHOICES)
def test_hosts_are_chosen(setting: Setting, pools: list[dict[str, Any]], want: dict[str, list[str]]) -> None:
    found = chosen(setting, *pools)

    assert found == want
    assert list(found) == list(want)


WAITING: dict[str, tuple[Setting, list[dict[str, Any]], str]] = {
    "an object that does not exist": (Setting(), [naming("control", "nobody")], "HostNotFound"),
    "a device that Palette does not know": (
        Setting([replace(known("a"), row=None)]),
        [naming("control", "a")],
        "HostNotFound",
    ),
    "a uid that Palette does not know": (
        Setting(),
        [{"name": "control", "edgeHosts": [{"uid": "unheard"}]}],
        "HostNotFound",
    ),
    "a device that is not paired": (Setting([known("a", state="unpaired")]), [naming("control", "a")], "HostNotReady"),
    "a device that is unhealthy": (
        Setting([known("a", health="unhealthy")]),
        [naming("control", "a")],
        "HostNotReady",
    ),
    "a device that another cluster in Palette uses": (
        Setting([known("a", state="in-use", cluster_uid=THEM)]),
        [naming("control", "a")],
        "HostInUse",
    ),
    "a device in use by a cluster, before ours exists": (
        Setting([known("a", state="in-use", cluster_uid=THEM)], ours=None),
        [naming("control", "a")],
        "HostInUse",
    ),
    "a device that another resource has reserved": (
        Setting(taken={"uid-a": key("other")}),
        [naming("control", "a")],
        "HostInUse",
    ),
    "a device that no listing shows, while the cluster is still to be created": (
        Setting([replace(known("a"), row=None)], before={"control": ["uid-a"]}, ours=None),
        [naming("control", "a")],
        "HostNotFound",
    ),
    "more hosts than match": (Setting(), [selecting("control", 4)], "HostNotReady"),
}


@pytest.mark.parametrize(("setting", "pools", "reason"), WAITING.values(), ids=WAITING)
def test_it_waits_for(setting: Setting, pools: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(Waiting) as caught:
        chosen(setting, *pools)

    assert caught.value.reason == reason
    assert "'control'" in caught.value.message


def test_a_host_that_the_cluster_has_stays_though_a_listing_does_not_show_it() -> None:
    setting = Setting([replace(known("a"), row=None)], before={"control": ["uid-a"]})

    assert chosen(setting, naming("control", "a")) == {"control": ["uid-a"]}


TWICE = {
    "two pools name it": [naming("control", "a"), naming("worker", "a")],
    "one pool names it by object and another by uid": [
        naming("control", "a"),
        {"name": "worker", "edgeHosts": [{"uid": "uid-a"}]},
    ],
    "one pool names it by object and by uid": [
        {"name": "control", "edgeHosts": [{"name": "a"}, {"uid": "uid-a"}]},
    ],
}


@pytest.mark.parametrize("pools", TWICE.values(), ids=TWICE)
def test_a_host_cannot_be_in_a_cluster_twice(pools: list[dict[str, Any]]) -> None:
    with pytest.raises(Stalled) as caught:
        chosen(Setting(), *pools)

    assert caught.value.reason == "HostInUse"


def test_a_pool_says_how_its_hosts_are_connected_before_their_objects_do() -> None:
    own = Nic(name="eth0", ip="10.0.0.5", subnet="255.255.255.0", dns=("10.0.0.2",))
    setting = Setting([replace(known("a"), nic=own, host_name="own", two_node_priority="primary"), known("b")])
    wanted = MachinePool.model_validate(
        {
            "name": "control",
            "edgeHosts": [{"name": "a"}, {"name": "b", "hostName": "pool", "nic": {"name": "eth1"}}],
        }
    )

    ((first, second),) = (each.hosts for each in resolve_pools([wanted], setting.directory))

    assert first == DesiredHost(
        HostUid("uid-a"), "own", "eth0", "10.0.0.5", "255.255.255.0", dns=("10.0.0.2",), two_node_priority="primary"
    )
    assert (second.name, second.nic_name, second.ip) == ("pool", "eth1", "")


PRIORITIES: dict[str, tuple[list[str], list[str]]] = {
    "both are filled in, in order": (["", ""], ["primary", "secondary"]),
    "the second is the primary when the spec says so": (["", "primary"], ["secondary", "primary"]),
    "what the spec says stays": (["secondary", "primary"], ["secondary", "primary"]),
}


@pytest.mark.parametrize(("given", "want"), PRIORITIES.values(), ids=PRIORITIES)
def test_a_two_node_control_plane_has_a_primary_and_a_secondary(given: list[str], want: list[str]) -> None:
    hosts = [host(f"h{number}", two_node_priority=each) for number, each in enumerate(given)]

    assert [each.two_node_priority for each in with_two_node_priorities(pool("control", *hosts)).hosts] == want


def test_workers_of_a_two_node_cluster_have_no_priority() -> None:
    workers = pool("worker", "w1", "w2")

    assert with_two_node_priorities(workers) == workers


def test_static_addresses_are_asked_for_by_host_and_pool() -> None:
    with pytest.raises(Stalled) as caught:
        check_static_addresses([pool("control", host("h1", ip="10.0.0.5"), host("h2"))])

    assert caught.value.reason == "InvalidSpec"
    assert "edge host h2 of pool 'control'" in caught.value.message


def test_two_hosts_that_claim_the_same_priority_are_refused() -> None:
    hosts = [host("h1", two_node_priority="primary"), host("h2", two_node_priority="primary")]

    with pytest.raises(Stalled, match="has two primary hosts") as caught:
        with_two_node_priorities(pool("control", *hosts))

    assert caught.value.reason == "InvalidSpec"


def test_two_entries_that_mean_one_profile_are_refused() -> None:
    check_distinct([profile("edge-base"), profile("store-apps")])

    with pytest.raises(Stalled, match=r"two entries of spec\.profiles mean the cluster profile 'edge-base'"):
        check_distinct([profile("edge-base", "1.4.0"), profile("edge-base", "1.5.0")])
