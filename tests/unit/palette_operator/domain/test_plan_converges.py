"""Planning again and again against a small pure model of Palette: it arrives, harms nothing, and then rests.

The model keeps Palette's own rules: a host is in one pool, a profile that makes room must be attached, machines come
and go in their own time, and what was accepted has not been applied yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from palette_operator.domain.actions import (
    Action,
    ApplyProfiles,
    Await,
    ClusterAction,
    CreatePool,
    DeleteMachine,
    DeletePool,
    RemoveProfiles,
    SetClusterMetadata,
    SetVariables,
    UpdateCloudConfig,
    UpdatePool,
)
from palette_operator.domain.desired import (
    DesiredCluster,
    DesiredEdgeNative,
    DesiredPack,
    DesiredPool,
    DesiredProfile,
    DesiredVariable,
)
from palette_operator.domain.marks import merged_labels
from palette_operator.domain.observed import ObservedCluster
from palette_operator.domain.plan import plan_cluster
from palette_operator.domain.pool_plan import pools_losing_hosts
from palette_operator.domain.resources import ClusterStatus
from palette_operator.reconcile.cluster.references import Resolved
from palette_operator.reconcile.cluster.status import memory_of, remembered, synced_fields
from support.builders import (
    CONFIG,
    attached,
    cluster,
    config,
    detail,
    fingerprints,
    machine,
    memory,
    observed,
    pool,
    profile,
    variables,
)
from support.rows import cluster_row

MAX_LOOKS = 40
CHOSEN_BY_PALETTE = "100.64.0.1"
THEIR_POOL = pool("theirs", "x1")
THEIR_PROFILE = profile("theirs", "9.0.0")
THEIR_TAGS = {"team": "edge"}


@dataclass
class ModelPalette:
    """One cluster in Palette, and what somebody else added to it."""

    labels: dict[str, str]
    description: str
    profiles: dict[str, DesiredProfile]
    cloud: DesiredEdgeNative
    pools: dict[str, DesiredPool]
    machines: dict[str, dict[str, str]] = field(default_factory=dict)
    """State by host, by pool."""
    state: str = "Provisioning"
    applying: bool = False

    @classmethod
    def holding(cls, there: DesiredCluster) -> "ModelPalette":
        model = cls(
            labels={**THEIR_TAGS, **there.labels},
            description=there.description,
            profiles={each.name: each for each in (*there.profiles, THEIR_PROFILE)},
            cloud=replace(there.cloud, endpoint_host=CHOSEN_BY_PALETTE),
            pools={each.name: each for each in (*there.pools, THEIR_POOL)},
        )
        model.machines = {name: {h.uid: "Running" for h in each.hosts} for name, each in model.pools.items()}
        return model

    def seen(self, desired: DesiredCluster, status: ClusterStatus) -> ObservedCluster:
        there = cluster(
            labels=self.labels,
            description=self.description,
            profiles=tuple(self.profiles.values()),
            cloud=self.cloud,
            pools=tuple(self.pools.values()),
        )
        shown = config(there)
        read = pools_losing_hosts(desired, shown, memory_of(status).pools)
        return observed(
            there,
            row=cluster_row("c1", state=self.state, labels=self.labels),
            detail=detail(
                labels=self.labels,
                description=self.description,
                profiles=tuple(attached(each) for each in self.profiles.values()),
                can_be_applied=not self.applying,
            ),
            machines={name: tuple(machine(h, state) for h, state in self.machines[name].items()) for name in read},
        )

    def time_passes(self) -> None:
        self.state, self.applying = "Running", False
        for found in self.machines.values():
            for host, state in list(found.items()):
                if state == "Deleting":
                    del found[host]
                else:
                    found[host] = "Running"

    def take(self, action: Action) -> None:
        match action:
            case SetClusterMetadata():
                self.labels = merged_labels(self.labels, action.labels, formerly_ours=action.remove)
                self.description = self.description if action.description is None else action.description
                return
            case _:
                assert self.state == "Running", f"{action} while {self.state}"
        match action:
            case ApplyProfiles() | RemoveProfiles() | SetVariables():
                self._take_profiles(action)
            case UpdateCloudConfig():
                assert action.cloud.endpoint_host == CHOSEN_BY_PALETTE
                self.cloud = action.cloud
            case CreatePool() | UpdatePool() | DeleteMachine() | DeletePool():
                self._take_pools(action)
            case _:
                raise AssertionError(f"nobody asked for {action}")

    def _take_profiles(self, action: ApplyProfiles | RemoveProfiles | SetVariables) -> None:
        match action:
            case ApplyProfiles(changes=changes):
                for change in changes:
                    before = self.profiles.get(change.profile.name)
                    assert change.replaces in {None, before and before.uid}
                    assert change.replaces or before is None or before.uid == change.profile.uid, "a second copy"
                    # What is attached keeps the variables that it had until they are set.
                    kept = before.variables if before else change.profile.variables
                    self.profiles[change.profile.name] = replace(change.profile, variables=kept)
                self.applying = True
            case RemoveProfiles(profiles=uids):
                self.profiles = {name: each for name, each in self.profiles.items() if each.uid not in uids}
                self.applying = True
            case SetVariables(profiles=given_):
                assert not self.applying, "variables before the profiles have settled"
                for each in given_:
                    assert self.profiles[each.name].uid == each.uid
                    self.profiles[each.name] = each

    def _take_pools(self, action: CreatePool | UpdatePool | DeleteMachine | DeletePool) -> None:
        match action:
            case CreatePool(pool=new):
                assert new.name not in self.pools
                self._place(new)
            case UpdatePool(pool=changed):
                dropped = {h.uid for h in self.pools[changed.name].hosts} - {h.uid for h in changed.hosts}
                assert not dropped & self.machines[changed.name].keys(), "a host dropped with its machine running"
                self._place(changed)
            case DeleteMachine(pool=name, host=host):
                self.machines[name][host] = "Deleting"
            case DeletePool(pool=name):
                assert not self.machines.pop(name)
                del self.pools[name]
        control = list(self.machines["control"].values())
        assert "Running" in control, "no control plane is left"
        assert control.count("Deleting") <= 1, "the control plane may have lost its quorum"

    def _place(self, placed: DesiredPool) -> None:
        elsewhere = {h.uid for name, each in self.pools.items() if name != placed.name for h in each.hosts}
        assert not elsewhere & {h.uid for h in placed.hosts}, "a host in two pools"
        self.pools[placed.name] = placed
        found = self.machines.setdefault(placed.name, {})
        for each in placed.hosts:
            found.setdefault(each.uid, "Provisioning")


VERSIONS = st.sampled_from(["1.0.0", "2.0.0"])
VALUES = st.sampled_from(["", "one", "two"])


@st.composite
def profiles(draw: st.DrawFn) -> tuple[DesiredProfile, ...]:
    names = ["base", *draw(st.lists(st.sampled_from(["apps", "monitor"]), unique=True))]
    return tuple(_profile(name, draw(VERSIONS), draw(VALUES), draw(VALUES)) for name in names)


def _profile(name: str, version: str, value: str, values: str) -> DesiredProfile:
    given_: tuple[DesiredVariable, ...] = variables(site=value) if value else ()
    packs = (DesiredPack("k3s", "spectro", "", values),) if values else ()
    return profile(name, version, variables=given_, packs=packs)


POOL_NAMES = ("control", "worker-a", "worker-b")


@st.composite
def homes(draw: st.DrawFn, before: Mapping[str, int] | None = None) -> dict[str, int]:
    """Choose a pool (or none, -1) for each host; hosts move to earlier pools alone, as a swap would need a spare."""
    chosen = {"h0": 0}
    for host in ("h1", "h2", "h3", "h4", "h5"):
        was = before[host] if before else -1
        chosen[host] = draw(st.sampled_from([-1, *range(was + 1 if was >= 0 else len(POOL_NAMES))]))
    if before:
        # The first control-plane host may go as well, when another one is to take its place.
        others = any(index == 0 for host, index in chosen.items() if host != "h0")
        chosen["h0"] = draw(st.sampled_from([-1, 0])) if others else 0
    return chosen


def pools(placed: Mapping[str, int]) -> tuple[DesiredPool, ...]:
    by_pool = {name: [h for h, index in placed.items() if index == at] for at, name in enumerate(POOL_NAMES)}
    return tuple(pool(name, *hosts) for name, hosts in by_pool.items() if hosts)


@st.composite
def clusters(draw: st.DrawFn, placed: Mapping[str, int]) -> DesiredCluster:
    servers = st.lists(st.sampled_from(["ntp-1", "ntp-2"]), unique=True).map(tuple)
    return cluster(
        labels=draw(st.dictionaries(st.sampled_from(["site", "region", "owner"]), VALUES)),
        description=draw(VALUES),
        profiles=draw(profiles()),
        cloud=DesiredEdgeNative(endpoint_type="VIP", ntp_servers=draw(servers)),
        pools=pools(placed),
    )


@st.composite
def changes(draw: st.DrawFn) -> tuple[DesiredCluster, DesiredCluster]:
    """A spec as it was brought into agreement once, and the one that replaces it."""
    before = draw(homes())
    return draw(clusters(before)), draw(clusters(draw(homes(before))))


def resolved(desired: DesiredCluster) -> Resolved:
    return Resolved(desired, fingerprints(desired))


def status_of(fields: Mapping[str, object]) -> ClusterStatus:
    return ClusterStatus.model_validate(fields)


def look(
    palette: ModelPalette, desired: DesiredCluster, status: ClusterStatus
) -> tuple[tuple[ClusterAction, ...], ClusterStatus]:
    """Plan once, do all that is planned, and remember it as the reconciler does."""
    planned = plan_cluster(desired, palette.seen(desired, status), memory_of(status), fingerprints(desired))
    writes = [action for action in planned if not isinstance(action, Await)]
    for action in writes:
        palette.take(action)
    fields = remembered(status, list(writes), resolved(desired)) if planned else synced_fields(resolved(desired))
    return planned, status_of(fields)


@settings(max_examples=150, deadline=None)
@given(changes())
def test_every_change_arrives_and_then_nothing_is_planned_any_more(
    change: tuple[DesiredCluster, DesiredCluster],
) -> None:
    before, after = change
    palette, status = ModelPalette.holding(before), status_of(synced_fields(resolved(before)))

    for _ in range(MAX_LOOKS):
        planned, status = look(palette, after, status)
        if not planned:
            break
        palette.time_passes()
    else:
        raise AssertionError(f"still planning: {[str(action) for action in planned]}")

    assert palette.labels == {**THEIR_TAGS, **after.labels}
    assert {name: each.uid for name, each in palette.profiles.items()} == {
        each.name: each.uid for each in (*after.profiles, THEIR_PROFILE)
    }
    assert palette.cloud.ntp_servers == after.cloud.ntp_servers
    assert {name: {h.uid for h in each.hosts} for name, each in palette.pools.items()} == {
        each.name: {h.uid for h in each.hosts} for each in (*after.pools, THEIR_POOL)
    }
    sent = {each.name: each.variables for each in palette.profiles.values()}
    assert all(sent[each.name] == each.variables for each in after.profiles if each.variables)
    assert look(palette, after, status)[0] == ()


@given(homes().flatmap(clusters))
def test_nothing_is_planned_for_what_palette_holds_already(desired: DesiredCluster) -> None:
    assert plan_cluster(desired, observed(desired), memory(desired), fingerprints(desired)) == ()


@given(changes())
def test_nothing_is_removed_that_we_do_not_remember_having_put_there(
    change: tuple[DesiredCluster, DesiredCluster],
) -> None:
    there, desired = change
    every = {each.name: tuple(machine(h.uid) for h in each.hosts) for each in there.pools}

    planned = plan_cluster(desired, observed(there, machines=every))

    kept = {each.name for each in desired.pools}
    for action in planned:
        match action:
            case SetClusterMetadata(remove=remove):
                assert remove == ()
            case DeleteMachine(pool=name, config=uid):
                assert name in kept
                assert uid == CONFIG
            case RemoveProfiles() | DeletePool():
                raise AssertionError(str(action))
