"""What to write so that a cluster on air-gapped hosts becomes as desired: pure rules, as in `plan`.

Pools, settings and tags follow the same rules as in Palette. A definition takes the place of profiles: it is an archive
on the leader, and changes as a whole. Hosts are linked to the leader before they join.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from palette_operator.domain.actions import (
    ApplyDefinition,
    Await,
    ClusterAction,
    CreateCluster,
    Difference,
    LinkHost,
    SetVariables,
)
from palette_operator.domain.desired import DesiredCluster
from palette_operator.domain.errors import Stalled
from palette_operator.domain.identifiers import HostUid
from palette_operator.domain.observed import EdgeNativeConfig, ObservedCluster
from palette_operator.domain.plan import (
    Fingerprints,
    Memory,
    cloud_config,
    is_left_alone,
    metadata,
    until_read,
    until_updatable,
)
from palette_operator.domain.pool_plan import pools

_ARCHIVE_PATH = "/spec/cloud/edgeLocal/definition/archivePath"


def plan_local_cluster(
    desired: DesiredCluster,
    seen: ObservedCluster | None,
    memory: Memory,
    fingerprints: Fingerprints,
    *,
    ignore: frozenset[str] = frozenset(),
    linked: Collection[HostUid] = (),
) -> tuple[ClusterAction, ...]:
    """Return the writes that make the hosts match, in order; empty when they do.

    `seen` None means that the leader has no cluster for certain. `linked` are the hosts that its leader knows, itself
    among them. Raises Stalled for a change that no cluster can take.
    """
    links = tuple(missing_links(desired, linked))
    if seen is None:
        return links or (CreateCluster(desired),)
    check_immutable(desired, seen.config)
    growth = links or tuple(pools(desired, seen, memory.pools, memory.upgrade_skipping_pools))
    updates = chain(
        metadata(desired, seen, memory, ignore),
        growth,
        cloud_config(desired, seen, member="edgeLocal"),
        definition(desired, seen, grows=bool(growth)),
        variables(desired, seen, memory, fingerprints, grows=bool(growth)),
    )
    wanted = tuple(action for action in updates if not is_left_alone(action, ignore))
    return tuple(until_updatable(seen, wanted) if wanted else until_read(seen, memory, fingerprints))


def leader_of(desired: DesiredCluster) -> HostUid:
    """Return the host through whose API the cluster is managed: the first of the control plane.

    Source: Palette docs, "Create Local Cluster": the leader is a mandatory node of the control plane.
    """
    return next(pool.hosts[0].uid for pool in desired.pools if pool.control_plane)


def missing_links(desired: DesiredCluster, linked: Collection[HostUid]) -> Iterator[ClusterAction]:
    """Link the hosts that the leader does not know yet, and wait until it knows them: only then can they join."""
    leader = leader_of(desired)
    missing = [host.uid for pool in desired.pools for host in pool.hosts if host.uid not in {leader, *linked}]
    for uid in missing:
        yield LinkHost(uid, leader)
    if missing:
        yield Await("Updating", f"waiting for edge hosts {', '.join(missing)} to be linked to their leader {leader}")


def check_immutable(desired: DesiredCluster, config: EdgeNativeConfig | None) -> None:
    """Raise Stalled when the cluster that is there was made otherwise: its addresses are for life.

    What the spec leaves open, or the host does not tell, is not judged.
    """
    if config is None:
        return
    compared = (
        ("controlPlaneEndpoint.host", desired.cloud.endpoint_host, config.endpoint_host),
        ("overlay.cidr", desired.cloud.overlay_cidr, config.overlay_cidr),
    )
    for name, wanted, found in compared:
        if wanted and found and wanted != found:
            raise Stalled(
                "ImmutableFieldChanged",
                f"spec.cloud.edgeLocal.{name} is {wanted}, and the cluster was created with {found}: put that into the "
                "spec, or create a new cluster",
            )


def definition(desired: DesiredCluster, seen: ObservedCluster, *, grows: bool) -> Iterator[ClusterAction]:
    """Apply another definition; only once the pools have settled, for it may travel with the whole configuration."""
    if seen.config is None or not desired.definition or desired.definition == seen.config.definition:
        return
    if grows:
        yield Await("Updating", "waiting for the pools to settle before the definition is applied")
        return
    yield ApplyDefinition(desired, (Difference(_ARCHIVE_PATH, desired.definition, seen.config.definition),))


def variables(
    desired: DesiredCluster, seen: ObservedCluster, memory: Memory, fingerprints: Fingerprints, *, grows: bool
) -> Iterator[ClusterAction]:
    """Send variables when what we would send differs from what we sent; a new definition brings them along."""
    given = tuple(profile for profile in desired.profiles if profile.variables)
    if not given or memory.variables_hash == fingerprints.variables:
        return
    if any(definition(desired, seen, grows=grows)):
        return
    if grows:
        yield Await("Updating", "waiting for the pools to settle before the variables are set")
        return
    paths = tuple(Difference(f"/spec/profiles/{p.name}/variables", "changed", "values sent before") for p in given)
    yield SetVariables(seen.row.uid, given, paths)
