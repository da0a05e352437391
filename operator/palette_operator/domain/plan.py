"""What to write so that a cluster becomes as desired: pure rules, each a small generator.

The rules compare; they never ask why they were called. What takes several steps in Palette (a machine leaves before
its pool shrinks, a profile settles before its variables) is planned one step at a time: the next look plans the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from palette_operator.domain.actions import (
    ApplyProfiles,
    Await,
    ClusterAction,
    CreateCluster,
    Difference,
    ProfileChange,
    RemoveProfiles,
    SetClusterMetadata,
    SetVariables,
    UpdateCloudConfig,
    differences_of,
    is_ignored,
)
from palette_operator.domain.desired import DesiredCluster, DesiredEdgeNative, DesiredProfile
from palette_operator.domain.marks import label_differences
from palette_operator.domain.observed import (
    AttachedProfile,
    EdgeNativeConfig,
    ObservedCluster,
)
from palette_operator.domain.pool_plan import pools

# A cluster cannot be updated while it is brought up or taken down. Source: Palette docs, "Cluster Updates".
UPDATABLE_STATES = frozenset({"Running", "Error"})
_INFRASTRUCTURE = frozenset({"infra", "cluster"})


@dataclass(frozen=True, slots=True)
class Memory:
    """What we remember having put there, from status: only that is ever removed."""

    tags: frozenset[str] = frozenset()
    profiles: frozenset[str] = frozenset()
    pools: frozenset[str] = frozenset()
    upgrade_skipping_pools: frozenset[str] = frozenset()
    variables_hash: str = ""
    packs_hash: str = ""
    spec_hash: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Keyed hashes of what cannot be read back from Palette to compare: values that may be secret."""

    variables: str = ""
    packs: str = ""
    spec: str = ""
    """Of the whole cluster as desired: tells a changed spec from one that was brought into agreement once."""


def plan_cluster(
    desired: DesiredCluster,
    seen: ObservedCluster | None,
    memory: Memory = Memory(),
    fingerprints: Fingerprints = Fingerprints(),
    *,
    ignore: frozenset[str] = frozenset(),
) -> tuple[ClusterAction, ...]:
    """Return the writes that make Palette match, in order; empty when it does.

    `seen` None means that the cluster is known to be absent (never: that it was not seen). `ignore` are paths of the
    spec that are left alone.
    """
    if seen is None:
        return (CreateCluster(desired),)
    updates = chain(
        pools(desired, seen, memory.pools, memory.upgrade_skipping_pools),
        cloud_config(desired, seen),
        profiles(desired, seen, memory, fingerprints),
        variables(desired, seen, memory, fingerprints),
    )
    wanted = tuple(action for action in updates if not is_left_alone(action, ignore))
    held = until_updatable(seen, wanted) if wanted else until_read(seen, memory, fingerprints)
    return (*metadata(desired, seen, memory, ignore), *held)


def until_updatable(seen: ObservedCluster, updates: tuple[ClusterAction, ...]) -> Iterator[ClusterAction]:
    """Hold updates back while the cluster is in a state that refuses them."""
    if seen.row.state in UPDATABLE_STATES:
        yield from updates
        return
    planned = ", ".join(str(action) for action in updates)
    yield Await("UpdatePending", f"the cluster is {seen.row.state or 'not reported yet'}; then: {planned}")


def until_read(seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints) -> Iterator[ClusterAction]:
    """Wait with a changed spec until the cluster was read whole: what was not compared is not in agreement."""
    if memory.spec_hash != fingerprints.spec and (seen.detail is None or seen.config is None):
        state = seen.row.state or "not reported yet"
        yield Await("UpdatePending", f"the cluster is {state}; the spec is compared with it once it was read whole")


def is_left_alone(action: ClusterAction, ignore: frozenset[str]) -> bool:
    """Whether all that the action would change is at paths that are left alone."""
    paths = [difference.path for difference in differences_of(action)]
    return bool(paths) and all(is_ignored(path, ignore) for path in paths)


def metadata(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, ignore: frozenset[str] = frozenset()
) -> Iterator[ClusterAction]:
    """Set tags, mark and description that differ; remove only tags that we once set."""
    wanted, stale, differences = label_differences(desired.labels, seen.labels, memory.tags, ignore)
    description = None
    found = seen.detail.description if seen.detail and "/spec/description" not in ignore else desired.description
    if desired.description and desired.description != found:
        description = desired.description
        differences += (Difference("/spec/description", desired.description, found),)
    if differences:
        yield SetClusterMetadata(seen.row.uid, wanted, stale, description, differences, seen.labels)


def profiles(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints
) -> Iterator[ClusterAction]:
    """Attach what is missing, replace other versions of the same profile, detach what we attached and no longer want.

    A new version is sent as `replaceWithProfile`: deleting and adding would tear the workloads down.
    """
    if seen.detail is None:
        return
    attached_uids = {p.uid for p in seen.detail.profiles}
    wanted = {p.name for p in desired.profiles}
    gone = [p for p in seen.detail.profiles if p.name in memory.profiles and p.name not in wanted]
    resend = memory.packs_hash != fingerprints.packs
    infrastructure = _new_infrastructure(desired, seen.detail.profiles)
    changes: list[ProfileChange] = []
    differences: list[Difference] = []
    for profile in desired.profiles:
        path = f"/spec/profiles/{profile.name}"
        if profile.uid in attached_uids:
            if resend and profile.packs:
                changes.append(ProfileChange(profile))
                differences.append(Difference(f"{path}/packs", "changed values", "values sent before"))
            continue
        before = _makes_room(profile, seen.detail.profiles, gone if profile is infrastructure else ())
        gone = [each for each in gone if each is not before]
        changes.append(ProfileChange(profile, before.uid if before else None))
        found = "none" if before is None else f"{before.name} {before.version}".removeprefix(f"{profile.name} ")
        differences.append(Difference(f"{path}/version", profile.version, found))
    if changes:
        yield ApplyProfiles(seen.row.uid, tuple(changes), tuple(differences))
    if gone:
        removed = tuple(Difference(f"/spec/profiles/{p.name}", "none", f"{p.name} {p.version}") for p in gone)
        yield RemoveProfiles(seen.row.uid, tuple(p.uid for p in gone), removed)


def _new_infrastructure(desired: DesiredCluster, attached: Sequence[AttachedProfile]) -> DesiredProfile | None:
    """Return the profile that takes the place of an infrastructure profile of another name, should one go.

    A cluster has exactly one: it cannot be without one, nor have two. What Palette does not tell the kind of may be it,
    where no other is: else the one that goes would be detached with nothing in its place.
    """
    names = {each.name for each in attached}
    new = [profile for profile in desired.profiles if profile.name not in names]
    known = next((profile for profile in new if profile.is_infrastructure), None)
    return known or next((profile for profile in new if not profile.cloud_type), None)


def _makes_room(
    profile: DesiredProfile, attached: Sequence[AttachedProfile], gone: Sequence[AttachedProfile]
) -> AttachedProfile | None:
    """Return what a profile takes the place of: its other version, or the infrastructure profile among the `gone`."""
    other_version = next((each for each in attached if each.name == profile.name), None)
    return other_version or next((each for each in gone if each.type in _INFRASTRUCTURE), None)


def variables(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints
) -> Iterator[ClusterAction]:
    """Send variables when what we would send differs from what we sent; only once the profiles have settled."""
    if seen.detail is None or memory.variables_hash == fingerprints.variables:
        return
    given = tuple(p for p in desired.profiles if p.variables)
    if not given:
        return
    if any(profiles(desired, seen, memory, fingerprints)) or seen.detail.can_be_applied is False:
        yield Await("Updating", "waiting for the profiles to settle before their variables are set")
        return
    paths = tuple(Difference(f"/spec/profiles/{p.name}/variables", "changed", "values sent before") for p in given)
    yield SetVariables(seen.row.uid, given, paths)


def cloud_config(
    desired: DesiredCluster, seen: ObservedCluster, *, member: str = "edgeNative"
) -> Iterator[ClusterAction]:
    """Set NTP servers and SSH keys; the rest is sent back as Palette has it, such as an address that it chose.

    `member` names the cloud within spec.cloud.
    """
    if seen.config is None:
        return
    pairs = (
        ("ntpServers", desired.cloud.ntp_servers, seen.config.ntp_servers),
        ("sshKeys", desired.cloud.ssh_keys, seen.config.ssh_keys),
    )
    differences = tuple(
        Difference(f"/spec/cloud/{member}/{name}", ", ".join(wanted), ", ".join(found))
        for name, wanted, found in pairs
        if wanted != found
    )
    if differences:
        cloud = _as_desired_cloud(seen.config, desired.cloud)
        yield UpdateCloudConfig(seen.config.uid, cloud, differences)


def _as_desired_cloud(found: EdgeNativeConfig, wanted: DesiredEdgeNative) -> DesiredEdgeNative:
    return DesiredEdgeNative(
        endpoint_type=found.endpoint_type,
        endpoint_host=found.endpoint_host,
        ddns_search_domain=found.ddns_search_domain,
        overlay_cidr=found.overlay_cidr,
        ntp_servers=wanted.ntp_servers,
        ssh_keys=wanted.ssh_keys,
        static_ip=found.static_ip,
        two_node=found.two_node,
    )
