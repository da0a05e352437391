"""What is written to Palette for a cluster: one row a rule, told by the words that people are shown."""

from dataclasses import dataclass, field, replace

import pytest

from palette_operator.domain.actions import Await, CreateCluster, RemoveProfiles, UpdateCloudConfig, UpdatePool
from palette_operator.domain.desired import DesiredCluster, DesiredEdgeNative, DesiredPack, DesiredProfile
from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import ProfileUid
from palette_operator.domain.observed import ObservedCluster, Taint, UpdateStrategy
from palette_operator.domain.plan import Memory, plan_cluster
from palette_operator.domain.pool_plan import pools_losing_hosts
from support.builders import (
    attached,
    cluster,
    config,
    detail,
    fingerprints,
    host,
    machine,
    machines,
    memory,
    observed,
    pool,
    profile,
    variables,
)
from support.rows import cluster_row

BASE = profile("edge-base", "1.4.0")
BASE_NEXT = profile("edge-base", "1.5.0")
APPS = profile("apps", "2.1.0")
CONTROL = pool("control", "h1")
HA = pool("control", "h1", "h2", "h3")
WORKER = pool("worker", "w1", "w2")
NTP = DesiredEdgeNative(endpoint_type="VIP", endpoint_host="10.4.2.10", ntp_servers=("ntp-1",))
SSH = DesiredEdgeNative(endpoint_type="VIP", endpoint_host="10.4.2.10", ssh_keys=("ssh-ed25519 A",))


def packs(values: str) -> tuple[DesiredPack, ...]:
    return (DesiredPack("k3s", "spectro", "", values),)


@dataclass(frozen=True)
class Case:
    """What the spec asks for, what Palette holds, and the writes between the two."""

    do: list[str]
    spec: DesiredCluster = field(default_factory=cluster)
    seen: ObservedCluster = field(default_factory=observed)
    memory: Memory = field(default_factory=memory)
    ignore: frozenset[str] = frozenset()


def plan(case: Case) -> list[str]:
    return [
        str(action)
        for action in plan_cluster(case.spec, case.seen, case.memory, fingerprints(case.spec), ignore=case.ignore)
    ]


def check(case: Case) -> None:
    assert plan(case) == case.do


TAGGED = cluster(labels={"site": "42", "region": "emea"})

METADATA = {
    "a tag that is missing is set": Case(["set tags site"], cluster(labels={"site": "42"})),
    "a tag with another value is set": Case(
        ["set tags site"], cluster(labels={"site": "42"}), observed(cluster(labels={"site": "1"}))
    ),
    "a tag that somebody else set stays": Case([], seen=observed(cluster(labels={"team": "edge"}))),
    "a tag that we set and the spec dropped is removed": Case(
        ["set tags region"], cluster(labels={"site": "42"}), observed(TAGGED), memory(TAGGED)
    ),
    "a tag that we set and somebody else removed is not missed once the spec dropped it": Case(
        [], cluster(labels={}), observed(cluster(labels={})), memory(TAGGED)
    ),
    "a changed description is set": Case(["set tags description"], cluster(description="Store 42")),
    "a description that only Palette has stays": Case([], seen=observed(cluster(description="theirs"))),
    "tags are set while the cluster is provisioned": Case(
        ["set tags site"],
        cluster(labels={"site": "42"}),
        observed(row=cluster_row("c1", state="Provisioning")),
    ),
    "an ignored tag is left as it is": Case(
        [], TAGGED, observed(cluster(labels={"site": "1", "region": "emea"})), ignore=frozenset({"/spec/tags/site"})
    ),
    "an ignored tag stays when the spec drops it": Case(
        [], seen=observed(TAGGED), memory=memory(TAGGED), ignore=frozenset({"/spec/tags/site", "/spec/tags/region"})
    ),
    "ignoring all tags leaves every one of them": Case([], TAGGED, ignore=frozenset({"/spec/tags"})),
    "an ignored tag does not hide the others": Case(
        ["set tags region"], TAGGED, observed(cluster()), ignore=frozenset({"/spec/tags/site"})
    ),
}


@pytest.mark.parametrize("case", METADATA.values(), ids=METADATA)
def test_tags_and_description(case: Case) -> None:
    check(case)


def test_an_ignored_description_is_not_sent_along_with_a_tag() -> None:
    spec = cluster(labels={"site": "42"}, description="ours")
    seen = observed(cluster(description="theirs"))

    (action,) = plan_cluster(spec, seen, memory(), fingerprints(spec), ignore=frozenset({"/spec/description"}))

    assert getattr(action, "description", "missing") is None


def test_an_ignored_tag_is_not_sent_along_with_another() -> None:
    seen = observed(cluster(labels={"region": "apac"}))

    (action,) = plan_cluster(TAGGED, seen, memory(), fingerprints(TAGGED), ignore=frozenset({"/spec/tags/region"}))

    assert getattr(action, "labels", None) == {"site": "42"}


def with_profiles(*profiles: object) -> DesiredCluster:
    return cluster(profiles=profiles)


WITH_APPS = with_profiles(BASE, APPS)
PACKED = with_profiles(replace(BASE, packs=packs("a: 1")))
REPACKED = with_profiles(replace(BASE, packs=packs("a: 2")))

PROFILES = {
    "a profile that is missing is attached": Case(["apply profiles apps 2.1.0"], WITH_APPS),
    "another version replaces the attached one": Case(["apply profiles edge-base 1.5.0"], with_profiles(BASE_NEXT)),
    "a profile that we attached and the spec dropped is removed": Case(
        ["remove profiles apps 2.1.0"], with_profiles(BASE), observed(WITH_APPS), memory(WITH_APPS)
    ),
    "a profile that somebody else attached stays": Case([], with_profiles(BASE), observed(WITH_APPS)),
    "changed pack values are sent again": Case(
        ["apply profiles edge-base 1.4.0"], REPACKED, observed(PACKED), memory(PACKED)
    ),
    "pack values that did not change are not sent again": Case([], PACKED, observed(PACKED), memory(PACKED)),
    "one version comes as another profile goes": Case(
        ["apply profiles edge-base 1.5.0", "remove profiles apps 2.1.0"],
        with_profiles(BASE_NEXT),
        observed(WITH_APPS),
        memory(WITH_APPS),
    ),
}


@pytest.mark.parametrize("case", PROFILES.values(), ids=PROFILES)
def test_profiles(case: Case) -> None:
    check(case)


def test_a_new_version_names_the_one_that_makes_room_so_that_workloads_are_not_torn_down() -> None:
    spec = with_profiles(BASE_NEXT, APPS)

    (action,) = plan_cluster(spec, observed(), memory(), fingerprints(spec))

    changes = getattr(action, "changes", ())
    assert [(change.profile.uid, change.replaces) for change in changes] == [
        ("edge-base-1.5.0", "edge-base-1.4.0"),
        ("apps-2.1.0", None),
    ]


def test_an_infrastructure_profile_takes_the_place_of_the_one_that_goes() -> None:
    other = profile("edge-rke2", "2.0.0", cloud_type="edge-native")
    there = with_profiles(BASE, APPS)
    seen = observed(there, detail=detail(profiles=(attached(BASE, "infra"), attached(APPS))))
    spec = with_profiles(other)

    plan_ = plan_cluster(spec, seen, memory(there), fingerprints(spec))

    assert [(c.profile.uid, c.replaces) for c in getattr(plan_[0], "changes", ())] == [(other.uid, BASE.uid)]
    assert [a.profiles for a in plan_ if isinstance(a, RemoveProfiles)] == [(APPS.uid,)]
    assert plan_[0].differences[0].observed == "edge-base 1.4.0"


@pytest.mark.parametrize("add_on_first", [True, False])
def test_a_profile_of_unknown_kind_takes_the_place_of_the_infrastructure_profile_that_goes_unless_another_does(
    add_on_first: bool,
) -> None:
    unknown = profile("edge-rke2", "2.0.0", cloud_type="")
    infrastructure = profile("edge-k3s", "1.0.0", cloud_type="edge-native")
    there = with_profiles(BASE)
    seen = observed(there, detail=detail(profiles=(attached(BASE, "infra"),)))

    def replaced_by(*profiles: DesiredProfile) -> list[ProfileUid]:
        spec = with_profiles(*profiles)
        (action,) = plan_cluster(spec, seen, memory(there), fingerprints(spec))
        return [c.profile.uid for c in getattr(action, "changes", ()) if c.replaces == BASE.uid]

    both = (unknown, infrastructure) if add_on_first else (infrastructure, unknown)
    assert replaced_by(unknown) == [unknown.uid]
    assert replaced_by(*both) == [infrastructure.uid]


def test_an_infrastructure_profile_that_somebody_else_attached_makes_no_room() -> None:
    other = profile("edge-rke2", "2.0.0", cloud_type="edge-native")
    seen = observed(cluster(), detail=detail(profiles=(attached(BASE, "infra"),)))
    spec = with_profiles(other)

    (action,) = plan_cluster(spec, seen, memory(with_profiles()), fingerprints(spec))

    assert [change.replaces for change in getattr(action, "changes", ())] == [None]


def test_a_removed_profile_is_named_by_the_uid_of_the_attached_version() -> None:
    upgraded = observed(with_profiles(BASE, replace(APPS, uid=ProfileUid("apps-2.0.0"), version="2.0.0")))

    plan_ = plan_cluster(cluster(), upgraded, memory(WITH_APPS), fingerprints(cluster()))

    assert [a.profiles for a in plan_ if isinstance(a, RemoveProfiles)] == [("apps-2.0.0",)]


ONE = with_profiles(replace(BASE, variables=variables(registry="one")))
TWO = with_profiles(replace(BASE, variables=variables(registry="two")))
TWO_NEXT = with_profiles(replace(BASE_NEXT, variables=variables(registry="two")))
SETTLING = "waiting for the profiles to settle before their variables are set"

VARIABLES = {
    "a changed variable is set": Case(["set variables of edge-base"], TWO, observed(ONE), memory(ONE)),
    "variables that were sent are not sent again": Case([], ONE, observed(ONE), memory(ONE)),
    "variables wait for a new version of their profile": Case(
        ["apply profiles edge-base 1.5.0", SETTLING], TWO_NEXT, observed(ONE), memory(ONE)
    ),
    "variables wait until the change of profiles can be applied": Case(
        [SETTLING],
        TWO_NEXT,
        observed(TWO_NEXT, detail=detail(profiles=(attached(BASE_NEXT),), can_be_applied=False)),
        memory(ONE),
    ),
    "variables follow once the change of profiles can be applied": Case(
        ["set variables of edge-base"], TWO_NEXT, observed(TWO_NEXT), memory(ONE)
    ),
    "a server that does not say whether changes can be applied is not waited for": Case(
        ["set variables of edge-base"], TWO, observed(ONE, detail=detail(can_be_applied=None)), memory(ONE)
    ),
    "variables wait for changed pack values": Case(
        ["apply profiles edge-base 1.4.0", SETTLING],
        with_profiles(replace(BASE, packs=packs("a: 2"), variables=variables(registry="two"))),
        observed(with_profiles(replace(BASE, packs=packs("a: 1")))),
        memory(with_profiles(replace(BASE, packs=packs("a: 1"), variables=variables(registry="one")))),
    ),
    "variables do not wait for pack values that nobody overrides any more": Case(
        ["set variables of edge-base"], TWO, observed(PACKED), memory(PACKED)
    ),
    "variables wait while another profile is removed": Case(
        ["remove profiles apps 2.1.0", SETTLING],
        with_profiles(replace(BASE, variables=variables(registry="one"))),
        observed(WITH_APPS),
        memory(WITH_APPS),
    ),
    "variables follow once another profile was removed": Case(
        ["set variables of edge-base"],
        with_profiles(replace(BASE, variables=variables(registry="one"))),
        observed(with_profiles(BASE)),
        memory(WITH_APPS),
    ),
    "variables that the spec dropped are left as they are": Case([], with_profiles(BASE), observed(ONE), memory(ONE)),
}


@pytest.mark.parametrize("case", VARIABLES.values(), ids=VARIABLES)
def test_variables(case: Case) -> None:
    check(case)


CLOUD = {
    "changed time servers are set": Case(["update ntpServers"], cluster(cloud=NTP)),
    "changed SSH keys are set": Case(["update sshKeys"], cluster(cloud=SSH)),
    "equal settings are left alone": Case([], cluster(cloud=NTP), observed(cluster(cloud=NTP))),
}


@pytest.mark.parametrize("case", CLOUD.values(), ids=CLOUD)
def test_cloud_settings(case: Case) -> None:
    check(case)


def test_a_change_of_time_servers_keeps_the_address_that_palette_chose() -> None:
    spec = cluster(cloud=DesiredEdgeNative(endpoint_type="VIP", ntp_servers=("ntp-1",)))
    chosen = config(cluster(), endpoint_host="100.64.0.1", overlay_cidr="100.64.0.0/18", static_ip=True)

    (action,) = plan_cluster(spec, observed(config=chosen), memory(), fingerprints(spec))

    assert isinstance(action, UpdateCloudConfig)
    assert action.cloud == DesiredEdgeNative(
        endpoint_type="VIP",
        endpoint_host="100.64.0.1",
        overlay_cidr="100.64.0.0/18",
        ntp_servers=("ntp-1",),
        static_ip=True,
    )


def with_pools(*pools: object) -> DesiredCluster:
    return cluster(pools=pools)


TWO_POOLS = with_pools(CONTROL, WORKER)
GROWN = with_pools(CONTROL, pool("worker", "w1", "w2", "w3"))
SHRUNK = with_pools(CONTROL, pool("worker", "w1"))
SWAPPED = with_pools(CONTROL, pool("worker", "w1", "w3"))
ALL_UP = (machine("w1"), machine("w2"))


def seen_pools(there: DesiredCluster, **found: tuple[object, ...]) -> ObservedCluster:
    return observed(there, machines=machines(**found))  # type: ignore[arg-type]  # machines, as the caller builds them


POOLS = {
    "a pool that is missing is added": Case(["add pool worker with 2 edge hosts"], TWO_POOLS),
    "a host that is missing joins its pool": Case(
        ["set pool worker to 3 edge hosts"], GROWN, observed(TWO_POOLS), memory(TWO_POOLS)
    ),
    "the order of hosts means nothing": Case(
        [], with_pools(CONTROL, pool("worker", "w2", "w1")), observed(TWO_POOLS), memory(TWO_POOLS)
    ),
    "nothing leaves before the machines were read": Case(
        ["reading the machines of pool worker before edge hosts leave it"],
        SHRUNK,
        observed(TWO_POOLS),
        memory(TWO_POOLS),
    ),
    "the machine of a leaving host goes first": Case(
        ["remove the machine of edge host w2 from pool worker"],
        SHRUNK,
        seen_pools(TWO_POOLS, worker=ALL_UP),
        memory(TWO_POOLS),
    ),
    "a machine that is being deleted is awaited": Case(
        ["waiting for the machine of edge host w2 to leave pool worker"],
        SHRUNK,
        seen_pools(TWO_POOLS, worker=(machine("w1"), machine("w2", "Deleting"))),
        memory(TWO_POOLS),
    ),
    "once the machine has gone its host leaves the pool": Case(
        ["set pool worker to 1 edge hosts"], SHRUNK, seen_pools(TWO_POOLS, worker=(machine("w1"),)), memory(TWO_POOLS)
    ),
    "a machine that Palette still lists as Deleted has gone": Case(
        ["set pool worker to 1 edge hosts"],
        SHRUNK,
        seen_pools(TWO_POOLS, worker=(machine("w1"), machine("w2", "Deleted"))),
        memory(TWO_POOLS),
    ),
    "a host joins before the one that it replaces leaves": Case(
        [
            "set pool worker to 3 edge hosts",
            "waiting for edge hosts w3 to join pool worker before others leave it",
        ],
        SWAPPED,
        seen_pools(TWO_POOLS, worker=ALL_UP),
        memory(TWO_POOLS),
    ),
    "a host that is still joining is awaited before another leaves": Case(
        ["waiting for edge hosts w3 to join pool worker before others leave it"],
        SWAPPED,
        seen_pools(GROWN, worker=(*ALL_UP, machine("w3", "Provisioning"))),
        memory(GROWN),
    ),
    "a joining machine in a state that nobody has heard of is awaited too": Case(
        ["waiting for edge hosts w3 to join pool worker before others leave it"],
        SWAPPED,
        seen_pools(GROWN, worker=(*ALL_UP, machine("w3", "Hibernating"))),
        memory(GROWN),
    ),
    "once the new host runs the old one leaves": Case(
        ["remove the machine of edge host w2 from pool worker"],
        SWAPPED,
        seen_pools(GROWN, worker=(*ALL_UP, machine("w3"))),
        memory(GROWN),
    ),
    "a staying host that is broken does not keep another from leaving": Case(
        ["remove the machine of edge host w2 from pool worker"],
        SHRUNK,
        seen_pools(TWO_POOLS, worker=(machine("w1", ready=False), machine("w2"))),
        memory(TWO_POOLS),
    ),
    "workers leave together": Case(
        [
            "remove the machine of edge host w2 from pool worker",
            "remove the machine of edge host w3 from pool worker",
        ],
        SHRUNK,
        seen_pools(GROWN, worker=(*ALL_UP, machine("w3"))),
        memory(GROWN),
    ),
    "hosts leave a control plane one by one": Case(
        ["remove the machine of edge host h2 from pool control"],
        with_pools(CONTROL),
        seen_pools(with_pools(HA), control=(machine("h1"), machine("h2"), machine("h3"))),
        memory(with_pools(HA)),
    ),
    "no other host leaves a control plane while one is leaving": Case(
        ["waiting for the machine of edge host h3 to leave pool control"],
        with_pools(CONTROL),
        seen_pools(with_pools(HA), control=(machine("h1"), machine("h2"), machine("h3", "Deleting"))),
        memory(with_pools(HA)),
    ),
    "a pool that we made and the spec dropped loses its machines first": Case(
        [
            "remove the machine of edge host w1 from pool worker",
            "waiting for the machine of edge host w2 to leave pool worker",
        ],
        with_pools(CONTROL),
        seen_pools(TWO_POOLS, worker=(machine("w1"), machine("w2", "Deleting"))),
        memory(TWO_POOLS),
    ),
    "a pool that we made and the spec dropped is deleted once it is empty": Case(
        ["delete pool worker"], with_pools(CONTROL), seen_pools(TWO_POOLS, worker=()), memory(TWO_POOLS)
    ),
    "a pool is not deleted while a machine of unknown host is in it": Case(
        ["waiting to learn which edge host machine node-w1 of pool worker is on"],
        with_pools(CONTROL),
        seen_pools(TWO_POOLS, worker=(machine("w1", host_uid=None),)),
        memory(TWO_POOLS),
    ),
    "a pool is not deleted before its machines were read": Case(
        ["reading the machines of pool worker before it is deleted"],
        with_pools(CONTROL),
        observed(TWO_POOLS),
        memory(TWO_POOLS),
    ),
    "a pool that somebody else made stays": Case([], with_pools(CONTROL), seen_pools(TWO_POOLS, worker=())),
    "a host joins another pool only after it has left its own": Case(
        [
            "remove the machine of edge host w2 from pool worker",
            "waiting for edge hosts w2 to leave their pools before they join spare",
        ],
        with_pools(CONTROL, pool("worker", "w1"), pool("spare", "w2")),
        seen_pools(TWO_POOLS, worker=ALL_UP),
        memory(TWO_POOLS),
    ),
    "an ignored pool setting is not waited for while the cluster is provisioned": Case(
        [],
        with_pools(pool("control", "h1", labels={"zone": "a"})),
        observed(row=cluster_row("c1", state="Provisioning")),
        ignore=frozenset({"/spec/machinePools/control/labels"}),
    ),
    "an ignored pool setting is left alone": Case(
        [],
        with_pools(pool("control", "h1", labels={"zone": "a"})),
        ignore=frozenset({"/spec/machinePools/control/labels"}),
    ),
}


@pytest.mark.parametrize("case", POOLS.values(), ids=POOLS)
def test_machine_pools(case: Case) -> None:
    check(case)


def test_an_update_keeps_the_host_whose_machine_has_not_left_yet() -> None:
    seen = seen_pools(TWO_POOLS, worker=ALL_UP)

    update = next(a for a in plan_cluster(SWAPPED, seen, memory(TWO_POOLS)) if isinstance(a, UpdatePool))

    assert [each.uid for each in update.pool.hosts] == ["w1", "w3", "w2"]


def test_the_control_plane_is_never_removed_with_its_pool() -> None:
    renamed = with_pools(pool("plane", "h1", control_plane=True))

    with pytest.raises(Stalled) as caught:
        plan_cluster(
            renamed, seen_pools(with_pools(CONTROL), control=(machine("h1"),)), memory(), fingerprints(renamed)
        )

    assert caught.value.reason == "ImmutableFieldChanged"
    assert "'control'" in caught.value.message


def test_a_pool_never_turns_into_a_control_plane_or_back() -> None:
    turned = with_pools(pool("control", "h1", control_plane=False), pool("plane", "h2", control_plane=True))

    with pytest.raises(Stalled) as caught:
        plan_cluster(turned, seen_pools(with_pools(CONTROL)), memory(), fingerprints(turned))

    assert caught.value.reason == "ImmutableFieldChanged"
    assert caught.value.message.startswith("controlPlane of pool 'control' is immutable")


def test_a_pool_keeps_its_architecture_for_life() -> None:
    turned = with_pools(replace(CONTROL, arch="arm64"))

    with pytest.raises(Stalled) as caught:
        plan_cluster(turned, seen_pools(with_pools(replace(CONTROL, arch="amd64"))), memory(), fingerprints(turned))

    assert caught.value.reason == "ImmutableFieldChanged"
    assert caught.value.message.startswith("archType of pool 'control' is immutable")


SETTINGS = {
    "its labels": {"labels": {"zone": "a"}},
    "its taints": {"taints": (Taint("gpu", "", "NoSchedule"),)},
    "its update strategy": {"update_strategy": UpdateStrategy("RollingUpdateScaleIn")},
    "whether it runs workloads": {"control_plane_as_worker": True},
    "the rest between two repaves": {"node_repave_interval_s": 600},
    "whether it skips upgrades": {"skip_kubernetes_upgrade": True},
    "the address of a host": {"hosts": (host("h1", nic_name="eth0", ip="10.0.0.5", subnet="255.255.255.0"),)},
    "the role of a host in a pair": {"hosts": (host("h1", two_node_priority="primary"),)},
}


@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_a_pool_is_updated_when_its_settings_change(setting: dict[str, object]) -> None:
    wanted = with_pools(pool("control", "h1", **setting))

    assert plan(Case([], wanted)) == ["set pool control to 1 edge hosts"]
    assert plan(Case([], wanted, observed(wanted))) == []


HELD = Memory(upgrade_skipping_pools=frozenset({"control"}))
UNSHOWN: dict[str, tuple[bool, Memory, bool]] = {
    "is sent when it was not": (True, Memory(), True),
    "is left alone when it was sent": (True, HELD, False),
    "is taken back when it is no longer wanted": (False, HELD, True),
    "is left alone when it was never wanted": (False, Memory(), False),
}


@pytest.mark.parametrize(("skip", "remembered", "is_sent"), UNSHOWN.values(), ids=UNSHOWN)
def test_a_pools_skipping_of_upgrades_that_palette_does_not_show(skip: bool, remembered: Memory, is_sent: bool) -> None:
    wanted = with_pools(pool("control", "h1", skip_kubernetes_upgrade=skip))
    seen = observed(wanted)
    assert seen.config is not None
    shown = tuple(replace(each, skip_kubernetes_upgrade=None) for each in seen.config.pools)
    seen = replace(seen, config=replace(seen.config, pools=shown))

    told = replace(memory(wanted), upgrade_skipping_pools=remembered.upgrade_skipping_pools)

    assert [str(action) for action in plan_cluster(wanted, seen, told, fingerprints(wanted))] == (
        ["set pool control to 1 edge hosts"] if is_sent else []
    )


def test_a_network_that_the_spec_leaves_to_the_host_is_not_compared() -> None:
    there = with_pools(pool("control", host("h1", nic_name="eth0", ip="10.0.0.5", gateway="10.0.0.1", name="node-1")))

    assert plan(Case([], seen=observed(there))) == []


@pytest.mark.parametrize("state", ["Pending", "Provisioning", "Importing", "Deleting", "", "Unheard"])
def test_updates_are_held_and_told_while_the_cluster_cannot_take_them(state: str) -> None:
    seen = observed(row=cluster_row("c1", state=state))

    (held,) = plan_cluster(TWO_POOLS, seen, memory(), fingerprints(TWO_POOLS))

    assert isinstance(held, Await)
    assert held.reason == "UpdatePending"
    assert held.message.endswith("then: add pool worker with 2 edge hosts")


def unread(state: str) -> ObservedCluster:
    return ObservedCluster(cluster_row("c1", state=state))


UNREAD = {
    "a new description is not in agreement before the cluster was read whole": Case(
        ["the cluster is Provisioning; the spec is compared with it once it was read whole"],
        cluster(description="Store 42"),
        unread("Provisioning"),
    ),
    "new profiles are not": Case(
        ["the cluster is Pending; the spec is compared with it once it was read whole"], WITH_APPS, unread("Pending")
    ),
    "new variables are not": Case(
        ["the cluster is Pending; the spec is compared with it once it was read whole"],
        TWO,
        unread("Pending"),
        memory(ONE),
    ),
    "new pools are not before the cloud config was read": Case(
        ["the cluster is Running; the spec is compared with it once it was read whole"],
        TWO_POOLS,
        observed(config=None),
    ),
    "new time servers are not before the cloud config was read": Case(
        ["the cluster is Running; the spec is compared with it once it was read whole"],
        cluster(cloud=NTP),
        observed(config=None),
    ),
    "a cluster that was just taken over is not before it was read whole": Case(
        ["the cluster is not reported yet; the spec is compared with it once it was read whole"],
        seen=unread(""),
        memory=Memory(),
    ),
    "new tags are set at once all the same": Case(
        ["set tags site", "the cluster is Provisioning; the spec is compared with it once it was read whole"],
        cluster(labels={"site": "42"}),
        unread("Provisioning"),
    ),
    "a spec that was sent is": Case([], seen=unread("Provisioning")),
    "a spec that was sent is though its pools were not read": Case([], seen=observed(config=None)),
}


@pytest.mark.parametrize("case", UNREAD.values(), ids=UNREAD)
def test_what_was_not_compared_is_not_in_agreement(case: Case) -> None:
    check(case)


@pytest.mark.parametrize("state", ["Running", "Error"])
def test_updates_are_sent_while_the_cluster_can_take_them(state: str) -> None:
    seen = observed(row=cluster_row("c1", state=state))

    assert plan(Case([], TWO_POOLS, seen)) == ["add pool worker with 2 edge hosts"]


def test_a_cluster_known_to_be_absent_is_created_whole() -> None:
    assert plan_cluster(TWO_POOLS, None) == (CreateCluster(TWO_POOLS),)


LOSING = {
    "a pool that keeps all hosts is not read": (TWO_POOLS, TWO_POOLS, ()),
    "a pool that only grows is not read": (GROWN, TWO_POOLS, ()),
    "a pool that loses a host is read": (SHRUNK, TWO_POOLS, ("worker",)),
    "a pool that is to go is read": (with_pools(CONTROL), TWO_POOLS, ("worker",)),
}


@pytest.mark.parametrize(("spec", "there", "names"), LOSING.values(), ids=LOSING)
def test_machines_are_read_only_where_hosts_leave(
    spec: DesiredCluster, there: DesiredCluster, names: tuple[str, ...]
) -> None:
    assert pools_losing_hosts(spec, config(there), memory(there).pools) == names


def test_machines_of_a_pool_that_somebody_else_made_are_not_read() -> None:
    assert pools_losing_hosts(with_pools(CONTROL), config(TWO_POOLS), {"control"}) == ()
